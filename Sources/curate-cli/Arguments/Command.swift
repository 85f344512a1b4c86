import Curate

/// Options that help prints under one heading.
package struct OptionGroup: Sendable {
    /// The heading in capitals, for instance "TRAINING OPTIONS".
    package let heading: String
    package let options: [OptionDeclaration]

    package init(_ heading: String, _ options: [OptionDeclaration]) {
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
    package let name: String
    /// One sentence.
    package let abstract: String
    /// Paragraphs below the sentence.
    package let discussion: [String]
    package let arguments: [ArgumentDeclaration]
    /// The verb's own options; the global ones are added by the program.
    package let optionGroups: [OptionGroup]
    package let examples: [Example]
    package let run: @Sendable (Invocation) throws -> Void

    package init(
        name: String, abstract: String, discussion: [String] = [], arguments: [ArgumentDeclaration] = [],
        optionGroups: [OptionGroup] = [], examples: [Example] = [],
        run: @escaping @Sendable (Invocation) throws -> Void
    ) {
        self.name = name
        self.abstract = abstract
        self.discussion = discussion
        self.arguments = arguments
        self.optionGroups = optionGroups
        self.examples = examples
        self.run = run
    }

    /// The verb's own option groups followed by the global one.
    package var allOptionGroups: [OptionGroup] { optionGroups + [GlobalOptions.group] }

    /// Every option the verb accepts.
    package var allOptions: [OptionDeclaration] { allOptionGroups.flatMap(\.options) }

    /// The one-line form: `curate score [<data>] [options]`.
    package func usage(programName: String) -> String {
        let words = arguments.map { $0.isRequired ? "<\($0.name)>" : "[<\($0.name)>]" }
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
