/// A fully connected layer with bias: `y = W x + b`.
package final class Linear: Layer {
    private let inputs: Int
    private let outputs: Int
    private let context: LayerContext
    private let weight: Int
    private let bias: Int
    private var activations = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)
    private var packed = FloatBuffer(count: 0)
    private var packedVersion = 0
    private var input: UnsafePointer<Float>?

    /// Rows of the batch that one task computes.
    private static let block = 64

    /// Adds the layer's tensors to the context's arena.
    package init(_ name: String, inputs: Int, outputs: Int, context: LayerContext) {
        self.inputs = inputs
        self.outputs = outputs
        self.context = context
        weight = context.arena.add("\(name).weight", .linear(input: inputs, output: outputs))
        bias = context.arena.add("\(name).bias", .vector(count: outputs))
    }

    package func reserve(batch: Int) {
        if activations.count < batch * outputs {
            activations = FloatBuffer(count: batch * outputs)
            gradients = FloatBuffer(count: batch * outputs)
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
        let strips = DenseMultiply.stripCount(columns: outputs)
        let stripCount = inputs * DenseMultiply.stripWidth(columns: outputs)
        let (inputs, outputs) = (inputs, outputs)
        if packedVersion != context.weightsVersion {
            if packed.count == 0 { packed = FloatBuffer(count: strips * stripCount) }
            let weights = context.arena.pointer(weight)
            let target = packed.pointer
            context.pool.run(strips) { strip, _ in
                DenseMultiply.packColumns(
                    weights, depth: inputs, columns: outputs, strip: strip, into: target + strip * stripCount)
            }
            packedVersion = context.weightsVersion
        }
        let panels = packed.pointer
        let offsets = context.arena.pointer(bias)
        let left = DenseMultiply.Left(values: input, rowStride: inputs, depthStride: 1)
        let blocks = (batch + Self.block - 1) / Self.block
        // By strips, so that a worker multiplies the weights it packed.
        context.pool.run(blocks * strips) { task, _ in
            let strip = task / blocks
            let block = task - strip * blocks
            DenseMultiply.multiply(
                left, rows: block * Self.block..<min(batch, (block + 1) * Self.block), depth: inputs,
                packed: panels + strip * stripCount, columns: outputs, strip: strip, bias: offsets, output: output)
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget { GradientTarget(gradients.pointer) }

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
            inputGradient(gradient, to: below.gradient, batch: batch)
        }
    }

    /// dX = dY W, a strip of inputs per task.
    private func inputGradient(
        _ gradient: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, batch: Int
    ) {
        let (inputs, outputs) = (inputs, outputs)
        let weights = context.arena.pointer(weight)
        let left = DenseMultiply.Left(values: gradient, rowStride: outputs, depthStride: 1)
        context.workspace.reserve(outputs * DenseMultiply.stripWidth(columns: inputs))
        context.pool.run(DenseMultiply.stripCount(columns: inputs)) { strip, worker in
            let packed = context.workspace.pointer(worker: worker)
            DenseMultiply.packRows(weights, depth: outputs, columns: inputs, strip: strip, into: packed)
            DenseMultiply.multiply(
                left, rows: 0..<batch, depth: outputs, packed: packed, columns: inputs, strip: strip, bias: nil,
                output: target)
        }
    }

    /// dW = dYᵀ X, a strip of inputs per task, and db = Σ dY: nothing is added across tasks.
    private func weightGradient(input: UnsafePointer<Float>, gradient: UnsafePointer<Float>, batch: Int) {
        let (inputs, outputs) = (inputs, outputs)
        let weightGradient = context.arena.gradient(weight)
        let biasGradient = context.arena.gradient(bias)
        let left = DenseMultiply.Left(values: gradient, rowStride: 1, depthStride: outputs)
        let strips = DenseMultiply.stripCount(columns: inputs)
        context.workspace.reserve(batch * DenseMultiply.stripWidth(columns: inputs))
        context.pool.run(strips + 1) { strip, worker in
            if strip == strips {
                for output in 0..<outputs {
                    var sum = 0.0
                    for example in 0..<batch { sum += Double(gradient[example * outputs + output]) }
                    biasGradient[output] = Float(sum)
                }
                return
            }
            let packed = context.workspace.pointer(worker: worker)
            DenseMultiply.packRows(input, depth: batch, columns: inputs, strip: strip, into: packed)
            DenseMultiply.multiply(
                left, rows: 0..<outputs, depth: batch, packed: packed, columns: inputs, strip: strip, bias: nil,
                output: weightGradient)
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
