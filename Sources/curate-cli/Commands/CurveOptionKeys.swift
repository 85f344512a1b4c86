import Curate

/// The declarations of the options of `curate curve`, and the verb.
extension CurveOptions {
    package static let byOption = Option<[Method]>.repeated(
        "by", Method.valueFormat.list(), default: [.score(.el2n)],
        help: "The scores to draw curves for. Random and class-balanced random sets are always there.",
        knownElsewhereAs: ["score", "scores", "method", "metric"])
    package static let policyOption = Option<[PruningWords.PolicyName]>.repeated(
        "policy", ValueFormat.choice(among: CurveResult.policies).named("name").list(), default: [.hardest],
        help: "Which examples to keep by each score, as in curate prune; several draw several curves.",
        knownElsewhereAs: ["policies", "strategy"])
    package static let keepOption = Option<[Double]>.repeated(
        "keep", ValueFormat<Double>.number(.above(0, to: 1)).named("fraction").list(), default: [0.2, 0.4, 0.6, 0.8],
        help: "The shares of the training examples to keep; all data is always there.",
        knownElsewhereAs: ["fraction", "fractions", "frac"])
    package static let budgetOption = Option<[CurveRun.Budget]>.repeated(
        "budget", ValueFormat<CurveRun.Budget>.choice(of: CurveRun.Budget.self).named("name").list(),
        default: [.epochs, .steps],
        help: """
            What is held equal to the training on all data: the epochs, which makes small sets cheap, or the steps, \
            which shows what is lost for want of examples.
            """, knownElsewhereAs: ["budgets"])
    package static let scoreEpochsOption = Option<Int?>.optional(
        "score-epochs", .integer(.atLeast(1)), absent: "4, or --epochs if that is less",
        help: "The epochs that are trained for the scores: the beginning of trainings on all data.",
        knownElsewhereAs: ["probe-epochs"])
    package static let scoreSeedsOption = Option<Int>.value(
        "score-seeds", .integer(.from(1, to: 10_000)), default: 3, help: "How many runs the scores are means over.",
        knownElsewhereAs: ["probe-seeds"])
    package static let dropHardestOption = Option<Double>.value(
        "drop-hardest", .number(.from(0, below: 1)).named("share"), default: 0,
        help: "With ccs and window: never keep this share of the hardest.", knownElsewhereAs: ["offset", "beta"])
    package static let withinOption = Option<Double>.value(
        "within", .number(.atLeast(0)).named("points"), default: 0.5,
        help: "How many points of accuracy may be lost for pruning to count as harmless.",
        knownElsewhereAs: ["tolerance"])
    package static let onOption = Option<EvaluateOptions.HeldOutPartition?>.optional(
        "on", .choice(of: EvaluateOptions.HeldOutPartition.self).named("part"),
        absent: "test, or validation when there are no test examples", help: "The examples to measure accuracy on.",
        knownElsewhereAs: ["partition"])
    package static let outOption = Option<[OutputFile<CurveFileFormat>]>.repeated(
        "out", ValueFormat.file(endingIn: CurveFileFormat.self),
        help: "Write a plot (.svg), the trainings (.csv) or the statistics (.json); several times for several.",
        knownElsewhereAs: ["output", "plot", "export"])
    package static let seedsOption = TrainingOptions.seedsOption(default: 3)

    /// The verb, with the work supplied by the caller.
    package static func command(run: @escaping @Sendable (Invocation, CurveOptions) throws -> Void) -> Command {
        Command(
            name: "curve",
            abstract: "Show how much can be dropped: train on kept sets and compare.",
            discussion: [
                """
                Trains on what each score keeps, on random sets of the same size and on all data, with the same seeds, \
                and shows accuracy, the worst class, the balance of the kept set and the paired difference to random \
                sets with a 95 % interval. Ends with one sentence: the largest share that can be dropped, or that none \
                can.
                """,
                """
                Every training is a run in the store: after Ctrl-C the same command goes on where it stopped, and more \
                shares or scores train only what is new.
                """,
            ],
            arguments: [DataOptions.pathArgument.declaration],
            optionGroups: [
                OptionGroup(
                    "CURVE OPTIONS",
                    [
                        byOption.declaration, policyOption.declaration, keepOption.declaration,
                        budgetOption.declaration, scoreEpochsOption.declaration, scoreSeedsOption.declaration,
                        dropHardestOption.declaration, withinOption.declaration, onOption.declaration,
                        outOption.declaration,
                    ]),
                TrainingOptions.group(seeds: seedsOption), DataOptions.group,
            ],
            examples: [
                Example(
                    "curate curve fashion-mnist/ --by el2n,grand --keep 0.3,0.5,0.7 --epochs 5 --schedule cosine",
                    "Accuracy by the two scores over what is kept."),
                Example(
                    "curate curve fashion-mnist/ --policy hardest,ccs --drop-hardest 0.1 --out curve.svg",
                    "The hardest against a sample of all strata, as a plot."),
            ]
        ) { invocation in try run(invocation, CurveOptions(invocation.arguments)) }
    }
}
