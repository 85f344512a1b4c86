import Curate

/// How a failure is told: what, where, what to do, and the exit code.
package struct ErrorReport {
    private let error: CurateError
    /// Each mistake of a pipeline file; empty for any other failure.
    private let problems: [CurateError]
    private let program: Program
    private let command: Command?

    /// A report on any error; one that is not a `CurateError` is a defect of the program.
    package init(_ error: any Error, program: Program, command: Command?) {
        self.program = program
        self.command = command
        if let found = error as? PipelineProblems {
            problems = found.errors
            self.error = Self.summary(of: found)
            return
        }
        problems = []
        self.error =
            (error as? CurateError).map { (command?.spelling ?? .file).spelled($0) }
            ?? CurateError(
                .internalError, "unexpected error: \(error)",
                remedy: "this is a defect in \(program.name); please report it with the command line")
    }

    /// All mistakes as one error, for programs that look at one.
    private static func summary(of found: PipelineProblems) -> CurateError {
        if found.errors.count == 1 { return found.errors[0] }
        return CurateError(
            .badData, "the pipeline has \(found.errors.count) mistakes", at: found.file, remedy: "mend all of them")
    }

    /// The exit code.
    package var exitCode: Int32 { ExitCode.code(for: error.kind) }

    /// The lines for standard error.
    package func lines(asJSON: Bool, style: Style) -> [String] {
        asJSON ? [json.compactText] : text(style)
    }

    private var json: JSONValue {
        var members: [String: JSONValue] = [
            "kind": .string(error.kind.rawValue), "exitCode": .int(Int(exitCode)),
        ]
        members.merge(Self.members(of: error)) { $1 }
        if !problems.isEmpty { members["problems"] = .array(problems.map { .object(Self.members(of: $0)) }) }
        return ["error": .object(members)]
    }

    private static func members(of error: CurateError) -> [String: JSONValue] {
        [
            "message": .string(error.message), "location": .optional(error.location),
            "remedy": .optional(error.remedy),
        ]
    }

    private func text(_ style: Style) -> [String] {
        var lines = (problems.isEmpty ? [error] : problems).flatMap { Self.text($0, style) }
        if error.kind == .usage {
            if let command {
                lines.append("usage: \(command.usage(programName: program.name))")
                lines.append("See '\(program.name) \(command.name) --help'.")
            } else {
                lines.append("usage: \(program.name) <verb> [<data>] [options]")
                lines.append("See '\(program.name) --help'.")
            }
        }
        return lines
    }

    private static func text(_ error: CurateError, _ style: Style) -> [String] {
        let place = error.location.map { "\($0): " } ?? ""
        var lines = [style.red("error:") + " " + TerminalText.printable(place + error.message)]
        if let remedy = error.remedy { lines.append(style.cyan("hint:") + " " + TerminalText.printable(remedy)) }
        return lines
    }
}
