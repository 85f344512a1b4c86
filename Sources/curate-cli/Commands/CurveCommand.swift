import Curate

/// What `curate curve` was asked.
package struct CurveOptions: Sendable, Equatable {
    /// What `--by` takes: a score, or the sets that are always drawn.
    package enum Method: Sendable, Equatable {
        case score(ScoreName)
        case random
        case classBalanced

        static let valueFormat = ValueFormat.choice(
            among: ScoreName.allCases.map { (word: $0.rawValue, value: Method.score($0)) }
                + [(word: "random", value: .random), (word: "class-balanced", value: .classBalanced)]
        ).named("score")
    }

    package let data: DataOptions
    package let training: TrainingOptions
    /// Without repeats, in the order asked for.
    package let scores: [ScoreName]
    package let policies: [PruningWords.PolicyName]
    package let keptFractions: [Double]
    package let budgets: [CurveRun.Budget]
    package let scoreEpochs: Int
    package let scoreSeeds: Int
    package let dropHardest: Double
    /// Points of accuracy.
    package let tolerance: Double
    /// nil: test examples, or validation when there are none.
    package let partition: EvaluateOptions.HeldOutPartition?
    package let files: [OutputFile<CurveFileFormat>]

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        data = try DataOptions(arguments)
        training = try TrainingOptions(arguments, seedCount: Self.seedsOption)
        var scores: [ScoreName] = []
        for method in arguments[Self.byOption] {
            if case .score(let score) = method, !scores.contains(score) { scores.append(score) }
        }
        self.scores = scores
        policies = arguments[Self.policyOption].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        keptFractions = Set(arguments[Self.keepOption]).sorted()
        budgets = CurveRun.Budget.allCases.filter { arguments[Self.budgetOption].contains($0) }
        scoreEpochs = arguments[Self.scoreEpochsOption] ?? min(4, training.epochs)
        scoreSeeds = arguments[Self.scoreSeedsOption]
        dropHardest = arguments[Self.dropHardestOption]
        tolerance = arguments[Self.withinOption]
        partition = arguments[Self.onOption]
        files = arguments[Self.outOption]
        if training.split != nil {
            throw CurateError(
                .usage, "curve draws its own kept sets, and --train-on names one",
                remedy: "leave --train-on out; --by, --policy and --keep say which sets to train on")
        }
        if policies.contains(.window), dropHardest == 0 {
            throw CurateError(
                .usage, "--policy window is the hardest after --drop-hardest, which is not given",
                remedy: "add --drop-hardest 0.05 for instance")
        }
        if dropHardest > 0, !policies.contains(.window), !policies.contains(.ccs) {
            throw CurateError(
                .usage, "--drop-hardest is for the policies ccs and window, and neither is asked for",
                remedy: "add --policy hardest,ccs for instance")
        }
        if keptFractions.allSatisfy({ $0 == 1 }) {
            throw CurateError(
                .usage, "--keep 1 is all data, which is always there",
                remedy: "name a smaller share too, --keep 0.5 for instance")
        }
    }

    /// The parameters of the stage that trains the runs the scores come from.
    ///
    /// They are the beginnings of runs on all data: what those have trained already is not trained again.
    var probe: JSONValue {
        var members = training.stage()["train"]?.objectValue ?? [:]
        members["epochs"] = .int(scoreEpochs)
        members["seeds"] = .int(scoreSeeds)
        if training.schedule == .cosine {
            members["scheduleEpochs"] = .int(max(training.scheduleEpochs ?? training.epochs, scoreEpochs))
        }
        return ["train": .object(members)]
    }

    /// The parameters of the stage `curve`.
    var curve: JSONValue {
        var members: [String: JSONValue] = [
            "runs": "train", "policies": .array(policies.map { .string($0.rawValue) }),
            "keep": .array(keptFractions.map { .double($0) }),
            "budgets": .array(budgets.map { .string($0.rawValue) }), "within": .double(tolerance),
            "dropHardest": .double(dropHardest),
        ]
        if !scores.isEmpty { members["scores"] = "scores" }
        if let partition { members["on"] = .string(partition.rawValue) }
        return ["curve": .object(members)]
    }
}
