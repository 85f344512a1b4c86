/// A selection of examples.
final class PruneWork: SplitWork {
    static let kind = StageKind.prune
    /// Raised when the same scores give another selection; 2: easiest breaks ties in the opposite order of hardest.
    static let codeVersion = 2

    let parameters: JSONValue
    let facts: DatasetFacts
    let files: [String]
    let directory: String?
    let copyDirectory: String?
    private let words: PruningWords
    private let scores: ScoreWork?
    private let excluded: [SuspectsWork]
    /// The files that something is read from, by parameter.
    private let read: [String: String]
    private let terms: [PruningWords.Term]
    private var found: Selection?

    /// A selection with everything that can be said of it.
    struct Selection {
        /// What was chosen.
        let selection: PruningSelection
        /// The label suspects that were left out; nil when none were looked for.
        let suspects: LabelSuspects?
        /// Whether recalls were those of the training predictions that came with the scores.
        let usesTrainingRecall: Bool
    }

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        facts = setting.facts
        files = setting.files
        directory = values["out"]?.stringValue
        copyDirectory = values["materialize"]?.stringValue
        words = Self.words(values)
        scores = setting.optionalInput("scores", as: ScoreWork.self)
        excluded = setting.inputs("exclude", as: SuspectsWork.self)
        read = Dictionary(
            uniqueKeysWithValues: ["scoresFile", "recall", "suspectsFile", "probabilities"].compactMap { name in
                values[name]?.stringValue.map { (name, $0) }
            })
        terms = Self.terms(values.texts("by").compactMap { PruningWords.Term($0) }, scores)
        var decided: [String: JSONValue] = ["keep": words.keptFraction.map { .double($0) } ?? .null]
        decided["by"] = .array(terms.map { .string($0.description) })
        // Manifests count by group, and quotas may go by one.
        if !facts.groupNames.isEmpty { decided["groups"] = facts.groupIdentity() }
        // What a file holds decides, not where it lies; without files, keys are as if there were no such parameters.
        for (name, path) in read { decided[name] = .string(try SHA256.hexadecimal(ofFile: path)) }
        parameters = values.identity(deciding: decided)
        if let column = words.groupColumn, !facts.groupNames.contains(column) {
            let guess = Suggestion.nearest(to: column, among: facts.groupNames)
            throw CurateError(
                .usage, "'\(facts.name)' has no group column '\(column)'",
                remedy: guess.map { "did you mean '\($0)'?" } ?? "name the column with `group` of the dataset")
        }
    }

    static func words(_ values: StageValues) -> PruningWords {
        var words = PruningWords()
        words.policy = PruningWords.PolicyName(rawValue: values.text("policy")) ?? .hardest
        words.keptFraction = values["keep"]?.doubleValue
        words.passedOver = values.number("dropHardest")
        words.passedOverScore = values["dropBy"]?.stringValue
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

    /// The scores to rank by: those that are given, else the first of the stage.
    private static func terms(_ given: [PruningWords.Term], _ scores: ScoreWork?) -> [PruningWords.Term] {
        guard given.isEmpty else { return given }
        return scores?.names.prefix(1).map { PruningWords.Term(name: $0.rawValue, weight: 1) } ?? []
    }

    var expectedCount: Int {
        max(1, Int(((words.keptFraction ?? 1) * Double(facts.count(of: .train))).rounded()))
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? {
        var inputs: [ArtifactKey] = []
        if let scores {
            guard let keys = try scores.resultKeys(in: store) else { return nil }
            // Scores that are not read do not matter, unless predictions are, which belong to the runs.
            let read = Set(
                terms.map(\.name) + (words.passedOverScore.map { [$0] } ?? [])
                    + (words.policy == .dual ? [ScoreName.confidence.rawValue] : []))
            inputs = zip(scores.names, keys).filter { read.contains($0.0.rawValue) }.map(\.1)
        }
        for list in excluded {
            guard let keys = try list.resultKeys(in: store) else { return nil }
            inputs += keys
        }
        return inputs
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(from: store) ?? 1
    }

    func perform(in context: StageContext) throws {
        try keep(try selection(in: context).selection.split, in: context)
    }

    /// The selection with everything that can be said of it, made from what is in the store and in files.
    func selection(in context: StageContext) throws -> Selection {
        if let found { return found }
        let dataset = try context.dataset()
        // Read before the scores are placed: a file that is none is told first.
        let saved = try read["scoresFile"].map { try ScoreFileReader.read(path: $0) }
        let scored = try scores?.result(in: context)
        let lists = try excluded.map { try $0.result(in: context) }
        let candidates =
            scored?.examples
            ?? lists.first?.candidates ?? ExampleTable(dataset: dataset)
        let source =
            try scored.map { CandidateScores($0, on: dataset) }
            ?? saved.map { try CandidateScores($0, of: candidates) }
        let suspects = try suspects(among: candidates, from: context.store)
        let recall = try read["recall"].map { try ClassRecalls.read(path: $0, classNames: candidates.classNames) }
        var terms = terms
        if terms.isEmpty, let first = saved?.columns.first {
            terms = [PruningWords.Term(name: first.name, weight: 1)]
        }
        let selection = try words.selection(
            of: candidates, terms: terms, source, recall: recall, excluding: suspects?.positions ?? [])
        let found = Selection(
            selection: selection, suspects: suspects,
            usesTrainingRecall: words.quota.needsRecall && recall == nil)
        self.found = found
        return found
    }

    private func suspects(among candidates: ExampleTable, from store: Store) throws -> LabelSuspects? {
        if let path = read["suspectsFile"] { return try LabelSuspects(path: path, of: candidates) }
        if let path = read["probabilities"] {
            return try LabelSuspects(probabilities: ClassProbabilities(path: path), of: candidates)
        }
        return LabelSuspects.union(of: try excluded.map { try $0.suspects(of: candidates, from: store) })
    }

    func report(from store: Store) throws -> StageReport {
        let by = words.needsScores ? terms.map(\.description).joined(separator: ",") : ""
        let rule = words.pruningPolicy.phrase(by: by, passingOverBy: words.passedOverScore)
        return try report(of: ": \(rule)", from: store)
    }

    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws {
        let found = try selection(in: context)
        try SplitWriter.writeFile(
            file, of: found.selection, suspects: found.suspects, to: path, replacing: replacing,
            checkForStop: context.monitor.checkForStop)
    }

    func writeCopy(replacing: Bool, in context: StageContext) throws {
        guard let copyDirectory else { preconditionFailure("nothing is copied") }
        let dataset = try context.dataset()
        let selection = try selection(in: context).selection
        let kept = selection.keptPositions.map { Int(selection.candidates.indices[Int($0)]) }
        let files = try OutputFileSet(
            directory: copyDirectory, replacing: replacing, checkForStop: context.monitor.checkForStop)
        _ = try DatasetCopy(
            of: dataset, source: context.source.path, options: context.source.options,
            keeping: kept + dataset.indices(of: .validation) + dataset.indices(of: .test)
        ).write(to: files)
        try files.publish()
    }
}
