import Curate

/// `curate prune DATA`: which training examples to keep, by scores from a file or from runs.
package enum PruneVerb {
    package static let prune = Exposure(.prune, as: "prune") { parameter in
        switch parameter.name {
        case "scoresFile":
            parameter.option = "scores"
            parameter.absent = "runs are trained, or found in the store, and scored"
        case "suspectsFile": parameter.option = "suspects"
        case "by": parameter.absent = "el2n, or the first score of a file"
        default: break
        }
    }
    package static let suspects = Exposure(.suspects, as: "suspects", only: ["method", "folds"])
    /// `--seed` draws the random sets here, so that of the runs has another name.
    package static let train = TrainingOptions.exposure(seeds: 3) { parameter in
        guard parameter.name == "seed" else { return }
        parameter.option = "run-seed"
        parameter.knownElsewhereAs = ["first-seed"]
    }
    static let dropSuspects = Option(
        Parameter(
            "dropSuspects", .flag,
            help: """
                Never keep examples whose label is probably wrong, found as curate score --by label-issues does. With \
                --suspects or --probabilities they are known already.
                """))

    package static let command = Command(
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
        arguments: [DataOptions.path],
        optionGroups: [
            OptionGroup("PRUNE OPTIONS", prune.options + [dropSuspects] + suspects.options),
            TrainingOptions.group(train), DataOptions.group,
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
        ],
        run: run)

    /// The stages that a command line describes.
    package static func stages(_ arguments: ParsedArguments) throws(CurateError) -> [String: JSONValue] {
        let isListed = ["suspectsFile", "probabilities"].contains { arguments.isGiven(prune.option($0)) }
        let searches = arguments.isOn(dropSuspects) && !isListed
        let scores = scores(arguments)
        try checkTraining(arguments, trains: searches || !scores.isEmpty, searches: searches)
        var stages: [String: JSONValue] = [:]
        var others: [String: JSONValue] = [:]
        if !scores.isEmpty {
            stages["score"] = ["score": ["runs": "train", "by": .strings(scores)]]
            others["scores"] = "score"
        }
        if searches {
            stages["suspects"] = suspects.described(arguments, adding: ["runs": "train"])
            others["exclude"] = "suspects"
        }
        if !stages.isEmpty { stages.merge(VerbPipeline.training(train, arguments)) { $1 } }
        stages["prune"] = prune.described(arguments, adding: others)
        return stages
    }

    /// The scores to compute here; none when they come from a file, or when nothing is ranked.
    private static func scores(_ arguments: ParsedArguments) -> [String] {
        guard !arguments.isGiven(prune.option("scoresFile")) else { return [] }
        let policy = arguments.text(prune.option("policy")).flatMap { PruningWords.PolicyName(rawValue: $0) }
        let quota = arguments.text(prune.option("quota"))
        let needsRecall =
            quota.flatMap { PruningWords.QuotaName(rawValue: $0) }?.needsRecall ?? false
            && !arguments.isGiven(prune.option("recall"))
        guard policy?.needsScores ?? true || needsRecall else { return [] }
        let terms = arguments.texts(prune.option("by")).compactMap { PruningWords.Term($0)?.name }
        var names = terms.isEmpty ? [ScoreName.el2n.rawValue] : terms
        if let dropped = arguments.text(prune.option("dropBy")), !names.contains(dropped) { names.append(dropped) }
        if policy == .dual, !names.contains(ScoreName.confidence.rawValue) {
            names.append(ScoreName.confidence.rawValue)
        }
        return names
    }

    /// Options that say how to train, or how to look for suspects, need that to be done.
    private static func checkTraining(
        _ arguments: ParsedArguments, trains: Bool, searches: Bool
    ) throws(CurateError) {
        if !searches, let stray = arguments.firstGiven(of: suspects.options) {
            throw CurateError(
                .usage, "--\(stray.name) says how to look for label suspects, and none are looked for",
                remedy: "add --drop-suspects, or leave it out")
        }
        guard !trains, let stray = arguments.firstGiven(of: [TrainingOptions.trainOn] + train.options) else { return }
        let why =
            arguments.isGiven(prune.option("scoresFile"))
            ? "--scores, with which nothing is trained"
            : "--policy \(arguments.text(prune.option("policy")) ?? ""), for which nothing is trained"
        throw CurateError(.usage, "--\(stray.name) does not go with \(why)", remedy: "leave one of the two out")
    }

    @Sendable private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        let stages = try stages(arguments)
        let pipeline = try VerbPipeline(invocation, [prune, suspects, train])
        defer { pipeline.showProfile() }
        if stages["suspects"] != nil {
            let method = suspects.values(arguments)["method"]?.stringValue
            console.remark("finding label suspects\(method.map { " by --method \($0)" } ?? ""), as no list is given")
        }
        let outcome = try pipeline.run(stages)
        let (selection, list, usesTrainingRecall) = try outcome.selection(of: "prune")
        if usesTrainingRecall {
            console.remark(
                "note: recalls are those of the training predictions in the scores; --recall takes held-out ones")
        }
        var scoring: (runs: [RunCache.Outcome], origin: String)?
        if outcome.hasStage("score") {
            scoring = (try outcome.runs(of: "train"), try TrainingOptions.phrase(outcome))
        }
        try PruneReport(
            selection: selection, suspects: list, runs: scoring?.runs ?? [], origin: scoring?.origin,
            files: outcome.files, fileLines: outcome.fileLines, copy: try outcome.copyPath(of: "prune"),
            copyIsLinked: try outcome.dataset().format == .imageFolder, output: arguments.text(prune.option("out"))
        ).show(on: console)
    }
}
