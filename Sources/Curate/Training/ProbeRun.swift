import Models

/// One training run in progress: a network, its data and what is logged of every example.
///
/// Epochs are trained one at a time; between them the state can be taken out and put back, so that a run continued from
/// a stored state ends with the same bytes as one that was never stopped.
public final class ProbeRun {
    /// What one epoch of training left behind.
    public struct EpochLog {
        /// In-batch columns over the scored examples.
        public let columns: [DynamicsLog.Metric: [Float]]
        /// The mean loss over the epoch's examples, before each update.
        public let loss: Double
        /// The share of examples that were right before their update.
        public let accuracy: Double
    }

    /// The recipe.
    public let recipe: Recipe
    /// The dataset.
    public let dataset: Dataset
    /// The examples that are trained on and scored: the dataset's training partition.
    public let examples: [Int]
    /// The network in its present state.
    public let network: Network
    /// Epochs trained so far.
    public private(set) var epoch = 0

    private let loader: BatchLoader
    private let monitor: TrainingMonitor
    private let evaluationBatch: Int
    private let inputs: FloatBuffer
    private let labels: UnsafeMutablePointer<Int32>
    /// The epoch that progress is reported against.
    var epochCount = 0

    /// Prepares a run with freshly drawn weights.
    ///
    /// - Parameters:
    ///   - recipe: how to train.
    ///   - dataset: what to train on.
    ///   - normalization: measured on the training partition.
    ///   - pool: the threads to use.
    ///   - monitor: whom to tell.
    /// - Throws: `CurateError` when the recipe does not fit the dataset.
    public init(
        recipe: Recipe, dataset: Dataset, normalization: FeatureNormalization, pool: WorkerPool,
        monitor: TrainingMonitor
    ) throws {
        try recipe.check(on: dataset)
        self.recipe = recipe
        self.dataset = dataset
        self.monitor = monitor
        examples = dataset.indices(of: .train)
        if examples.isEmpty {
            throw CurateError(.badData, "'\(dataset.name)' has no training examples", remedy: "check the split column")
        }
        let shape = dataset.features.shape
        network = Network(
            recipe.network, input: InputShape(height: shape.height, width: shape.width, channels: shape.channels),
            classCount: dataset.classCount, pool: pool)
        network.initialise(seed: recipe.seed)
        loader = BatchLoader(
            features: dataset.features, normalization: normalization, augmentation: recipe.augmentation,
            seed: recipe.seed, pool: pool)
        evaluationBatch = network.preferredEvaluationBatch
        let capacity = max(recipe.batchSize, evaluationBatch)
        inputs = FloatBuffer(count: capacity * shape.elementCount)
        labels = .allocate(capacity: capacity)
    }

    deinit { labels.deallocate() }

    /// Trains one epoch and logs every example as it was seen, before the update of its batch.
    public func trainEpoch() throws -> EpochLog {
        let current = epoch + 1
        let order = shuffledOrder(epoch: current)
        let batchCount = (order.count + recipe.batchSize - 1) / recipe.batchSize
        let metrics: [DynamicsLog.Metric] = [
            .batchCorrect, .batchProbability, .batchLoss, .batchLogitMargin, .batchProbabilityMargin, .batchErrorNorm,
        ]
        var columns = metrics.map { _ in [Float](repeating: .nan, count: examples.count) }
        var totalLoss = 0.0
        var correct = 0
        for batch in 0..<batchCount {
            let range = batch * recipe.batchSize..<min(order.count, (batch + 1) * recipe.batchSize)
            let chosen = order[range].map { examples[$0] }
            loader.load(chosen[...], epoch: current, into: inputs.pointer)
            for (offset, example) in chosen.enumerated() { labels[offset] = dataset.labels[example] }
            let result = network.trainingStep(
                inputs: inputs.pointer, labels: labels, batch: chosen.count, optimizer: recipe.optimizer,
                learningRate: recipe.schedule.rate(epoch: current, batch: batch, batchCount: batchCount))
            guard result.loss.isFinite else {
                throw CurateError(
                    .workFailed,
                    "the loss is not a number any more in epoch \(current), step \(batch + 1) of "
                        + "\(batchCount) (seed \(recipe.seed))",
                    remedy: "lower --learning-rate, or add --warmup-epochs 1")
            }
            for (offset, position) in order[range].enumerated() {
                let seen = LogitMetrics(
                    logits: result.logits + offset * dataset.classCount, count: dataset.classCount,
                    label: Int(labels[offset]))
                columns[0][position] = seen.isCorrect ? 1 : 0
                columns[1][position] = seen.probability
                columns[2][position] = seen.loss
                columns[3][position] = seen.logitMargin
                columns[4][position] = seen.probabilityMargin
                columns[5][position] = seen.errorNorm
                if seen.isCorrect { correct += 1 }
            }
            totalLoss += result.loss * Double(chosen.count)
            report(.training, current, range.upperBound, order.count, loss: totalLoss / Double(range.upperBound))
            try monitor.checkForStop()
        }
        epoch = current
        return EpochLog(
            columns: Dictionary(uniqueKeysWithValues: zip(metrics, columns)), loss: totalLoss / Double(order.count),
            accuracy: Double(correct) / Double(order.count))
    }

    /// Positions within `examples` in this epoch's order (Fisher and Yates).
    private func shuffledOrder(epoch: Int) -> [Int] {
        var random = KeyedRandom(seed: recipe.seed, stream: .shuffle, epoch: epoch)
        var order = Array(0..<examples.count)
        for index in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(index, random.below(index + 1)) }
        return order
    }

    /// Evaluates every scored example in evaluation mode, without augmentation.
    ///
    /// The logits are the same to the bit whether gradient norms are asked for or not.
    ///
    /// - Parameter includesGradientNorms: whether to add `cleanGradientNorm` (GraNd).
    public func cleanPass(includesGradientNorms: Bool) throws -> [DynamicsLog.Metric: [Float]] {
        var metrics: [DynamicsLog.Metric] = [
            .cleanErrorNorm, .cleanProbability, .cleanLoss, .cleanLogitMargin, .cleanProbabilityMargin, .cleanEntropy,
            .cleanPrediction,
        ]
        if includesGradientNorms { metrics.append(.cleanGradientNorm) }
        var columns = metrics.map { _ in [Float](repeating: .nan, count: examples.count) }
        var norms = [Float](repeating: 0, count: evaluationBatch)
        let phase: TrainingProgress.Phase = includesGradientNorms ? .gradientNorms : .cleanPass
        try forEachBatch(of: examples, phase) { range, batch in
            let logits: UnsafePointer<Float>
            if includesGradientNorms {
                logits = network.gradientNorms(inputs: inputs.pointer, labels: labels, batch: batch, norms: &norms)
            } else {
                logits = network.evaluate(inputs: inputs.pointer, batch: batch)
            }
            for offset in 0..<batch {
                let position = range.lowerBound + offset
                let seen = LogitMetrics(
                    logits: logits + offset * dataset.classCount, count: dataset.classCount,
                    label: Int(labels[offset]))
                columns[0][position] = seen.errorNorm
                columns[1][position] = seen.probability
                columns[2][position] = seen.loss
                columns[3][position] = seen.logitMargin
                columns[4][position] = seen.probabilityMargin
                columns[5][position] = seen.entropy
                columns[6][position] = Float(seen.prediction)
                if includesGradientNorms { columns[7][position] = norms[offset] }
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(metrics, columns))
    }

    /// The class predicted for each example of a partition, in evaluation mode.
    public func predictions(of partition: Partition) throws -> [Int32] {
        let chosen = dataset.indices(of: partition)
        var predicted = [Int32](repeating: 0, count: chosen.count)
        try forEachBatch(of: chosen, .evaluation) { range, batch in
            let logits = network.evaluate(inputs: inputs.pointer, batch: batch)
            for offset in 0..<batch {
                predicted[range.lowerBound + offset] =
                    LogitMetrics(
                        logits: logits + offset * dataset.classCount, count: dataset.classCount,
                        label: Int(labels[offset])
                    ).prediction
            }
        }
        return predicted
    }

    private func forEachBatch(
        of chosen: [Int], _ phase: TrainingProgress.Phase, _ body: (_ range: Range<Int>, _ batch: Int) -> Void
    ) throws {
        var first = 0
        while first < chosen.count {
            let range = first..<min(chosen.count, first + evaluationBatch)
            loader.load(chosen[range], epoch: nil, into: inputs.pointer)
            for offset in 0..<range.count { labels[offset] = dataset.labels[chosen[range.lowerBound + offset]] }
            body(range, range.count)
            first = range.upperBound
            report(phase, epoch, first, chosen.count, loss: nil)
            try monitor.checkForStop()
        }
    }

    private func report(
        _ phase: TrainingProgress.Phase, _ epoch: Int, _ completed: Int, _ total: Int, loss: Double?
    ) {
        monitor.report(
            TrainingProgress(
                phase: phase, seed: recipe.seed, epoch: epoch, epochCount: max(epochCount, epoch),
                completed: completed, total: total, loss: loss))
    }

    /// Weights, running statistics and momentum, one after the other.
    public var state: [Float] {
        [network.arena.values, network.arena.statistics, network.arena.momentum].flatMap {
            UnsafeBufferPointer(start: $0.pointer, count: $0.count)
        }
    }

    /// Continues from a state that `state` gave after some epoch.
    ///
    /// - Parameters:
    ///   - state: the numbers.
    ///   - epoch: the epochs trained when it was taken.
    /// - Throws: `CurateError(.badData)` when the state belongs to another network.
    public func restore(_ state: [Float], epoch: Int) throws {
        let buffers = [network.arena.values, network.arena.statistics, network.arena.momentum]
        guard state.count == buffers.reduce(0, { $0 + $1.count }) else {
            throw CurateError(
                .badData, "a stored state has \(state.count) numbers, \(recipe.network) another amount",
                remedy: "use another --store")
        }
        var offset = 0
        for buffer in buffers {
            for index in 0..<buffer.count { buffer.pointer[index] = state[offset + index] }
            offset += buffer.count
        }
        network.weightsDidChange()
        self.epoch = epoch
    }
}
