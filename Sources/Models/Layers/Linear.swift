/// A fully connected layer with bias: `y = W x + b`, or `y = max(0, W x + b)`.
///
/// A worker's share of every pass is the same outputs: it multiplies the weights that it packed, and writes the gradient of
/// weights that it updates, so that they stay in its core's cache.
package final class Linear: Layer {
    private let inputs: Int
    private let outputs: Int
    private let rectifies: Bool
    private let context: LayerContext
    private let weight: Int
    private let bias: Int
    private var activations = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)
    private var packed = FloatBuffer(count: 0)
    private var packedVersion = 0
    private var input: UnsafePointer<Float>?

    /// Rows of the batch that one task computes.
    private static let block = 48
    /// Outputs whose weight gradient for a strip of inputs is one task.
    private static let outputBlock = 128

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
            // A rectifier's output is not needed any more once the gradient is masked by it, and makes room for it.
            if !rectifies { gradients = FloatBuffer(count: batch * outputs) }
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
        let strips = DenseMultiply.Strip.count(columns: outputs)
        let (inputs, outputs) = (inputs, outputs)
        // Where the next strip is packed.
        let distance = inputs * DenseMultiply.Strip.fullWidth
        if packedVersion != context.weightsVersion {
            if packed.count == 0 { packed = FloatBuffer(count: inputs * DenseMultiply.Strip.paddedColumns(outputs)) }
            let weights = context.arena.pointer(weight)
            let target = packed.pointer
            context.pool.run(strips) { strip, _ in
                DenseMultiply.packColumns(
                    weights, depth: inputs, strip: DenseMultiply.Strip(strip, columns: outputs),
                    into: target + strip * distance)
            }
            packedVersion = context.weightsVersion
        }
        let panels = packed.pointer
        let offsets = context.arena.pointer(bias)
        let left = DenseMultiply.Left(values: input, rowStride: inputs, depthStride: 1)
        let epilogue: DenseMultiply.Epilogue = rectifies ? .rectify : .store
        let blocks = (batch + Self.block - 1) / Self.block
        // By strips, so that a worker multiplies the weights it packed.
        context.pool.run(blocks * strips) { task, _ in
            let strip = task / blocks
            let block = task - strip * blocks
            DenseMultiply.multiply(
                left, rows: block * Self.block..<min(batch, (block + 1) * Self.block), depth: inputs,
                packed: panels + strip * distance, columns: outputs,
                strip: DenseMultiply.Strip(strip, columns: outputs), bias: offsets, epilogue: epilogue, output: output,
                ahead: .nextRows)
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget {
        guard rectifies else { return GradientTarget(gradients.pointer) }
        return GradientTarget(activations.pointer, mask: .output(activations.pointer))
    }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        guard let input else { preconditionFailure("backward without forward") }
        let gradient = UnsafePointer(gradientTarget(batch: batch, sink: sink).gradient)
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
        context.workspace.reserve(outputs * DenseMultiply.Strip.fullWidth)
        context.pool.run(DenseMultiply.Strip.count(columns: inputs)) { number, worker in
            let strip = DenseMultiply.Strip(number, columns: inputs)
            let packed = context.workspace.pointer(worker: worker)
            DenseMultiply.packRows(weights, depth: outputs, columns: inputs, strip: strip, into: packed)
            DenseMultiply.multiply(
                left, rows: 0..<batch, depth: outputs, packed: packed, columns: inputs, strip: strip, bias: nil,
                epilogue: epilogue, output: below.gradient)
        }
    }

    /// dW = dYᵀ X and db = Σ dY, a block of outputs and a strip of inputs per task: nothing is added across tasks.
    private func weightGradient(input: UnsafePointer<Float>, gradient: UnsafePointer<Float>, batch: Int) {
        let (inputs, outputs) = (inputs, outputs)
        let weightGradient = context.arena.gradient(weight)
        let biasGradient = context.arena.gradient(bias)
        let left = DenseMultiply.Left(values: gradient, rowStride: 1, depthStride: outputs)
        let strips = DenseMultiply.Strip.count(columns: inputs)
        let blocks = (outputs + Self.outputBlock - 1) / Self.outputBlock
        context.workspace.reserve(batch * DenseMultiply.Strip.fullWidth)
        context.pool.run(blocks * strips) { task, worker in
            let block = task / strips
            let strip = DenseMultiply.Strip(task - block * strips, columns: inputs)
            let rows = block * Self.outputBlock..<min(outputs, (block + 1) * Self.outputBlock)
            let packed = context.workspace.pointer(worker: worker)
            DenseMultiply.packRows(input, depth: batch, columns: inputs, strip: strip, into: packed)
            DenseMultiply.multiply(
                left, rows: rows, depth: batch, packed: packed, columns: inputs, strip: strip, bias: nil,
                output: weightGradient,
                ahead: .columns(first: input + (strip.first + strip.count), stride: inputs, firstRow: rows.lowerBound))
            if strip.first == 0 { sumRows(gradient, count: batch, columns: outputs, range: rows, into: biasGradient) }
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

/// Sums some columns of a matrix over its rows, in order and in Float64.
///
/// - Parameters:
///   - matrix: [count][columns].
///   - count: the number of rows.
///   - columns: all columns of the matrix.
///   - range: the columns to sum.
///   - sums: [columns], gets the sums of those in the range.
private func sumRows(
    _ matrix: UnsafePointer<Float>, count: Int, columns: Int, range: Range<Int>, into sums: UnsafeMutablePointer<Float>
) {
    for first in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
        let width = min(16, range.upperBound &- first)
        var low = SIMD8<Double>.zero
        var high = SIMD8<Double>.zero
        for row in 0..<count {
            let values = Float16Lanes.load(first: width, at: matrix + (row &* columns &+ first))
            low += SIMD8<Double>(values.lowHalf)
            high += SIMD8<Double>(values.highHalf)
        }
        Float16Lanes(lowHalf: SIMD8<Float>(low), highHalf: SIMD8<Float>(high)).store(first: width, at: sums + first)
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
