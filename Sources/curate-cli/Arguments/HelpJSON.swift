/// Help as JSON with stable keys, for editors, documentation and tests.
package enum HelpJSON {
    /// The whole program.
    package static func dump(_ program: Program) -> JSON {
        .object([
            ("name", .string(program.name)),
            ("version", .string(program.version)),
            ("abstract", .string(program.abstract)),
            ("globalOptions", .array(GlobalOptions.group.options.map(option))),
            ("verbs", .array(program.commands.map { verb($0, programName: program.name) })),
            (
                "exitCodes",
                .array(
                    ExitCode.documented.map {
                        .object([("code", .integer(Int($0.code))), ("meaning", .string($0.meaning))])
                    })
            ),
        ])
    }

    /// One verb, without the global options.
    package static func verb(_ command: Command, programName: String) -> JSON {
        .object([
            ("name", .string(command.name)),
            ("abstract", .string(command.abstract)),
            ("discussion", .strings(command.discussion)),
            ("usage", .string(command.usage(programName: programName))),
            ("verbs", .array(command.subcommands.map { verb($0, programName: programName) })),
            ("arguments", .array(command.arguments.map(argument))),
            (
                "optionGroups",
                .array(
                    command.optionGroups.map {
                        .object([("heading", .string($0.heading)), ("options", .array($0.options.map(option)))])
                    })
            ),
            (
                "examples",
                .array(
                    command.examples.map {
                        .object([
                            ("commandLine", .string($0.commandLine)), ("explanation", .string($0.explanation)),
                        ])
                    })
            ),
        ])
    }

    private static func argument(_ argument: ArgumentDeclaration) -> JSON {
        .object([
            ("name", .string(argument.name)),
            ("required", .boolean(argument.isRequired)),
            ("repeatable", .boolean(argument.isRepeated)),
            ("help", .string(argument.help)),
            ("values", .strings(argument.completion.words)),
        ])
    }

    private static func option(_ option: OptionDeclaration) -> JSON {
        .object([
            ("name", .string(option.name)),
            ("spellings", .strings(option.spellings)),
            ("takesValue", .boolean(option.takesValue)),
            ("repeatable", .boolean(option.shape == .repeatedValue)),
            ("placeholder", .optional(option.takesValue ? option.placeholder : nil)),
            ("values", .strings(option.completion.words)),
            ("default", .optional(option.defaultText)),
            ("help", .string(option.help)),
        ])
    }
}
