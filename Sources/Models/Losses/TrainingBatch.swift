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
    /// What a loss knows of the rows besides their targets.
    package let context: LossContext
    /// The number of examples.
    package let count: Int

    /// Describes a batch, whose memory stays the caller's.
    package init(
        inputs: UnsafePointer<Float>, targets: Targets, weights: UnsafePointer<Float>? = nil,
        adaptedBy adaptive: (any AdaptiveWeights)? = nil, context: LossContext = LossContext(), count: Int
    ) {
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
        self.adaptive = adaptive
        self.context = context
        self.count = count
    }

    /// The same batch with other weights.
    ///
    /// - Parameters:
    ///   - weights: [count], multiply each example's loss.
    ///   - adaptive: what makes other weights of the losses and these; nil for these alone.
    ///   - isSecondPass: whether the batch was passed through before, so that what a loss keeps of it stays as it is.
    package func weighted(
        by weights: UnsafePointer<Float>?, adaptedBy adaptive: (any AdaptiveWeights)?, isSecondPass: Bool = false
    ) -> TrainingBatch {
        var context = context
        if isSecondPass { context.observes = false }
        return TrainingBatch(
            inputs: inputs, targets: targets, weights: weights, adaptedBy: adaptive, context: context, count: count)
    }

    /// What the network is to answer to each example.
    package enum Targets {
        /// One class each: [count], each in 0..<classes.
        case labels(UnsafePointer<Int32>)
        /// A share of every class: [count][classes], none negative; a row need not sum to 1.
        case shares(UnsafePointer<Float>)
        /// Two classes each, as of two examples that were mixed: the sum of both losses, each times its factor.
        case pairs(LabelPairs)
    }
}

/// Two labels for every row, and what the loss of each is multiplied by.
package struct LabelPairs {
    /// [count], each in 0..<classes.
    package let first: UnsafePointer<Int32>
    /// [count], none negative; with the weight of the example it is of.
    package let firstFactors: UnsafePointer<Float>
    /// [count], each in 0..<classes.
    package let second: UnsafePointer<Int32>
    /// [count], none negative; with the weight of the example it is of.
    package let secondFactors: UnsafePointer<Float>

    /// Describes labels, whose memory stays the caller's.
    package init(
        first: UnsafePointer<Int32>, firstFactors: UnsafePointer<Float>, second: UnsafePointer<Int32>,
        secondFactors: UnsafePointer<Float>
    ) {
        self.first = first
        self.firstFactors = firstFactors
        self.second = second
        self.secondFactors = secondFactors
    }
}

/// What some losses know of a batch besides its targets.
package struct LossContext {
    /// [count], the row of the loss's tables that each example has, its group; nil when there is one row.
    package var tables: UnsafePointer<Int32>?
    /// The running F1, which a loss over several batches keeps.
    package var running: RunningF1?
    /// Whether the running F1 counts the batch: it does once, however often the batch is passed through.
    package var observes = true

    /// Makes a context.
    package init(tables: UnsafePointer<Int32>? = nil, running: RunningF1? = nil) {
        self.tables = tables
        self.running = running
    }
}
