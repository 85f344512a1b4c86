import Curate

/// Where a verb speaks: results to standard output, everything else to standard error.
package struct Console: Sendable {
    package let terminal: Terminal
    package let output: OutputSink
    package let errors: OutputSink
    /// No progress and no remarks.
    package let isQuiet: Bool
    /// Results and errors as JSON.
    package let wantsJSON: Bool
    package let progress: ProgressBar
    /// How the verb that runs spells the parameters which the library names in its texts.
    package var spelling = ParameterSpelling.file

    /// A console over two streams.
    package init(terminal: Terminal, output: OutputSink, errors: OutputSink, isQuiet: Bool, wantsJSON: Bool) {
        self.terminal = terminal
        self.output = output
        self.errors = errors
        self.isQuiet = isQuiet
        self.wantsJSON = wantsJSON
        let mode: ProgressBar.Mode =
            isQuiet || wantsJSON ? .silent : terminal.errorIsTerminal ? .animated : .lines
        progress = ProgressBar(
            mode: mode, columns: terminal.columns, style: terminal.style(for: .error),
            supportsUnicode: terminal.supportsUnicode, clock: ProgressBar.monotonicSeconds,
            write: { text in Self.tell(errors, text) })
    }

    /// The style for results.
    package var style: Style { terminal.style(for: .output) }

    /// How wide a table may be: the terminal's width, or nil when the reader is a file or a program.
    package var tableWidth: Int? { terminal.outputIsTerminal ? terminal.columns : nil }

    /// Writes one line of results.
    package func printLine(_ line: String = "") throws(CurateError) { try output.write(line + "\n") }

    /// Writes a paragraph of results: wrapped to a terminal, and one line for a file or a program.
    package func printProse(_ text: String, emphasized: Bool = false) throws(CurateError) {
        let lines = tableWidth.map { TerminalText.wrapped(text, to: $0) } ?? [text]
        try printLines(emphasized ? lines.map(style.bold) : lines)
    }

    /// Writes lines of results.
    package func printLines(_ lines: [String]) throws(CurateError) {
        for line in lines { try printLine(line) }
    }

    /// Writes one JSON value as a line of results.
    package func printJSON(_ value: JSONValue) throws(CurateError) { try printLine(value.compactText) }

    /// Whether nothing but errors is told on standard error: when told to be quiet, and to programs, for which every line
    /// there is JSON.
    private var isSilent: Bool { isQuiet || wantsJSON }

    /// Says something in passing, unless told to be quiet.
    package func remark(_ text: String) {
        if !isSilent { progress.interject(TerminalText.printable(spelling.spelled(text))) }
    }

    /// Says something the user should act on, unless told to be quiet.
    package func warn(_ text: String) {
        let style = terminal.style(for: .error)
        if !isSilent {
            progress.interject(style.yellow("warning:") + " " + TerminalText.printable(spelling.spelled(text)))
        }
    }

    /// Writes a line to standard error whatever the mode.
    package func complain(_ line: String) { Self.tell(errors, line + "\n") }

    /// Standard error is the last resort: when it cannot be written to there is nobody left to tell.
    private static func tell(_ sink: OutputSink, _ text: String) { _ = try? sink.write(text) }
}
