/// Convolution, batch norm and, when asked for, a residual and a rectifier: the unit residual networks are built from.
///
/// A unit whose output only the next convolution reads does not store it: that convolution normalises and rectifies this
/// one's sums while it reads them. Going back, every tensor dies as it is used: the gradient with respect to the sums
/// takes their place, and the gradient with respect to a stored output the output's.
package final class ConvolutionUnit: Layer {
    private let convolution: Convolution
    private let norm: BatchNorm
    private let context: LayerContext
    private let rectifies: Bool
    private let keepsOutput: Bool
    private var sums = FloatBuffer(count: 0)
    private var outputs = FloatBuffer(count: 0)
    private var input: ConvolutionInput?
    private var hasResidual = false

    /// The extents of the output.
    package let outputShape: MapShape

    /// Adds the unit's tensors to the context's arena.
    ///
    /// - Parameters:
    ///   - convolutionName: the state-dict prefix of the convolution.
    ///   - normName: the state-dict prefix of the batch norm.
    ///   - shape: the convolution's extents.
    ///   - rectifies: whether a rectifier ends the unit.
    ///   - keepsOutput: whether the output is stored in `forward`; without, it rectifies and has no residual.
    package init(
        convolutionName: String, normName: String, shape: ConvolutionShape, rectifies: Bool, keepsOutput: Bool,
        context: LayerContext
    ) {
        precondition(keepsOutput || rectifies, "an output that is not stored is rectified by its reader")
        self.context = context
        self.rectifies = rectifies
        self.keepsOutput = keepsOutput
        convolution = Convolution("\(convolutionName).weight", shape: shape, context: context)
        norm = BatchNorm(normName, channels: shape.outputChannels, context: context)
        outputShape = MapShape(
            height: shape.outputHeight, width: shape.outputWidth, channels: shape.outputChannels)
    }

    private var positions: Int { outputShape.height * outputShape.width }

    package func reserve(batch: Int) {
        let count = batch * outputShape.count
        if sums.count < count {
            sums = FloatBuffer(count: count)
            if keepsOutput { outputs = FloatBuffer(count: count) }
        }
    }

    package func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        forward(ConvolutionInput(input), residual: nil, batch: batch, mode: mode).values
    }

    /// Computes the unit's output, adding `residual` before the rectifier.
    ///
    /// - Parameters:
    ///   - input: [batch][inputs].
    ///   - residual: [batch][outputs], or nil.
    ///   - batch: the number of examples.
    ///   - mode: which statistics are used.
    /// - Returns: [batch][outputs], as the next convolution is to read them.
    package func forward(
        _ input: ConvolutionInput, residual: UnsafePointer<Float>?, batch: Int, mode: ForwardMode
    ) -> ConvolutionInput {
        precondition(keepsOutput || residual == nil, "an output that is not stored has no residual")
        self.input = input
        hasResidual = residual != nil
        switch mode {
        case .training, .perturbed:
            forwardInTraining(input, residual: residual, batch: batch, movesRunning: mode == .training)
        case .frozen: forwardFrozen(input, residual: residual, batch: batch)
        }
        return keepsOutput
            ? ConvolutionInput(outputs.pointer) : ConvolutionInput(sums.pointer, affine: norm.affine.pointer)
    }

    private func forwardInTraining(
        _ input: ConvolutionInput, residual: UnsafePointer<Float>?, batch: Int, movesRunning: Bool
    ) {
        let blocks = convolution.statisticsBlockCount(batch: batch)
        context.reservePartials(blocks * BlockMoments.rowCount * outputShape.channels)
        convolve(
            input, to: sums.pointer, batch: batch, epilogue: .moments(context.partials.pointer), keepsPacked: false)
        context.pool.measure(.normalization) {
            norm.useBatchStatistics(
                context.partials.pointer, blockCount: blocks, positions: batch * positions, movesRunning: movesRunning)
            if keepsOutput {
                NormalizationKernels.apply(
                    input: sums.pointer, affine: norm.affine.pointer, residual: residual, rectifies: rectifies,
                    output: outputs.pointer, positions: batch * positions, channels: outputShape.channels,
                    pool: context.pool)
            }
        }
    }

    private func forwardFrozen(_ input: ConvolutionInput, residual: UnsafePointer<Float>?, batch: Int) {
        norm.useRunningStatistics()
        if keepsOutput {
            let store = ActivationStore(
                affine: norm.affine.pointer, residual: residual, rectifies: rectifies, sums: sums.pointer)
            convolve(input, to: outputs.pointer, batch: batch, epilogue: .activation(store), keepsPacked: true)
        } else {
            convolve(input, to: sums.pointer, batch: batch, epilogue: .store, keepsPacked: true)
        }
    }

    private func convolve(
        _ input: ConvolutionInput, to output: UnsafeMutablePointer<Float>, batch: Int, epilogue: ConvolutionEpilogue,
        keepsPacked: Bool
    ) {
        context.pool.measure(.convolutionForward, operations: convolution.operations(batch: batch)) {
            convolution.forward(input, to: output, batch: batch, epilogue: epilogue, keepsPacked: keepsPacked)
        }
    }

    package func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        let output = context.spare(excluding: input)
        evaluate(input, residual: nil, to: output, batch: batch)
        return UnsafePointer(output)
    }

    /// Computes the unit's output in evaluation mode in one pass over the activations.
    ///
    /// - Parameters:
    ///   - input: [batch][inputs].
    ///   - residual: [batch][outputs], or nil.
    ///   - output: [batch][outputs]; may be the residual.
    ///   - batch: the number of examples.
    package func evaluate(
        _ input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, to output: UnsafeMutablePointer<Float>,
        batch: Int
    ) {
        norm.useRunningStatistics()
        let store = ActivationStore(affine: norm.affine.pointer, residual: residual, rectifies: rectifies)
        convolve(ConvolutionInput(input), to: output, batch: batch, epilogue: .activation(store), keepsPacked: true)
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget {
        precondition(keepsOutput)
        return gradientTarget(at: outputs.pointer, sink: sink)
    }

    /// Where the gradient with respect to the output is to be written.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputs]: the memory to use.
    ///   - sink: what becomes of the parameters' gradient.
    package func gradientTarget(at gradient: UnsafeMutablePointer<Float>, sink: GradientSink) -> GradientTarget {
        let mask: RectifierMask
        if !rectifies {
            mask = .none
        } else if hasResidual {
            mask = .output(outputs.pointer)
        } else {
            mask = .affine(z: sums.pointer, affine: norm.affine.pointer)
        }
        guard norm.needsGradientSums(for: sink) else { return GradientTarget(gradient, mask: mask) }
        return GradientTarget(gradient, mask: mask, norm: (norm, UnsafePointer(sums.pointer), sink))
    }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        backward(outputs.pointer, batch: batch, sink: sink)
        if let below { backwardToInput(below, batch: batch) }
    }

    /// Carries a gradient back through batch norm, to the convolution's weights.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputs], as the unit's target has it.
    ///   - batch: the number of examples.
    ///   - sink: what becomes of the parameters' gradient.
    package func backward(_ gradient: UnsafePointer<Float>, batch: Int, sink: GradientSink) {
        guard let input else { preconditionFailure("backward without forward") }
        let pending = norm.pendingGradient(
            gradient, values: sums.pointer, batch: batch, positions: positions, sink: sink)
        switch sink {
        case .batch:
            context.pool.measure(.convolutionWeightGradient, operations: convolution.operations(batch: batch)) {
                convolution.weightGradient(input: input, gradient: pending, batch: batch)
            }
        case .exampleSquaredNorms(let norms):
            context.pool.measure(.convolutionExampleNorms, operations: convolution.operations(batch: batch)) {
                convolution.addExampleSquaredNorms(input: input, gradient: pending, batch: batch, to: norms)
            }
            norm.addExampleSquaredNorms(batch: batch, to: norms)
        }
    }

    /// Carries back a gradient that is another unit's too, and so was neither masked nor summed for this one.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputs], with respect to this unit's output, which has no rectifier.
    ///   - batch: the number of examples.
    ///   - sink: what becomes of the parameters' gradient.
    package func takeGradient(_ gradient: UnsafePointer<Float>, batch: Int, sink: GradientSink) {
        precondition(!rectifies)
        if norm.needsGradientSums(for: sink) {
            let channels = outputShape.channels
            context.reservePartials(batch * 2 * channels)
            let partials = context.partials.pointer
            context.pool.measure(.normalization) {
                NormalizationKernels.gradientSums(
                    gradient: gradient, input: sums.pointer, mean: norm.mean.pointer, partials: partials, batch: batch,
                    positions: positions, channels: channels, pool: context.pool)
                norm.useGradientSums(partials, blockCount: batch, sink: sink)
            }
        }
        backward(gradient, batch: batch, sink: sink)
    }

    /// Carries the gradient on to the unit's input, after `backward`.
    ///
    /// - Parameters:
    ///   - below: gets the gradient.
    ///   - addend: [batch][inputs], added to it; nil for none.
    ///   - start: what the sum over one example's map starts from, as in `Convolution.backward`.
    ///   - batch: the number of examples.
    package func backwardToInput(
        _ below: GradientTarget, addend: UnsafePointer<Float>? = nil,
        start: ((_ example: Int, _ map: UnsafeMutablePointer<Float>) -> Void)? = nil, batch: Int
    ) {
        context.pool.measure(.convolutionInputGradient, operations: convolution.operations(batch: batch)) {
            // Batch statistics are those of training, after which the weights change anyway.
            convolution.backward(
                sums.pointer, to: below, addend: addend, start: start, batch: batch,
                keepsPacked: !norm.usesBatchStatistics)
        }
    }
}
