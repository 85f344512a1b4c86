import Curate

/// Help as JSON with stable keys, for editors, documentation and tests.
package enum HelpJSON {
    /// The whole program.
    package static func dump(_ program: Program) -> JSONValue {
        [
            "name": .string(program.name),
            "version": .string(program.version),
            "abstract": .string(program.abstract),
            "globalOptions": .array(GlobalOptions.group.options.map { option($0, .file) }),
            "verbs": .array(program.commands.map { verb($0, programName: program.name) }),
            "exitCodes": .array(
                ExitCode.documented.map {
                    ["code": .int(Int($0.code)), "meaning": .string($0.meaning)]
                }),
        ]
    }

    /// One verb, without the global options.
    package static func verb(_ command: Command, programName: String) -> JSONValue {
        [
            "name": .string(command.name),
            "abstract": .string(command.abstract),
            "discussion": .strings(command.discussion),
            "usage": .string(command.usage(programName: programName)),
            "verbs": .array(command.subcommands.map { verb($0, programName: programName) }),
            "arguments": .array(command.arguments.map(argument)),
            "optionGroups": .array(
                command.optionGroups.map {
                    [
                        "heading": .string($0.heading),
                        "options": .array($0.options.map { option($0, command.spelling) }),
                    ]
                }),
            "examples": .array(
                command.examples.map {
                    [
                        "commandLine": .string($0.commandLine), "explanation": .string($0.explanation),
                    ]
                }),
        ]
    }

    private static func argument(_ argument: Argument) -> JSONValue {
        [
            "name": .string(argument.name),
            "required": .bool(argument.isRequired),
            "repeatable": .bool(argument.isRepeated),
            "help": .string(argument.parameter.help),
            "values": .strings(argument.completion.words),
        ]
    }

    private static func option(_ option: Option, _ spelling: ParameterSpelling) -> JSONValue {
        [
            "name": .string(option.name),
            "spellings": .strings(option.spellings),
            "takesValue": .bool(option.takesValue),
            "repeatable": .bool(option.shape == .repeatedValue),
            "placeholder": .optional(option.takesValue ? option.placeholder : nil),
            "values": .strings(option.completion.words),
            "default": .optional(option.defaultText.map { spelling.spelled($0) }),
            "parameter": .string(option.parameter.name),
            "section": .optional(option.parameter.section),
            "help": .string(spelling.spelled(option.parameter.help)),
        ]
    }
}
