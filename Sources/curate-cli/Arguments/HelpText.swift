import Curate

/// Help as plain text, wrapped to a width.
package struct HelpText {
    /// Where explanations start, as in most Swift tools.
    private static let explanationColumn = 26

    private let program: Program
    private let columns: Int

    /// Help for one program at one width.
    package init(_ program: Program, columns: Int) {
        self.program = program
        // Long lines are hard to read however wide the window is.
        self.columns = min(max(columns, 40), 100)
    }

    /// What `curate --help` prints.
    package func root() -> String {
        let exitCodes = ExitCode.documented.map { (String($0.code), $0.meaning) }
        let environment = [
            ("CURATE_STORE", "The store when --store is absent."),
            ("NO_COLOR", "No colours when set to anything."),
            ("COLUMNS", "The width to wrap to."),
        ]
        let blocks: [[String]] = [
            paragraph("OVERVIEW: \(program.abstract)"),
            ["USAGE: \(program.name) <verb> [<data>] [options]"],
            section("VERBS", program.commands.map { ($0.name, $0.abstract) }),
            section(
                "GLOBAL OPTIONS",
                GlobalOptions.group.options.map { entry($0, .file) } + [("--version", "Show the version.")]),
            section("ENVIRONMENT", environment),
            section("EXIT CODES", exitCodes),
            examples(program.examples),
            ["See '\(program.name) help <verb>' for the options of a verb."],
        ]
        return join(blocks)
    }

    /// What `curate VERB --help` prints, or with everything `curate VERB --help-all`.
    package func verb(_ command: Command, showsAll: Bool = false) -> String {
        var blocks: [[String]] = [paragraph("OVERVIEW: \(command.abstract)")]
        blocks += command.discussion.map(paragraph)
        blocks.append(["USAGE: \(command.usage(programName: program.name))"])
        blocks.append(section("VERBS", command.subcommands.map { ($0.lastWord, $0.abstract) }))
        blocks.append(
            section("ARGUMENTS", command.arguments.map { ("<\($0.name)>", $0.parameter.help + suffix(of: $0)) }))
        let groups = showsAll ? command.sections : command.firstSections
        blocks += groups.map { group in
            section(group.heading, group.options.map { entry($0, command.spelling) })
        }
        blocks.append(examples(command.examples))
        let hiddenCount = command.allOptions.count { $0.parameter.section != nil }
        if hiddenCount > 0, !showsAll {
            blocks.append(["See '\(program.name) \(command.name) --help-all' for \(hiddenCount) more options."])
        }
        if !command.subcommands.isEmpty {
            blocks.append(["See '\(program.name) help \(command.name) <verb>' for the options of a verb."])
        }
        return join(blocks)
    }

    private func join(_ blocks: [[String]]) -> String {
        blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private func paragraph(_ text: String) -> [String] { TerminalText.wrapped(text, to: columns) }

    private func section(_ heading: String, _ entries: [(term: String, explanation: String)]) -> [String] {
        guard !entries.isEmpty else { return [] }
        var lines = ["\(heading):"]
        let indent = String(repeating: " ", count: Self.explanationColumn)
        for entry in entries {
            let explanation = TerminalText.wrapped(entry.explanation, to: columns - Self.explanationColumn)
            var label = "  \(entry.term)"
            if TerminalText.width(of: label) > Self.explanationColumn - 1 {
                lines.append(label)
                label = ""
            }
            lines.append(TerminalText.padded(label, to: Self.explanationColumn) + (explanation.first ?? ""))
            lines += explanation.dropFirst().map { indent + $0 }
        }
        return lines
    }

    private func examples(_ examples: [Example]) -> [String] {
        guard !examples.isEmpty else { return [] }
        var lines = ["EXAMPLES:"]
        for example in examples {
            lines.append("  \(example.commandLine)")
            lines += TerminalText.wrapped(example.explanation, to: columns - 6).map { "      \($0)" }
        }
        return lines
    }

    private func entry(_ option: Option, _ spelling: ParameterSpelling) -> (term: String, explanation: String) {
        var names = option.short.map { "-\($0), " } ?? ""
        names += option.shape == .toggle ? "--\(option.name)/--no-\(option.name)" : "--\(option.name)"
        if option.takesValue { names += " <\(option.placeholder)>" }
        var remarks: [String] = []
        let words = option.completion.words
        if !words.isEmpty { remarks.append("values: \(words.joined(separator: ", "))") }
        if let defaultText = option.defaultText { remarks.append("default: \(spelling.spelled(defaultText))") }
        if option.shape == .repeatedValue { remarks.append("repeatable") }
        let help = spelling.spelled(option.parameter.help)
        return (names, remarks.isEmpty ? help : "\(help) (\(remarks.joined(separator: "; ")))")
    }

    private func suffix(of argument: Argument) -> String {
        let words = argument.completion.words
        return words.isEmpty ? "" : " (values: \(words.joined(separator: ", ")))"
    }
}
