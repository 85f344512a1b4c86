/// What is needed of training runs besides training, gathered so that they are trained once with everything.
public struct RunDemand: Sendable, Equatable {
    /// Epochs after which every training example is evaluated.
    public var cleanEpochs: Set<Int>
    /// Epochs after which the gradient norm of every training example is taken, with the evaluation.
    public var gradientNormEpochs: Set<Int>
    /// Epochs whose weights are wanted.
    public var stateEpochs: Set<Int>
    /// Epochs after which raw logits are wanted, and of which examples; of `train`, those that the run is trained on.
    public var logits: [Int: Set<Partition>]

    /// Makes a demand; nothing by default.
    public init(
        cleanEpochs: Set<Int> = [], gradientNormEpochs: Set<Int> = [], stateEpochs: Set<Int> = [],
        logits: [Int: Set<Partition>] = [:]
    ) {
        self.cleanEpochs = cleanEpochs.union(gradientNormEpochs)
        self.gradientNormEpochs = gradientNormEpochs
        self.stateEpochs = stateEpochs
        self.logits = logits
    }

    /// The passes that record some columns; training itself records those of its batches.
    init(recording columns: Set<DynamicsLog.ColumnKey>) {
        self.init(
            cleanEpochs: Set(columns.filter { $0.metric.provenance == .clean }.map(\.epoch)),
            gradientNormEpochs: Set(columns.filter { $0.metric == .cleanGradientNorm }.map(\.epoch)))
    }

    /// The epochs at which anything is wanted.
    var epochs: Set<Int> { cleanEpochs.union(gradientNormEpochs).union(stateEpochs).union(logits.keys) }

    /// Adds what something else needs.
    public mutating func formUnion(_ other: RunDemand) {
        cleanEpochs.formUnion(other.cleanEpochs)
        gradientNormEpochs.formUnion(other.gradientNormEpochs)
        stateEpochs.formUnion(other.stateEpochs)
        logits.merge(other.logits) { $0.union($1) }
    }
}
