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

    /// The threads.
    package var pool: WorkerPool { context.pool }

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
        /// The objective's value.
        public let loss: Double
        /// [batch][classes], valid until the network is used again.
        public let logits: UnsafePointer<Float>
    }

    /// Computes the loss of a batch in training mode and its gradient into the arena, and updates the running statistics.
    ///
    /// - Parameters:
    ///   - batch: the examples.
    ///   - objective: what is minimised.
    ///   - observer: sees the logits of every row.
    /// - Returns: the loss and the logits.
    package func lossAndGradient(
        _ batch: TrainingBatch, objective: Objective = Objective(), observing observer: RowObserver = { _, _ in }
    ) -> BatchResult {
        differentiate(batch, objective: objective, mode: .training, sink: .batch, observing: observer)
    }

    private func differentiate(
        _ batch: TrainingBatch, objective: Objective, mode: ForwardMode, sink: GradientSink,
        observing observer: RowObserver
    ) -> BatchResult {
        reserve(batch: batch.count)
        let logits = forward(batch.inputs, batch: batch.count, mode: mode)
        let rows = Objective.Rows(
            logits: logits, gradient: last.gradientTarget(batch: batch.count, sink: sink).gradient,
            count: batch.count, classes: classCount)
        let loss = objective.lossAndGradient(
            rows, targets: batch.targets, weights: batch.weights, pool: pool, observing: observer)
        backward(batch: batch.count, sink: sink)
        return BatchResult(loss: loss, logits: logits)
    }

    /// Computes logits in evaluation mode.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - batch: the number of examples.
    /// - Returns: [batch][classes], valid until the network is used again.
    package func evaluate(inputs: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        reserveSpares(batch: batch)
        var activation = inputs
        for layer in layers { activation = layer.evaluate(activation, batch: batch) }
        return activation
    }

    /// Computes logits in evaluation mode and shows them to an observer.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - batch: the number of examples.
    ///   - observer: sees the logits of every row.
    /// - Returns: [batch][classes], valid until the network is used again.
    @discardableResult
    package func evaluate(
        inputs: UnsafePointer<Float>, batch: Int, observing observer: RowObserver
    ) -> UnsafePointer<Float> {
        let logits = evaluate(inputs: inputs, batch: batch)
        let block = 16
        pool.measure(.recording) {
            pool.run((batch + block - 1) / block) { task, _ in
                observer(task * block..<min(batch, (task + 1) * block), logits)
            }
        }
        return logits
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
    ///   - observer: sees the logits of every row.
    /// - Returns: [batch][classes] logits, valid until the network is used again.
    @discardableResult
    package func gradientNorms(
        inputs: UnsafePointer<Float>, labels: UnsafePointer<Int32>, batch: Int, norms: UnsafeMutablePointer<Float>,
        observing observer: RowObserver = { _, _ in }
    ) -> UnsafePointer<Float> {
        let examples = TrainingBatch(inputs: inputs, targets: .labels(labels), count: batch)
        var squares = [Double](repeating: 0, count: batch)
        let result = squares.withUnsafeMutableBufferPointer { squares in
            guard let base = squares.baseAddress else { preconditionFailure("a batch has an example") }
            return differentiate(
                examples, objective: Objective(reduction: .sum), mode: .frozen, sink: .exampleSquaredNorms(base),
                observing: observer)
        }
        for example in 0..<batch { norms[example] = Float(squares[example].squareRoot()) }
        return result.logits
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
