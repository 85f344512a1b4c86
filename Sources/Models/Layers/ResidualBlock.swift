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
        var activation = ConvolutionInput(input)
        for unit in units.dropLast() {
            activation = unit.forward(activation, residual: nil, batch: batch, mode: mode)
        }
        return last.forward(activation, residual: residual, batch: batch, mode: mode).values
    }

    package func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        let kept: UnsafePointer<Float>
        switch shortcut {
        case .identity:
            kept = input
        case .subsampled(let shortcut):
            let target = context.spare(excluding: input)
            context.pool.measure(.elementwise) { shortcut.apply(input, to: target, batch: batch) }
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

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget {
        last.gradientTarget(batch: batch, sink: sink)
    }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        guard let below else { preconditionFailure("a residual block is never the first layer") }
        // The gradient at the addition stays where it is until the shortcut has taken it.
        let gradient = last.gradientTarget(batch: batch, sink: sink).gradient
        let inner = context.spare(excluding: gradient, below.gradient)
        last.backward(gradient, batch: batch, sink: sink)
        for index in (1..<units.count).reversed() {
            let target = units[index - 1].gradientTarget(at: inner, sink: sink)
            units[index].backwardToInput(target, batch: batch)
            units[index - 1].backward(inner, batch: batch, sink: sink)
        }
        switch shortcut {
        case .identity:
            units[0].backwardToInput(below, addend: gradient, batch: batch)
        case .subsampled(let shortcut):
            units[0].backwardToInput(
                below, start: { shortcut.expand(gradient, example: $0, to: $1) }, batch: batch)
        case .projection(let unit):
            // The block's input is read by both weight gradients before its place is taken.
            unit.takeGradient(gradient, batch: batch, sink: sink)
            units[0].backwardToInput(GradientTarget(inner), batch: batch)
            unit.backwardToInput(below, addend: inner, batch: batch)
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
        context.pool.measure(.elementwise) { apply(input, to: outputs.pointer, batch: batch) }
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

    /// Puts one example's part of [batch][outputs] to the positions of [inputs] it came from, zeros elsewhere.
    package func expand(_ gradient: UnsafePointer<Float>, example: Int, to map: UnsafeMutablePointer<Float>) {
        let before = (output.channels - input.channels) / 2
        map.update(repeating: 0, count: input.count)
        let first = example * input.count
        forEachPosition(example) { from, to in
            (map + from - first).update(from: gradient + to + before, count: input.channels)
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
