import Curate

/// The declarations of the options of `curate score`, and the verb.
extension ScoreOptions {
    package static let byOption = Option<[ScoreChoice]>.repeated(
        "by", ScoreChoice.valueFormat.list(),
        default: [.score(.el2n), .score(.grand), .score(.forgetting)],
        help: """
            The scores to compute; label-issues lists the labels that are probably wrong. Without --by, those the \
            source cannot give are left out.
            """,
        knownElsewhereAs: ["score", "scores", "metric"])
    package static let conventionOption = Option<ScoreConvention>.value(
        "convention", .choice(of: ScoreConvention.self).named("name"), default: .dataDiet,
        help: "Whose exact definitions to follow where references differ.", knownElsewhereAs: ["preset"])
    package static let atOption = Option<Int?>.optional(
        "at", .integer(.atLeast(0)).named("epoch"), absent: "the last epoch",
        help: "Score as the network stood after this epoch.", knownElsewhereAs: ["epoch", "score-epoch"])
    package static let outOption = Option<[ScoreFile]>.repeated(
        "out", ValueFormat.file(endingIn: ScoreFileFormat.self),
        help: "Write the scores to a .csv, .jsonl, .npy or .npz file; the store has them in any case.",
        knownElsewhereAs: ["output", "export"])
    package static let logitsOption = Option<[String]>.repeated(
        "logits",
        ValueFormat(
            placeholder: "pattern", completion: .path,
            parse: { text throws(ValueProblem) in [try ValueFormat<String>.path.parse(text)] },
            describe: { $0.joined(separator: ",") }),
        help: """
            Score a run trained elsewhere: one .npy of logits per epoch, as a quoted pattern. Once per run.
            """)
    package static let labelsOption = Option<String?>.optional(
        "labels", .path, help: "The .npy file of labels that goes with --logits.")
    package static let weightsOption = Option<String?>.optional(
        "weights", .path,
        help: "Score the checkpoint in this .safetensors file instead of training; name its --network.",
        knownElsewhereAs: ["checkpoint", "pretrained"])
    package static let suspectsOption = Option<String?>.optional(
        "suspects", .path.named("file"),
        help: "With label-issues: write the list to this .csv file, for curate prune --drop-suspects.",
        knownElsewhereAs: ["issues", "issues-out"])
    package static let topOption = Option<Int>.value(
        "top", .integer(.atLeast(0)), default: 10, help: "How many of the hardest and the easiest to show.",
        knownElsewhereAs: ["limit", "head"])
    package static let seedsOption = TrainingOptions.seedsOption(default: 3)

    package static let untilStableOption = Option<Bool>.flag(
        "until-stable",
        help: """
            Add seeds until one more would hardly change which examples are kept, and say which fewer seeds and epochs \
            would have done.
            """, knownElsewhereAs: ["auto-seeds", "until-converged"])
    package static let keepOption = Option<Double>.value(
        "keep", .number(.above(0, below: 1)).named("fraction"), default: 0.5,
        help: "The share of the examples to keep, hardest first.", knownElsewhereAs: ["fraction", "frac"])
    package static let stableWithinOption = Option<Double>.value(
        "stable-within", .number(.above(0, to: 1)).named("share"), default: 0.01,
        help: "The least share of the kept set that one more seed must make steady to be worth its training.",
        knownElsewhereAs: ["tolerance", "within"])
    package static let maxSeedsOption = Option<Int>.value(
        "max-seeds", .integer(.from(KeptSetStability.fewestSeeds, to: 10_000)), default: 10,
        help: "How many seeds to train at most; there are at least \(KeptSetStability.fewestSeeds).",
        knownElsewhereAs: ["maximum-seeds", "limit-seeds"])

    static let stabilityGroup = OptionGroup(
        "UNTIL STABLE",
        [
            untilStableOption.declaration, keepOption.declaration, stableWithinOption.declaration,
            maxSeedsOption.declaration,
        ])
    static let trainingGroup = TrainingOptions.group(seeds: seedsOption)

    /// The verb, with the work supplied by the caller.
    package static func command(run: @escaping @Sendable (Invocation, ScoreOptions) throws -> Void) -> Command {
        Command(
            name: "score",
            abstract: "Score every training example by how short training runs treat it.",
            discussion: [
                """
                Trains a few short runs, or finds them in the store, and computes the scores from what happened to \
                each example. Shows their distribution, the hardest and the easiest examples, the mean per class, and \
                how far the seeds agree.
                """,
                """
                Runs trained elsewhere can be scored from their logits (--logits with --labels), and a finished \
                network from its weights (--weights).
                """,
            ],
            arguments: [DataOptions.optionalPathArgument.declaration],
            optionGroups: [
                OptionGroup(
                    "SCORE OPTIONS",
                    [
                        byOption.declaration, conventionOption.declaration, atOption.declaration,
                        outOption.declaration, topOption.declaration,
                    ]),
                OptionGroup(
                    "OTHER SOURCES",
                    [logitsOption.declaration, labelsOption.declaration, weightsOption.declaration]),
                stabilityGroup,
                OptionGroup("LABEL ISSUES", [suspectsOption.declaration] + SuspectOptions.declarations),
                trainingGroup, DataOptions.group,
            ],
            examples: [
                Example(
                    "curate score fashion-mnist/ --by el2n,grand,forgetting --out scores.csv",
                    "Train three short runs and write the scores."),
                Example(
                    "curate score cifar10/ --network resnet18 --epochs 20 --seeds 10 --crop 4 --crop-mode reflect "
                        + "--flip",
                    "Follow the Data Diet protocol up to its scoring epoch."),
                Example(
                    "curate score fashion-mnist/ --by el2n --until-stable --keep 0.5",
                    "Train as many seeds as the kept half needs to be steady."),
                Example(
                    "curate score fashion-mnist/ --by label-issues --suspects suspects.csv",
                    "List the labels that are probably wrong."),
                Example(
                    "curate score --logits 'run0/epoch*.npy' --logits 'run1/epoch*.npy' --labels labels.npy",
                    "Score two runs trained elsewhere."),
                Example(
                    "curate score photos.npz --weights model.safetensors --network resnet18 --by el2n,grand",
                    "Score a finished network."),
            ]
        ) { invocation in try run(invocation, ScoreOptions(invocation.arguments)) }
    }
}
