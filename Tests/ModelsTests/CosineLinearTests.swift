import Models
import TestSupport
import Testing

/// The head of scaled cosines against Float64: values, gradients as slopes, and norms of examples.
@Suite struct CosineLinearTests {
    static let cases = [
        LinearTests.Case(1, 2, 1), .init(7, 3, 5), .init(17, 33, 23), .init(64, 10, 48), .init(65, 100, 9),
    ]

    private struct Setting {
        let context: LayerContext
        let layer: CosineLinear
        let input: [Double]
        let weight: [Double]
        let gradient: [Double]
        let buffer: FloatBuffer

        init(_ test: LinearTests.Case, threads: Int = 2) {
            func draws(_ count: Int, _ seed: UInt64) -> [Double] {
                referenceDraws(count, in: -1..<1, seed: seed).map { Double(Float($0)) }
            }
            context = LayerContext(pool: WorkerPool(threadCount: threads))
            layer = CosineLinear("tested", inputs: test.inputs, outputs: test.outputs, scale: 30, context: context)
            context.arena.allocate()
            layer.reserve(batch: test.batch)
            context.reserveSpares(test.batch * max(test.inputs, test.outputs))
            input = draws(test.batch * test.inputs, 1)
            weight = draws(test.inputs * test.outputs, 2)
            gradient = draws(test.batch * test.outputs, 4)
            buffer = ConvolutionTests.buffer(input)
            context.arena.slices[0].kind.fromStateDict(weight.map { Float($0) }, to: context.arena.pointer(0))
        }
    }

    /// 30 cos(x, w_c), row by row.
    private static func logits(_ input: [Double], _ weight: [Double], _ test: LinearTests.Case) -> [Double] {
        (0..<test.batch * test.outputs).map { index in
            let x = input[index / test.outputs * test.inputs..<(index / test.outputs + 1) * test.inputs]
            let w = weight[index % test.outputs * test.inputs..<(index % test.outputs + 1) * test.inputs]
            let product = zip(x, w).reduce(0) { $0 + $1.0 * $1.1 }
            func norm(_ values: ArraySlice<Double>) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            return 30 * product / (norm(x) * norm(w))
        }
    }

    @Test(arguments: cases) func valuesAreScaledCosines(test: LinearTests.Case) {
        let setting = Setting(test)
        let expected = Self.logits(setting.input, setting.weight, test)
        let forward = setting.layer.forward(setting.buffer.pointer, batch: test.batch, mode: .training)
        for index in expected.indices { #expect(abs(Double(forward[index]) - expected[index]) < 2e-5) }
        let evaluated = setting.layer.evaluate(setting.buffer.pointer, batch: test.batch)
        for index in expected.indices { #expect(evaluated[index] == forward[index]) }
    }

    /// The slopes of Σ gradient · logits in inputs and weights, by central differences in Float64.
    @Test(arguments: cases) func gradientsAreSlopes(test: LinearTests.Case) {
        let setting = Setting(test)
        _ = setting.layer.forward(setting.buffer.pointer, batch: test.batch, mode: .training)
        let target = setting.layer.gradientTarget(batch: test.batch, sink: .batch)
        for (index, value) in setting.gradient.enumerated() { target.gradient[index] = Float(value) }
        let below = FloatBuffer(count: test.batch * test.inputs)
        setting.layer.backward(batch: test.batch, sink: .batch, below: GradientTarget(below.pointer))
        let kind = setting.context.arena.slices[0].kind
        let weightGradient = kind.toStateDict(setting.context.arena.gradient(0))
        let step = 1e-5
        func slope(_ move: (Double) -> ([Double], [Double])) -> Double {
            func total(_ change: Double) -> Double {
                let (input, weight) = move(change)
                return zip(Self.logits(input, weight, test), setting.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            }
            return (total(step) - total(-step)) / (2 * step)
        }
        for index in stride(from: 0, to: setting.input.count, by: max(1, setting.input.count / 7)) {
            let expected = slope { change in
                var input = setting.input
                input[index] += change
                return (input, setting.weight)
            }
            #expect(abs(Double(below.pointer[index]) - expected) < 1e-3 * max(1, abs(expected)))
        }
        for index in stride(from: 0, to: setting.weight.count, by: max(1, setting.weight.count / 7)) {
            let expected = slope { change in
                var weight = setting.weight
                weight[index] += change
                return (setting.input, weight)
            }
            #expect(abs(Double(weightGradient[index]) - expected) < 1e-3 * max(1, abs(expected)))
        }
    }

    /// The closed form against the gradients of single examples.
    @Test(arguments: cases) func normsAreThoseOfSingleExamples(test: LinearTests.Case) {
        let setting = Setting(test)
        _ = setting.layer.forward(setting.buffer.pointer, batch: test.batch, mode: .training)
        func fill() {
            let target = setting.layer.gradientTarget(batch: test.batch, sink: .batch)
            for (index, value) in setting.gradient.enumerated() { target.gradient[index] = Float(value) }
        }
        fill()
        var norms = [Double](repeating: 1, count: test.batch)
        norms.withUnsafeMutableBufferPointer { norms in
            guard let base = norms.baseAddress else { return }
            setting.layer.backward(batch: test.batch, sink: .exampleSquaredNorms(base), below: nil)
        }
        let kind = setting.context.arena.slices[0].kind
        for example in 0..<min(4, test.batch) {
            let one = LinearTests.Case(test.inputs, test.outputs, 1)
            let alone = Setting(one)
            alone.context.arena.slices[0].kind.fromStateDict(
                setting.weight.map { Float($0) }, to: alone.context.arena.pointer(0))
            _ = alone.layer.forward(setting.buffer.pointer + example * test.inputs, batch: 1, mode: .training)
            let target = alone.layer.gradientTarget(batch: 1, sink: .batch)
            for c in 0..<test.outputs { target.gradient[c] = Float(setting.gradient[example * test.outputs + c]) }
            alone.layer.backward(batch: 1, sink: .batch, below: nil)
            let gradient = kind.toStateDict(alone.context.arena.gradient(0))
            let expected = 1 + gradient.reduce(0) { $0 + Double($1) * Double($1) }
            #expect(abs(norms[example] - expected) < 1e-3 * expected)
        }
    }

    /// Features that are all zero have cosines 0, and pass nothing back.
    @Test func zeroFeaturesGetNoGradient() {
        let test = LinearTests.Case(7, 3, 2)
        let setting = Setting(test)
        for index in 0..<7 { setting.buffer.pointer[index] = 0 }
        let logits = setting.layer.forward(setting.buffer.pointer, batch: 2, mode: .training)
        #expect((0..<3).allSatisfy { logits[$0] == 0 })
        let target = setting.layer.gradientTarget(batch: 2, sink: .batch)
        for index in 0..<6 { target.gradient[index] = 1 }
        let below = FloatBuffer(count: 14)
        setting.layer.backward(batch: 2, sink: .batch, below: GradientTarget(below.pointer))
        #expect((0..<7).allSatisfy { below.pointer[$0] == 0 } && (7..<14).contains { below.pointer[$0] != 0 })
    }

    /// A network begins with weights of norm 1, and keeps no bias.
    @Test func aNetworkBeginsWithUnitWeights() {
        let network = Network(
            .perceptron(hidden: [20]), input: InputShape(height: 1, width: 1, channels: 5), classCount: 4,
            head: .cosine(scale: 30), pool: WorkerPool(threadCount: 1))
        network.initialise(seed: 3)
        #expect(network.arena.slices.map(\.name) == ["0.weight", "0.bias", "2.weight"])
        let weights = network.arena.slices[2].kind.toStateDict(network.arena.pointer(2))
        for c in 0..<4 {
            let norm = weights[20 * c..<20 * (c + 1)].reduce(0) { $0 + Double($1) * Double($1) }
            #expect(abs(norm - 1) < 1e-6)
        }
    }
}
