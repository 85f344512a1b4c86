import Curate

/// The declarations of the options of `curate prune`, and the verb.
extension PruneOptions {
    package static let scoresOption = Option<String?>.optional(
        "scores", .path, absent: "runs are trained, or found in the store, and scored",
        help: "The scores: a .csv, .jsonl, .npz or .npy file that curate score --out made.",
        knownElsewhereAs: ["score-path", "score-file"])
    package static let byOption = Option<[PruningWords.Term]>.repeated(
        "by", PruningWords.Term.valueFormat.list(), default: [PruningWords.Term(name: "el2n", weight: 1)],
        help: "The score to rank by, or several: then the weighted mean of their ranks. Directions come with the file.",
        knownElsewhereAs: ["score", "metric"])
    package static let policyOption = Option<PruningWords.PolicyName>.value(
        "policy", .choice(of: PruningWords.PolicyName.self).named("name"), default: .hardest,
        help: """
            Which examples to keep: the hardest, the easiest, a window below the very hardest, a random share of every \
            stratum of difficulty (ccs), a random set weighted by score and confidence (dual), or a random set.
            """, knownElsewhereAs: ["rule", "strategy", "selection"])
    package static let keepOption = Option<Double?>.optional(
        "keep", .number(.above(0, to: 1)).named("fraction"), absent: "all that may be kept",
        help: "The share of the training examples to keep.", knownElsewhereAs: ["fraction", "frac", "keep-ratio"])
    package static let dropHardestOption = Option<Double>.value(
        "drop-hardest", .number(.from(0, below: 1)).named("share"), default: 0,
        help: "With window and ccs: never keep this share of the hardest.",
        knownElsewhereAs: ["offset", "mis-ratio", "beta"])
    package static let strataOption = Option<Int>.value(
        "strata", .integer(.from(1, to: PruningPolicy.largestStrataCount)), default: PruningPolicy.defaultStrataCount,
        help: "With ccs: how many strata of equal width of score.", knownElsewhereAs: ["stratas", "bins"])
    package static let prunedShareOption = Option<Double?>.optional(
        "pruned-share", .number(.from(0, to: 1)).named("share"), absent: "the share that is pruned",
        help: "With dual: make the weights for this share, so that kept sets are nested over --keep.")
    package static let exponentOption = Option<Double>.value(
        "exponent", .number(.above(0)), default: PruningPolicy.defaultBetaExponent,
        help: "With dual: how late the weights move to easy examples.")
    package static let quotaOption = Option<PruningWords.QuotaName>.value(
        "quota", .choice(of: PruningWords.QuotaName.self).named("name"), default: .none,
        help: """
            How many of each class: as the policy has it, its share of the data, equally many, or more of classes with \
            low recall.
            """, knownElsewhereAs: ["balance"])
    package static let perOption = Option<String?>.optional(
        "per", .text.named("column"), absent: "classes", help: "Count the quota or floor by this group column.",
        knownElsewhereAs: ["by-group"])
    package static let floorOption = Option<Int?>.optional(
        "floor", .integer(.atLeast(1)), help: "Keep at least this many of each class, or all it has.",
        knownElsewhereAs: ["min-per-class", "class-floor"])
    package static let recallOption = Option<String?>.optional(
        "recall", .path, absent: "that of the predictions in the scores",
        help: "With worst-class: a CSV file with the columns class and recall, best from held-out data.")
    package static let seedOption = Option<UInt64>.value(
        "seed", .seed, default: 0, help: "Chooses among equally good random sets.")
    package static let runSeedOption = Option<UInt64>.value(
        "run-seed", .seed, default: 0, help: "The seed of the first run; the others count up from it.",
        knownElsewhereAs: ["first-seed"])
    package static let weightingOption = Option<PruningRule.Weighting>.value(
        "weights", .choice(of: PruningRule.Weighting.self).named("name"), default: .equal,
        help: "The weights of kept examples: 1, or 1 over the probability of being kept (random and ccs).")
    package static let allowEmptyClassesOption = Option<Bool>.flag(
        "allow-empty-classes", help: "Let a class lose all its examples instead of refusing.")
    package static let dropSuspectsOption = Option<Bool>.flag(
        "drop-suspects",
        help: """
            Never keep examples whose label is probably wrong. They are found as curate score --by label-issues does, \
            unless --suspects or --probabilities tell them.
            """)
    package static let suspectsOption = Option<String?>.optional(
        "suspects", .path,
        help:
            "With --drop-suspects: the list that curate score --by label-issues --suspects made, or a CSV file of ids.",
        knownElsewhereAs: ["issues"])
    package static let probabilitiesOption = Option<String?>.optional(
        "probabilities", .path,
        help: """
            With --drop-suspects: an .npy file of out-of-fold class probabilities, a row per training example, for \
            confident learning.
            """,
        knownElsewhereAs: ["pred-probs", "probs"])
    package static let outOption = Option<String?>.optional(
        "out", .path.named("directory"), absent: "nothing is written",
        help: "Write split.csv, kept_indices.npy and manifest.json into this directory.",
        knownElsewhereAs: ["output", "export"])
    package static let materializeOption = Option<String?>.optional(
        "materialize", .path.named("directory"),
        help: """
            Write the kept examples, and validation and test, in the data's own format into this directory; of image \
            folders, symbolic links.
            """,
        knownElsewhereAs: ["materialise", "copy"])

    static let trainingGroup = TrainingOptions.group(seeds: ScoreOptions.seedsOption, firstSeed: runSeedOption)

    /// The verb, with the work supplied by the caller.
    package static func command(run: @escaping @Sendable (Invocation, PruneOptions) throws -> Void) -> Command {
        Command(
            name: "prune",
            abstract: "Choose which training examples to keep.",
            discussion: [
                """
                Ranks the training examples by scores and keeps a share of them by a policy, with a quota for classes \
                or groups on top. Totals are exact, ties are broken by names, and what is kept at a smaller share is \
                kept at every larger one.
                """,
                """
                Scores come from a file (--scores). Without one, a few short runs are trained, or found in the store, \
                and scored as 'curate score' does; after Ctrl-C the same command continues.
                """,
            ],
            arguments: [DataOptions.pathArgument.declaration],
            optionGroups: [
                OptionGroup(
                    "PRUNE OPTIONS",
                    [
                        scoresOption.declaration, byOption.declaration, policyOption.declaration,
                        keepOption.declaration, dropHardestOption.declaration, strataOption.declaration,
                        prunedShareOption.declaration, exponentOption.declaration, seedOption.declaration,
                    ]),
                OptionGroup(
                    "QUOTAS",
                    [
                        quotaOption.declaration, perOption.declaration, floorOption.declaration,
                        recallOption.declaration, allowEmptyClassesOption.declaration,
                    ]),
                OptionGroup(
                    "LABEL ERRORS",
                    [dropSuspectsOption.declaration] + SuspectOptions.declarations
                        + [suspectsOption.declaration, probabilitiesOption.declaration]),
                OptionGroup(
                    "RESULTS",
                    [outOption.declaration, materializeOption.declaration, weightingOption.declaration]),
                trainingGroup, DataOptions.group,
            ],
            examples: [
                Example(
                    "curate prune fashion-mnist/ --by el2n --epochs 4 --seeds 3 --keep 0.5 --out half",
                    "Train three short runs, and keep the half that is hardest for them."),
                Example(
                    "curate prune fashion-mnist/ --scores scores.csv --by el2n --keep 0.5 --out half",
                    "Keep the hardest half."),
                Example(
                    "curate prune fashion-mnist/ --scores scores.csv --by el2n:2,forgetting --policy ccs --drop-hardest "
                        + "0.1 --keep 0.1 --quota proportional --out tenth",
                    "Keep a tenth that covers all difficulties and classes."),
                Example(
                    "curate prune fashion-mnist/ --policy random --drop-suspects --method aum --seeds 1 --out clean",
                    "Find the labels that are probably wrong, and keep everything else."),
                Example(
                    "curate prune patients.csv --group site --policy random --keep 0.3 --quota balanced --per site "
                        + "--materialize small",
                    "Write a random third with as many patients of each site."),
            ]
        ) { invocation in try run(invocation, PruneOptions(invocation.arguments)) }
    }
}
