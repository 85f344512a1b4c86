import Glibc
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
        /// The mean loss over the epoch's examples, each times its weight, before each update.
        public let loss: Double
        /// The share of examples that were right before their update.
        public let accuracy: Double
    }

    /// The recipe.
    public let recipe: Recipe
    /// The dataset.
    public let dataset: Dataset
    /// The examples that are trained on and scored: the dataset's training partition, or the recipe's subset of it.
    public let examples: [Int]
    /// The network in its present state.
    public let network: Network
    /// Epochs trained so far.
    public private(set) var epoch = 0
    /// How far the epoch after `epoch` has come; nil between epochs.
    public private(set) var unfinishedEpoch: UnfinishedPass?
    /// How far the clean pass that was begun last has come; nil when it ended.
    public private(set) var unfinishedCleanPass: UnfinishedPass?

    private let loader: BatchLoader
    private let monitor: TrainingMonitor
    private let evaluationBatch: Int
    private let inputs: FloatBuffer
    private let labels: UnsafeMutablePointer<Int32>
    /// What the loss of each example of a batch is multiplied by; nil when all count alike.
    private let weights: UnsafeMutablePointer<Float>?
    /// The epoch that progress is reported against.
    var epochCount = 0
    /// Called after every batch of an epoch or a clean pass, when the run is in a state that can be gone on from.
    var didFinishBatch: () throws -> Void = {}

    /// Prepares a run with freshly drawn weights.
    ///
    /// - Parameters:
    ///   - recipe: how to train.
    ///   - dataset: what to train on.
    ///   - normalization: measured on the examples that are trained on.
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
        examples = recipe.examples(of: dataset)
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
        weights = recipe.subset?.weights == nil ? nil : .allocate(capacity: recipe.batchSize)
    }

    deinit {
        labels.deallocate()
        weights?.deallocate()
    }

    /// What is logged of an example in its training batch, in the order of an unfinished epoch's columns.
    static let batchMetrics: [DynamicsLog.Metric] = [
        .batchCorrect, .batchProbability, .batchLoss, .batchLogitMargin, .batchProbabilityMargin, .batchErrorNorm,
    ]

    /// Trains one epoch, or what is left of one, and logs every example as it was seen, before the update of its batch.
    public func trainEpoch() throws -> EpochLog {
        let current = epoch + 1
        let order = shuffledOrder(epoch: current)
        let batchCount = (order.count + recipe.batchSize - 1) / recipe.batchSize
        var pass =
            unfinishedEpoch ?? UnfinishedPass(columnCount: Self.batchMetrics.count, exampleCount: examples.count)
        while pass.completedCount < order.count {
            let batch = pass.completedCount / recipe.batchSize
            let range = pass.completedCount..<min(order.count, pass.completedCount + recipe.batchSize)
            let chosen = order[range].map { examples[$0] }
            loader.load(chosen[...], epoch: current, into: inputs.pointer)
            for (offset, example) in chosen.enumerated() { labels[offset] = dataset.labels[example] }
            if let weights, let all = recipe.subset?.weights {
                for (offset, position) in order[range].enumerated() { weights[offset] = all[position] }
            }
            // From here on the network is ahead of what was kept; the two agree again at the end of the batch.
            unfinishedEpoch = nil
            let result = TrainingStep(optimizer: recipe.optimizer).update(
                network,
                on: TrainingBatch(
                    inputs: inputs.pointer, targets: .labels(labels), weights: weights, count: chosen.count),
                learningRate: recipe.schedule.rate(epoch: current, batch: batch, batchCount: batchCount))
            guard result.loss.isFinite else {
                throw CurateError(
                    .workFailed,
                    "the loss is not a number any more in epoch \(current), step \(batch + 1) of "
                        + "\(batchCount) (seed \(recipe.seed))",
                    remedy: "lower --learning-rate, or add --warmup-epochs 1")
            }
            record(result, of: order[range], in: &pass)
            unfinishedEpoch = pass
            report(
                .training, current, range.upperBound, order.count, loss: pass.totalLoss / Double(range.upperBound))
            try didFinishBatch()
            try monitor.checkForStop()
        }
        epoch = current
        unfinishedEpoch = nil
        return EpochLog(
            columns: Dictionary(uniqueKeysWithValues: zip(Self.batchMetrics, pass.columns)),
            loss: pass.totalLoss / Double(order.count), accuracy: Double(pass.correctCount) / Double(order.count))
    }

    /// Adds what a batch showed to the log of its epoch.
    private func record(_ result: Network.BatchResult, of positions: ArraySlice<Int>, in pass: inout UnfinishedPass) {
        for (offset, position) in positions.enumerated() {
            let seen = LogitMetrics(
                logits: result.logits + offset * dataset.classCount, count: dataset.classCount,
                label: Int(labels[offset]))
            pass.columns[0][position] = seen.isCorrect ? 1 : 0
            pass.columns[1][position] = seen.probability
            pass.columns[2][position] = seen.loss
            pass.columns[3][position] = seen.logitMargin
            pass.columns[4][position] = seen.probabilityMargin
            pass.columns[5][position] = seen.errorNorm
            if seen.isCorrect { pass.correctCount += 1 }
        }
        pass.totalLoss += result.loss * Double(positions.count)
        pass.completedCount += positions.count
    }

    /// Positions within `examples` in this epoch's order (Fisher and Yates).
    private func shuffledOrder(epoch: Int) -> [Int] {
        var random = KeyedRandom(seed: recipe.seed, stream: .shuffle, epoch: epoch)
        var order = Array(0..<examples.count)
        for index in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(index, random.below(index + 1)) }
        return order
    }

    /// What a clean pass measures, in the order of an unfinished pass's columns.
    static func cleanMetrics(includesGradientNorms: Bool) -> [DynamicsLog.Metric] {
        let metrics: [DynamicsLog.Metric] = [
            .cleanErrorNorm, .cleanProbability, .cleanLoss, .cleanLogitMargin, .cleanProbabilityMargin, .cleanEntropy,
            .cleanPrediction,
        ]
        return includesGradientNorms ? metrics + [.cleanGradientNorm] : metrics
    }

    /// Evaluates every scored example in evaluation mode, without augmentation.
    ///
    /// The logits are the same to the bit whether gradient norms are asked for or not.
    ///
    /// - Parameters:
    ///   - includesGradientNorms: whether to add `cleanGradientNorm` (GraNd).
    ///   - unfinished: a pass of the same weights and metrics to go on with.
    public func cleanPass(
        includesGradientNorms: Bool, resuming unfinished: UnfinishedPass? = nil
    ) throws -> [DynamicsLog.Metric: [Float]] {
        let metrics = Self.cleanMetrics(includesGradientNorms: includesGradientNorms)
        var pass = unfinished ?? UnfinishedPass(columnCount: metrics.count, exampleCount: examples.count)
        precondition(pass.columns.count == metrics.count, "a pass of other metrics")
        unfinishedCleanPass = nil
        var norms = [Float](repeating: 0, count: evaluationBatch)
        let phase: TrainingProgress.Phase = includesGradientNorms ? .gradientNorms : .cleanPass
        try forEachBatch(of: examples, from: pass.completedCount, phase) { range, batch in
            let logits: UnsafePointer<Float>
            if includesGradientNorms {
                logits = network.gradientNorms(inputs: inputs.pointer, labels: labels, batch: batch, norms: &norms)
            } else {
                logits = network.evaluate(inputs: inputs.pointer, batch: batch)
            }
            unfinishedCleanPass = nil
            for offset in 0..<batch {
                let position = range.lowerBound + offset
                let seen = LogitMetrics(
                    logits: logits + offset * dataset.classCount, count: dataset.classCount,
                    label: Int(labels[offset]))
                pass.columns[0][position] = seen.errorNorm
                pass.columns[1][position] = seen.probability
                pass.columns[2][position] = seen.loss
                pass.columns[3][position] = seen.logitMargin
                pass.columns[4][position] = seen.probabilityMargin
                pass.columns[5][position] = seen.entropy
                pass.columns[6][position] = Float(seen.prediction)
                if includesGradientNorms { pass.columns[7][position] = norms[offset] }
            }
            pass.completedCount = range.upperBound
            unfinishedCleanPass = pass
            try didFinishBatch()
        }
        unfinishedCleanPass = nil
        return Dictionary(uniqueKeysWithValues: zip(metrics, pass.columns))
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

    /// The probability of each class for some examples of the dataset, in evaluation mode: a row per example.
    func probabilities(of indices: [Int]) throws -> [Float] {
        let classCount = dataset.classCount
        var rows = [Float](repeating: 0, count: indices.count * classCount)
        try forEachBatch(of: indices, .evaluation) { range, batch in
            let logits = network.evaluate(inputs: inputs.pointer, batch: batch)
            for offset in 0..<batch {
                let row = logits + offset * classCount
                let largest = (0..<classCount).reduce(-Float.infinity) { max($0, row[$1]) }
                // In Double, so that what is rounded is the quotient alone.
                let powers = (0..<classCount).map { exp(Double(row[$0] - largest)) }
                let sum = powers.reduce(0, +)
                for label in 0..<classCount {
                    rows[(range.lowerBound + offset) * classCount + label] = Float(powers[label] / sum)
                }
            }
        }
        return rows
    }

    private func forEachBatch(
        of chosen: [Int], from start: Int = 0, _ phase: TrainingProgress.Phase,
        _ body: (_ range: Range<Int>, _ batch: Int) throws -> Void
    ) throws {
        var first = start
        while first < chosen.count {
            let range = first..<min(chosen.count, first + evaluationBatch)
            loader.load(chosen[range], epoch: nil, into: inputs.pointer)
            for offset in 0..<range.count { labels[offset] = dataset.labels[chosen[range.lowerBound + offset]] }
            try body(range, range.count)
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

    /// The number of floats in `state`.
    var stateCount: Int {
        [network.arena.values, network.arena.statistics, network.arena.momentum].reduce(0) { $0 + $1.count }
    }

    /// Continues from a state that `state` gave after some epoch, or in the middle of the next one.
    ///
    /// - Parameters:
    ///   - state: the numbers.
    ///   - epoch: the whole epochs trained when it was taken.
    ///   - unfinished: how far the next epoch had come; nil between epochs.
    /// - Throws: `CurateError(.badData)` when the state belongs to another network.
    public func restore(_ state: [Float], epoch: Int, unfinished: UnfinishedPass? = nil) throws {
        guard state.count == stateCount else {
            throw CurateError(
                .badData, "a stored state has \(state.count) numbers, \(recipe.network) another amount",
                remedy: "use another --store")
        }
        var offset = 0
        for buffer in [network.arena.values, network.arena.statistics, network.arena.momentum] {
            for index in 0..<buffer.count { buffer.pointer[index] = state[offset + index] }
            offset += buffer.count
        }
        network.weightsDidChange()
        self.epoch = epoch
        unfinishedEpoch = unfinished
        unfinishedCleanPass = nil
    }
}
