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
            InspectVerb.command, ScoreVerb.command, TrainVerb.command, EvaluateVerb.command, CompareVerb.command,
            PruneVerb.command, CurveVerb.command, JTTVerb.command, ExplainVerb.command, DiffVerb.command,
            DeriveVerb.command, PipelineVerbs.runCommand,
            PipelineVerbs.planCommand, StoreVerb.command, HelpVerb.command, CompletionsVerb.command,
            VersionVerb.command,
        ],
        examples: [
            Example("curate inspect fashion-mnist/", "See what is in a directory of data."),
            Example("curate score fashion-mnist/ --out scores.csv", "Score every training example."),
            Example("curate help completions", "Show the options of one verb."),
            Example("source <(curate completions bash)", "Complete verbs, options and values in this shell."),
        ])
}
