/// A residual block: two or three convolution units whose result is added to a shortcut before the last rectifier.
///
/// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016. With two 3x3 units it is the basic
/// block, with 1x1, 3x3, 1x1 the bottleneck (stride on the 3x3, as torchvision has it).
package final class ResidualBlock: Layer {
    /// How the block's input reaches its end.
    package enum Shortcut {
        /// As it is.
        case identity
        /// Every other position, with zero channels around: option A of the paper, without parameters.
        case subsampled(SubsampledShortcut)
        /// Through a 1x1 convolution and batch norm: option B.
        case projection(ConvolutionUnit)
    }

    private let units: [ConvolutionUnit]
    private let shortcut: Shortcut
    private let context: LayerContext

    /// Makes a block of units whose tensors are in the arena already.
    ///
    /// - Parameters:
    ///   - units: two or three; all but the last rectify before, the last after the addition.
    ///   - shortcut: how the input reaches the addition.
    package init(units: [ConvolutionUnit], shortcut: Shortcut, context: LayerContext) {
        precondition(units.count >= 2, "a residual block has at least two units")
        self.units = units
        self.shortcut = shortcut
        self.context = context
    }

    private var last: ConvolutionUnit { units[units.count - 1] }

    package func reserve(batch: Int) {
        for unit in units { unit.reserve(batch: batch) }
        switch shortcut {
        case .identity: break
        case .subsampled(let shortcut): shortcut.reserve(batch: batch)
        case .projection(let unit): unit.reserve(batch: batch)
        }
    }

    package func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        let residual: UnsafePointer<Float>
        switch shortcut {
        case .identity: residual = input
        case .subsampled(let shortcut): residual = shortcut.forward(input, batch: batch)
        case .projection(let unit): residual = unit.forward(input, batch: batch, mode: mode)
        }
        var activation = input
        for unit in units.dropLast() { activation = unit.forward(activation, batch: batch, mode: mode) }
        return last.forward(activation, residual: residual, batch: batch, mode: mode)
    }

    package func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        let kept: UnsafePointer<Float>
        switch shortcut {
        case .identity:
            kept = input
        case .subsampled(let shortcut):
            let target = context.spare(excluding: input)
            shortcut.apply(input, to: target, batch: batch)
            kept = UnsafePointer(target)
        case .projection(let unit):
            let target = context.spare(excluding: input)
            unit.evaluate(input, residual: nil, to: target, batch: batch)
            kept = UnsafePointer(target)
        }
        var activation = input
        for unit in units.dropLast() {
            let target = context.spare(excluding: input, kept, activation)
            unit.evaluate(activation, residual: nil, to: target, batch: batch)
            activation = UnsafePointer(target)
        }
        let output = context.spare(excluding: kept, activation)
        last.evaluate(activation, residual: kept, to: output, batch: batch)
        return UnsafePointer(output)
    }

    package func backward(
        _ gradient: UnsafeMutablePointer<Float>, batch: Int, sink: GradientSink, isFirst: Bool
    ) -> UnsafeMutablePointer<Float> {
        precondition(!isFirst, "a residual block is never the first layer")
        // `gradient` becomes the gradient at the addition and stays untouched until the shortcut takes it.
        var normGradient = context.spare(excluding: gradient)
        var inner = context.spare(excluding: gradient, normGradient)
        last.backward(
            gradient, keepsMasked: true, normGradient: normGradient, inputGradient: inner, accumulates: false,
            batch: batch, sink: sink)
        for unit in units.dropFirst().dropLast().reversed() {
            unit.backward(
                inner, keepsMasked: false, normGradient: inner, inputGradient: normGradient, accumulates: false,
                batch: batch, sink: sink)
            swap(&inner, &normGradient)
        }
        switch shortcut {
        case .identity:
            units[0].backward(
                inner, keepsMasked: false, normGradient: inner, inputGradient: gradient, accumulates: true,
                batch: batch, sink: sink)
            return gradient
        case .subsampled(let shortcut):
            units[0].backward(
                inner, keepsMasked: false, normGradient: inner, inputGradient: normGradient, accumulates: false,
                batch: batch, sink: sink)
            shortcut.addBackward(gradient, to: normGradient, batch: batch)
            return normGradient
        case .projection(let unit):
            units[0].backward(
                inner, keepsMasked: false, normGradient: inner, inputGradient: normGradient, accumulates: false,
                batch: batch, sink: sink)
            unit.backward(
                gradient, keepsMasked: false, normGradient: gradient, inputGradient: normGradient, accumulates: true,
                batch: batch, sink: sink)
            return normGradient
        }
    }
}

/// The shortcut without parameters: every other position, zero channels added on both sides (option A).
///
/// Akamaster's reading of the paper, which public CIFAR checkpoints follow: (output - input) / 2 zeros before and after.
package final class SubsampledShortcut {
    private let input: MapShape
    private let output: MapShape
    private let context: LayerContext
    private var outputs = FloatBuffer(count: 0)

    /// Makes the shortcut between two map shapes.
    package init(input: MapShape, output: MapShape, context: LayerContext) {
        precondition(output.height == (input.height + 1) / 2 && output.width == (input.width + 1) / 2)
        self.input = input
        self.output = output
        self.context = context
    }

    /// Makes room for batches of up to `batch` examples.
    package func reserve(batch: Int) {
        if outputs.count < batch * output.count { outputs = FloatBuffer(count: batch * output.count) }
    }

    /// Subsamples into memory of its own, [batch][outputs].
    package func forward(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        apply(input, to: outputs.pointer, batch: batch)
        return UnsafePointer(outputs.pointer)
    }

    /// Subsamples [batch][inputs] into [batch][outputs].
    package func apply(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, batch: Int) {
        let before = (output.channels - input.channels) / 2
        context.pool.run(batch) { example, _ in
            let map = target + example * output.count
            map.update(repeating: 0, count: output.count)
            forEachPosition(example) { from, to in
                (target + to + before).update(from: source + from, count: input.channels)
            }
        }
    }

    /// Adds [batch][outputs] to the positions of [batch][inputs] it came from.
    package func addBackward(_ gradient: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, batch: Int) {
        let before = (output.channels - input.channels) / 2
        context.pool.run(batch) { example, _ in
            forEachPosition(example) { from, to in
                for channel in 0..<input.channels { target[from + channel] += gradient[to + before + channel] }
            }
        }
    }

    @inline(__always)
    private func forEachPosition(_ example: Int, _ body: (_ from: Int, _ to: Int) -> Void) {
        for row in 0..<output.height {
            for column in 0..<output.width {
                let from = ((example * input.height + 2 * row) * input.width + 2 * column) * input.channels
                body(from, ((example * output.height + row) * output.width + column) * output.channels)
            }
        }
    }
}
