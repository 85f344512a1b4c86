/// The examples of one step as they lie in memory, with what is wanted of them.
package struct TrainingBatch {
    /// [count][height][width][channels].
    package let inputs: UnsafePointer<Float>
    /// What the network is to answer.
    package let targets: Targets
    /// [count], multiply each example's loss; nil when all are 1.
    package let weights: UnsafePointer<Float>?
    /// What makes other weights of the losses and `weights`; nil for these alone.
    package let adaptive: (any AdaptiveWeights)?
    /// The number of examples.
    package let count: Int

    /// Describes a batch, whose memory stays the caller's.
    package init(
        inputs: UnsafePointer<Float>, targets: Targets, weights: UnsafePointer<Float>? = nil,
        adaptedBy adaptive: (any AdaptiveWeights)? = nil, count: Int
    ) {
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
        self.adaptive = adaptive
        self.count = count
    }

    /// The same batch with other weights.
    ///
    /// - Parameters:
    ///   - weights: [count], multiply each example's loss.
    ///   - adaptive: what makes other weights of the losses and these; nil for these alone.
    func weighted(by weights: UnsafePointer<Float>?, adaptedBy adaptive: (any AdaptiveWeights)?) -> TrainingBatch {
        TrainingBatch(inputs: inputs, targets: targets, weights: weights, adaptedBy: adaptive, count: count)
    }

    /// What the network is to answer to each example.
    package enum Targets {
        /// One class each: [count], each in 0..<classes.
        case labels(UnsafePointer<Int32>)
        /// A share of every class: [count][classes], none negative; a row need not sum to 1.
        case shares(UnsafePointer<Float>)
    }
}
