import Curate

/// Options that help prints under one heading.
package struct OptionGroup: Sendable {
    /// The heading in capitals, for instance "TRAINING OPTIONS".
    package let heading: String
    package let options: [Option]

    package init(_ heading: String, _ options: [Option]) {
        self.heading = heading
        self.options = options
    }
}

/// A command line that works, with what it does.
package struct Example: Sendable, Equatable {
    package let commandLine: String
    package let explanation: String

    package init(_ commandLine: String, _ explanation: String) {
        self.commandLine = commandLine
        self.explanation = explanation
    }
}

/// One verb of the program, as a value: what it is called, what it takes and what it does.
package struct Command: Sendable {
    /// One word, or for a verb of a verb both: `store ls`.
    package let name: String
    /// One sentence.
    package let abstract: String
    /// Paragraphs below the sentence.
    package let discussion: [String]
    package let arguments: [Argument]
    /// The verb's own options; the global ones are added by the program.
    package let optionGroups: [OptionGroup]
    package let examples: [Example]
    /// The verbs of this verb, one of which must follow it; a verb that has some does nothing by itself.
    package let subcommands: [Command]
    /// Words people know from elsewhere: not accepted, but answered with this verb.
    package let knownElsewhereAs: [String]
    package let run: @Sendable (Invocation) throws -> Void

    /// A verb that other verbs follow, whose names begin with its own.
    package init(name: String, abstract: String, discussion: [String] = [], subcommands: [Command]) {
        precondition(subcommands.allSatisfy { $0.name.hasPrefix(name + " ") }, "a verb of another verb")
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
        self.subcommands = subcommands
        arguments = []
        optionGroups = []
        examples = []
        knownElsewhereAs = []
        run = { _ in preconditionFailure("a verb that needs another was run") }
    }

    package init(
        name: String, abstract: String, knownElsewhereAs: [String] = [], discussion: [String] = [],
        arguments: [Argument] = [],
        optionGroups: [OptionGroup] = [], examples: [Example] = [],
        run: @escaping @Sendable (Invocation) throws -> Void
    ) {
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
        self.arguments = arguments
        self.optionGroups = optionGroups
        self.examples = examples
        self.knownElsewhereAs = knownElsewhereAs
        subcommands = []
        self.run = run
    }

    /// The last word of the name.
    package var lastWord: String { name.split(separator: " ").last.map { String($0) } ?? name }

    /// The verb and the verbs of it.
    package var withSubcommands: [Command] { [self] + subcommands }

    /// The verb's own option groups followed by the global one.
    package var allOptionGroups: [OptionGroup] { optionGroups + [GlobalOptions.group] }

    /// Every option the verb accepts.
    package var allOptions: [Option] { allOptionGroups.flatMap(\.options) }

    /// The options that most people need, under the headings of their groups.
    package var firstSections: [OptionGroup] {
        allOptionGroups.map { OptionGroup($0.heading, $0.options.filter { $0.parameter.section == nil }) }
    }

    /// Every option: those that most people need first, then the others under their own headings.
    package var sections: [OptionGroup] {
        var headings: [String] = []
        var rest: [String: [Option]] = [:]
        for option in allOptions {
            guard let heading = option.parameter.section else { continue }
            if rest[heading] == nil { headings.append(heading) }
            rest[heading, default: []].append(option)
        }
        let groups = firstSections
        return Array(groups.dropLast()) + headings.map { OptionGroup($0, rest[$0] ?? []) } + groups.suffix(1)
    }

    /// How the verb spells the parameters that the library names in its texts.
    package var spelling: ParameterSpelling {
        let options = allOptions
        return .options { name in options.first { $0.parameter.name == name }?.name }
    }

    /// The one-line form: `curate score [<data>] [options]`.
    package func usage(programName: String) -> String {
        let words = subcommands.isEmpty ? arguments.map(\.usage) : ["<verb>"]
        return ([programName, name] + words + ["[options]"]).joined(separator: " ")
    }
}

/// The program as a value: its verbs and what its own help says.
package struct Program: Sendable {
    package let name: String
    package let version: String
    package let abstract: String
    package let commands: [Command]
    package let examples: [Example]

    package init(name: String, version: String, abstract: String, commands: [Command], examples: [Example]) {
        self.name = name
        self.version = version
        self.abstract = abstract
        self.commands = commands
        self.examples = examples
    }

    /// What run records say of the program; the commit is null when the build does not know it.
    package var record: JSONValue {
        [
            "name": .string(name), "version": .string(version),
            "commit": BuildCommit.current.map { .string($0) } ?? .null,
        ]
    }

    /// The verb of that name.
    package func command(named name: String) -> Command? { commands.first { $0.name == name } }

    /// The verb of that word among some, or a usage error with a suggestion.
    ///
    /// - Parameters:
    ///   - word: what was typed.
    ///   - candidates: the verbs of the program, or those of a verb.
    package static func find(
        _ word: String, among candidates: [Command], besides others: [String] = []
    ) throws(CurateError) -> Command {
        if let found = candidates.first(where: { $0.lastWord == word }) { return found }
        let words = candidates.map(\.lastWord) + others
        let known = candidates.first { $0.knownElsewhereAs.contains(word) }
        let guess = known?.lastWord ?? Suggestion.nearest(to: word, among: words)
        throw CurateError(
            .usage, "unknown verb '\(word)'",
            remedy: guess.map { "did you mean '\($0)'?" } ?? "the verbs are \(words.joined(separator: ", "))")
    }
}

/// What a verb is run with.
package struct Invocation: Sendable {
    /// The program, for verbs that describe it.
    package let program: Program
    package let arguments: ParsedArguments
    package let globals: GlobalOptions
    package let console: Console
    /// The words of the command line after the program's name.
    package let words: [String]

    /// The name of the verb, for records.
    package let commandName: String

    /// The command line as it could be typed again, for the words on how to resume.
    package var commandLine: String { ShellText.join([program.name] + words) }
}
