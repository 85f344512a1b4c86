/// What training left behind for every example: one Float column per (epoch, metric) over the scored examples.
///
/// The log is the heart of the library: every score but GraNd is a pure function of it, whoever's trainer wrote it.
/// Columns are indexed like `exampleIndices`; epochs count from 1, and column e holds what was seen during epoch e
/// (in-batch metrics) or after it (clean metrics).
public struct DynamicsLog: Sendable {
    /// A quantity recorded per example and epoch.
    ///
    /// In-batch metrics are measured inside the training mini-batch, in training mode, on the augmented example, before
    /// the update; clean metrics after the epoch, in evaluation mode, on the plain example.
    public enum Metric: String, Sendable, CaseIterable, Codable {
        /// In-batch: 1 when the arg max of the logits is the label, else 0.
        case batchCorrect
        /// In-batch: the softmax probability of the label.
        case batchProbability
        /// In-batch: cross-entropy, natural logarithm.
        case batchLoss
        /// In-batch: logit of the label minus the largest other logit.
        case batchLogitMargin
        /// In-batch: probability of the label minus the largest other probability.
        case batchProbabilityMargin
        /// In-batch: L2 norm of softmax - onehot.
        case batchErrorNorm
        /// Clean: L2 norm of softmax - onehot.
        case cleanErrorNorm
        /// Clean: the softmax probability of the label.
        case cleanProbability
        /// Clean: cross-entropy, natural logarithm.
        case cleanLoss
        /// Clean: logit of the label minus the largest other logit.
        case cleanLogitMargin
        /// Clean: probability of the label minus the largest other probability.
        case cleanProbabilityMargin
        /// Clean: entropy of the softmax, natural logarithm.
        case cleanEntropy
        /// Clean: the arg max of the logits, as a number.
        case cleanPrediction
        /// Clean: L2 norm of the gradient of the example's own loss over all parameters (GraNd).
        case cleanGradientNorm
    }

    /// One (epoch, metric) pair.
    public struct ColumnKey: Hashable, Sendable {
        /// The epoch, from 1.
        public let epoch: Int
        /// The quantity.
        public let metric: Metric

        /// Makes a key.
        public init(epoch: Int, metric: Metric) {
            self.epoch = epoch
            self.metric = metric
        }
    }

    /// The number of examples in every column.
    public let exampleCount: Int
    /// The number of epochs trained.
    public let epochCount: Int
    /// The run's seed; 0 for a log made elsewhere.
    public let seed: UInt64
    /// The columns recorded.
    public private(set) var columns: [ColumnKey: [Float]]

    /// Makes a log.
    public init(exampleCount: Int, epochCount: Int, seed: UInt64, columns: [ColumnKey: [Float]]) {
        precondition(columns.values.allSatisfy { $0.count == exampleCount }, "a column of another length")
        self.exampleCount = exampleCount
        self.epochCount = epochCount
        self.seed = seed
        self.columns = columns
    }

    /// The values of one metric at one epoch, or nil when they were not recorded.
    public subscript(metric: Metric, epoch epoch: Int) -> [Float]? {
        columns[ColumnKey(epoch: epoch, metric: metric)]
    }

    /// The epochs at which a metric was recorded, ascending.
    public func epochs(of metric: Metric) -> [Int] {
        columns.keys.filter { $0.metric == metric }.map(\.epoch).sorted()
    }
}
