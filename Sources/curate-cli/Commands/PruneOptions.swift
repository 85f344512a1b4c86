import Curate

extension PruningWords.Term {
    static let valueFormat = ValueFormat<PruningWords.Term>(
        placeholder: "score[:weight]", completion: .word(ScoreName.allCases.map(\.rawValue)),
        parse: { text throws(ValueProblem) in
            if let term = PruningWords.Term(text) { return term }
            let hasName = text.first.map { $0 != ":" } ?? false
            throw ValueProblem(
                hasName && text.count(where: { $0 == ":" }) == 1
                    ? "must have a weight above 0 after the colon"
                    : "must be a score, or a score and a weight like el2n:2", shown: text)
        }, describe: \.description)
}

/// What `curate prune` was asked.
package struct PruneOptions: Sendable, Equatable {
    package let data: DataOptions
    /// The file the scores are read from.
    package let scores: String?
    /// Whether runs are trained, or found, for scores: they come from no file, and some are needed.
    package let trainsForScores: Bool
    /// How to train for scores or label suspects; nil when neither is needed or both come from files.
    package let training: TrainingOptions?
    package let by: [PruningWords.Term]
    package let policy: PruningWords.PolicyName
    /// nil: all that may be kept.
    package let keptFraction: Double?
    package let passedOver: Double
    package let strataCount: Int
    /// nil: the share that is pruned.
    package let prunedShare: Double?
    package let exponent: Double
    package let quota: PruningWords.QuotaName
    /// The group column a quota counts by; nil for classes.
    package let groupColumn: String?
    package let floor: Int?
    package let recall: String?
    package let seed: UInt64
    package let weighting: PruningRule.Weighting
    package let allowsEmptyClasses: Bool
    package let dropsSuspects: Bool
    package let suspects: String?
    package let probabilities: String?
    /// How to find label suspects; nil when none are dropped, or files tell them.
    package let suspectSearch: SuspectOptions?
    package let output: String?
    package let copy: String?

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        data = try DataOptions(arguments)
        scores = arguments[Self.scoresOption]
        by = arguments[Self.byOption]
        policy = arguments[Self.policyOption]
        keptFraction = arguments[Self.keepOption]
        passedOver = arguments[Self.dropHardestOption]
        strataCount = arguments[Self.strataOption]
        prunedShare = arguments[Self.prunedShareOption]
        exponent = arguments[Self.exponentOption]
        quota = arguments[Self.quotaOption]
        groupColumn = arguments[Self.perOption]
        floor = arguments[Self.floorOption]
        recall = arguments[Self.recallOption]
        seed = arguments[Self.seedOption]
        weighting = arguments[Self.weightingOption]
        allowsEmptyClasses = arguments[Self.allowEmptyClassesOption]
        dropsSuspects = arguments[Self.dropSuspectsOption]
        suspects = arguments[Self.suspectsOption]
        probabilities = arguments[Self.probabilitiesOption]
        trainsForScores = scores == nil && (policy.needsScores || (quota == .worstClass && recall == nil))
        let isListed = suspects != nil || probabilities != nil
        suspectSearch = dropsSuspects && !isListed ? try SuspectOptions(arguments) : nil
        training =
            trainsForScores || suspectSearch != nil
            ? try TrainingOptions(arguments, seedCount: ScoreOptions.seedsOption, firstSeed: Self.runSeedOption) : nil
        output = arguments[Self.outOption]
        copy = arguments[Self.materializeOption]
        try checkScores(arguments)
        try checkPolicy(arguments)
        try checkQuota(arguments)
        try checkAmount()
    }

    private func checkScores(_ arguments: ParsedArguments) throws(CurateError) {
        let names = by.map(\.name)
        if let twice = names.first(where: { name in names.count(where: { $0 == name }) > 1 }) {
            throw CurateError(.usage, "--by names '\(twice)' twice", remedy: "give each score once")
        }
        if trainsForScores {
            guard let unknown = names.first(where: { ScoreName(rawValue: $0) == nil }) else { return }
            let known = ScoreName.allCases.map(\.rawValue)
            let guess =
                PruningWords.PolicyName(rawValue: unknown).map { "--policy \($0.rawValue)" }
                ?? Suggestion.nearest(to: unknown, among: known).map { "'\($0)'" }
            throw CurateError(
                .usage, "there is no score '\(unknown)'",
                remedy: guess.map { "did you mean \($0)?" } ?? "the scores are \(known.joined(separator: ", "))")
        }
        if training == nil, let given = arguments.firstGiven(of: Self.trainingGroup.options) {
            throw CurateError(
                .usage,
                scores == nil
                    ? "--\(given.name) does not go with --policy \(policy.rawValue), for which nothing is trained"
                    : "--\(given.name) does not go with --scores, with which nothing is trained",
                remedy: "leave one of the two out")
        }
        if scores == nil, arguments.isGiven(Self.byOption) {
            throw CurateError(
                .usage, "--by does not go with --policy \(policy.rawValue), which ranks nothing",
                remedy: "leave one of the two out")
        }
    }

    private func checkPolicy(_ arguments: ParsedArguments) throws(CurateError) {
        if policy == .window && !arguments.isGiven(Self.dropHardestOption) {
            throw CurateError(
                .usage, "the window policy needs --drop-hardest",
                remedy: "say which share of the hardest to pass over, for instance --drop-hardest 0.05")
        }
        func refuse(_ options: [OptionDeclaration], unless policies: [PruningWords.PolicyName]) throws(CurateError) {
            guard !policies.contains(policy), let given = arguments.firstGiven(of: options) else { return }
            throw CurateError(
                .usage, "--\(given.name) does not go with --policy \(policy.rawValue)",
                remedy: "leave it out, or use --policy \(policies.map(\.rawValue).joined(separator: " or "))")
        }
        try refuse([Self.dropHardestOption.declaration], unless: [.window, .ccs])
        try refuse([Self.strataOption.declaration], unless: [.ccs])
        try refuse([Self.prunedShareOption.declaration, Self.exponentOption.declaration], unless: [.dual])
        try checkSuspects(arguments)
    }

    private func checkSuspects(_ arguments: ParsedArguments) throws(CurateError) {
        let given = [("--suspects", suspects), ("--probabilities", probabilities)].filter { $0.1 != nil }.map(\.0)
        if !dropsSuspects, let first = given.first {
            throw CurateError(
                .usage, "\(first) goes with --drop-suspects", remedy: "add --drop-suspects, or leave \(first) out")
        }
        if suspectSearch == nil, let stray = arguments.firstGiven(of: SuspectOptions.declarations) {
            throw CurateError(
                .usage,
                given.first.map { "--\(stray.name) does not go with \($0), which tells the suspects" }
                    ?? "--\(stray.name) goes with --drop-suspects",
                remedy: given.isEmpty ? "add --drop-suspects, or leave it out" : "leave one of the two out")
        }
        if given.count > 1 {
            throw CurateError(
                .usage, "--suspects and --probabilities both say which labels are suspect",
                remedy: "leave one of the two out")
        }
    }

    private func checkQuota(_ arguments: ParsedArguments) throws(CurateError) {
        if policy == .classBalanced,
            let given = arguments.firstGiven(
                of: [Self.quotaOption.declaration, Self.perOption.declaration, Self.floorOption.declaration])
        {
            throw CurateError(
                .usage, "--\(given.name) does not go with --policy class-balanced, which is a quota itself",
                remedy: "use --policy random with the quota")
        }
        if floor != nil && quota != .none {
            throw CurateError(
                .usage, "--floor does not go with --quota \(quota.rawValue), which protects every class already",
                remedy: "leave one of the two out")
        }
        if groupColumn != nil && (quota == .worstClass || (quota == .none && floor == nil)) {
            throw CurateError(
                .usage, "--per goes with --quota proportional or balanced, or with --floor",
                remedy: "say what to do with the groups, for instance --quota proportional")
        }
        if recall != nil && quota != .worstClass {
            throw CurateError(.usage, "--recall goes with --quota worst-class", remedy: "leave one of the two out")
        }
    }

    private func checkAmount() throws(CurateError) {
        if keptFraction == nil && !dropsSuspects && passedOver == 0 {
            throw CurateError(.usage, "nothing says how much to keep", remedy: "add --keep 0.5 to keep half")
        }
    }

    /// The rule in the library's words.
    var words: PruningWords {
        var words = PruningWords()
        words.policy = policy
        words.keptFraction = keptFraction
        words.passedOver = passedOver
        words.strataCount = strataCount
        words.prunedShare = prunedShare
        words.exponent = exponent
        words.quota = quota
        words.groupColumn = groupColumn
        words.floor = floor
        words.seed = seed
        words.weighting = weighting
        words.allowsEmptyClasses = allowsEmptyClasses
        return words
    }
}
