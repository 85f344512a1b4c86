import Glibc
import Models

/// One training run in progress: a network and its data, trained an epoch at a time.
///
/// Between batches the state can be taken out and put back, so that a run continued from a stored state ends with the
/// same bytes as one that was never stopped.
package final class TrainingRun {
    /// What one epoch of training left behind.
    package struct EpochLog {
        /// In-batch columns over the scored examples; NaN where an example was not presented, with `presentations` when
        /// not every example was presented once.
        package let columns: [DynamicsLog.Metric: [Float]]
        /// The mean over the epoch's presentations of what was minimised, each times its weight, before each update.
        package let loss: Double
        /// The share of presentations that were right before their update.
        package let accuracy: Double
    }

    /// The recipe.
    package let recipe: Recipe
    /// The dataset.
    package let dataset: Dataset
    /// The examples that are trained on and scored: the dataset's training partition, or the recipe's subset of it.
    package let examples: [Int]
    /// The network in its present state.
    package let network: Network
    /// Epochs trained so far.
    package internal(set) var epoch = 0
    /// The epoch that progress is reported against.
    var epochCount = 0
    /// Called after every batch of an epoch or a clean pass, when the run is in a state that can be gone on from.
    var didFinishBatch: () throws -> Void = {}

    /// The epoch under way, while network and log agree; nil between epochs.
    private var openEpoch: OpenEpoch?
    /// The clean pass under way, while it can be gone on with.
    var openCleanPass: PassRecorder?

    let loader: BatchLoader
    let monitor: TrainingMonitor
    let evaluationBatch: Int
    let inputs: FloatBuffer
    let labels: UnsafeMutablePointer<Int32>
    /// Rows of the largest batch.
    let largestBatch: Int
    /// What an epoch presents, and what each presentation counts.
    let balanced: BalancedExamples
    /// What the objective carries from batch to batch; nil when that is nothing.
    let risk: RiskState?
    /// What is wanted of the examples of a batch.
    package let targets: BatchTargets

    /// Prepares a run with freshly drawn weights.
    ///
    /// - Parameters:
    ///   - recipe: how to train.
    ///   - dataset: what to train on.
    ///   - normalization: measured on the examples that are trained on.
    ///   - pool: the threads to use.
    ///   - monitor: whom to tell.
    /// - Throws: `CurateError` when the recipe does not fit the dataset.
    package init(
        recipe: Recipe, dataset: Dataset, normalization: FeatureNormalization, pool: WorkerPool,
        monitor: TrainingMonitor
    ) throws {
        try recipe.check(on: dataset)
        self.recipe = recipe
        self.dataset = dataset
        self.monitor = monitor
        examples = recipe.examples(of: dataset)
        if examples.isEmpty {
            throw CurateError(.badData, "'\(dataset.name)' has no training examples", remedy: "check the split column")
        }
        balanced = try BalancedExamples(recipe, of: examples, in: dataset)
        let shape = dataset.features.shape
        func makeNetwork() -> Network {
            Network(
                recipe.network, input: InputShape(height: shape.height, width: shape.width, channels: shape.channels),
                classCount: dataset.classCount, head: recipe.head, pool: pool)
        }
        targets = try BatchTargets(recipe, of: examples, in: dataset, balanced: balanced)
        risk = try RiskState(recipe, of: examples, in: dataset, network: makeNetwork)
        network = makeNetwork()
        network.initialise(seed: recipe.seed)
        // Of all classes alike no binary cross-entropy is large at first (Lin et al. 2017, section 3.3; Cui et al. 2019).
        if case .sigmoid = recipe.objective.loss {
            network.setHeadBias(-Float(log(Double(dataset.classCount - 1))))
        }
        loader = BatchLoader(
            features: dataset.features, normalization: normalization, augmentation: recipe.augmentation,
            seed: recipe.seed, pool: pool)
        evaluationBatch = network.preferredEvaluationBatch
        largestBatch = max(recipe.batchSize, evaluationBatch)
        inputs = FloatBuffer(count: largestBatch * shape.elementCount)
        labels = .allocate(capacity: largestBatch)
    }

    deinit { labels.deallocate() }

    /// An epoch under way: what it presents, and what was logged of that so far.
    private struct OpenEpoch {
        let order: EpochOrder
        let recorder: PassRecorder
    }

    /// Begins the epoch after `epoch`, or goes on with it.
    private func openEpoch(resuming unfinished: UnfinishedPass?) -> OpenEpoch {
        let order = EpochOrder(
            balanced.order(epoch: epoch + 1, seed: recipe.seed), exampleCount: examples.count)
        return OpenEpoch(
            order: order,
            recorder: recorder(of: DynamicsLog.Metric.measured(.inBatch), in: order, resuming: unfinished))
    }

    /// What logs some metrics of the examples of this run.
    func recorder(
        of metrics: [DynamicsLog.Metric], over exampleCount: Int? = nil, in order: EpochOrder? = nil,
        resuming unfinished: UnfinishedPass? = nil
    ) -> PassRecorder {
        PassRecorder(
            metrics.map(\.quantity), exampleCount: exampleCount ?? examples.count, classCount: dataset.classCount,
            largestBatch: largestBatch, order: order, resuming: unfinished)
    }

    /// How far the epoch after `epoch` has come; nil between epochs.
    package var unfinishedEpoch: UnfinishedPass? { openEpoch?.recorder.snapshot }

    /// Puts an epoch that was left in the middle in the place of one that is under way.
    func resumeEpoch(_ unfinished: UnfinishedPass?) {
        openEpoch = unfinished.map { openEpoch(resuming: $0) }
    }

    /// Trains one epoch, or what is left of one, and logs every example as it was first seen, before the update of its
    /// batch.
    ///
    /// - Throws: `workFailed` when the loss is not a number any more; what the monitor throws.
    package func trainEpoch() throws -> EpochLog {
        let current = epoch + 1
        let open = openEpoch ?? openEpoch(resuming: nil)
        let (order, recorder) = (open.order, open.recorder)
        let step = TrainingStep(
            objective: targets.objective, optimizer: recipe.optimizer, sharpness: recipe.sharpness?.method)
        let presented = order.positions.map { examples[$0] }
        let batchCount = (presented.count + recipe.batchSize - 1) / recipe.batchSize
        while recorder.completedCount < presented.count {
            let batch = recorder.completedCount / recipe.batchSize
            let range = recorder.completedCount..<min(presented.count, recorder.completedCount + recipe.batchSize)
            loader.load(
                presented[range],
                augmentedBy: BatchLoader.Draws(epoch: current, repetitions: order.repetitions[range]),
                into: inputs.pointer)
            for (row, example) in presented[range].enumerated() { labels[row] = dataset.labels[example] }
            let plain = targets.batch(
                order.positions[range], epoch: current, batch: batch, labels: labels, inputs: inputs,
                pool: network.pool)
            // From here on the network is ahead of what was kept; the two agree again at the end of the batch.
            openEpoch = nil
            let learningRate = recipe.schedule.rate(epoch: current, batch: batch, batchCount: batchCount)
            let radius = recipe.sharpness?.radius(epoch: current, batch: batch, batchCount: batchCount) ?? 0
            let isFinite =
                risk?.prepare(for: order.positions[range], plain, labels: labels, learningRate: learningRate) ?? true
            let outcome = step.update(
                network, on: plain.weighted(by: plain.weights, adaptedBy: risk?.weights), learningRate: learningRate,
                radius: radius
            ) { rows, logits in
                recorder.record(rows, of: logits, labels: labels)
            }
            guard isFinite && outcome.isFinite && Float(outcome.loss).isFinite else {
                let isFar = isFinite && outcome.loss.isFinite
                throw CurateError(
                    .workFailed,
                    "the loss\(isFar ? " at a distance of \(radius)" : "") is not a number any more in epoch "
                        + "\(current), step \(batch + 1) of \(batchCount) (seed \(recipe.seed))",
                    remedy: isFar ? "lower `sam`" : "lower `learningRate`, or add `warmupEpochs: 1`")
            }
            recorder.finishBatch(of: range.count, loss: outcome.loss)
            openEpoch = open
            report(
                .training, range.upperBound, of: presented.count,
                loss: recorder.totalLoss / Double(range.upperBound))
            try didFinishBatch()
            try monitor.checkForStop()
        }
        epoch = current
        openEpoch = nil
        var columns = recorder.columns.metrics(.inBatch)
        columns[.presentations] = order.presentations
        return EpochLog(
            columns: columns, loss: recorder.totalLoss / Double(presented.count),
            accuracy: Double(recorder.correctCount) / Double(presented.count))
    }

    /// Tells how far a pass has come.
    func report(_ phase: TrainingProgress.Phase, _ completed: Int, of total: Int, loss: Double? = nil) {
        // Until an epoch has ended, it is the one after those trained.
        let current = phase == .training ? epoch + 1 : epoch
        monitor.report(
            TrainingProgress(
                phase: phase, seed: recipe.seed, epoch: current, epochCount: max(epochCount, current),
                completed: completed, total: total, loss: loss))
    }
}
