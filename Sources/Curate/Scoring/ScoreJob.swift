import Models

/// From a dataset and a recipe to scores: trains what is missing over several seeds, evaluates the definitions on the
/// logs and stores the result.
public struct ScoreJob: Sendable {
    /// The recipe; its seed is replaced by each of `seeds`.
    package var recipe: Recipe
    /// The seed of each run, at least one.
    package var seeds: [UInt64]
    /// Epochs to train.
    package var epochCount: Int
    /// The scores asked for.
    package var names: [ScoreName]
    /// Whose definitions are used.
    package var convention: ScoreConvention
    /// The epoch to score at, within 1...epochCount; nil for the last.
    package var epoch: Int?

    /// Makes a job whose runs count up from the recipe's seed.
    package init(
        recipe: Recipe, seedCount: Int, epochCount: Int, names: [ScoreName], convention: ScoreConvention, epoch: Int?
    ) {
        self.init(
            recipe: recipe, seeds: (0..<UInt64(seedCount)).map { recipe.seed &+ $0 }, epochCount: epochCount,
            names: names, convention: convention, epoch: epoch)
    }

    /// Makes a job.
    package init(
        recipe: Recipe, seeds: [UInt64], epochCount: Int, names: [ScoreName], convention: ScoreConvention, epoch: Int?
    ) {
        self.recipe = recipe
        self.seeds = seeds
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
        package let examples: ExampleTable
        /// How ties are broken.
        package let ties: TieBreaker
        /// How each run was answered, by seed.
        package let runs: [RunCache.Outcome]
        /// The keys under which the scores are in the store, in the order of the table's columns.
        package let scoreKeys: [ArtifactKey]

        /// What the seeds tell of how many it takes, in the order of the table's columns; sorts every column many times.
        package var stability: [ScoreStability] { table.columns.map { ScoreStability(of: $0) } }
    }

    /// The version of the scoring code; raised when the same logs give other scores.
    static let codeVersion = 1

    private var chosenEpoch: Int { epoch ?? epochCount }

    /// The columns that the scores and the display read.
    private var neededColumns: Set<DynamicsLog.ColumnKey> {
        Self.neededColumns(names: names, convention: convention, epoch: chosenEpoch)
    }

    private static func neededColumns(
        names: [ScoreName], convention: ScoreConvention, epoch chosen: Int
    ) -> Set<DynamicsLog.ColumnKey> {
        names.reduce(into: [DynamicsLog.ColumnKey(epoch: chosen, metric: .cleanPrediction)]) {
            $0.formUnion(columns(of: $1, convention: convention, epoch: chosen))
        }
    }

    /// The columns that one score reads.
    static func columns(
        of name: ScoreName, convention: ScoreConvention, epoch chosen: Int
    ) -> Set<DynamicsLog.ColumnKey> {
        let definition = convention.definition(of: name, options: ScoreSettings(epoch: chosen))
        return Set(
            definition.epochs(choosing: chosen).map {
                DynamicsLog.ColumnKey(epoch: $0, metric: definition.metric)
            })
    }

    private var scoreOptions: ScoreSettings { ScoreSettings(epoch: chosenEpoch) }

    /// What scores need of their runs.
    static func demand(names: [ScoreName], convention: ScoreConvention, epoch: Int) -> RunDemand {
        RunDemand(recording: neededColumns(names: names, convention: convention, epoch: epoch))
    }

    /// The identity of each score, in the order of `names`.
    ///
    /// - Parameters:
    ///   - runs: the keys of the runs, by seed.
    ///   - dataset: the content hash of the dataset.
    func identities(runs: [ArtifactKey], dataset: String) -> [ArtifactIdentity] {
        names.map { name in
            let definition = convention.definition(of: name, options: scoreOptions)
            return Self.identity(
                of: name, convention, epoch: definition.epochs(choosing: chosenEpoch).upperBound, runs: runs,
                dataset: dataset)
        }
    }

    private static func identity(
        of name: ScoreName, _ convention: ScoreConvention, epoch: Int, runs: [ArtifactKey], dataset: String
    ) -> ArtifactIdentity {
        ArtifactIdentity(
            kind: "score", codeVersion: codeVersion,
            parameters: [
                "name": .string(name.rawValue), "convention": .string(convention.rawValue), "epoch": .int(epoch),
            ],
            inputs: runs, dataset: dataset)
    }

    /// Runs the job.
    ///
    /// - Parameters:
    ///   - dataset: what to train on and score.
    ///   - store: where runs and scores are kept.
    ///   - pool: the threads to use.
    ///   - monitor: whom to tell, and whom to ask whether to stop.
    /// - Throws: `CurateError`.
    package func run(on dataset: Dataset, store: Store, pool: WorkerPool, monitor: TrainingMonitor) throws -> Result {
        guard (1...epochCount).contains(chosenEpoch) else {
            throw CurateError(
                .usage, "epoch \(chosenEpoch) is not among the \(epochCount) epochs trained",
                remedy: "train more `epochs`, or choose another `at`")
        }
        let demand = Self.demand(names: names, convention: convention, epoch: chosenEpoch)
        let cache = try RunCache(store: store, dataset: dataset, pool: pool, monitor: monitor)
        let runs = try seeds.map { seed in
            var seeded = recipe
            seeded.seed = seed
            return try cache.fulfil(
                RunCache.Request(
                    recipe: seeded, epochCount: epochCount, demand: demand))
        }
        return try score(runs, of: cache, on: dataset, store: store, monitor: monitor)
    }

    /// Scores runs that have everything `demand` asks for, and stores the result.
    func score(
        _ runs: [RunCache.Outcome], of cache: RunCache, on dataset: Dataset, store: Store, monitor: TrainingMonitor
    ) throws -> Result {
        let columns = neededColumns
        let indices = recipe.examples(of: dataset)
        let logs = try runs.map {
            try cache.log(of: $0, exampleCount: indices.count, epochCount: epochCount, columns: columns)
        }
        let table = try ScoreTable(logs: logs, names: names, convention: convention, options: scoreOptions)
        let examples = ExampleTable(
            dataset: dataset, indices: indices,
            predictions: DynamicsLog.majorityPredictions(of: logs, epoch: chosenEpoch))
        let ties = examples.tieBreaker()
        let keys = try save(
            table, ties: ties, indices: indices, dataset: dataset, runs: runs, store: store, monitor: monitor)
        return Result(
            table: table, examples: examples, ties: ties, runs: runs, scoreKeys: keys)
    }

    private func save(
        _ table: ScoreTable, ties: TieBreaker, indices: [Int], dataset: Dataset, runs: [RunCache.Outcome],
        store: Store, monitor: TrainingMonitor
    ) throws -> [ArtifactKey] {
        let stored = Set(try store.scoreSets().map(\.key))
        return try table.columns.map { column in
            let key = Self.identity(
                of: column.name, convention, epoch: column.epoch, runs: runs.map(\.key), dataset: dataset.contentHash
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
