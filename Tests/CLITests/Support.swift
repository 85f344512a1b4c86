import Curate
import Foundation
import Testing
import curate

/// Compares text with a file beside the tests, or rewrites the file when `CURATE_UPDATE_SNAPSHOTS` is set.
func expectSnapshot(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Snapshots/\(name).txt")
    if ProcessInfo.processInfo.environment["CURATE_UPDATE_SNAPSHOTS"] != nil {
        try Data(text.utf8).write(to: file)
        return
    }
    let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(text == expected, "differs from \(name).txt", sourceLocation: sourceLocation)
}

/// A terminal of 80 columns that is none, in an empty environment.
func plainTerminal(_ environment: [String: String] = [:]) -> Terminal {
    Terminal(
        outputIsTerminal: false, errorIsTerminal: false, reportedColumns: nil, environment: Environment(environment))
}

/// What a run in this process left.
struct RunResult {
    let output: String
    let errors: String
    let exitCode: Int32
}

/// Runs a program in this process.
func run(_ program: Program, _ words: [String], environment: [String: String] = [:]) -> RunResult {
    let output = OutputSink.memory()
    let errors = OutputSink.memory()
    let variables = Environment(environment)
    let code = Runner(program, environment: variables).run(
        words, terminal: plainTerminal(environment), output: output, errors: errors)
    return RunResult(output: output.captured, errors: errors.captured, exitCode: code)
}

/// A program with the given verbs.
func program(_ commands: [Command]) -> Program {
    Program(name: "curate", version: "9.9.9", abstract: "A program under test.", commands: commands, examples: [])
}

/// The usage error a body throws.
func usageError(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) throws -> CurateError {
    let error = #expect(throws: CurateError.self, sourceLocation: sourceLocation) { try body() }
    let caught = try #require(error, sourceLocation: sourceLocation)
    #expect(caught.kind == .usage, sourceLocation: sourceLocation)
    return caught
}
