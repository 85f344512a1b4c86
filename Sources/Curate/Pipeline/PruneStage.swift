extension StageKind {
    /// `prune`: which examples to keep.
    static let prune = StageKind(
        name: "prune", abstract: "Chooses which training examples to keep, by a policy and a quota.",
        discussion: """
            Totals are exact, ties are broken by the names of the examples, and what is kept at a smaller fraction is \
            kept at every larger one. Candidates are the examples that were scored, or all training examples for a \
            random set.
            """,
        codeVersion: PruneWork.codeVersion,
        parameters: [
            StageParameter(
                "scores", .stage(kinds: ["score"]), absent: "nothing is ranked",
                help: "The stage whose scores the examples are ranked by; every policy but random needs one.",
                knownElsewhereAs: ["score", "input", "from"]),
            StageParameter(
                "by", .texts, absent: "the first score of the stage",
                help: "The score to rank by, or several: then the mean of their ranks, weighted as in `el2n:2`.",
                knownElsewhereAs: ["metric", "method"]),
            StageParameter(
                "exclude", .stage(kinds: ["suspects"]), absent: "nothing",
                help: "The stage whose label suspects are never kept.", knownElsewhereAs: ["suspects", "dropSuspects"]),
            StageParameter(
                "policy", .word(PruningWords.PolicyName.allCases.map(\.rawValue)), default: "hardest",
                help: "Which examples to keep; see [pruning](pruning.md).", knownElsewhereAs: ["rule", "strategy"]),
            StageParameter(
                "keep", .number(.above(0, to: 1)), absent: "all that may be kept",
                help: "The share of the candidates to keep.", knownElsewhereAs: ["fraction", "keptFraction", "frac"]),
            StageParameter(
                "dropHardest", .number(.from(0, below: 1)), default: 0,
                help: "With window and ccs: never keep this share of the hardest.", knownElsewhereAs: ["offset"]),
            StageParameter(
                "strata", .integer(1...PruningPolicy.largestStrataCount),
                default: .int(PruningPolicy.defaultStrataCount),
                help: "With ccs: how many strata of equal width of score.", knownElsewhereAs: ["bins"]),
            StageParameter(
                "prunedShare", .number(.from(0, below: 1)), absent: "the share that is pruned",
                help: "With dual: make the weights for this share, so that kept sets are nested."),
            StageParameter(
                "exponent", .number(.above(0)), default: .double(PruningPolicy.defaultBetaExponent),
                help: "With dual: how late the weights move to easy examples."),
            StageParameter(
                "quota", .word(PruningWords.QuotaName.allCases.map(\.rawValue)), default: "none",
                help: "How many of each class or group: as the policy has it, in proportion, equally many, or more of "
                    + "classes with low recall.", knownElsewhereAs: ["balance"]),
            StageParameter(
                "per", .text, absent: "classes", help: "Count the quota or floor by this group column.",
                knownElsewhereAs: ["group"]),
            StageParameter(
                "floor", .integer(1...Int(Int32.max)), absent: "none",
                help: "Keep at least this many of each class or group, or all it has.",
                knownElsewhereAs: ["minPerClass"]),
            StageParameter("seed", .seed, default: 0, help: "Chooses among equally good random sets."),
            StageParameter(
                "weights", .word(PruningRule.Weighting.allCases.map(\.rawValue)), default: "equal",
                help: "What kept examples count: alike, or 1 over the probability of being kept (random and ccs).",
                knownElsewhereAs: ["weighting"]),
            StageParameter(
                "allowEmptyClasses", .boolean, default: false, help: "Whether a class may lose all its examples."),
            StageParameter(
                "out", .directory, absent: "the store only",
                help: "A directory to write split.csv, kept_indices.npy and manifest.json into.",
                knownElsewhereAs: ["output", "export"]),
        ],
        check: { PruneWork.complaints(about: $0) },
        prepare: { try PruneWork($0) })
}

/// A selection of examples.
final class PruneWork: SplitWork {
    /// Raised when the same scores give another selection.
    static let codeVersion = 1

    let parameters: JSONValue
    let facts: DatasetFacts
    let directory: String?
    private let words: PruningWords
    private let scores: ScoreWork?
    private let excluded: SuspectsWork?
    private let terms: [PruningWords.Term]
    private var found: PruningSelection?

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        facts = setting.facts
        directory = values["out"]?.stringValue
        words = Self.words(values)
        scores = values.isGiven("scores") ? setting.input("scores", as: ScoreWork.self) : nil
        excluded = values.isGiven("exclude") ? setting.input("exclude", as: SuspectsWork.self) : nil
        terms = Self.terms(values, scores: scores?.names.map(\.rawValue) ?? [])
        parameters = values.identity(deciding: [
            "by": .array(terms.map { .string($0.description) }),
            "keep": words.keptFraction.map { .double($0) } ?? .null,
        ])
        if let column = words.groupColumn, !facts.groupNames.contains(column) {
            let guess = Suggestion.nearest(to: column, among: facts.groupNames)
            throw CurateError(
                .usage, "'\(facts.name)' has no group column '\(column)'",
                remedy: guess.map { "did you mean '\($0)'?" } ?? "name the column as a group of the dataset")
        }
    }

    private static func words(_ values: StageValues) -> PruningWords {
        var words = PruningWords()
        words.policy = PruningWords.PolicyName(rawValue: values.text("policy")) ?? .hardest
        words.keptFraction = values["keep"]?.doubleValue
        words.passedOver = values.number("dropHardest")
        words.strataCount = values.integer("strata")
        words.prunedShare = values["prunedShare"]?.doubleValue
        words.exponent = values.number("exponent")
        words.quota = PruningWords.QuotaName(rawValue: values.text("quota")) ?? .none
        words.groupColumn = values["per"]?.stringValue
        words.floor = values["floor"]?.intValue
        words.seed = values["seed"]?.unsignedValue ?? 0
        words.weighting = PruningRule.Weighting(rawValue: values.text("weights")) ?? .equal
        words.allowsEmptyClasses = values.truth("allowEmptyClasses")
        return words
    }

    private static func terms(_ values: StageValues, scores: [String]) -> [PruningWords.Term] {
        let given = values.texts("by").compactMap { PruningWords.Term($0) }
        return given.isEmpty ? scores.prefix(1).compactMap { PruningWords.Term($0) } : given
    }

    static func complaints(about instance: StageInstance) -> [StageComplaint] {
        let values = instance.values
        var found = words(values).complaints(isGiven: values.isGiven).map {
            StageComplaint($0.parameter, $0.message, suggestion: $0.suggestion)
        }
        let policy = values.text("policy")
        guard values.isGiven("scores") else {
            if words(values).needsScores {
                found.append(
                    StageComplaint(
                        "policy", "\(policy) needs scores",
                        suggestion: "add scores: NAME of a score stage, or use random"))
            }
            if values.isGiven("by") {
                found.append(StageComplaint("by", "has no effect without scores", suggestion: "add scores"))
            }
            return found
        }
        let available = instance.input("scores").values.texts("by")
        for text in values.texts("by") {
            guard let term = PruningWords.Term(text) else {
                found.append(
                    StageComplaint(
                        "by", "must hold scores, or a score and a weight like el2n:2, not \"\(text)\""))
                continue
            }
            if !available.contains(term.name) {
                let stage = instance.input("scores").label
                let guess = Suggestion.nearest(to: term.name, among: available)
                found.append(
                    StageComplaint(
                        "by", "names \(term.name), which '\(stage)' does not compute",
                        suggestion: guess.map { "did you mean '\($0)'?" }
                            ?? "it has \(available.joined(separator: ", "))"))
            }
        }
        if policy == "dual", !available.contains(ScoreName.confidence.rawValue) {
            found.append(
                StageComplaint(
                    "policy", "dual needs the score confidence beside the one to rank by",
                    suggestion: "add confidence to the scores of '\(instance.input("scores").label)'"))
        }
        return found
    }

    var files: [String] { directory.map { SplitWriter.paths(in: $0) } ?? [] }

    var expectedCount: Int {
        max(1, Int(((words.keptFraction ?? 1) * Double(facts.count(of: .train))).rounded()))
    }

    func splitIdentity(in store: Store) throws -> ArtifactIdentity? {
        var inputs: [ArtifactKey] = []
        if let scores {
            guard let keys = try scores.keys(in: store) else { return nil }
            // Scores that are not read do not matter, unless predictions are, which belong to the runs.
            let read = Set(terms.map(\.name) + (words.policy == .dual ? [ScoreName.confidence.rawValue] : []))
            inputs = zip(scores.names, keys).filter { read.contains($0.0.rawValue) }.map(\.1)
        }
        if let excluded {
            guard let identity = try excluded.documentIdentity(in: store) else { return nil }
            inputs.append(identity.key)
        }
        return ArtifactIdentity(
            kind: "prune", codeVersion: Self.codeVersion, parameters: parameters, inputs: inputs,
            dataset: facts.contentHash)
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(of: .prune, dataset: facts.contentHash, from: store) ?? 1
    }

    func perform(in context: StageContext) throws { try keep(try selection(in: context).split, in: context) }

    /// The selection with everything that can be said of it, made from the scores in the store.
    func selection(in context: StageContext) throws -> PruningSelection {
        if let found { return found }
        let dataset = try context.dataset()
        let scored = try scores?.result(in: context)
        let candidates = scored?.examples ?? ExampleTable(dataset: dataset)
        let suspects = try excluded?.suspects(of: candidates, from: context.store).positions ?? []
        let selection = try words.selection(of: candidates, terms: terms, scored, excluding: suspects)
        found = selection
        return selection
    }

    func report(from store: Store) throws -> StageReport {
        let by = terms.isEmpty || !words.needsScores ? "" : " by \(terms.map(\.description).joined(separator: ","))"
        return try report(of: ": \(words.pruningPolicy.phrase)\(by)", from: store)
    }

    func export(to path: String, replacing: Bool, in context: StageContext) throws {
        try SplitWriter.writeFile(
            of: try selection(in: context), to: path, replacing: replacing,
            checkForStop: context.monitor.checkForStop)
    }
}
