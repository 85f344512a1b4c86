/// The scores that candidates are chosen by, wherever they come from: runs of this pipeline, or a file.
struct CandidateScores {
    /// What is chosen from.
    let candidates: ExampleTable
    /// The score of a name, in the order of the candidates.
    ///
    /// - Throws: `CurateError(.usage)` when there is none.
    let score: (_ name: String) throws -> PruningScore
    /// The recall of each class by the predictions that came with the scores; nil without predictions.
    let recall: [Double]?

    /// The scores of a job; candidates are the examples that were scored.
    init(_ scored: ScoreJob.Result, on dataset: Dataset) {
        let candidates = scored.examples
        self.candidates = candidates
        score = { name in
            guard let column = scored.table.columns.first(where: { $0.name.rawValue == name }) else {
                throw CurateError(.usage, "there is no score '\(name)'", remedy: "compute it with the others")
            }
            return PruningScore(column)
        }
        recall = scored.examples.predictions.map { candidates.recalls(of: $0) }
    }

    /// The scores of a file.
    ///
    /// - Throws: `CurateError(.badData)` when it was made for other data.
    init(_ saved: SavedScores, of candidates: ExampleTable) throws {
        self.candidates = candidates
        let rows = try saved.rows(for: candidates)
        score = { name in
            do {
                return try saved.score(named: name, rows: rows)
            } catch let error as CurateError where error.kind == .usage {
                // A mistyped score gets a suggestion among those that are there.
                guard let guess = Suggestion.nearest(to: name, among: saved.columns.map(\.name)) else { throw error }
                throw CurateError(.usage, error.message, at: error.location, remedy: "did you mean '\(guess)'?")
            }
        }
        recall = saved.recall(of: candidates, rows: rows)
    }
}

extension PruningWords {
    /// Chooses among candidates.
    ///
    /// - Parameters:
    ///   - candidates: what there is to choose from.
    ///   - terms: the scores to rank by.
    ///   - scores: where they are; nil when nothing is ranked.
    ///   - recall: the recall of each class, for the quotas that go by it; nil for that of the scores' predictions.
    ///   - excluded: positions that must not be kept.
    /// - Throws: `CurateError(.usage)` when something that the words need is not there.
    func selection(
        of candidates: ExampleTable, terms: [Term], _ scores: CandidateScores?, recall: [Double]? = nil,
        excluding excluded: Set<Int32> = []
    ) throws -> PruningSelection {
        func score(_ name: String) throws -> PruningScore {
            guard let scores else {
                throw CurateError(.usage, "there is no score '\(name)'", remedy: "compute it first")
            }
            return try scores.score(name)
        }
        var ranking: HardnessRanking?
        if needsScores || !terms.isEmpty {
            ranking = try HardnessRanking(combining: terms.map { (try score($0.name), $0.weight) }, of: candidates)
        }
        var recalls: [Double] = []
        if quota.needsRecall {
            guard let known = recall ?? scores?.recall else {
                throw CurateError(
                    .usage,
                    "the \(quota.rawValue) quota needs the recall of every class, and the scores have no predictions",
                    remedy: "add `recall: \"recall.csv\"` with the columns class and recall")
            }
            recalls = known
        }
        let passedOver = try passedOverScore.map { try HardnessRanking(by: try score($0), of: candidates) }
        let confidence = policy == .dual ? try score(ScoreName.confidence.rawValue).values : nil
        return try rule(recall: recalls).selection(
            from: candidates, by: ranking, passingOver: passedOver, confidence: confidence, excluding: excluded)
    }
}
