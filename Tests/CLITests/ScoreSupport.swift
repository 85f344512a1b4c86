import Curate
import Foundation
import Glibc
import Testing

/// A directory in which `curate` scores the shipped digits, with a store per name.
struct ScoreWorkspace {
    let directory: URL

    /// Calls the body with a workspace of its own, and removes it afterwards.
    static func use<Value>(_ body: (ScoreWorkspace) throws -> Value) throws -> Value {
        try withTemporaryDirectory { try body(ScoreWorkspace(directory: $0)) }
    }

    /// The digits as images, and a network with convolutions.
    static let convolution = [InspectFixture.digits, "--image", "8x8", "--network", "resnet8"]
    /// The digits as vectors, and a network that trains in no time.
    static let quick = [InspectFixture.digits, "--network", "mlp:16"]

    func path(_ name: String) -> String { directory.appendingPathComponent(name).path }

    func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: directory.appendingPathComponent(name))
    }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// Adds the store, and one thread unless the words say otherwise: tests run side by side, and threads of one program
    /// that wait for each other lose much when others hold the cores.
    private func complete(_ words: [String], store: String) -> [String] {
        words + ["--store", path(store)] + (words.contains("--threads") ? [] : ["--threads", "1"])
    }

    /// Runs a verb with the store of some name.
    func run(_ words: [String], store: String = "store.sqlite") throws -> CurateProcess.Result {
        try CurateProcess().run(CurateProcess.executable, complete(words, store: store))
    }

    /// Runs a verb that must succeed.
    @discardableResult func succeed(
        _ words: [String], store: String = "store.sqlite", sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let result = try run(words, store: store)
        try #require(result.exitCode == 0, "\(result.errors)", sourceLocation: sourceLocation)
        return result.output
    }

    /// Runs a verb that must fail, and gives what it says on standard error.
    func fail(
        _ words: [String], exitCode: Int32, store: String = "store.sqlite",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let result = try run(words, store: store)
        #expect(result.exitCode == exitCode, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.output == "", sourceLocation: sourceLocation)
        return result.errors
    }

    /// What a store says about each scored example, without the times and keys.
    func storedScores(_ name: String = "store.sqlite") throws -> [String] {
        let store = try Store.open(path: path(name), mode: .read)
        let sql = """
            SELECT name, convention, direction, dataset, id, class, partition, value, sd, rank FROM score_table
            ORDER BY name, idx
            """
        return try store.database.query(sql) { row in (0..<10).map { row.text(Int32($0)) }.joined(separator: "|") }
    }

    /// Starts a verb without waiting for it; its standard error goes to the file `errors`.
    func start(_ words: [String], store: String) throws -> Process {
        for name in ["output", "errors"] { try Data().write(to: directory.appendingPathComponent(name)) }
        let process = Process()
        // A shell's background job ignores SIGINT, and its children after it; a terminal's does not.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal=INT", CurateProcess.executable.path] + complete(words, store: store)
        process.currentDirectoryURL = directory
        process.environment = ["PATH": "/usr/bin:/bin"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: directory.appendingPathComponent("output"))
        process.standardError = try FileHandle(forWritingTo: directory.appendingPathComponent("errors"))
        // The threads that run tests block signals, and a child inherits what the thread that starts it blocks.
        var interrupt = sigset_t()
        var former = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        try process.run()
        return process
    }

    /// The numbers of one column of a CSV file, by example.
    func column(_ name: String, of file: String) throws -> [Double] {
        let lines = try text(file).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let position = try #require(lines.first?.split(separator: ",").firstIndex { $0 == name })
        return try lines.dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return try #require(Double(fields[position]))
        }
    }
}

/// The members of a JSON object.
func jsonObject(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(object as? [String: Any], sourceLocation: sourceLocation)
}

/// Whether tests may mount file systems of their own, which only root may.
let mayMount: Bool = {
    let result = try? CurateProcess().shell("mkdir m && unshare --mount mount -t tmpfs none m")
    return result?.exitCode == 0
}()
