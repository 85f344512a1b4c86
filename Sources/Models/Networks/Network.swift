import COpenBLAS

/// A named network with its weights: a trunk that makes features, and a head that makes logits of them.
///
/// One network is used by one caller at a time; inside a call it uses the pool's threads. Results do not depend on how
/// many there are.
public final class Network {
    /// Which network it is.
    package let specification: NetworkSpecification
    /// The extents of one example.
    package let input: InputShape
    /// The number of classes.
    package let classCount: Int

    private let context: LayerContext
    private let trunk: Trunk
    /// How it makes logits of its features.
    package let headKind: Head
    private let head: any Layer
    private let largestActivation: Int
    private var reservedBatch = 0
    private var reservedSpares = 0

    /// Builds a network with all weights zero; `initialise` or `load` gives it values.
    ///
    /// - Parameters:
    ///   - specification: which network.
    ///   - input: the extents of one example; pictures for convolutional networks.
    ///   - classCount: the number of classes, at least 2.
    ///   - head: how it makes logits of its features.
    ///   - pool: the threads to use.
    package init(
        _ specification: NetworkSpecification, input: InputShape, classCount: Int, head kind: Head = .linear,
        pool: WorkerPool
    ) {
        precondition(classCount >= 2 && input.count > 0)
        openblas_set_num_threads(1)
        self.specification = specification
        self.input = input
        self.classCount = classCount
        context = LayerContext(pool: pool)
        trunk = Trunk(specification, input: input, context: context)
        headKind = kind
        let name = TrunkLayers.headName(specification)
        head =
            switch kind {
            case .linear: Linear(name, inputs: trunk.featureCount, outputs: classCount, context: context)
            case .cosine(let scale):
                CosineLinear(
                    name, inputs: trunk.featureCount, outputs: classCount, scale: scale, context: context)
            }
        largestActivation = max(trunk.largestActivation, classCount)
        context.arena.allocate()
        context.keepsPackedWeights = context.arena.parameterCount <= Self.keptParameterCount
    }

    /// Weights that are packed once while they do not change; more of them are packed for every batch, which then is
    /// larger, because together they would take more memory than anything else.
    private static let keptParameterCount = 2_000_000

    /// The threads.
    package var pool: WorkerPool { context.pool }

    /// Floats of one example's features, which the head reads.
    package var featureCount: Int { trunk.featureCount }

    /// The weights, gradients, momentum and running statistics.
    package var arena: ParameterArena { context.arena }

    /// Examples per call of `evaluate` and `gradientNorms` that keep the activations in the cache, or make up for packing
    /// large weights.
    package var preferredEvaluationBatch: Int {
        let cached = max(16, min(256, 1_572_864 / max(1, largestActivation) / 8 * 8))
        if context.keepsPackedWeights { return cached }
        return max(cached, min(64, 16_777_216 / max(1, largestActivation) / 8 * 8))
    }

    /// Gives the weights of a cosine head the norm 1; those of another stay.
    func normaliseHead() { (head as? CosineLinear)?.normaliseWeights() }

    /// Says that weights or statistics were changed from outside.
    package func weightsDidChange() { context.weightsVersion += 1 }

    /// What a pass over one batch gives.
    package struct BatchResult {
        /// The objective's value.
        package let loss: Double
        /// [batch][classes], valid until the network is used again.
        package let logits: UnsafePointer<Float>
    }

    /// Computes logits, and features when asked for, in evaluation mode.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - batch: the number of examples.
    ///   - features: gets [batch][featureCount]; nil when nobody needs them.
    /// - Returns: [batch][classes], valid until the network is used again.
    package func evaluate(
        inputs: UnsafePointer<Float>, batch: Int, features: UnsafeMutablePointer<Float>? = nil
    ) -> UnsafePointer<Float> {
        reserveSpares(batch: batch)
        let penultimate = trunk.evaluate(inputs, batch: batch)
        features?.update(from: penultimate, count: batch * featureCount)
        return head.evaluate(penultimate, batch: batch)
    }

    /// The same, and shows the logits to an observer.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - batch: the number of examples.
    ///   - features: gets [batch][featureCount]; nil when nobody needs them.
    ///   - observer: sees the logits of every row.
    /// - Returns: [batch][classes], valid until the network is used again.
    @discardableResult
    package func evaluate(
        inputs: UnsafePointer<Float>, batch: Int, features: UnsafeMutablePointer<Float>? = nil,
        observing observer: RowObserver
    ) -> UnsafePointer<Float> {
        let logits = evaluate(inputs: inputs, batch: batch, features: features)
        pool.measure(.recording) {
            pool.run((batch + Objective.block - 1) / Objective.block) { task, _ in
                observer(task * Objective.block..<min(batch, (task + 1) * Objective.block), logits)
            }
        }
        return logits
    }

    /// Computes the loss of a batch and its gradient into the arena.
    ///
    /// - Parameters:
    ///   - batch: the examples.
    ///   - objective: what is minimised.
    ///   - mode: which batch-norm statistics are used; in training they move.
    ///   - observer: sees the logits of every row.
    /// - Returns: the loss and the logits.
    package func lossAndGradient(
        _ batch: TrainingBatch, objective: Objective = Objective(), mode: ForwardMode = .training,
        observing observer: RowObserver = { _, _ in }
    ) -> BatchResult {
        differentiate(batch, objective: objective, mode: mode, sink: .batch, observing: observer)
    }

    /// Computes the norm of each example's own loss gradient over all parameters (GraNd), in evaluation mode.
    ///
    /// Paul, Ganguli and Dziugaite, "Deep Learning on a Data Diet", NeurIPS 2021, definition 2.1: convolutions,
    /// batch-norm scales and shifts, weights and biases; plain cross-entropy, whatever is trained; no weight-decay term; not
    /// divided by the batch.
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

    /// Forward, the objective's rows, and backward: the gradient of one batch.
    private func differentiate(
        _ batch: TrainingBatch, objective: Objective, mode: ForwardMode, sink: GradientSink,
        observing observer: RowObserver
    ) -> BatchResult {
        let count = batch.count
        reserve(batch: count)
        let features = trunk.forward(batch.inputs, batch: count, mode: mode)
        let logits = head.forward(features, batch: count, mode: mode)
        let norms = objective.readsWeightNorms ? (head as? Linear)?.weightNorms() : nil
        precondition(norms != nil || !objective.readsWeightNorms, "the loss reads the weights of a linear head")
        func reduced(_ norms: UnsafePointer<Double>?) -> (loss: Double, slopes: [Double]?) {
            let rows = GradientRows(
                logits: logits, gradient: head.gradientTarget(batch: count, sink: sink).gradient, count: count,
                classes: classCount, weightNorms: norms)
            let loss = objective.lossAndGradient(
                rows, targets: batch.targets, weights: batch.weights, adaptedBy: batch.adaptive,
                context: batch.context, pool: pool, observing: observer)
            return (loss, norms == nil ? nil : objective.normSlopes(rows, targets: batch.targets))
        }
        let (loss, slopes) = norms.map { $0.withUnsafeBufferPointer { reduced($0.baseAddress) } } ?? reduced(nil)
        head.backward(batch: count, sink: sink, below: trunk.gradientTarget(batch: count, sink: sink))
        if let slopes, let norms, case .batch = sink { (head as? Linear)?.addNormGradient(slopes, norms: norms) }
        trunk.backward(batch: count, sink: sink)
        return BatchResult(loss: loss, logits: logits)
    }

    private func reserve(batch: Int) {
        if batch > reservedBatch {
            trunk.reserve(batch: batch)
            head.reserve(batch: batch)
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
}
