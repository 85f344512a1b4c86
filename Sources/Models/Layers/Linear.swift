import COpenBLAS

/// A fully connected layer with bias: `y = W x + b`.
package final class Linear: Layer {
    private let inputs: Int
    private let outputs: Int
    private let context: LayerContext
    private let weight: Int
    private let bias: Int
    private var activations = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)
    private var input: UnsafePointer<Float>?

    /// Rows of the batch, or of the weights, that one task computes.
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

    /// [batch][inputs] to [batch][outputs].
    private func apply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int) {
        let weights = context.arena.pointer(weight)
        let offsets = context.arena.pointer(bias)
        context.pool.run((batch + Self.block - 1) / Self.block) { task, _ in
            let first = task * Self.block
            let count = min(Self.block, batch - first)
            let target = output + first * outputs
            for row in 0..<count { (target + row * outputs).update(from: offsets, count: outputs) }
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(count), Int32(outputs), Int32(inputs), 1,
                input + first * inputs, Int32(inputs), weights, Int32(inputs), 1, target, Int32(outputs))
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget { GradientTarget(gradients.pointer) }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        guard let input else { preconditionFailure("backward without forward") }
        let gradient = gradients.pointer
        switch sink {
        case .batch:
            weightGradient(input: input, gradient: gradient, batch: batch)
        case .exampleSquaredNorms(let norms):
            addExampleSquaredNorms(input: input, gradient: gradient, batch: batch, to: norms)
        }
        guard let below else { return }
        let weights = context.arena.pointer(weight)
        context.pool.run((batch + Self.block - 1) / Self.block) { task, _ in
            let first = task * Self.block
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(min(Self.block, batch - first)), Int32(inputs),
                Int32(outputs), 1, gradient + first * outputs, Int32(outputs), weights, Int32(inputs), 0,
                below.gradient + first * inputs, Int32(inputs))
        }
    }

    /// dW = dYᵀ X and db = Σ dY, a block of outputs per task, so that nothing is added across tasks.
    private func weightGradient(input: UnsafePointer<Float>, gradient: UnsafePointer<Float>, batch: Int) {
        let weightGradient = context.arena.gradient(weight)
        let biasGradient = context.arena.gradient(bias)
        context.pool.run((outputs + Self.block - 1) / Self.block) { task, _ in
            let first = task * Self.block
            let count = min(Self.block, outputs - first)
            cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, Int32(count), Int32(inputs), Int32(batch), 1,
                gradient + first, Int32(outputs), input, Int32(inputs), 0, weightGradient + first * inputs,
                Int32(inputs))
            for output in first..<first + count {
                var sum = 0.0
                for example in 0..<batch { sum += Double(gradient[example * outputs + output]) }
                biasGradient[output] = Float(sum)
            }
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
