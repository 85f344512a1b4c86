import Models
import TestSupport
import Testing

/// Fully connected layers against sums in Float64, over sizes that fill tiles and strips and sizes that do not.
@Suite struct LinearTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let inputs: Int
        let outputs: Int
        let batch: Int

        init(_ inputs: Int, _ outputs: Int, _ batch: Int) {
            self.inputs = inputs
            self.outputs = outputs
            self.batch = batch
        }

        var testDescription: String { "\(inputs) -> \(outputs), batch \(batch)" }
    }

    /// Strips of 16, 32 and 64 columns, several of them with a narrow last one; every number of rows that tiles of 24 and
    /// 16 sums leave over; blocks of rows, and of outputs; one example.
    static let cases =
        [
            Case(1, 2, 1), Case(7, 3, 5), Case(16, 16, 16), Case(17, 33, 23), Case(40, 100, 12), Case(64, 64, 48),
            Case(130, 260, 53), Case(100, 80, 100), Case(513, 10, 128), Case(31, 145, 7), Case(256, 64, 8),
        ] + (1...17).map { Case(19, 48, $0) } + (1...17).map { Case(65, 32, $0) } + (1...17).map { Case(5, 12, $0) }

    /// A layer with weights of its own, and what goes through it.
    private struct Setting {
        let context: LayerContext
        let layer: Linear
        let input: [Double]
        let weight: [Double]
        let bias: [Double]
        let gradient: [Double]
        let inputBuffer: FloatBuffer

        init(_ test: Case, rectifies: Bool, threads: Int) {
            func draws(_ count: Int, _ seed: UInt64) -> [Double] {
                referenceDraws(count, in: -1..<1, seed: seed).map { Double(Float($0)) }
            }
            context = LayerContext(pool: WorkerPool(threadCount: threads))
            layer = Linear(
                "tested", inputs: test.inputs, outputs: test.outputs, rectifies: rectifies, context: context)
            context.arena.allocate()
            layer.reserve(batch: test.batch)
            context.reserveSpares(test.batch * max(test.inputs, test.outputs))
            input = draws(test.batch * test.inputs, 1)
            weight = draws(test.inputs * test.outputs, 2)
            bias = draws(test.outputs, 3)
            gradient = draws(test.batch * test.outputs, 4)
            inputBuffer = ConvolutionTests.buffer(input)
            context.arena.slices[0].kind.fromStateDict(weight.map { Float($0) }, to: context.arena.pointer(0))
            for (index, value) in bias.enumerated() { context.arena.pointer(1)[index] = Float(value) }
        }

        /// W x + b, and the sum of the terms' sizes, which bounds the rounding.
        func output(_ test: Case) -> [(value: Double, scale: Double)] {
            (0..<test.batch * test.outputs).map { index in
                let (example, output) = (index / test.outputs, index % test.outputs)
                var (value, scale) = (bias[output], abs(bias[output]))
                for i in 0..<test.inputs {
                    let term = weight[output * test.inputs + i] * input[example * test.inputs + i]
                    value += term
                    scale += abs(term)
                }
                return (value, scale)
            }
        }
    }

    /// The places of a layer's weights that belong to no output.
    private func placesBeyond(_ test: Case) -> [Int] {
        let kind = ParameterArena.Kind.linear(input: test.inputs, output: test.outputs)
        let marks = FloatBuffer.zeros(kind.storedCount)
        kind.fromStateDict([Float](repeating: 1, count: kind.count), to: marks.pointer)
        return (0..<kind.storedCount).filter { marks.pointer[$0] == 0 }
    }

    /// Weights come back from the arena as they went in, and every place is one weight's or zero.
    @Test(arguments: cases) func weightsKeepTheirPlaces(test: Case) {
        let kind = ParameterArena.Kind.linear(input: test.inputs, output: test.outputs)
        let values = (1...kind.count).map { Float($0) }
        let stored = FloatBuffer(count: kind.storedCount)
        stored.pointer.update(repeating: .nan, count: kind.storedCount)
        kind.fromStateDict(values, to: stored.pointer)
        #expect(kind.toStateDict(stored.pointer) == values)
        #expect(placesBeyond(test).count == kind.storedCount - kind.count)
        #expect((0..<kind.storedCount).allSatisfy { stored.pointer[$0].isFinite })
    }

    @Test(arguments: cases, [false, true]) func forwardIsTheProductAndTheBias(test: Case, rectifies: Bool) {
        let setting = Setting(test, rectifies: rectifies, threads: 1)
        let trained = setting.layer.forward(setting.inputBuffer.pointer, batch: test.batch, mode: .training)
        let evaluated = setting.layer.evaluate(setting.inputBuffer.pointer, batch: test.batch)
        for (index, (value, scale)) in setting.output(test).enumerated() {
            let expected = rectifies ? max(0, value) : value
            let isClose = abs(Double(trained[index]) - expected) <= 1e-6 * scale
            #expect(isClose, "output \(index): \(trained[index]), not \(expected)")
            #expect(trained[index].bitPattern == evaluated[index].bitPattern)
        }
    }

    @Test(arguments: cases) func backwardIsTheGradientOfTheProduct(test: Case) {
        let setting = Setting(test, rectifies: false, threads: 1)
        _ = setting.layer.forward(setting.inputBuffer.pointer, batch: test.batch, mode: .training)
        let target = setting.layer.gradientTarget(batch: test.batch, sink: .batch).gradient
        for (index, value) in setting.gradient.enumerated() { target[index] = Float(value) }
        // The layer below has a rectifier: its output decides where the gradient passes.
        let below = ConvolutionTests.buffer(setting.input)
        setting.layer.backward(
            batch: test.batch, sink: .batch,
            below: GradientTarget(below.pointer, mask: .output(UnsafePointer(below.pointer))))
        let arena = setting.context.arena
        let weightGradient = arena.slices[0].kind.toStateDict(arena.gradient(0))
        for output in 0..<test.outputs {
            for i in 0..<test.inputs {
                var (value, scale) = (0.0, 0.0)
                for example in 0..<test.batch {
                    let term =
                        setting.gradient[example * test.outputs + output] * setting.input[example * test.inputs + i]
                    value += term
                    scale += abs(term)
                }
                let found = Double(weightGradient[output * test.inputs + i])
                #expect(abs(found - value) <= 1e-6 * scale, "weight \(output), \(i): \(found), not \(value)")
            }
            let sum = (0..<test.batch).reduce(0.0) { $0 + setting.gradient[$1 * test.outputs + output] }
            #expect(abs(Double(arena.gradient(1)[output]) - sum) <= 1e-6 * max(1, abs(sum)))
        }
        #expect(
            placesBeyond(test).allSatisfy { arena.gradient(0)[$0] == 0 }, "the optimiser would move what is no weight")
        for (index, activation) in setting.input.enumerated() {
            let (example, i) = (index / test.inputs, index % test.inputs)
            var (value, scale) = (0.0, 0.0)
            for output in 0..<test.outputs {
                let term =
                    setting.gradient[example * test.outputs + output] * setting.weight[output * test.inputs + i]
                value += term
                scale += abs(term)
            }
            let expected = activation > 0 ? value : 0
            let found = Double(below.pointer[index])
            #expect(abs(found - expected) <= 1e-6 * scale, "input \(index): \(found), not \(expected)")
        }
    }

    /// ‖δ xᵀ‖² + ‖δ‖² with δ masked by nothing: the gradient at the layer's own output.
    @Test(arguments: cases) func exampleNormsAreThoseOfTheOuterProduct(test: Case) {
        let setting = Setting(test, rectifies: false, threads: 1)
        _ = setting.layer.forward(setting.inputBuffer.pointer, batch: test.batch, mode: .frozen)
        var norms = [Double](repeating: 0, count: test.batch)
        norms.withUnsafeMutableBufferPointer { norms in
            guard let base = norms.baseAddress else { return }
            let sink = GradientSink.exampleSquaredNorms(base)
            let target = setting.layer.gradientTarget(batch: test.batch, sink: sink).gradient
            for (index, value) in setting.gradient.enumerated() { target[index] = Float(value) }
            setting.layer.backward(batch: test.batch, sink: sink, below: nil)
        }
        for example in 0..<test.batch {
            let delta = (0..<test.outputs).reduce(0.0) {
                $0 + setting.gradient[example * test.outputs + $1] * setting.gradient[example * test.outputs + $1]
            }
            let x = (0..<test.inputs).reduce(0.0) {
                $0 + setting.input[example * test.inputs + $1] * setting.input[example * test.inputs + $1]
            }
            #expect(abs(norms[example] - (x + 1) * delta) <= 1e-6 * (x + 1) * delta)
        }
    }

    /// A row's result must not depend on the rows beside it, nor on who computes it.
    @Test(arguments: [Case(40, 100, 53), Case(19, 48, 29), Case(65, 12, 37)])
    func resultsDoNotDependOnBatchOrThreads(test: Case) {
        let whole = Setting(test, rectifies: true, threads: 1)
        let shared = Setting(test, rectifies: true, threads: 3)
        let expected = whole.layer.forward(whole.inputBuffer.pointer, batch: test.batch, mode: .training)
        let found = shared.layer.forward(shared.inputBuffer.pointer, batch: test.batch, mode: .training)
        let count = test.batch * test.outputs
        #expect((0..<count).allSatisfy { found[$0].bitPattern == expected[$0].bitPattern })
        for example in 0..<test.batch {
            let alone = whole.layer.evaluate(
                UnsafePointer(whole.inputBuffer.pointer) + example * test.inputs, batch: 1)
            let isSame = (0..<test.outputs).allSatisfy {
                alone[$0].bitPattern == expected[example * test.outputs + $0].bitPattern
            }
            #expect(isSame, "example \(example) alone")
        }
    }
}
