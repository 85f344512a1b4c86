import Curate

/// What `curate prune` chooses from, and what it ranks by: scores from a file, or of runs that are trained here.
struct PruneScores {
    let candidates: ExampleTable
    /// nil when nothing is ranked.
    let ranking: HardnessRanking?
    /// The mean probability of each candidate's label, for the policy that needs it.
    let confidence: [Float]?
    /// The recall of each class by the predictions that came with the scores; nil without predictions.
    let recall: [Double]?
    /// The runs that were scored here, by seed.
    let runs: [RunCache.Outcome]
    /// Which network they are of and how long they were trained; nil when nothing was scored here.
    let origin: String?

    /// Takes the training examples as they are.
    init(unranked candidates: ExampleTable) {
        self.candidates = candidates
        (ranking, confidence, recall, runs, origin) = (nil, nil, nil, [], nil)
    }

    /// Takes scores from a file.
    init(_ saved: SavedScores, of candidates: ExampleTable, _ options: PruneOptions) throws {
        self.candidates = candidates
        let rows = try saved.rows(for: candidates)
        do {
            ranking = try HardnessRanking(
                combining: options.by.map { (try saved.score(named: $0.name, rows: rows), $0.weight) }, of: candidates)
        } catch let error as CurateError where error.kind == .usage {
            // A mistyped score gets a suggestion among those that are there.
            let missing = options.by.map(\.name).first { name in !saved.columns.contains { $0.name == name } }
            guard let missing, let guess = Suggestion.nearest(to: missing, among: saved.columns.map(\.name)) else {
                throw error
            }
            throw CurateError(.usage, error.message, at: error.location, remedy: "did you mean '\(guess)'?")
        }
        confidence =
            options.policy == .dual
            ? try saved.score(named: ScoreName.confidence.rawValue, rows: rows).values : nil
        recall = saved.recall(of: candidates, rows: rows)
        (runs, origin) = ([], nil)
    }

    /// Takes the scores of the stage `score` of a pipeline, and its stage `train`.
    init(
        of outcome: PipelineOutcome, _ options: PruneOptions, _ training: TrainingOptions, on dataset: Dataset
    ) throws {
        let scored = try outcome.scores(of: "score")
        // With --train-on, only what was trained on has scores.
        let candidates = scored.examples
        self.candidates = candidates
        func score(_ name: String) -> PruningScore {
            guard let column = scored.table.columns.first(where: { $0.name.rawValue == name }) else {
                preconditionFailure("\(name) was not computed")
            }
            return PruningScore(column)
        }
        ranking = try HardnessRanking(combining: options.by.map { (score($0.name), $0.weight) }, of: candidates)
        confidence = options.policy == .dual ? score(ScoreName.confidence.rawValue).values : nil
        recall = scored.examples.predictions.map { candidates.recalls(of: $0) }
        runs = scored.runs
        origin = training.phrase(of: outcome.recipe(of: "train").network)
    }
}

extension PruneOptions {
    /// The scores to compute when they do not come from a file.
    var trainedScores: [ScoreName] {
        let names = by.compactMap { ScoreName(rawValue: $0.name) }
        return policy == .dual && !names.contains(.confidence) ? names + [.confidence] : names
    }
}
