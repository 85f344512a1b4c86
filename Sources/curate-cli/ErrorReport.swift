import Curate

/// How a failure is told: what, where, what to do, and the exit code.
package struct ErrorReport {
    private let error: CurateError
    private let program: Program
    private let command: Command?

    /// A report on any error; one that is not a `CurateError` is a defect of the program.
    package init(_ error: any Error, program: Program, command: Command?) {
        self.program = program
        self.command = command
        self.error =
            error as? CurateError
            ?? CurateError(
                .internalError, "unexpected error: \(error)",
                remedy: "this is a defect in \(program.name); please report it with the command line")
    }

    /// The exit code.
    package var exitCode: Int32 { ExitCode.code(for: error.kind) }

    /// The lines for standard error.
    package func lines(asJSON: Bool, style: Style) -> [String] {
        asJSON ? [json.text] : text(style)
    }

    private var json: JSON {
        .object([
            (
                "error",
                .object([
                    ("kind", .string(error.kind.rawValue)),
                    ("exitCode", .integer(Int(exitCode))),
                    ("message", .string(error.message)),
                    ("location", .optional(error.location)),
                    ("remedy", .optional(error.remedy)),
                ])
            )
        ])
    }

    private func text(_ style: Style) -> [String] {
        let place = error.location.map { "\($0): " } ?? ""
        var lines = [style.red("error:") + " " + TerminalText.printable(place + error.message)]
        if let remedy = error.remedy { lines.append(style.cyan("hint:") + " " + TerminalText.printable(remedy)) }
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
}
