/// The rectifier `max(0, x)` between fully connected layers.
package final class Rectifier: Layer {
    private let count: Int
    private let context: LayerContext
    private var outputs = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)

    /// Floats that one task rectifies.
    private static let block = 16_384

    /// Makes a rectifier of `count` values per example.
    package init(count: Int, context: LayerContext) {
        self.count = count
        self.context = context
    }

    package func reserve(batch: Int) {
        if outputs.count < batch * count {
            outputs = FloatBuffer(count: batch * count)
            gradients = FloatBuffer(count: batch * count)
        }
    }

    package func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        context.pool.measure(.elementwise) { apply(input, to: outputs.pointer, batch: batch) }
        return UnsafePointer(outputs.pointer)
    }

    package func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        let output = context.spare(excluding: input)
        context.pool.measure(.elementwise) { apply(input, to: output, batch: batch) }
        return UnsafePointer(output)
    }

    private func apply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int) {
        forEachBlock(batch) { range in
            for index in range { output[index] = max(0, input[index]) }
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget { GradientTarget(gradients.pointer) }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        guard let below else { return }
        context.pool.measure(.elementwise) { spread(to: below, batch: batch) }
    }

    private func spread(to below: GradientTarget, batch: Int) {
        let activations = outputs.pointer
        let source = gradients.pointer
        forEachBlock(batch) { range in
            for index in range { below.gradient[index] = activations[index] > 0 ? source[index] : 0 }
        }
    }

    private func forEachBlock(_ batch: Int, _ body: (Range<Int>) -> Void) {
        let total = batch * count
        context.pool.run((total + Self.block - 1) / Self.block) { task, _ in
            body(task * Self.block..<min(total, (task + 1) * Self.block))
        }
    }
}
