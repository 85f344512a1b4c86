/// The mean over all positions of a map, per channel.
package final class GlobalAveragePool: Layer {
    private let shape: MapShape
    private let context: LayerContext
    private var outputs = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)

    /// Makes the pool of maps whose channels are a multiple of 16.
    package init(shape: MapShape, context: LayerContext) {
        precondition(shape.channels % 16 == 0)
        self.shape = shape
        self.context = context
    }

    package func reserve(batch: Int) {
        if outputs.count < batch * shape.channels {
            outputs = FloatBuffer(count: batch * shape.channels)
            gradients = FloatBuffer(count: batch * shape.channels)
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
        let groups = shape.channels / 16
        let positions = shape.height * shape.width
        let share = Float(1) / Float(positions)
        context.pool.run(batch) { example, _ in
            let map = (input + example * shape.count).lanes
            for group in 0..<groups {
                var sum = Float16Lanes.zero
                for position in 0..<positions { sum += map[position &* groups &+ group] }
                (output + example * shape.channels).lanes[group] = sum * share
            }
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget { GradientTarget(gradients.pointer) }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        guard let below else { return }
        context.pool.measure(.elementwise) { spread(to: below, batch: batch) }
    }

    private func spread(to below: GradientTarget, batch: Int) {
        let (channels, positions, count) = (shape.channels, shape.height * shape.width, shape.count)
        let share = Float(1) / Float(positions)
        below.write(blockCount: batch, channels: channels, context: context) { store in
            context.pool.run(batch) { example, _ in
                for channel in stride(from: 0, to: channels, by: 16) {
                    let value = gradients.pointer + example &* channels + channel
                    value.lanes[0] *= share
                    let vectors = StoredVectors(
                        values: value, stride: 0, offset: example &* count &+ channel, offsetStride: channels,
                        count: positions)
                    store.store(vectors, to: below.gradient, channel: channel, channels: channels, block: example)
                }
            }
        }
    }
}

/// The largest value of each 3x3 window, stride 2, padding 1: the ImageNet stem's pool.
package final class MaxPool: Layer {
    private let shape: MapShape
    private let context: LayerContext
    private var outputs = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)
    private var input: UnsafePointer<Float>?

    /// The extents of the output.
    package let outputShape: MapShape

    /// Makes the pool of maps whose channels are a multiple of 16.
    package init(shape: MapShape, context: LayerContext) {
        precondition(shape.channels % 16 == 0)
        self.shape = shape
        self.context = context
        outputShape = MapShape(
            height: (shape.height - 1) / 2 + 1, width: (shape.width - 1) / 2 + 1, channels: shape.channels)
    }

    package func reserve(batch: Int) {
        if outputs.count < batch * outputShape.count {
            outputs = FloatBuffer(count: batch * outputShape.count)
            gradients = FloatBuffer(count: batch * outputShape.count)
        }
    }

    package func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        self.input = input
        context.pool.measure(.elementwise) { apply(input, to: outputs.pointer, batch: batch) }
        return UnsafePointer(outputs.pointer)
    }

    package func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        let output = context.spare(excluding: input)
        context.pool.measure(.elementwise) { apply(input, to: output, batch: batch) }
        return UnsafePointer(output)
    }

    private func apply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int) {
        let groups = shape.channels / 16
        context.pool.run(batch) { example, _ in
            let map = (input + example * shape.count).lanes
            let target = (output + example * outputShape.count).lanes
            forEachWindow { position, rows, columns in
                for group in 0..<groups {
                    var largest = Float16Lanes.all(-.infinity)
                    for row in rows {
                        for column in columns {
                            largest = largest.larger(map[(row &* shape.width &+ column) &* groups &+ group])
                        }
                    }
                    target[position &* groups &+ group] = largest
                }
            }
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget { GradientTarget(gradients.pointer) }

    /// Gives each window's gradient to its first largest value in row order, as PyTorch does.
    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        guard let input, let below else { preconditionFailure("a pool follows a layer and a forward pass") }
        context.pool.measure(.elementwise) { spread(input, to: below, batch: batch) }
    }

    private func spread(_ input: UnsafePointer<Float>, to below: GradientTarget, batch: Int) {
        let groups = shape.channels / 16
        let channels = shape.channels
        // The input may lie where the gradient goes, so that is made elsewhere first.
        let result = context.spare(excluding: below.gradient)
        context.pool.run(batch) { example, _ in
            let map = (input + example * shape.count).lanes
            let largest = (outputs.pointer + example * outputShape.count).lanes
            let source = (gradients.pointer + example * outputShape.count).lanes
            (result + example * shape.count).update(repeating: 0, count: shape.count)
            let target = (result + example * shape.count).lanes
            forEachWindow { position, rows, columns in
                for group in 0..<groups {
                    var left = source[position &* groups &+ group]
                    let value = largest[position &* groups &+ group]
                    for row in rows {
                        for column in columns {
                            let index = (row &* shape.width &+ column) &* groups &+ group
                            let isLargest = map[index] .== value
                            target[index] += Float16Lanes.zero.replacing(with: left, where: isLargest)
                            left.replace(with: Float16Lanes.zero, where: isLargest)
                        }
                    }
                }
            }
        }
        let positions = shape.height * shape.width
        below.write(blockCount: batch, channels: channels, context: context) { store in
            context.pool.run(batch) { example, _ in
                for channel in stride(from: 0, to: channels, by: 16) {
                    let offset = example &* shape.count &+ channel
                    let vectors = StoredVectors(
                        values: result + offset, stride: channels, offset: offset, offsetStride: channels,
                        count: positions)
                    store.store(vectors, to: below.gradient, channel: channel, channels: channels, block: example)
                }
            }
        }
    }

    @inline(__always)
    private func forEachWindow(_ body: (_ position: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
        for row in 0..<outputShape.height {
            for column in 0..<outputShape.width {
                body(
                    row * outputShape.width + column, max(0, 2 * row - 1)..<min(shape.height, 2 * row + 2),
                    max(0, 2 * column - 1)..<min(shape.width, 2 * column + 2))
            }
        }
    }
}
