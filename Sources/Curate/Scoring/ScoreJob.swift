import Models

/// From a dataset and a recipe to scores: trains what is missing over several seeds, evaluates the definitions on the
/// logs and stores the result.
public struct ScoreJob: Sendable {
    /// The recipe; its seed is that of the first run, the others follow.
    public var recipe: Recipe
    /// The number of runs, at least 1.
    public var seedCount: Int
    /// Epochs to train.
    public var epochCount: Int
    /// The scores asked for.
    public var names: [ScoreName]
    /// Whose definitions are used.
    public var convention: ScoreConvention
    /// The epoch to score at, within 1...epochCount; nil for the last.
    public var epoch: Int?

    /// Makes a job.
    public init(
        recipe: Recipe, seedCount: Int, epochCount: Int, names: [ScoreName], convention: ScoreConvention, epoch: Int?
    ) {
        self.recipe = recipe
        self.seedCount = seedCount
        self.epochCount = epochCount
        self.names = names
        self.convention = convention
        self.epoch = epoch
    }

    /// What a job found.
    public struct Result: Sendable {
        /// The scores.
        public let table: ScoreTable
        /// The examples they belong to, with the predictions of the scored epoch.
        public let examples: ScoredExamples
        /// How ties are broken.
        public let ties: TieBreaker
        /// How each run was answered, by seed.
        public let runs: [RunCache.Outcome]
        /// How stable each ranking is over the seeds, in the order of the table's columns.
        public let stability: [RankStability]
        /// The keys under which the scores are in the store, in the order of the table's columns.
        public let scoreKeys: [ArtifactKey]
    }

    /// The version of the scoring code; raised when the same logs give other scores.
    private static let codeVersion = 1

    private var chosenEpoch: Int { epoch ?? epochCount }

    /// The columns that the scores and the display read.
    private var neededColumns: Set<DynamicsLog.ColumnKey> {
        var columns: Set = [DynamicsLog.ColumnKey(epoch: chosenEpoch, metric: .cleanPrediction)]
        for name in names {
            let definition = convention.definition(of: name, options: scoreOptions)
            for epoch in definition.epochs(choosing: chosenEpoch) {
                columns.insert(DynamicsLog.ColumnKey(epoch: epoch, metric: definition.metric))
            }
        }
        return columns
    }

    private var scoreOptions: ScoreSettings { ScoreSettings(epoch: chosenEpoch) }

    /// Runs the job.
    ///
    /// - Parameters:
    ///   - dataset: what to train on and score.
    ///   - store: where runs and scores are kept.
    ///   - pool: the threads to use.
    ///   - monitor: whom to tell, and whom to ask whether to stop.
    /// - Throws: `CurateError`.
    public func run(on dataset: Dataset, store: Store, pool: WorkerPool, monitor: TrainingMonitor) throws -> Result {
        guard (1...epochCount).contains(chosenEpoch) else {
            throw CurateError(
                .usage, "epoch \(chosenEpoch) is not among the \(epochCount) epochs trained",
                remedy: "train more with --epochs, or choose another --at")
        }
        let columns = neededColumns
        let cache = try RunCache(store: store, dataset: dataset, pool: pool, monitor: monitor)
        // Clean columns are those that no training step records.
        let cleanEpochs = Set(columns.filter { $0.metric.isClean }.map(\.epoch))
        let normEpochs = Set(columns.filter { $0.metric == .cleanGradientNorm }.map(\.epoch))
        var outcomes: [RunCache.Outcome] = []
        var logs: [DynamicsLog] = []
        for offset in 0..<UInt64(seedCount) {
            var seeded = recipe
            seeded.seed = recipe.seed &+ offset
            let outcome = try cache.fulfil(
                RunCache.Request(
                    recipe: seeded, epochCount: epochCount, cleanEpochs: cleanEpochs,
                    gradientNormEpochs: normEpochs))
            outcomes.append(outcome)
            logs.append(try cache.log(of: outcome, epochCount: epochCount, columns: columns))
        }
        let table = try ScoreTable(logs: logs, names: names, convention: convention, options: scoreOptions)
        let indices = dataset.indices(of: .train)
        let examples = ScoredExamples(
            dataset: dataset, indices: indices,
            predictions: ScoredExamples.majorityPredictions(of: logs, epoch: chosenEpoch))
        let ties = examples.tieBreaker()
        let keys = try save(
            table, ties: ties, indices: indices, dataset: dataset, runs: outcomes, store: store, monitor: monitor)
        return Result(
            table: table, examples: examples, ties: ties, runs: outcomes,
            stability: table.columns.map { RankStability(of: $0, ties: ties) }, scoreKeys: keys)
    }

    private func save(
        _ table: ScoreTable, ties: TieBreaker, indices: [Int], dataset: Dataset, runs: [RunCache.Outcome],
        store: Store, monitor: TrainingMonitor
    ) throws -> [ArtifactKey] {
        let stored = Set(try store.scoreSets().map(\.key))
        return try table.columns.map { column in
            let key = ArtifactIdentity(
                kind: "score", codeVersion: Self.codeVersion,
                parameters: [
                    "name": .string(column.name.rawValue), "convention": .string(convention.rawValue),
                    "epoch": .int(column.epoch),
                ],
                inputs: runs.map(\.key), dataset: dataset.contentHash
            ).key
            if stored.contains(key) { return key }
            try store.saveScores(
                StoredScores(
                    indices: indices, values: column.values.map { Double($0) },
                    deviations: column.standardDeviation?.map { Double($0) },
                    ranks: column.ranks(ties: ties).map { Int($0) }),
                as: StoredScoreSet(
                    key: key, name: column.name.rawValue, convention: convention.rawValue,
                    direction: column.direction.phrase, dataset: dataset.contentHash, runKeys: runs.map(\.key),
                    seeds: runs.map(\.seed), description: column.description, createdAt: monitor.timestamp()))
            return key
        }
    }
}

extension DynamicsLog.Metric {
    /// Whether the metric is taken on a clean pass rather than in training batches.
    package var isClean: Bool {
        switch self {
        case .batchCorrect, .batchProbability, .batchLoss, .batchLogitMargin, .batchProbabilityMargin, .batchErrorNorm:
            false
        case .cleanErrorNorm, .cleanProbability, .cleanLoss, .cleanLogitMargin, .cleanProbabilityMargin,
            .cleanEntropy, .cleanPrediction, .cleanGradientNorm:
            true
        }
    }
}
