/// One step of a network: forward, backward and the per-example gradient norm of its own parameters.
///
/// Activations are [batch][height][width][channels]; a layer owns what its backward pass needs, and takes everything
/// else from the shared `LayerContext`.
package protocol Layer: AnyObject {
    /// Makes room for batches of up to `batch` examples in `forward` and `backward`.
    func reserve(batch: Int)

    /// Computes the layer's output and keeps what `backward` needs.
    ///
    /// - Parameters:
    ///   - input: [batch][inputs], valid until `backward`.
    ///   - batch: the number of examples, at most the reserved one.
    ///   - mode: which batch-norm statistics are used.
    /// - Returns: [batch][outputs], owned by the layer.
    func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float>

    /// Computes the layer's output in evaluation mode and keeps nothing.
    ///
    /// - Parameters:
    ///   - input: [batch][inputs], one of the context's spare buffers or the caller's.
    ///   - batch: the number of examples.
    /// - Returns: [batch][outputs] in a spare buffer.
    func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float>

    /// Where the gradient with respect to the last `forward`'s output is to be written before `backward`.
    ///
    /// - Parameters:
    ///   - batch: the number of examples of the last `forward`.
    ///   - sink: what becomes of the parameters' gradient.
    func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget

    /// Carries the gradient at the layer's target back through the last `forward` and hands the layer's own gradient to
    /// `sink`. What the layer kept of the forward pass may be overwritten.
    ///
    /// - Parameters:
    ///   - batch: the number of examples of the last `forward`.
    ///   - sink: what becomes of the parameters' gradient.
    ///   - below: gets the gradient with respect to the layer's input; nil when nobody needs it.
    func backward(batch: Int, sink: GradientSink, below: GradientTarget?)
}

/// Which statistics a forward pass normalises with; the backward pass through it uses the same.
///
/// Any mode goes with any `GradientSink`.
package enum ForwardMode {
    /// Those of the batch, which also update the running ones; gradients flow through them.
    case training
    /// Those of the batch, and the running ones stay as they are: for weights that a training only looks at, as
    /// sharpness-aware minimisation does.
    case perturbed
    /// The running ones, which stay as they are and are constants to the gradient.
    case frozen
}

/// What becomes of the gradient of a layer's parameters.
package enum GradientSink {
    /// Summed over the batch into the parameter arena.
    case batch
    /// Squared and summed per example, [batch]; the gradients themselves are never formed for the batch.
    ///
    /// What is squared is an example's share of the batch's gradient. With frozen statistics no example depends on the
    /// others, and it is the gradient of the example's own loss.
    case exampleSquaredNorms(UnsafeMutablePointer<Double>)

    /// Whether every example's share is wanted instead of their sum.
    package var isPerExample: Bool {
        switch self {
        case .batch: false
        case .exampleSquaredNorms: true
        }
    }
}

/// What all layers of one network share: threads, parameters, scratch memory and spare activation buffers.
package final class LayerContext {
    /// The threads.
    package let pool: WorkerPool
    /// The parameters.
    package let arena = ParameterArena()
    /// Scratch memory per worker.
    package let workspace: Workspace
    /// Per-block partial sums.
    package private(set) var partials = FloatBuffer(count: 0)
    /// Counts changes of the weights, so that packed copies know when they are stale.
    package var weightsVersion = 1
    /// Whether evaluation keeps the packed weights of every layer; Winograd's are four times the weights, twice.
    package var keepsPackedWeights = true
    private var spares: [FloatBuffer] = []
    private var packed = FloatBuffer(count: 0)
    private var transposed = FloatBuffer(count: 0)

    /// Makes an empty context.
    package init(pool: WorkerPool) {
        self.pool = pool
        workspace = Workspace(workers: pool.threadCount)
    }

    /// Makes room for partial sums.
    package func reservePartials(_ count: Int) {
        if partials.count < count { partials = FloatBuffer(count: count) }
    }

    /// Memory for the weights of one layer in another order, which the next layer overwrites.
    package func packedWeights(_ count: Int) -> UnsafeMutablePointer<Float> {
        if packed.count < count { packed = FloatBuffer(count: count) }
        return packed.pointer
    }

    /// Memory for the transposed weights of one layer, which the next layer overwrites.
    package func transposedWeights(_ count: Int) -> UnsafeMutablePointer<Float> {
        if transposed.count < count { transposed = FloatBuffer(count: count) }
        return transposed.pointer
    }

    /// Makes room for four spare activation buffers of `count` floats; what nobody touches takes no memory.
    package func reserveSpares(_ count: Int) {
        if (spares.first?.count ?? -1) < count {
            spares = []
            spares = (0..<4).map { _ in FloatBuffer(count: count) }
        }
    }

    /// A spare buffer that none of `used` points to.
    package func spare(excluding used: UnsafePointer<Float>...) -> UnsafeMutablePointer<Float> {
        for buffer in spares where !used.contains(UnsafePointer(buffer.pointer)) { return buffer.pointer }
        preconditionFailure("more than three spare buffers in use")
    }
}

/// The extents of the activations between two layers, without the batch.
package struct MapShape: Sendable, Equatable {
    /// Rows.
    package let height: Int
    /// Columns.
    package let width: Int
    /// Channels.
    package let channels: Int
    /// Floats of one example.
    package var count: Int { height * width * channels }
}
