/// Convolution, batch norm and, when asked for, a residual and a rectifier: the unit residual networks are built from.
package final class ConvolutionUnit: Layer {
    private let convolution: Convolution
    private let norm: BatchNorm
    private let context: LayerContext
    private let rectifies: Bool
    private var products = FloatBuffer(count: 0)
    private var outputs = FloatBuffer(count: 0)
    private var input: UnsafePointer<Float>?
    private var hasResidual = false
    private var mode = ForwardMode.training

    /// The extents of the output.
    package let outputShape: MapShape

    /// Adds the unit's tensors to the context's arena.
    ///
    /// - Parameters:
    ///   - convolutionName: the state-dict prefix of the convolution.
    ///   - normName: the state-dict prefix of the batch norm.
    ///   - shape: the convolution's extents.
    ///   - rectifies: whether a rectifier ends the unit.
    package init(
        convolutionName: String, normName: String, shape: ConvolutionShape, rectifies: Bool, context: LayerContext
    ) {
        self.context = context
        self.rectifies = rectifies
        convolution = Convolution("\(convolutionName).weight", shape: shape, context: context)
        norm = BatchNorm(normName, channels: shape.outputChannels, context: context)
        outputShape = MapShape(
            height: shape.outputHeight, width: shape.outputWidth, channels: shape.outputChannels)
    }

    package func reserve(batch: Int) {
        let count = batch * outputShape.count
        if products.count < count {
            products = FloatBuffer(count: count)
            outputs = FloatBuffer(count: count)
        }
    }

    package func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        forward(input, residual: nil, batch: batch, mode: mode)
    }

    /// Computes the unit's output, adding `residual` before the rectifier.
    ///
    /// - Parameters:
    ///   - input: [batch][inputs].
    ///   - residual: [batch][outputs], or nil.
    ///   - batch: the number of examples.
    ///   - mode: which statistics are used.
    /// - Returns: [batch][outputs].
    package func forward(
        _ input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, batch: Int, mode: ForwardMode
    ) -> UnsafePointer<Float> {
        self.input = input
        self.mode = mode
        hasResidual = residual != nil
        let positions = batch * outputShape.height * outputShape.width
        var epilogue = ConvolutionEpilogue()
        switch mode {
        case .training:
            let blocks = convolution.statisticsBlockCount(batch: batch)
            context.reservePartials(blocks * BlockMoments.rowCount * outputShape.channels)
            epilogue.statistics = context.partials.pointer
            convolution.forward(input, to: products.pointer, batch: batch, epilogue: epilogue)
            norm.useBatchStatistics(context.partials.pointer, blockCount: blocks, positions: positions)
        case .frozen:
            norm.useRunningStatistics()
            convolution.forward(input, to: products.pointer, batch: batch, epilogue: epilogue)
        }
        NormalizationKernels.apply(
            input: products.pointer, affine: norm.affine.pointer, residual: residual, rectifies: rectifies,
            output: outputs.pointer, positions: positions, channels: outputShape.channels, pool: context.pool)
        return UnsafePointer(outputs.pointer)
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
        var epilogue = ConvolutionEpilogue()
        epilogue.affine = UnsafePointer(norm.affine.pointer)
        epilogue.residual = residual
        epilogue.rectifies = rectifies
        convolution.forward(input, to: output, batch: batch, epilogue: epilogue)
    }

    package func backward(
        _ gradient: UnsafeMutablePointer<Float>, batch: Int, sink: GradientSink, isFirst: Bool
    ) -> UnsafeMutablePointer<Float> {
        let result = context.spare(excluding: gradient)
        backward(
            gradient, keepsMasked: false, normGradient: gradient, inputGradient: isFirst ? nil : result,
            accumulates: false, batch: batch, sink: sink)
        return result
    }

    /// Carries a gradient back through rectifier, batch norm and convolution.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputs]; holds the gradient behind the rectifier afterwards when `keepsMasked`.
    ///   - keepsMasked: whether a shortcut still needs the masked gradient.
    ///   - normGradient: [batch][outputs], scratch for the gradient of the convolution's output.
    ///   - inputGradient: [batch][inputs], or nil when nobody needs it.
    ///   - accumulates: whether to add to `inputGradient`.
    ///   - batch: the number of examples.
    ///   - sink: what becomes of the parameters' gradient.
    package func backward(
        _ gradient: UnsafeMutablePointer<Float>, keepsMasked: Bool, normGradient: UnsafeMutablePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool, batch: Int, sink: GradientSink
    ) {
        guard let input else { preconditionFailure("backward without forward") }
        let mask: NormalizationKernels.Mask
        if !rectifies {
            mask = .none
        } else if hasResidual {
            mask = .output(outputs.pointer)
        } else {
            mask = .affine(norm.affine.pointer)
        }
        norm.backward(
            gradient: gradient, input: products.pointer, mask: mask, keepsMasked: keepsMasked, output: normGradient,
            batch: batch, positions: outputShape.height * outputShape.width, usesBatchStatistics: mode == .training,
            sink: sink)
        switch sink {
        case .batch:
            convolution.weightGradient(input: input, gradient: normGradient, batch: batch)
        case .exampleSquaredNorms(let norms):
            convolution.addExampleSquaredNorms(input: input, gradient: normGradient, batch: batch, to: norms)
        }
        if let inputGradient {
            convolution.backward(normGradient, to: inputGradient, batch: batch, accumulates: accumulates)
        }
    }
}
