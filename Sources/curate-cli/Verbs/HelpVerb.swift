import Curate

/// `curate help [VERB [VERB]]`.
package enum HelpVerb {
    static let verb = Argument(
        Parameter("verb", .text, help: "The verb to explain; all of them without it."))
    static let subverb = Argument(
        Parameter("subverb", .text, help: "The verb of that verb, for instance ls of store."))

    package static let command = Command(
        name: "help",
        abstract: "Explain the program or one of its verbs.",
        discussion: [
            "With --json the same is printed as JSON, for editors and documentation.",
            "'curate help pipeline' prints every kind of stage of pipeline files with its parameters, as Markdown.",
        ],
        arguments: [verb, subverb],
        examples: [
            Example("curate help completions", "Show what 'curate completions' takes."),
            Example("curate help store gc", "Show what 'curate store gc' takes."),
            Example("curate help --json", "Print every verb, option and default as JSON."),
            Example("curate help pipeline", "Print the reference of pipeline files."),
        ],
        run: run)

    /// The one topic that is no verb.
    private static let pipelineTopic = "pipeline"

    @Sendable private static func run(_ invocation: Invocation) throws {
        let program = invocation.program
        let console = invocation.console
        let help = HelpText(program, columns: console.terminal.columns)
        guard let name = invocation.arguments[verb]?.stringValue else {
            if console.wantsJSON { return try console.printJSON(HelpJSON.dump(program)) }
            return try console.output.write(help.root())
        }
        if name == pipelineTopic {
            if console.wantsJSON { return try console.printJSON(PipelineReference.json) }
            return try console.output.write(PipelineReference.markdown)
        }
        var command = try Program.find(name, among: program.commands, besides: [pipelineTopic])
        if let second = invocation.arguments[subverb]?.stringValue {
            guard !command.subcommands.isEmpty else {
                throw CurateError(
                    .usage, "'\(name)' has no verbs of its own", remedy: "write \(program.name) help \(name)")
            }
            command = try Program.find(second, among: command.subcommands)
        }
        if console.wantsJSON { return try console.printJSON(HelpJSON.verb(command, programName: program.name)) }
        let showsAll = invocation.arguments.isOn(GlobalOptions.helpAllOption)
        try console.output.write(help.verb(command, showsAll: showsAll))
    }
}
