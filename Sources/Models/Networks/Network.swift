import COpenBLAS

/// A named network with its weights: training steps, evaluation and per-example gradient norms.
///
/// One network is used by one caller at a time; inside a call it uses the pool's threads. Results do not depend on how
/// many there are.
public final class Network {
    /// Which network it is.
    public let specification: NetworkSpecification
    /// The extents of one example.
    public let input: InputShape
    /// The number of classes.
    public let classCount: Int

    private let context: LayerContext
    private let layers: [any Layer]
    private let largestActivation: Int
    private var reservedBatch = 0
    private var reservedSpares = 0

    /// Builds a network with all weights zero; `initialise` or `load` gives it values.
    ///
    /// - Parameters:
    ///   - specification: which network.
    ///   - input: the extents of one example; pictures for convolutional networks.
    ///   - classCount: the number of classes, at least 2.
    ///   - pool: the threads to use.
    public init(_ specification: NetworkSpecification, input: InputShape, classCount: Int, pool: WorkerPool) {
        precondition(classCount >= 2 && input.count > 0)
        openblas_set_num_threads(1)
        self.specification = specification
        self.input = input
        self.classCount = classCount
        context = LayerContext(pool: pool)
        let built = NetworkLayers(specification, input: input, classCount: classCount, context: context)
        layers = built.layers
        largestActivation = built.largestActivation
        context.arena.allocate()
        context.keepsPackedWeights = context.arena.parameterCount <= Self.keptParameterCount
    }

    /// Weights that are packed once while they do not change; more of them are packed for every batch, which then is
    /// larger, because together they would take more memory than anything else.
    private static let keptParameterCount = 2_000_000

    /// The weights, gradients, momentum and running statistics.
    public var arena: ParameterArena { context.arena }

    /// Examples per call of `evaluate` and `gradientNorms` that keep the activations in the cache, or make up for packing
    /// large weights.
    public var preferredEvaluationBatch: Int {
        let cached = max(16, min(256, 1_572_864 / max(1, largestActivation) / 8 * 8))
        if context.keepsPackedWeights { return cached }
        return max(cached, min(64, 16_777_216 / max(1, largestActivation) / 8 * 8))
    }

    /// Says that weights or statistics were changed from outside.
    package func weightsDidChange() { context.weightsVersion += 1 }

    private func reserve(batch: Int) {
        if batch > reservedBatch {
            for layer in layers { layer.reserve(batch: batch) }
            reservedBatch = batch
        }
        reserveSpares(batch: batch)
    }

    private func reserveSpares(batch: Int) {
        if batch > reservedSpares {
            context.reserveSpares(batch * largestActivation)
            reservedSpares = batch
        }
    }

    /// What a pass over one batch gives.
    public struct BatchResult {
        /// The mean cross-entropy over the batch, each example's times its weight, natural logarithm.
        public let loss: Double
        /// [batch][classes], valid until the network is used again.
        public let logits: UnsafePointer<Float>
    }

    /// Takes one optimiser step on a batch.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - labels: [batch], each in 0..<classCount.
    ///   - weights: [batch], multiply each example's loss; nil when all are 1.
    ///   - batch: the number of examples; the loss and its gradient are means over them.
    ///   - optimizer: the update rule.
    ///   - learningRate: the rate of this step.
    /// - Returns: the loss and logits in training mode, before the update.
    public func trainingStep(
        inputs: UnsafePointer<Float>, labels: UnsafePointer<Int32>, weights: UnsafePointer<Float>? = nil, batch: Int,
        optimizer: SGD, learningRate: Float
    ) -> BatchResult {
        let result = lossAndGradient(inputs: inputs, labels: labels, weights: weights, batch: batch)
        context.pool.measure(.optimizer) {
            optimizer.step(arena, learningRate: learningRate, pool: context.pool)
        }
        weightsDidChange()
        return result
    }

    /// Computes the mean loss of a batch in training mode and its gradient into the arena, and updates the running
    /// statistics.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - labels: [batch], each in 0..<classCount.
    ///   - weights: [batch], multiply each example's loss; nil when all are 1. The sum is divided by the batch, not by the
    ///     weights' sum: a batch of light examples takes a small step.
    ///   - batch: the number of examples.
    /// - Returns: the loss and the logits.
    public func lossAndGradient(
        inputs: UnsafePointer<Float>, labels: UnsafePointer<Int32>, weights: UnsafePointer<Float>? = nil, batch: Int
    ) -> BatchResult {
        reserve(batch: batch)
        let logits = forward(inputs, batch: batch, mode: .training)
        var losses = [Double](repeating: 0, count: batch)
        context.pool.measure(.loss) {
            CrossEntropy.lossAndGradient(
                logits: logits, labels: labels, weights: weights, batch: batch, classes: classCount,
                scale: 1 / Float(batch),
                gradient: last.gradientTarget(batch: batch, sink: .batch).gradient, losses: &losses,
                pool: context.pool)
        }
        backward(batch: batch, sink: .batch)
        return BatchResult(loss: losses.reduce(0, +) / Double(batch), logits: logits)
    }

    /// Computes logits in evaluation mode.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - batch: the number of examples.
    /// - Returns: [batch][classes], valid until the network is used again.
    public func evaluate(inputs: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        reserveSpares(batch: batch)
        var activation = inputs
        for layer in layers { activation = layer.evaluate(activation, batch: batch) }
        return activation
    }

    /// Computes the norm of each example's own loss gradient over all parameters (GraNd), in evaluation mode.
    ///
    /// Paul, Ganguli and Dziugaite, "Deep Learning on a Data Diet", NeurIPS 2021, definition 2.1: convolutions,
    /// batch-norm scales and shifts, weights and biases; no weight-decay term; not divided by the batch.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - labels: [batch], each in 0..<classCount.
    ///   - batch: the number of examples; it does not change the result.
    ///   - norms: [batch], gets the L2 norms.
    /// - Returns: [batch][classes] logits, valid until the network is used again.
    @discardableResult
    public func gradientNorms(
        inputs: UnsafePointer<Float>, labels: UnsafePointer<Int32>, batch: Int, norms: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        reserve(batch: batch)
        let logits = forward(inputs, batch: batch, mode: .frozen)
        var losses = [Double](repeating: 0, count: batch)
        var squares = losses
        squares.withUnsafeMutableBufferPointer { squares in
            guard let base = squares.baseAddress else { return }
            let sink = GradientSink.exampleSquaredNorms(base)
            context.pool.measure(.loss) {
                CrossEntropy.lossAndGradient(
                    logits: logits, labels: labels, batch: batch, classes: classCount, scale: 1,
                    gradient: last.gradientTarget(batch: batch, sink: sink).gradient, losses: &losses,
                    pool: context.pool)
            }
            backward(batch: batch, sink: sink)
        }
        for example in 0..<batch { norms[example] = Float(squares[example].squareRoot()) }
        return logits
    }

    private func forward(_ inputs: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        var activation = inputs
        for layer in layers { activation = layer.forward(activation, batch: batch, mode: mode) }
        return activation
    }

    private var last: any Layer { layers[layers.count - 1] }

    /// Carries the gradient at the last layer's target back through all layers.
    private func backward(batch: Int, sink: GradientSink) {
        for index in layers.indices.reversed() {
            let below = index > 0 ? layers[index - 1].gradientTarget(batch: batch, sink: sink) : nil
            layers[index].backward(batch: batch, sink: sink, below: below)
        }
    }
}
