/// What is needed of training runs besides training, gathered so that they are trained once with everything.
public struct RunDemand: Sendable, Equatable {
    /// Epochs after which every training example is evaluated.
    public var cleanEpochs: Set<Int>
    /// Epochs after which the gradient norm of every training example is taken.
    public var gradientNormEpochs: Set<Int>

    /// Makes a demand; nothing by default.
    public init(cleanEpochs: Set<Int> = [], gradientNormEpochs: Set<Int> = []) {
        self.cleanEpochs = cleanEpochs
        self.gradientNormEpochs = gradientNormEpochs
    }

    /// The passes that record some columns; training itself records those of its batches.
    init(recording columns: Set<DynamicsLog.ColumnKey>) {
        self.init(
            cleanEpochs: Set(columns.filter { $0.metric.isClean }.map(\.epoch)),
            gradientNormEpochs: Set(columns.filter { $0.metric == .cleanGradientNorm }.map(\.epoch)))
    }

    /// Adds what something else needs.
    public mutating func formUnion(_ other: RunDemand) {
        cleanEpochs.formUnion(other.cleanEpochs)
        gradientNormEpochs.formUnion(other.gradientNormEpochs)
    }
}
