/// A head that gives scaled cosines: `y_c = scale · (x / ‖x‖) · (w_c / ‖w_c‖)`, without bias.
///
/// The normalised classifier of LDAM (Cao, Wei, Gaidon, Arechiga, Ma, 2019; section 3.3 and the authors' `NormedLinear`).
/// There the head gives cosines and the loss multiplies them by s; here the head does, so that margins are s · m and
/// probabilities, calibration and scores read the logits that are trained on. Loss and gradient are the same.
///
/// Deviation: features that are all zero have cosines 0 and get no gradient; PyTorch divides by 1e-12 there.
package final class CosineLinear: Layer {
    private let inputs: Int
    private let outputs: Int
    private let scale: Float
    private let products: LinearProducts
    private let columns: WeightColumns
    private let context: LayerContext
    private let weight: Int
    /// scale · w_c / ‖w_c‖, laid out as the weights.
    private var scaledUnits = FloatBuffer(count: 0)
    /// ‖w_c‖ of these, [outputs].
    private var weightNorms: [Double]
    /// The version of the weights that they are of.
    private var version = -1
    /// x / ‖x‖ of a batch, [batch][inputs].
    private var unitInputs = FloatBuffer(count: 0)
    /// ‖x‖ of a batch.
    private var inputNorms: [Double] = []
    private var activations = FloatBuffer(count: 0)
    private var gradients = FloatBuffer(count: 0)
    private var packedGradients = FloatBuffer(count: 0)
    /// The gradient with respect to x / ‖x‖, [batch][inputs].
    private var unitGradients = FloatBuffer(count: 0)

    /// Rows of the batch that one task normalises.
    private static let block = 16

    /// Adds the layer's tensor to the context's arena.
    ///
    /// - Parameter scale: what cosines are multiplied by, above 0.
    package init(_ name: String, inputs: Int, outputs: Int, scale: Float, context: LayerContext) {
        precondition(scale > 0, "a scale above 0")
        self.inputs = inputs
        self.outputs = outputs
        self.scale = scale
        self.context = context
        products = LinearProducts(inputs: inputs, outputs: outputs, context: context)
        columns = WeightColumns(inputs: inputs, outputs: outputs)
        weightNorms = [Double](repeating: 0, count: outputs)
        weight = context.arena.add("\(name).weight", .linear(input: inputs, output: outputs))
    }

    /// Gives the weights of every output the norm 1, as the authors' code begins; the direction stays.
    package func normaliseWeights() {
        let weights = context.arena.pointer(weight)
        columns.norms(of: weights, into: &weightNorms)
        columns.scale(weights, by: weightNorms.map { $0 > 0 ? 1 / $0 : 0 }, into: weights)
        context.weightsVersion += 1
    }

    package func reserve(batch: Int) {
        if activations.count < batch * outputs {
            activations = FloatBuffer(count: batch * outputs)
            gradients = FloatBuffer(count: batch * outputs)
            packedGradients = FloatBuffer(count: batch * ColumnStrip.paddedColumns(outputs))
            unitGradients = FloatBuffer(count: batch * inputs)
        }
    }

    package func forward(_ input: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        apply(input, to: activations.pointer, batch: batch)
        return UnsafePointer(activations.pointer)
    }

    package func evaluate(_ input: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        let output = context.spare(excluding: input)
        apply(input, to: output, batch: batch)
        return UnsafePointer(output)
    }

    private func apply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int) {
        context.pool.measure(.linear, operations: products.operations(batch)) {
            normaliseIfStale()
            normalise(input, batch: batch)
            products.multiply(
                unitInputs.pointer, weights: scaledUnits.pointer, offsets: nil, rectifies: false, to: output,
                batch: batch)
        }
    }

    /// Computes the unit weights anew when the weights have changed.
    private func normaliseIfStale() {
        guard version != context.weightsVersion else { return }
        let weights = context.arena.pointer(weight)
        if scaledUnits.count == 0 { scaledUnits = .zeros(inputs * ColumnStrip.paddedColumns(outputs)) }
        columns.norms(of: weights, into: &weightNorms)
        columns.scale(weights, by: weightNorms.map { $0 > 0 ? Double(scale) / $0 : 0 }, into: scaledUnits.pointer)
        version = context.weightsVersion
    }

    /// Divides every row by its norm.
    private func normalise(_ input: UnsafePointer<Float>, batch: Int) {
        if inputNorms.count < batch {
            unitInputs = FloatBuffer(count: batch * inputs)
            inputNorms = [Double](repeating: 0, count: batch)
        }
        let (inputs, units) = (inputs, unitInputs.pointer)
        inputNorms.withUnsafeMutableBufferPointer { norms in
            guard let norms = norms.baseAddress else { return }
            context.pool.run((batch + Self.block - 1) / Self.block) { task, _ in
                for row in task * Self.block..<min(batch, (task + 1) * Self.block) {
                    let source = input + row * inputs
                    norms[row] = squaredNorm(source, count: inputs).squareRoot()
                    let factor = norms[row] > 0 ? 1 / norms[row] : 0
                    for index in 0..<inputs { units[row * inputs + index] = Float(Double(source[index]) * factor) }
                }
            }
        }
    }

    package func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget { GradientTarget(gradients.pointer) }

    package func backward(batch: Int, sink: GradientSink, below: GradientTarget?) {
        let gradient = UnsafePointer(gradients.pointer)
        context.pool.measure(.linear, operations: products.operations(batch)) {
            switch sink {
            case .batch: weightGradient(gradient, batch: batch)
            case .exampleSquaredNorms(let norms): addExampleSquaredNorms(gradient, batch: batch, to: norms)
            }
        }
        guard let below else { return }
        context.pool.measure(.linear, operations: products.operations(batch)) {
            inputGradient(gradient, to: below, batch: batch)
        }
    }

    /// With D = Σ (x / ‖x‖) dy_c and u = w_c / ‖w_c‖: dw_c = scale / ‖w_c‖ (D - u (u · D)).
    private func weightGradient(_ gradient: UnsafePointer<Float>, batch: Int) {
        let target = context.arena.gradient(weight)
        products.weightGradient(
            input: unitInputs.pointer, gradient: gradient, packed: packedGradients.pointer, into: target,
            biasGradient: nil, batch: batch)
        let weights = UnsafePointer(context.arena.pointer(weight))
        var along = [Double](repeating: 0, count: outputs)
        columns.products(target, weights, into: &along)
        let factors = weightNorms.map { $0 > 0 ? Double(scale) / $0 : 0 }
        let shares = along.indices.map { c in
            weightNorms[c] > 0 ? -factors[c] * along[c] / (weightNorms[c] * weightNorms[c]) : 0
        }
        columns.combine(target, times: factors, with: weights, times: shares)
    }

    /// With E = Σ_c scale u_c dy_c and v = x / ‖x‖: dx = (E - v (v · E)) / ‖x‖, where a rectifier below lets it pass.
    private func inputGradient(_ gradient: UnsafePointer<Float>, to below: GradientTarget, batch: Int) {
        products.inputGradient(
            gradient, weights: scaledUnits.pointer, to: unitGradients.pointer, mask: nil, batch: batch)
        let (inputs, mask) = (inputs, below.linearMask)
        let (units, unitGradients, norms) = (unitInputs.pointer, unitGradients.pointer, inputNorms)
        context.pool.run((batch + Self.block - 1) / Self.block) { task, _ in
            for row in task * Self.block..<min(batch, (task + 1) * Self.block) {
                let (unit, source) = (units + row * inputs, unitGradients + row * inputs)
                var along = 0.0
                for index in 0..<inputs { along += Double(unit[index]) * Double(source[index]) }
                let factor = norms[row] > 0 ? 1 / norms[row] : 0
                for index in 0..<inputs {
                    let passes = mask.map { $0[row * inputs + index] > 0 } ?? true
                    below.gradient[row * inputs + index] =
                        passes ? Float((Double(source[index]) - Double(unit[index]) * along) * factor) : 0
                }
            }
        }
    }

    /// Adds Σ_c (scale dy_c / ‖w_c‖)² (1 - cos²_c) of each example: an example's dw_c is that times a vector at a right
    /// angle to w_c, the rest of its unit features.
    private func addExampleSquaredNorms(
        _ gradient: UnsafePointer<Float>, batch: Int, to norms: UnsafeMutablePointer<Double>
    ) {
        let (outputs, scale, weightNorms) = (outputs, Double(scale), weightNorms)
        let (logits, inputNorms) = (activations.pointer, inputNorms)
        context.pool.run(batch) { example, _ in
            guard inputNorms[example] > 0 else { return }
            var sum = 0.0
            for c in 0..<outputs where weightNorms[c] > 0 {
                let cosine = Double(logits[example * outputs + c]) / scale
                let slope = scale * Double(gradient[example * outputs + c]) / weightNorms[c]
                sum += slope * slope * max(0, 1 - cosine * cosine)
            }
            norms[example] += sum
        }
    }
}
