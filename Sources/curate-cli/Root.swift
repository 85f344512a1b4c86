/// The program: its name, its version and its verbs.
package enum Root {
    package static let program = Program(
        name: "curate",
        version: "0.1.0",
        abstract: """
            Scores every example of a labelled dataset by how a short training run treats it, to find what to keep, what \
            is probably mislabelled, and what is rare or hard.
            """,
        commands: [
            InspectCommand.command, ScoreOptions.command(run: ScoreOptions.run),
            TrainOptions.command(run: TrainOptions.run), EvaluateOptions.command(run: EvaluateOptions.run),
            PruneOptions.command(run: PruneOptions.run), CurveOptions.command(run: CurveOptions.run),
            ExplainCommand.command, DiffCommand.command,
            DeriveCommand.command, RunOptions.command(run: RunOptions.run),
            RunOptions.planCommand(run: RunOptions.plan), StoreCommand.command,
            HelpCommand.command, CompletionsCommand.command, VersionCommand.command,
        ],
        examples: [
            Example("curate inspect fashion-mnist/", "See what is in a directory of data."),
            Example("curate score fashion-mnist/ --out scores.csv", "Score every training example."),
            Example("curate help completions", "Show the options of one verb."),
            Example("source <(curate completions bash)", "Complete verbs, options and values in this shell."),
        ])
}
