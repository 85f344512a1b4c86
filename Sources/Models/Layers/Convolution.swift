/// A convolution without bias: forward, backward and per-example gradient norms, each by the kernel that suits its shape.
///
/// The choice is a pure function of the shape, so the same network always adds in the same order.
package final class Convolution {
    /// The extents.
    package let shape: ConvolutionShape
    /// The number of the weight tensor in the arena, [kernel][kernel][input][output].
    package let weight: Int

    let context: LayerContext
    let kernel: Kernel
    private var packed = PackedWeights()
    private var packedBackward = PackedWeights()

    /// What computes the layer, in all passes.
    enum Kernel {
        /// Tiles in Winograd's space, forward and back.
        case winograd(WinogradConvolution, backward: WinogradConvolution)
        /// Direct sums over copies in the cache, forward and back.
        case direct(DirectConvolution, backward: DirectInputGradient)
        /// Direct sums over a picture's few channels; nobody needs the gradient with respect to them.
        case stem(StemConvolution)
    }

    /// Weights in the order a kernel reads them, kept while they do not change.
    private struct PackedWeights {
        var buffer = FloatBuffer(count: 0)
        var version = 0
    }

    /// Adds a convolution's weights to the context's arena.
    package init(_ name: String, shape: ConvolutionShape, context: LayerContext) {
        self.shape = shape
        self.context = context
        weight = context.arena.add(
            name,
            .convolution(kernel: shape.kernel, input: shape.inputChannels, output: shape.outputChannels))
        if !shape.suitsVectors {
            kernel = .stem(StemConvolution(shape: shape))
        } else if context.pool.kernels.usesWinograd(for: shape) {
            kernel = .winograd(
                WinogradConvolution(
                    height: shape.height, width: shape.width, inputChannels: shape.inputChannels,
                    outputChannels: shape.outputChannels),
                backward: WinogradConvolution(
                    height: shape.height, width: shape.width, inputChannels: shape.outputChannels,
                    outputChannels: shape.inputChannels))
        } else {
            kernel = .direct(DirectConvolution(shape: shape), backward: DirectInputGradient(shape: shape))
        }
    }

    /// Rows of the statistics that `forward` writes.
    package func statisticsBlockCount(batch: Int) -> Int {
        switch kernel {
        case .winograd(let winograd, _): winograd.blockCount(batch: batch)
        case .direct(let direct, _): direct.blockCount(batch: batch)
        case .stem(let stem): stem.blockCount(batch: batch)
        }
    }

    /// Multiplications and additions of the sums as they are defined, for one pass over a batch.
    package func operations(batch: Int) -> Double {
        2 * Double(batch) * Double(shape.positionCount) * Double(shape.weightCount)
    }

    /// Convolves a batch.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels].
    ///   - output: [batch][outputHeight][outputWidth][outputChannels].
    ///   - batch: the number of examples.
    ///   - epilogue: what happens to a vector before it is stored.
    ///   - keepsPacked: whether the packed weights are kept for the next call; when training they change anyway.
    package func forward(
        _ input: ConvolutionInput, to output: UnsafeMutablePointer<Float>, batch: Int, epilogue: ConvolutionEpilogue,
        keepsPacked: Bool
    ) {
        let (workspace, pool, weights) = (context.workspace, context.pool, context.arena.pointer(weight))
        switch kernel {
        case .winograd(let winograd, _):
            let packed = pack(into: \.packed, count: winograd.packedWeightCount, keepsPacked: keepsPacked) {
                winograd.packWeights(weights, rotated: false, into: $0, pool: pool)
            }
            workspace.reserve(winograd.scratchCount)
            winograd.apply(
                input: input, packed: packed, output: output, batch: batch, epilogue: epilogue, workspace: workspace,
                pool: pool)
        case .direct(let direct, _):
            let packed = pack(into: \.packed, count: direct.packedWeightCount, keepsPacked: keepsPacked) {
                direct.packWeights(weights, into: $0, pool: pool)
            }
            workspace.reserve(direct.scratchCount)
            direct.forward(
                input: input, packed: packed, output: output, batch: batch, epilogue: epilogue, workspace: workspace,
                pool: pool)
        case .stem(let stem):
            precondition(input.affine == nil, "the first layer reads what it is given")
            workspace.reserve(stem.scratchCount)
            stem.forward(
                input: input.values, weights: weights, output: output, batch: batch, epilogue: epilogue,
                workspace: workspace, pool: pool)
        }
    }

    /// Carries a gradient back to the input.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels].
    ///   - target: gets the gradient with respect to the input, [batch][height][width][inputChannels].
    ///   - addend: added to it, of the same shape; nil for none.
    ///   - start: fills the map of one example, [height][width][inputChannels], with what the gradient is added to; nil
    ///     for zeros. Only for kernels that sum whole maps, the direct ones.
    ///   - batch: the number of examples.
    ///   - keepsPacked: whether the packed weights are kept for the next call.
    package func backward(
        _ gradient: UnsafePointer<Float>, to target: GradientTarget, addend: UnsafePointer<Float>? = nil,
        start: ((_ example: Int, _ map: UnsafeMutablePointer<Float>) -> Void)? = nil, batch: Int, keepsPacked: Bool
    ) {
        let blockCount =
            switch kernel {
            case .winograd(_, let backward): backward.blockCount(batch: batch)
            case .direct(_, let backward): backward.blockCount(batch: batch)
            case .stem: 0
            }
        target.write(
            addend: addend, blockCount: blockCount, channels: shape.inputChannels, context: context
        ) { store in
            backward(
                gradient, into: target.gradient, store: store, start: start, batch: batch, keepsPacked: keepsPacked)
        }
    }

    /// Carries a gradient back to the input, each vector by a given store.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels].
    ///   - inputGradient: [batch][height][width][inputChannels].
    ///   - store: what happens to a vector before it is stored.
    ///   - start: as in the other variant.
    ///   - batch: the number of examples.
    ///   - keepsPacked: whether the packed weights are kept for the next call.
    package func backward(
        _ gradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, store: GradientStore,
        start: ((_ example: Int, _ map: UnsafeMutablePointer<Float>) -> Void)? = nil, batch: Int,
        keepsPacked: Bool = false
    ) {
        let (workspace, pool, weights) = (context.workspace, context.pool, context.arena.pointer(weight))
        switch kernel {
        case .winograd(_, let winograd):
            precondition(start == nil, "only kernels that sum whole maps start from something")
            let packed = pack(into: \.packedBackward, count: winograd.packedWeightCount, keepsPacked: keepsPacked) {
                let transposed = context.transposedWeights(shape.weightCount)
                transposeTaps(weights, into: transposed)
                winograd.packWeights(transposed, rotated: true, into: $0, pool: pool)
            }
            workspace.reserve(winograd.scratchCount)
            winograd.apply(
                input: ConvolutionInput(gradient), packed: packed, output: inputGradient, batch: batch,
                epilogue: .gradient(store), workspace: workspace, pool: pool)
        case .direct(_, let direct):
            let packed = pack(into: \.packedBackward, count: direct.packedWeightCount, keepsPacked: keepsPacked) {
                direct.packWeights(weights, into: $0, pool: pool)
            }
            workspace.reserve(direct.scratchCount)
            direct.apply(
                gradient: gradient, packed: packed, inputGradient: inputGradient, batch: batch, start: start,
                store: store, workspace: workspace, pool: pool)
        case .stem:
            preconditionFailure("the first layer has no layer below")
        }
    }

    /// The packed weights: kept ones when they are still right, else packed now.
    private func pack(
        into place: ReferenceWritableKeyPath<Convolution, PackedWeights>, count: Int, keepsPacked: Bool,
        by pack: (UnsafeMutablePointer<Float>) -> Void
    ) -> UnsafePointer<Float> {
        guard keepsPacked && context.keepsPackedWeights else {
            if self[keyPath: place].version > 0 { self[keyPath: place] = PackedWeights() }
            let memory = context.packedWeights(count)
            pack(memory)
            return UnsafePointer(memory)
        }
        if self[keyPath: place].version != context.weightsVersion {
            if self[keyPath: place].buffer.count == 0 { self[keyPath: place].buffer = FloatBuffer(count: count) }
            pack(self[keyPath: place].buffer.pointer)
            self[keyPath: place].version = context.weightsVersion
        }
        return UnsafePointer(self[keyPath: place].buffer.pointer)
    }

    /// [tap][input][output] to [tap][output][input], a 16 x 16 block at a time.
    private func transposeTaps(_ weights: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        let tasksPerTap = outputs / 16
        context.pool.run(shape.kernel * shape.kernel * tasksPerTap) { task, _ in
            let tap = task / tasksPerTap
            let firstOutput = (task - tap * tasksPerTap) * 16
            let source = weights + tap * inputs * outputs + firstOutput
            let goal = target + tap * inputs * outputs + firstOutput * inputs
            for input in 0..<inputs {
                let row = source + input &* outputs
                for output in 0..<16 { goal[output &* inputs &+ input] = row[output] }
            }
        }
    }
}
