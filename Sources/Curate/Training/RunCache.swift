import Models

/// Probe runs that are trained once: what a store holds is read, what is missing is trained and stored.
///
/// An artifact of kind `train` holds one recipe on one dataset, for as many epochs as anyone asked for: a column per
/// epoch and metric, and the whole training state at the last epoch and at every epoch that was scored. After a kill the
/// store holds every finished epoch, and the next request goes on from there with the same bytes.
public final class RunCache {
    /// What is asked of a run.
    public struct Request: Sendable {
        /// The recipe.
        public var recipe: Recipe
        /// Epochs to train, at least 1.
        public var epochCount: Int
        /// Epochs after which every example is evaluated, within 1...epochCount.
        public var cleanEpochs: Set<Int>
        /// Epochs after which per-example gradient norms are taken too, a part of `cleanEpochs`.
        public var gradientNormEpochs: Set<Int>

        /// Makes a request.
        public init(recipe: Recipe, epochCount: Int, cleanEpochs: Set<Int>, gradientNormEpochs: Set<Int>) {
            precondition(epochCount >= 1 && cleanEpochs.allSatisfy { (1...epochCount).contains($0) })
            precondition(gradientNormEpochs.isSubset(of: cleanEpochs))
            self.recipe = recipe
            self.epochCount = epochCount
            self.cleanEpochs = cleanEpochs
            self.gradientNormEpochs = gradientNormEpochs
        }
    }

    /// How a request was answered.
    public struct Outcome: Sendable {
        /// The key of the run's artifact.
        public let key: ArtifactKey
        /// The recipe's seed.
        public let seed: UInt64
        /// Epochs that had to be trained now; 0 when only evaluations, or nothing, was missing.
        public let trainedEpochCount: Int
        /// Whether everything was in the store.
        public let wasCached: Bool
        /// Seconds spent on the run so far, now and before.
        public let seconds: Double
        /// The mean in-batch loss of each epoch, from the first.
        public let losses: [Double]
        /// The in-batch accuracy of each epoch, from the first.
        public let accuracies: [Double]
        /// The accuracy on the test examples after the last epoch asked for; nil when there are none.
        public let testAccuracy: Double?
        /// The accuracy on the validation examples after the last epoch asked for; nil when there are none.
        public let validationAccuracy: Double?
    }

    /// The version of the training code; raised when the same recipe gives other bytes.
    static let codeVersion = 1

    private let store: Store
    private let dataset: Dataset
    private let pool: WorkerPool
    private let monitor: TrainingMonitor
    private var normalization: FeatureNormalization?

    /// Makes a cache over a store and registers the dataset in it.
    public init(store: Store, dataset: Dataset, pool: WorkerPool, monitor: TrainingMonitor) throws {
        self.store = store
        self.dataset = dataset
        self.pool = pool
        self.monitor = monitor
        try store.registerDataset(dataset, createdAt: monitor.timestamp())
    }

    /// The identity of a recipe's run on this dataset.
    public func identity(of recipe: Recipe) -> ArtifactIdentity {
        Self.identity(of: recipe, dataset: dataset.contentHash)
    }

    /// Makes sure that the store holds what is asked, training what is missing.
    ///
    /// - Throws: `CurateError`; `interrupted` when the monitor says so, after which the same request goes on.
    public func fulfil(_ request: Request) throws -> Outcome {
        try request.recipe.check(on: dataset)
        let identity = identity(of: request.recipe)
        let key = identity.key
        let artifact = try store.beginArtifact(identity, createdAt: monitor.timestamp())
        let found = StoredRun(columns: try store.columns(of: key))
        let work = found.missing(for: request, heldOut: heldOutPartitions)
        if !work.isEmpty {
            if artifact.state == .complete { try store.reopenArtifact(key) }
            try perform(work, request, key: key, found: found)
            try store.completeArtifact(key)
        } else if artifact.state == .running {
            try store.completeArtifact(key)
        }
        return try Self.outcome(
            request, key: key, wasCached: work.isEmpty,
            trainedEpochCount: max(0, request.epochCount - found.epochCount),
            store: store)
    }

    /// The partitions besides training that have examples.
    private var heldOutPartitions: [Partition] {
        [.validation, .test].filter { dataset.partitions.contains($0) }
    }

    /// Goes through the epochs from the last stored state that serves, storing each in one transaction.
    private func perform(_ work: Set<Int>, _ request: Request, key: ArtifactKey, found: StoredRun) throws {
        guard let first = work.min(), let last = work.max() else { return }
        if normalization == nil {
            normalization = FeatureNormalization(
                of: dataset.features, indices: dataset.indices(of: .train), pool: pool)
        }
        guard let normalization else { return }
        let run = try ProbeRun(
            recipe: request.recipe, dataset: dataset, normalization: normalization, pool: pool, monitor: monitor)
        run.epochCount = request.epochCount
        // A state at the first missing epoch itself serves when only its evaluation is missing.
        let start = found.stateEpochs.filter { $0 <= first && $0 <= found.epochCount }.max() ?? 0
        if start > 0, let state = try store.column(artifact: key, epoch: start, name: StoredRun.stateColumn) {
            try run.restore(state, epoch: start)
        }
        var milestones = found.stateEpochs.filter { found.names[$0]?.contains(StoredRun.cleanMarker) ?? false }
        milestones.formUnion(request.cleanEpochs)
        if start == first { try store(nil, of: run, request, key: key, found: found, milestones: milestones) }
        while run.epoch < last {
            let begin = monitor.now()
            let log = try run.trainEpoch()
            try store(
                log, of: run, request, key: key, found: found, milestones: milestones,
                seconds: monitor.now() - begin)
        }
    }

    /// Stores one epoch: its in-batch columns, what was asked of it, and the state, which replaces older ones.
    private func store(
        _ log: ProbeRun.EpochLog?, of run: ProbeRun, _ request: Request, key: ArtifactKey, found: StoredRun,
        milestones: Set<Int>, seconds: Double = 0
    ) throws {
        let epoch = run.epoch
        let begin = monitor.now()
        var existing = found.names[epoch] ?? []
        var clean: [DynamicsLog.Metric: [Float]] = [:]
        let needsNorms =
            request.gradientNormEpochs.contains(epoch)
            && !existing.contains(DynamicsLog.Metric.cleanGradientNorm.rawValue)
        if needsNorms || request.cleanEpochs.contains(epoch) && !existing.contains(StoredRun.cleanMarker) {
            clean = try run.cleanPass(includesGradientNorms: needsNorms)
        }
        var heldOut: [Float]?
        var predictions: [Partition: [Int32]] = [:]
        if epoch == request.epochCount, !found.hasHeldOut(heldOutPartitions, at: epoch) {
            for partition in heldOutPartitions { predictions[partition] = try run.predictions(of: partition) }
            heldOut = [accuracy(of: predictions, .validation), accuracy(of: predictions, .test)]
        }
        try store.transaction {
            // Another process may have trained the same run meanwhile, with the same bytes.
            if try store.artifact(key)?.state == .complete { try store.reopenArtifact(key) }
            existing.formUnion(try store.columnNames(artifact: key, epoch: epoch))
            for (metric, values) in (log?.columns ?? [:]).merging(clean, uniquingKeysWith: { $1 })
            where !existing.contains(metric.rawValue) {
                try putColumn(key, epoch, metric, values)
            }
            if let log, !existing.contains(StoredRun.summaryColumn) {
                try store.putColumn(
                    artifact: key, epoch: epoch, name: StoredRun.summaryColumn,
                    floats: [Float(log.loss), Float(log.accuracy)])
            }
            if let heldOut {
                try store.putColumn(artifact: key, epoch: epoch, name: StoredRun.heldOutColumn, floats: heldOut)
            }
            for (partition, predicted) in predictions {
                try store.putColumn(
                    artifact: key, epoch: epoch, name: StoredRun.predictionColumn(partition),
                    floats: predicted.map { Float($0) })
            }
            if epoch >= found.epochCount || milestones.contains(epoch) {
                try store.putColumn(artifact: key, epoch: epoch, name: StoredRun.stateColumn, floats: run.state)
                for old in 1..<max(epoch, 1) where !milestones.contains(old) {
                    try store.removeColumns(artifact: key, epochs: old..<old + 1, names: [StoredRun.stateColumn])
                }
            }
            try store.addSeconds(max(0, seconds + monitor.now() - begin), to: key)
        }
    }

    private func accuracy(of predictions: [Partition: [Int32]], _ partition: Partition) -> Float {
        guard let predicted = predictions[partition] else { return .nan }
        let indices = dataset.indices(of: partition)
        return Float(zip(indices, predicted).count { dataset.labels[$0] == $1 }) / Float(indices.count)
    }

    /// Whether an example was right is one bit of news; a byte is enough for it.
    private func putColumn(
        _ key: ArtifactKey, _ epoch: Int, _ metric: DynamicsLog.Metric, _ values: [Float]
    ) throws {
        if metric == .batchCorrect {
            try store.putColumn(artifact: key, epoch: epoch, name: metric.rawValue, bytes: values.map { UInt8($0) })
        } else {
            try store.putColumn(artifact: key, epoch: epoch, name: metric.rawValue, floats: values)
        }
    }

    /// The log of a run that `fulfil` returned, with just the columns asked for.
    ///
    /// - Throws: `CurateError(.internalError)` when a column is not in the store.
    public func log(
        of outcome: Outcome, epochCount: Int, columns: Set<DynamicsLog.ColumnKey>
    ) throws -> DynamicsLog {
        var values: [DynamicsLog.ColumnKey: [Float]] = [:]
        for column in columns {
            let name = column.metric.rawValue
            let stored: [Float]?
            if column.metric == .batchCorrect {
                stored = try store.columnBytes(artifact: outcome.key, epoch: column.epoch, name: name)?
                    .map { Float($0) }
            } else {
                stored = try store.column(artifact: outcome.key, epoch: column.epoch, name: name)
            }
            guard let stored else {
                throw CurateError(
                    .internalError, "column \(name) of epoch \(column.epoch) is not stored", at: outcome.key.description
                )
            }
            values[column] = stored
        }
        return DynamicsLog(
            exampleCount: dataset.indices(of: .train).count, epochCount: epochCount, seed: outcome.seed,
            columns: values)
    }

    /// The network of a run as it was after an epoch whose state is stored.
    ///
    /// - Throws: `CurateError(.internalError)` when the state is not in the store.
    public func network(of outcome: Outcome, recipe: Recipe, epoch: Int) throws -> Network {
        guard let state = try store.column(artifact: outcome.key, epoch: epoch, name: StoredRun.stateColumn) else {
            throw CurateError(
                .internalError, "the state after epoch \(epoch) is not stored", at: outcome.key.description)
        }
        let run = try ProbeRun(
            recipe: recipe, dataset: dataset,
            normalization: normalization
                ?? FeatureNormalization(of: dataset.features, indices: dataset.indices(of: .train), pool: pool),
            pool: pool, monitor: monitor)
        try run.restore(state, epoch: epoch)
        return run.network
    }
}

/// What a store holds of one run.
struct StoredRun {
    /// The mean loss and in-batch accuracy of an epoch.
    static let summaryColumn = "summary"
    /// The accuracies on validation and test examples after an epoch.
    static let heldOutColumn = "heldOut"
    /// The predicted class of each example of a partition after an epoch.
    static func predictionColumn(_ partition: Partition) -> String { "prediction.\(partition.name)" }
    /// Weights, statistics and momentum after an epoch.
    static let stateColumn = "state"
    /// The column by which a clean pass is recognised.
    static let cleanMarker = DynamicsLog.Metric.cleanErrorNorm.rawValue

    /// The names of the columns of each epoch.
    let names: [Int: Set<String>]
    /// Epochs trained without a gap.
    let epochCount: Int
    /// Epochs whose state is stored.
    let stateEpochs: Set<Int>

    init(columns: [StoredColumn]) {
        var names: [Int: Set<String>] = [:]
        for column in columns { names[column.epoch, default: []].insert(column.name) }
        self.names = names
        var count = 0
        while names[count + 1]?.contains(Self.summaryColumn) ?? false { count += 1 }
        epochCount = count
        stateEpochs = Set(names.keys.filter { names[$0]?.contains(Self.stateColumn) ?? false })
    }

    /// The epochs at which something is missing.
    func missing(for request: RunCache.Request, heldOut: [Partition]) -> Set<Int> {
        var work: Set<Int> = []
        if request.epochCount > epochCount { work.formUnion(epochCount + 1...request.epochCount) }
        for epoch in request.cleanEpochs where !(names[epoch]?.contains(Self.cleanMarker) ?? false) {
            work.insert(epoch)
        }
        for epoch in request.gradientNormEpochs
        where !(names[epoch]?.contains(DynamicsLog.Metric.cleanGradientNorm.rawValue) ?? false) {
            work.insert(epoch)
        }
        if !hasHeldOut(heldOut, at: request.epochCount) { work.insert(request.epochCount) }
        return work
    }

    /// Whether accuracies and predictions on some partitions are stored for an epoch.
    func hasHeldOut(_ partitions: [Partition], at epoch: Int) -> Bool {
        let needed = partitions.isEmpty ? [] : [Self.heldOutColumn] + partitions.map(Self.predictionColumn)
        return names[epoch, default: []].isSuperset(of: needed)
    }
}
