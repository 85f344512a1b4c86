/// A fully connected layer with bias: `y = W x + b`, or `y = max(0, W x + b)`.
///
/// Its weights lie as `LinearProducts` multiplies them.
package final class Linear: Layer {
    private let inputs: Int
    private let outputs: Int
    private let products: LinearProducts
    private let rectifies: Bool
    private let context: LayerContext
    private let weight: Int
    private let bias: Int
    private var activations = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)
    /// The same in strips.
    private var packedGradients = FloatBuffer(count: 0)
    private var input: UnsafePointer<Float>?

    /// Adds the layer's tensors to the context's arena.
    ///
    /// - Parameter rectifies: whether a rectifier follows.
    package init(_ name: String, inputs: Int, outputs: Int, rectifies: Bool = false, context: LayerContext) {
        self.inputs = inputs
        self.outputs = outputs
        self.rectifies = rectifies
        self.context = context
        products = LinearProducts(inputs: inputs, outputs: outputs, context: context)
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

    /// [batch][inputs] to [batch][outputs].
    private func apply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int) {
        context.pool.measure(.linear, operations: products.operations(batch)) {
            products.multiply(
                input, weights: context.arena.pointer(weight), offsets: context.arena.pointer(bias),
                rectifies: rectifies, to: output, batch: batch)
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
            context.pool.measure(.linear, operations: products.operations(batch)) {
                products.weightGradient(
                    input: input, gradient: gradient, packed: packedGradients.pointer,
                    into: context.arena.gradient(weight), biasGradient: context.arena.gradient(bias), batch: batch)
            }
        case .exampleSquaredNorms(let norms):
            context.pool.measure(.linear) {
                addExampleSquaredNorms(input: input, gradient: gradient, batch: batch, to: norms)
            }
        }
        guard let below else { return }
        context.pool.measure(.linear, operations: products.operations(batch)) {
            products.inputGradient(
                gradient, weights: context.arena.pointer(weight), to: below.gradient, mask: below.linearMask,
                batch: batch)
        }
    }

    /// The norm of the weights of every output, [outputs].
    func weightNorms() -> [Double] {
        var norms = [Double](repeating: 0, count: outputs)
        WeightColumns(inputs: inputs, outputs: outputs).norms(of: context.arena.pointer(weight), into: &norms)
        return norms
    }

    /// Adds to the weights' gradient that of Σ_c slopes_c ‖w_c‖.
    ///
    /// - Parameters:
    ///   - slopes: [outputs].
    ///   - norms: what `weightNorms` gave.
    func addNormGradient(_ slopes: [Double], norms: [Double]) {
        WeightColumns(inputs: inputs, outputs: outputs).combine(
            context.arena.gradient(weight), times: [Double](repeating: 1, count: outputs),
            with: context.arena.pointer(weight), times: zip(slopes, norms).map { $1 > 0 ? $0 / $1 : 0 })
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
