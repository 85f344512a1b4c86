import Models

/// Probe runs that are trained once: what a store holds is read, what is missing is trained and stored.
///
/// An artifact of kind `train` holds one recipe on one dataset, for as many epochs as anyone asked for: a column per
/// epoch and metric, and the whole training state at the last epoch and at every epoch that was scored. After a kill the
/// store holds every finished epoch, and of an unfinished one what was saved last; the next request goes on from there
/// with the same bytes. Several processes may work on one run: each takes what another has stored meanwhile.
package final class RunCache {
    /// How a request was answered.
    package struct Outcome: Sendable {
        /// The key of the run's artifact.
        package let key: ArtifactKey
        /// The recipe's seed.
        package let seed: UInt64
        /// Epochs that had to be trained now; 0 when only evaluations, or nothing, was missing.
        package let trainedEpochCount: Int
        /// Whether everything was in the store.
        package let wasCached: Bool
        /// Seconds spent on the run so far, now and before.
        package let seconds: Double
        /// The mean in-batch loss of each epoch, from the first.
        package let losses: [Double]
        /// The in-batch accuracy of each epoch, from the first.
        package let accuracies: [Double]
        /// The accuracy on the test examples after the last epoch asked for; nil when there are none.
        package let testAccuracy: Double?
        /// The accuracy on the validation examples after the last epoch asked for; nil when there are none.
        package let validationAccuracy: Double?
        /// The mean cross-entropy of the validation examples after each epoch, from the first; nil where it was not taken:
        /// when there are none, or for epochs that an earlier version trained.
        package let validationLosses: [Double?]
        /// The accuracy on the validation examples after each epoch, from the first; nil where `validationLosses` is.
        package let validationAccuracies: [Double?]
    }

    /// The kind of the artifacts that hold runs.
    static let artifactKind = "train"

    /// The version of the training code; raised when the same recipe gives other bytes.
    ///
    /// 2: states hold the weights of fully connected layers in strips of outputs; the numbers are the same.
    /// 3: features far from zero are normalised around their mean; those of other data as before.
    static let codeVersion = 3

    let store: Store
    let dataset: Dataset
    let monitor: TrainingMonitor
    private let pool: WorkerPool
    /// The normalization that was measured last, and on which subset.
    private var measured: (normalization: FeatureNormalization, subset: TrainingSubset?)?

    /// Makes a cache over a store and registers the dataset in it.
    package init(store: Store, dataset: Dataset, pool: WorkerPool, monitor: TrainingMonitor) throws {
        self.store = store
        self.dataset = dataset
        self.pool = pool
        self.monitor = monitor
        try store.registerDataset(dataset, createdAt: monitor.timestamp())
    }

    /// The runs on another dataset, in the same store.
    func sibling(on other: Dataset) throws -> RunCache {
        try RunCache(store: store, dataset: other, pool: pool, monitor: monitor)
    }

    /// The identity of a recipe's run on this dataset.
    package func identity(of recipe: Recipe) -> ArtifactIdentity {
        Self.identity(
            of: recipe, dataset: dataset.contentHash, numericProfile: NumericProfile.current(pool.kernels))
    }

    /// Makes sure that the store holds what is asked, training what is missing.
    ///
    /// - Throws: `CurateError`; `interrupted` when the monitor says so, after which the same request goes on.
    package func fulfil(_ request: Request) throws -> Outcome {
        try request.recipe.check(on: dataset)
        try checkPartitions(of: request.demand)
        let identity = identity(of: request.recipe)
        let key = identity.key
        let artifact = try store.beginArtifact(identity, createdAt: monitor.timestamp())
        let found = StoredRun(columns: try store.columns(of: key))
        if let subset = request.recipe.subset, artifact.state == .running,
            !found.contains(Store.subsetIndices, epoch: 0)
        {
            try store.putSubset(subset, artifact: key)
        }
        let isCached = found.missing(for: request, heldOut: heldOutPartitions).isEmpty
        if !isCached {
            try perform(request, key: key)
        } else if artifact.state == .running {
            try store.completeArtifact(key)
        }
        return try Self.outcome(
            request, key: key, wasCached: isCached,
            trainedEpochCount: max(0, request.epochCount - found.epochCount), store: store)
    }

    private func checkPartitions(of demand: RunDemand) throws {
        for column in demand.rows.values.joined()
        where column.partition != .train && !heldOutPartitions.contains(column.partition) {
            throw CurateError(
                .usage,
                "'\(dataset.name)' has no \(column.partition.name) examples whose \(column.content.rawValue) could be kept",
                remedy: "set some aside, or ask for those of other examples")
        }
    }

    /// The partitions besides training that have examples.
    var heldOutPartitions: [Partition] {
        [.validation, .test].filter { dataset.partitions.contains($0) }
    }

    /// A run of a recipe with freshly drawn weights.
    func makeRun(_ recipe: Recipe) throws -> TrainingRun {
        let normalization: FeatureNormalization
        if let measured, measured.subset == recipe.subset {
            normalization = measured.normalization
        } else {
            // Of what is trained on, as if there were nothing else.
            normalization = FeatureNormalization(
                of: dataset.features, indices: recipe.examples(of: dataset), pool: pool)
            measured = (normalization, recipe.subset)
        }
        return try TrainingRun(
            recipe: recipe, dataset: dataset, normalization: normalization, pool: pool, monitor: monitor)
    }

    /// The log of a run that `fulfil` returned, with just the columns asked for.
    ///
    /// - Parameters:
    ///   - outcome: the run.
    ///   - exampleCount: how many examples the run was trained on.
    ///   - epochCount: how many epochs of it to tell of.
    ///   - columns: the columns.
    /// - Throws: `CurateError(.internalError)` when a column is not in the store.
    package func log(
        of outcome: Outcome, exampleCount: Int, epochCount: Int, columns: Set<DynamicsLog.ColumnKey>
    ) throws -> DynamicsLog {
        let stored = StoredRun(columns: try store.columns(of: outcome.key))
        // What was not presented once is told with what was seen of it.
        let counts = Set(columns.filter { $0.metric.provenance == .inBatch }.map(\.epoch))
            .filter { stored.contains(DynamicsLog.Metric.presentations.name, epoch: $0) }
            .map { DynamicsLog.ColumnKey(epoch: $0, metric: .presentations) }
        var values: [DynamicsLog.ColumnKey: [Float]] = [:]
        for column in columns.union(counts) {
            guard let found = try Self.column(column.metric, of: outcome.key, epoch: column.epoch, store: store) else {
                throw CurateError(
                    .internalError, "column \(column.metric.name) of epoch \(column.epoch) is not stored",
                    at: outcome.key.description)
            }
            values[column] = found
        }
        return DynamicsLog(
            exampleCount: exampleCount, epochCount: epochCount, seed: outcome.seed, columns: values)
    }

    /// The network of a run as it was after an epoch, trained again when its weights are not stored any more.
    ///
    /// - Throws: `CurateError`; `interrupted` when the monitor says so.
    package func network(of outcome: Outcome, recipe: Recipe, epoch: Int) throws -> Network {
        var seeded = recipe
        seeded.seed = outcome.seed
        return try run(of: seeded, after: epoch).network
    }

    /// The logits or features of the examples of a partition after an epoch of a run.
    ///
    /// - Parameters:
    ///   - column: what is wanted, and of which examples.
    ///   - outcome: a run that was asked for with these rows.
    ///   - epoch: the epoch, from 1.
    /// - Throws: `CurateError(.internalError)` when they are not in the store.
    package func rows(_ column: ExampleRows.Column, of outcome: Outcome, epoch: Int) throws -> ExampleRows {
        // A column beside it says how many examples there are.
        let neighbour =
            column.partition == .train
            ? (epoch: 1, name: DynamicsLog.Metric.batchLoss.name)
            : (epoch: epoch, name: StoredRun.predictionColumn(column.partition))
        let count = try store.columns(of: outcome.key).first { ($0.epoch, $0.name) == neighbour }?.count
        guard let count, count > 0,
            let values = try store.column(artifact: outcome.key, epoch: epoch, name: column.name)
        else {
            throw CurateError(
                .internalError, "column \(column.name) of epoch \(epoch) is not stored", at: outcome.key.description)
        }
        return ExampleRows(values, width: values.count / count)
    }

    /// The probability of each class for some examples of the dataset, by the network of a recipe after an epoch.
    ///
    /// - Parameters:
    ///   - recipe: the recipe, with its seed; trained as far as it is missing.
    ///   - epoch: the epoch, at least 1.
    ///   - indices: the examples, which need not be those that are trained on.
    /// - Returns: one row of probabilities per example, in evaluation mode.
    /// - Throws: `CurateError`; `interrupted` when the monitor says so.
    func probabilities(of recipe: Recipe, epoch: Int, indices: [Int]) throws -> [Float] {
        try run(of: recipe, after: epoch).logits(of: indices).softmax
    }

    private func run(of recipe: Recipe, after epoch: Int) throws -> TrainingRun {
        let request = Request(recipe: recipe, epochCount: epoch, demand: RunDemand(stateEpochs: [epoch]))
        let key = try fulfil(request).key
        guard let state = try store.column(artifact: key, epoch: epoch, name: StoredRun.stateColumn) else {
            throw CurateError(
                .workFailed, "the weights after epoch \(epoch) were removed by another process",
                at: key.description, remedy: "run the same command again")
        }
        let run = try makeRun(recipe)
        try run.restore(state, epoch: epoch)
        return run
    }
}
