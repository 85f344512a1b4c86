import Curate
import Foundation
import Glibc
import TestSupport
import Testing

/// Stops the real program while it writes a copy of data: what is there is whole, or refused, and can be written again.
@Suite(.serialized, .tags(.kill, .soak)) struct CopyKillTests {
    /// A directory of arrays, a copy of which takes several pieces to write.
    private static func makeData(in directory: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let count = 40_000
        for stem in ["train", "test"] {
            let values = (0..<count * 16).map { Float($0 % 977) }
            try NPYWriter.write(values, shape: [count, 16], to: "\(directory)/X_\(stem).npy")
            try NPYWriter.write((0..<count).map { Int64($0 % 3) }, shape: [count], to: "\(directory)/y_\(stem).npy")
        }
    }

    private static func start(_ words: [String], errors: FileHandle = .nullDevice) throws -> Process {
        let process = Process()
        // As from a terminal, whatever the tests themselves ignore and block.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal=INT", CurateProcess.executable.path] + words
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        var interrupt = sigset_t()
        var former = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &interrupt, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        try process.run()
        return process
    }

    private static func names(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }

    /// Waits until the process has written some bytes of a copy.
    private static func waitForBytes(in directory: String, of process: Process) {
        while process.isRunning {
            let isWriting = names(directory).contains { name in
                var status = stat()
                return name.hasSuffix(".partial") && stat("\(directory)/\(name)", &status) == 0 && status.st_size > 0
            }
            if isWriting { return }
        }
    }

    @Test func killedWhileReplacingACopy() throws {
        try withTemporaryDirectory { directory in
            let (data, copy) = (directory.path + "/data", directory.path + "/copy")
            try Self.makeData(in: data)
            func words(seed: Int) -> [String] {
                ["derive", "noisy", data, "--rate", "0.3", "--seed", "\(seed)", "--out", copy, "--force"]
            }
            /// The labels of the copy and what truth.csv says of them, or nil when the copy is refused.
            func state() throws -> (labels: [Int32], given: [String])? {
                do {
                    let dataset = try DatasetLoader.load(path: copy)
                    let truth = try String(contentsOfFile: copy + "/truth.csv", encoding: .utf8)
                    let given = truth.split(separator: "\n").dropFirst().map { String($0.split(separator: ",")[2]) }
                    return (Array(dataset.labels.prefix(given.count)), given)
                } catch let error as CurateError {
                    #expect(error.kind == .badData && error.message.contains("unfinished"), "\(error)")
                    return nil
                }
            }
            let first = try Self.start(words(seed: 0))
            first.waitUntilExit()
            #expect(first.terminationStatus == 0)
            let killCount = Soak.count(3, of: 8, "kills while a copy is replaced")
            var (kills, seed) = (0, 0)
            while kills < killCount {
                seed += 1
                try #require(seed < 20 * killCount, "the program ends before it can be killed")
                let process = try Self.start(words(seed: seed))
                Self.waitForBytes(in: copy, of: process)
                // Half of them while the names are given, as far as that can be met.
                if seed % 2 == 0 {
                    while process.isRunning && !Self.names(copy).contains(OutputFileSet.markName) {}
                } else {
                    usleep(UInt32(seed % 8) * 1000)
                }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { kills += 1 }
                if let state = try state() { #expect(state.labels.map { "\($0)" } == state.given, "seed \(seed)") }
            }
            let last = try Self.start(words(seed: 999))
            last.waitUntilExit()
            #expect(last.terminationStatus == 0)
            let found = try #require(try state())
            #expect(found.labels.map { "\($0)" } == found.given)
            #expect(Self.names(copy).filter { $0.hasPrefix(".") }.isEmpty, "what was left behind is gone")
        }
    }

    /// Killed while a copy takes the place of one with other files: in the end there is what the last one wrote.
    @Test func killedWhileReplacingACopyOfOtherFiles() throws {
        try withTemporaryDirectory { directory in
            let (large, small, copy) = (directory.path + "/large", directory.path + "/small", directory.path + "/copy")
            for data in [large, small] { try Self.makeData(in: data) }
            for name in ["X_test.npy", "y_test.npy"] { try FileManager.default.removeItem(atPath: "\(small)/\(name)") }
            func start(_ data: String, seed: Int) throws -> Process {
                try Self.start([
                    "prune", data, "--policy", "random", "--keep", "0.6", "--seed", "\(seed)", "--materialize", copy,
                    "--force",
                ])
            }
            func finish(_ data: String, seed: Int) throws -> [String] {
                let process = try start(data, seed: seed)
                process.waitUntilExit()
                #expect(process.terminationStatus == 0)
                #expect(try DatasetLoader.load(path: copy).partitions.contains(.test) == (data == large))
                return Self.names(copy).sorted()
            }
            let train = ["X_train.npy", "copy.json", "note", "y_train.npy"]
            let all = ["X_test.npy"] + train.dropLast() + ["y_test.npy", "y_train.npy"]
            _ = try finish(large, seed: 0)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: copy + "/note"))
            let killCount = Soak.count(4, of: 12, "kills while a copy is replaced by one of other files")
            var (kills, seed) = (0, 0)
            while kills < killCount {
                seed += 1
                try #require(seed < 20 * killCount, "the program ends before it can be killed")
                let process = try start(seed % 2 == 0 ? large : small, seed: seed)
                Self.waitForBytes(in: copy, of: process)
                if seed % 3 == 0 {
                    usleep(UInt32(seed % 12) * 500)
                } else {
                    while process.isRunning && !Self.names(copy).contains(OutputFileSet.markName) {}
                    usleep(UInt32(seed % 4) * 100)
                }
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                if process.terminationReason == .uncaughtSignal { kills += 1 }
                // Half of the time somebody finishes the job.
                if seed % 4 == 1 { #expect(try finish(small, seed: seed) == train) }
                if seed % 4 == 2 { #expect(try finish(large, seed: seed) == all) }
            }
            #expect(try finish(small, seed: 999) == train)
            #expect(try String(contentsOfFile: copy + "/note", encoding: .utf8) == "mine")
        }
    }

    /// Pipelines answer Ctrl-C while they write a split, and clear away what killed ones left.
    @Test func interruptedWhileAPipelineWrites() throws {
        try withTemporaryDirectory { directory in
            var table = "name,x,label\n"
            for row in 0..<60_000 { table += "\(String(repeating: "long ", count: 40))\(row),\(row),\(row % 2)\n" }
            let (data, split) = (directory.path + "/numbers.csv", directory.path + "/split")
            try Data(table.utf8).write(to: URL(fileURLWithPath: data))
            let pipeline = """
                { dataset: { path: "numbers.csv", id: "name" },
                  stages: { half: { prune: { policy: "random", keep: 0.5, out: "split" } } } }
                """
            let (file, store) = (directory.path + "/p.json5", directory.path + "/s.sqlite")
            try Data(pipeline.utf8).write(to: URL(fileURLWithPath: file))
            let words = ["run", file, "--store", store]
            let errorsPath = directory.appendingPathComponent("errors")
            var stopped = 0
            for _ in 0..<10 where stopped == 0 {
                try? FileManager.default.removeItem(atPath: split)
                try Data().write(to: errorsPath)
                let process = try Self.start(words, errors: FileHandle(forWritingTo: errorsPath))
                Self.waitForBytes(in: split, of: process)
                kill(process.processIdentifier, SIGINT)
                process.waitUntilExit()
                if process.terminationReason == .exit && process.terminationStatus == 130 { stopped += 1 }
            }
            try #require(stopped == 1)
            let errors = String(decoding: try Data(contentsOf: errorsPath), as: UTF8.self)
            #expect(errors.contains("run it again to continue: curate run"), "\(errors)")
            try FileManager.default.createDirectory(atPath: split, withIntermediateDirectories: true)
            #expect(Self.names(split).allSatisfy { !$0.hasPrefix(".") })
            for name in [".curate-1-0.partial", ".note"] {
                try Data("x".utf8).write(to: URL(fileURLWithPath: "\(split)/\(name)"))
            }
            let again = try Self.start(words)
            again.waitUntilExit()
            #expect(again.terminationStatus == 0)
            #expect(try SplitReader.read(path: split).manifest.keptCount == 30_000)
            #expect(Self.names(split).sorted() == [".note", "kept_indices.npy", "manifest.json", "split.csv"])
        }
    }

    /// Writing a split alone can be stopped, too.
    @Test func interruptedWhileWritingASplit() throws {
        try withTemporaryDirectory { directory in
            var table = "name,x,label\n"
            for row in 0..<30_000 { table += "\(String(repeating: "long ", count: 40))\(row),\(row),\(row % 2)\n" }
            let (data, split) = (directory.path + "/numbers.csv", directory.path + "/split")
            try Data(table.utf8).write(to: URL(fileURLWithPath: data))
            let words = ["prune", data, "--id", "name", "--policy", "random", "--keep", "0.5", "--out", split]
            let errorsPath = directory.appendingPathComponent("errors")
            var stopped = 0
            for _ in 0..<10 where stopped == 0 {
                try? FileManager.default.removeItem(atPath: split)
                try Data().write(to: errorsPath)
                let process = try Self.start(words, errors: FileHandle(forWritingTo: errorsPath))
                Self.waitForBytes(in: split, of: process)
                kill(process.processIdentifier, SIGINT)
                process.waitUntilExit()
                if process.terminationReason == .exit && process.terminationStatus == 130 { stopped += 1 }
            }
            try #require(stopped == 1)
            let errors = String(decoding: try Data(contentsOf: errorsPath), as: UTF8.self)
            #expect(errors.contains("run it again to continue: curate prune"), "\(errors)")
            // What lies there is no split to anybody, until the same command has completed it.
            if Self.names(directory.path).contains("split") {
                #expect(throws: CurateError.self) { try SplitReader.read(path: split) }
            }
            let again = try Self.start(words)
            again.waitUntilExit()
            #expect(try SplitReader.read(path: split).manifest.keptCount == 15_000)
        }
    }

    /// Ctrl-C ends with 130, leaves nothing behind, and the same command works.
    @Test(arguments: ["derive", "prune"])
    func interruptedWhileWriting(verb: String) throws {
        try withTemporaryDirectory { directory in
            let (data, copy, split) = (directory.path + "/data", directory.path + "/copy", directory.path + "/split")
            try Self.makeData(in: data)
            let words =
                verb == "derive"
                ? ["derive", "noisy", data, "--out", copy]
                : ["prune", data, "--policy", "random", "--keep", "0.9", "--out", split, "--materialize", copy]
            let errorsPath = directory.appendingPathComponent("errors")
            var stopped = 0
            for _ in 0..<10 where stopped == 0 {
                try? FileManager.default.removeItem(atPath: copy)
                try? FileManager.default.removeItem(atPath: split)
                try Data().write(to: errorsPath)
                let process = try Self.start(words, errors: FileHandle(forWritingTo: errorsPath))
                Self.waitForBytes(in: copy, of: process)
                kill(process.processIdentifier, SIGINT)
                process.waitUntilExit()
                if process.terminationReason == .exit && process.terminationStatus == 130 { stopped += 1 }
            }
            try #require(stopped == 1)
            let errors = String(decoding: try Data(contentsOf: errorsPath), as: UTF8.self)
            #expect(errors.contains("run it again") && errors.contains(": curate \(verb)"), "\(errors)")
            #expect(Self.names(directory.path).sorted() == ["data", "errors"])
            let again = try Self.start(words)
            again.waitUntilExit()
            #expect(again.terminationStatus == 0)
            #expect(try DatasetLoader.load(path: copy).count > 0)
        }
    }
}
