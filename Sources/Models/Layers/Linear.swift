/// A fully connected layer with bias: `y = W x + b`, or `y = max(0, W x + b)`.
///
/// Weights lie in the order in which they are multiplied, in strips of outputs, and a worker's share of every pass is the
/// same strips: it multiplies by weights whose gradient it writes and which it updates, so that they stay in its cache.
package final class Linear: Layer {
    private let inputs: Int
    private let outputs: Int
    private let rectifies: Bool
    private let context: LayerContext
    private let weight: Int
    private let bias: Int
    private var activations = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)
    /// The same in strips.
    private var packedGradients = FloatBuffer(count: 0)
    private var input: UnsafePointer<Float>?

    /// Rows of the batch that one task computes.
    private static let block = 48
    /// Inputs whose weight gradient for a strip of outputs is one task.
    private static let inputBlock = 128

    /// Adds the layer's tensors to the context's arena.
    ///
    /// - Parameter rectifies: whether a rectifier follows.
    package init(_ name: String, inputs: Int, outputs: Int, rectifies: Bool = false, context: LayerContext) {
        self.inputs = inputs
        self.outputs = outputs
        self.rectifies = rectifies
        self.context = context
        weight = context.arena.add("\(name).weight", .linear(input: inputs, output: outputs))
        bias = context.arena.add("\(name).bias", .vector(count: outputs))
    }

    package func reserve(batch: Int) {
        if activations.count < batch * outputs {
            activations = FloatBuffer(count: batch * outputs)
            // Not in place of the activations: other workers have read those, and taking them back is not hidden by anything.
            gradients = FloatBuffer(count: batch * outputs)
            packedGradients = FloatBuffer(count: batch * ColumnStrip.paddedColumns(outputs))
        }
    }

    package func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        self.input = input
        apply(input, to: activations.pointer, batch: batch)
        return UnsafePointer(activations.pointer)
    }

    package func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        let output = context.spare(excluding: input)
        apply(input, to: output, batch: batch)
        return UnsafePointer(output)
    }

    /// Multiplications and additions of one pass over a batch.
    private func operations(_ batch: Int) -> Double { 2 * Double(batch) * Double(inputs * outputs) }

    /// [batch][inputs] to [batch][outputs].
    private func apply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int) {
        context.pool.measure(.linear, operations: operations(batch)) { multiply(input, to: output, batch: batch) }
    }

    private func multiply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int) {
        let (inputs, outputs) = (inputs, outputs)
        let weights = context.arena.pointer(weight)
        let offsets = context.arena.pointer(bias)
        let left = DenseMultiply.Left(values: input, rowStride: inputs, depthStride: 1)
        let epilogue: DenseMultiply.Epilogue = rectifies ? .rectify : .store
        let blocks = (batch + Self.block - 1) / Self.block
        context.pool.run(ColumnStrip.count(columns: outputs) * blocks) { task, _ in
            let strip = ColumnStrip(task / blocks, columns: outputs)
            let first = task % blocks * Self.block
            DenseMultiply.multiply(
                DenseMultiply.Product(
                    left: left, depth: inputs, packed: weights + strip.first * inputs, width: strip.width,
                    start: offsets + strip.first, epilogue: epilogue, output: output + strip.first,
                    outputStride: outputs, columns: strip.count), rows: first..<min(batch, first + Self.block))
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget {
        GradientTarget(gradients.pointer, mask: rectifies ? .output(activations.pointer) : .none)
    }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        guard let input else { preconditionFailure("backward without forward") }
        let gradient = UnsafePointer(gradients.pointer)
        switch sink {
        case .batch:
            context.pool.measure(.linear, operations: operations(batch)) {
                weightGradient(input: input, gradient: gradient, batch: batch)
            }
        case .exampleSquaredNorms(let norms):
            context.pool.measure(.linear) {
                addExampleSquaredNorms(input: input, gradient: gradient, batch: batch, to: norms)
            }
        }
        guard let below else { return }
        context.pool.measure(.linear, operations: operations(batch)) {
            inputGradient(gradient, to: below, batch: batch)
        }
    }

    /// dX = dY W, a strip of inputs per task: the outputs of a fully connected layer below.
    private func inputGradient(_ gradient: UnsafePointer<Float>, to below: GradientTarget, batch: Int) {
        let (inputs, outputs) = (inputs, outputs)
        let epilogue: DenseMultiply.Epilogue
        switch below.mask {
        case .none: epilogue = .store
        case .output(let activations): epilogue = .mask(activations)
        case .affine: preconditionFailure("a batch norm right below a fully connected layer")
        }
        precondition(below.norm == nil, "a batch norm right below a fully connected layer")
        let weights = context.arena.pointer(weight)
        let left = DenseMultiply.Left(values: gradient, rowStride: outputs, depthStride: 1)
        context.workspace.reserve(outputs * ColumnStrip.fullWidth)
        context.pool.run(ColumnStrip.count(columns: inputs)) { number, worker in
            let strip = ColumnStrip(number, columns: inputs)
            let packed = context.workspace.pointer(worker: worker)
            for number in 0..<ColumnStrip.count(columns: outputs) {
                let above = ColumnStrip(number, columns: outputs)
                DenseMultiply.packColumns(
                    weights + above.first * inputs + strip.first * above.width, depth: above.count,
                    columnStride: above.width, strip: strip, into: packed + above.first * strip.width)
            }
            var epilogue = epilogue
            if case .mask(let activations) = epilogue { epilogue = .mask(activations + strip.first) }
            DenseMultiply.multiply(
                DenseMultiply.Product(
                    left: left, depth: outputs, packed: packed, width: strip.width, epilogue: epilogue,
                    output: below.gradient + strip.first, outputStride: inputs, columns: strip.count),
                rows: 0..<batch)
        }
    }

    /// dW = Xᵀ dY in strips of outputs and blocks of inputs, and db = Σ dY: nothing is added across tasks.
    private func weightGradient(input: UnsafePointer<Float>, gradient: UnsafePointer<Float>, batch: Int) {
        let (inputs, outputs) = (inputs, outputs)
        let weightGradient = context.arena.gradient(weight)
        let biasGradient = context.arena.gradient(bias)
        let strips = ColumnStrip.count(columns: outputs)
        let packed = packedGradients.pointer
        context.pool.run(strips) { number, _ in
            let strip = ColumnStrip(number, columns: outputs)
            let rows = packed + strip.first * batch
            DenseMultiply.packRows(gradient, depth: batch, columns: outputs, strip: strip, into: rows)
            sumRows(rows, count: batch, width: strip.width, columns: strip.count, into: biasGradient + strip.first)
        }
        let left = DenseMultiply.Left(values: input, rowStride: 1, depthStride: inputs)
        let blocks = (inputs + Self.inputBlock - 1) / Self.inputBlock
        context.pool.run(strips * blocks) { task, _ in
            let strip = ColumnStrip(task / blocks, columns: outputs)
            let first = task % blocks * Self.inputBlock
            DenseMultiply.multiply(
                DenseMultiply.Product(
                    left: left, depth: batch, packed: packed + strip.first * batch, width: strip.width,
                    output: weightGradient + strip.first * inputs, outputStride: strip.width, columns: strip.width),
                rows: first..<min(inputs, first + Self.inputBlock))
        }
    }

    /// Adds (‖x‖² + 1) ‖δ‖² of each example: the squared norm of δ xᵀ and of δ, the bias's gradient.
    private func addExampleSquaredNorms(
        input: UnsafePointer<Float>, gradient: UnsafePointer<Float>, batch: Int, to norms: UnsafeMutablePointer<Double>
    ) {
        context.pool.run(batch) { example, _ in
            let inputNorm = squaredNorm(input + example * inputs, count: inputs)
            let gradientNorm = squaredNorm(gradient + example * outputs, count: outputs)
            norms[example] += (inputNorm + 1) * gradientNorm
        }
    }
}

/// Sums a matrix over its rows, in order and in Float64.
///
/// - Parameters:
///   - matrix: [count][width].
///   - count: the number of rows.
///   - width: a multiple of 16.
///   - columns: the columns to sum.
///   - sums: [columns], gets the sums.
private func sumRows(
    _ matrix: UnsafePointer<Float>, count: Int, width: Int, columns: Int, into sums: UnsafeMutablePointer<Float>
) {
    for first in stride(from: 0, to: columns, by: 16) {
        var low = SIMD8<Double>.zero
        var high = SIMD8<Double>.zero
        for row in 0..<count {
            let values = (matrix + (row &* width &+ first)).lanes[0]
            low += SIMD8<Double>(values.lowHalf)
            high += SIMD8<Double>(values.highHalf)
        }
        Float16Lanes(lowHalf: SIMD8<Float>(low), highHalf: SIMD8<Float>(high)).store(
            first: min(16, columns &- first), at: sums + first)
    }
}

/// The squared L2 norm of some floats, summed in Float64 over eight lanes.
func squaredNorm(_ values: UnsafePointer<Float>, count: Int) -> Double {
    var lanes = SIMD8<Double>.zero
    var index = 0
    while index &+ 8 <= count {
        let vector = SIMD8<Double>(UnsafeRawPointer(values + index).loadUnaligned(as: SIMD8<Float>.self))
        lanes += vector * vector
        index &+= 8
    }
    var sum = lanes.sum()
    while index < count {
        sum += Double(values[index]) * Double(values[index])
        index &+= 1
    }
    return sum
}
