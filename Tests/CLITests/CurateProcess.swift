import Foundation
import Glibc

/// Runs the real program, as a user's shell would.
struct CurateProcess {
    /// What a finished process left.
    struct Result {
        let output: String
        let errors: String
        /// The exit code; 128 plus the signal's number if a signal ended it.
        let exitCode: Int32
    }

    /// The program built along with the tests.
    static var executable: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("curate")
    }

    /// The variables the program gets besides `PATH`.
    var environment: [String: String] = [:]
    var input = ""
    /// Takes the place of the captured standard output.
    var standardOutput: FileHandle?
    /// Takes the place of the captured standard error.
    var standardError: FileHandle?

    /// Runs `curate` with some words.
    func run(_ words: String...) throws -> Result { try run(Self.executable, words) }

    /// Runs a shell script, in which `$CURATE` is the program.
    func shell(_ script: String) throws -> Result {
        var copy = self
        copy.environment["CURATE"] = Self.executable.path
        return try copy.run(URL(fileURLWithPath: "/bin/bash"), ["-c", script])
    }

    /// Runs any program.
    func run(_ executable: URL, _ words: [String]) throws -> Result {
        // Files rather than pipes: a child that writes much cannot block, and nothing has to be read meanwhile.
        try withTemporaryDirectory { directory in
            let inputPath = directory.appendingPathComponent("in")
            let outputPath = directory.appendingPathComponent("out")
            let errorsPath = directory.appendingPathComponent("err")
            try Data(input.utf8).write(to: inputPath)
            for path in [outputPath, errorsPath] { try Data().write(to: path) }
            let process = Process()
            process.executableURL = executable
            process.arguments = words
            process.currentDirectoryURL = directory
            process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { given, _ in given }
            process.standardInput = try FileHandle(forReadingFrom: inputPath)
            process.standardOutput = try standardOutput ?? FileHandle(forWritingTo: outputPath)
            process.standardError = try standardError ?? FileHandle(forWritingTo: errorsPath)
            try process.run()
            process.waitUntilExit()
            let status = process.terminationStatus
            return Result(
                output: String(decoding: try Data(contentsOf: outputPath), as: UTF8.self),
                errors: String(decoding: try Data(contentsOf: errorsPath), as: UTF8.self),
                exitCode: process.terminationReason == .uncaughtSignal ? 128 + status : status)
        }
    }
}

/// Calls the body with a directory of its own, and removes it afterwards.
func withTemporaryDirectory<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("curate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try body(directory)
}

/// Both ends of a pseudo-terminal.
struct PseudoTerminal {
    let controller: FileHandle
    /// What a program sees as its terminal.
    let terminal: FileHandle

    init() throws {
        // The C library's functions for this are not in Swift's module of it; these are the kernel's.
        let unlock: UInt = 0x4004_5431
        let getNumber: UInt = 0x8004_5430
        var locked: Int32 = 0
        var number: Int32 = 0
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        guard descriptor >= 0, ioctl(descriptor, unlock, &locked) == 0, ioctl(descriptor, getNumber, &number) == 0
        else { throw POSIXError(.ENOTTY) }
        controller = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let other = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        guard other >= 0 else { throw POSIXError(.ENOTTY) }
        terminal = FileHandle(fileDescriptor: other, closeOnDealloc: true)
    }

    /// What was written to the terminal so far.
    func text() -> String {
        var written = Data()
        var state = pollfd(fd: controller.fileDescriptor, events: Int16(POLLIN), revents: 0)
        // The kernel passes on what was written in pieces, and some time later when it is busy.
        while poll(&state, 1, written.isEmpty ? 5000 : 300) > 0, state.revents & Int16(POLLIN) != 0 {
            written.append(controller.availableData)
        }
        return String(decoding: written, as: UTF8.self)
    }
}
