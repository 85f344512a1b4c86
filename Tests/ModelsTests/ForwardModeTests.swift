import Models
import TestSupport
import Testing

/// Statistics of the batch or running ones, gradients of the batch or norms of each example's: every combination, against
/// Float64.
@Suite struct ForwardModeTests {
    typealias Case = ConvolutionTests.Case
    typealias Setting = NetworkReferenceTests.Setting

    /// Winograd, direct and strided, 1x1, and a stem.
    static let cases = [
        Case((7, 6), (16, 32), 3, 1, 1, 5), Case((8, 7), (32, 16), 3, 2, 1, 4), Case((4, 4), (16, 48), 1, 1, 0, 9),
        Case((6, 8), (3, 16), 3, 1, 1, 3),
    ]

    /// A convolution unit and what Float64 says of it.
    struct Unit {
        let test: Case
        let context: LayerContext
        let unit: ConvolutionUnit
        let rectifies: Bool
        let reference: ReferenceConvolution
        let input: ReferenceTensor
        let tensors: [[Double]]

        init(_ test: Case, rectifies: Bool, threads: Int) {
            self.test = test
            self.rectifies = rectifies
            context = LayerContext(pool: WorkerPool(threadCount: threads))
            let channels = test.channels.1
            let shape = ConvolutionShape(
                height: test.size.0, width: test.size.1, inputChannels: test.channels.0, outputChannels: channels,
                kernel: test.kernel, stride: test.stride, padding: test.padding)
            unit = ConvolutionUnit(
                convolutionName: "conv", normName: "bn", shape: shape, rectifies: rectifies, keepsOutput: true,
                context: context)
            context.arena.allocate()
            unit.reserve(batch: test.batch)
            reference = ReferenceConvolution(
                test.channels.0, channels, kernel: test.kernel, stride: test.stride, padding: test.padding)
            input = ReferenceTensor.random(
                count: test.batch, height: test.size.0, width: test.size.1, channels: test.channels.0, seed: 31)
            tensors = [
                referenceDraws(shape.weightCount, in: -0.5..<0.5, seed: 32),
                referenceDraws(channels, in: 0.5..<1.5, seed: 33), referenceDraws(channels, in: -0.2..<0.2, seed: 34),
                referenceDraws(channels, in: -0.2..<0.2, seed: 35), referenceDraws(channels, in: 0.5..<1.5, seed: 36),
            ]
            resetTensors()
        }

        /// Weights, scale, shift and running statistics as they were drawn.
        func resetTensors() {
            for (number, values) in tensors.enumerated() {
                context.arena.slices[number].kind.fromStateDict(
                    values.map { Float($0) }, to: context.arena.pointer(number))
            }
        }

        func tensor(_ number: Int) -> [Float] {
            context.arena.slices[number].kind.toStateDict(context.arena.pointer(number))
        }

        func gradient(_ number: Int) -> [Float] {
            context.arena.slices[number].kind.toStateDict(context.arena.gradient(number))
        }

        /// What a pass gives: the output, the norm's input gradient and what it was made of.
        func expected(_ mode: ForwardMode, outputGradient: (ReferenceTensor.Shape) -> ReferenceTensor) -> (
            norm: ReferenceBatchNorm.Pass, masked: ReferenceTensor, gradients: ReferenceBatchNorm.Gradients
        ) {
            let sums = reference.forward(input, weight: tensors[0])
            let forward =
                mode == .frozen ? ReferenceBatchNorm.evaluationForward : ReferenceBatchNorm.trainingForward
            let norm = forward(sums, tensors[1], tensors[2], tensors[3], tensors[4])
            var masked = outputGradient(norm.output.shape)
            if rectifies {
                masked = ReferenceActivation.reluBackward(masked, output: ReferenceActivation.relu(norm.output))
            }
            return (norm, masked, ReferenceBatchNorm.backward(masked, pass: norm, weight: tensors[1]))
        }
    }

    /// A gradient of the unit's output that every unit gets: the same over all positions of an example's channel.
    private static func spread(_ pooled: [Double], to shape: ReferenceTensor.Shape) -> ReferenceTensor {
        var tensor = ReferenceTensor(zeros: shape)
        let positions = shape.height * shape.width
        for index in tensor.values.indices {
            let example = index / shape.exampleSize
            tensor.values[index] = pooled[example * shape.channels + index % shape.channels] / Double(positions)
        }
        return tensor
    }

    /// Runs one combination on a unit; gives the input gradient and, for a sink per example, the squared norms.
    private func run(
        _ setting: Unit, _ mode: ForwardMode, perExample: Bool, pooled: [Double], direct: ReferenceTensor?
    ) -> (output: FloatBuffer, input: FloatBuffer, squares: [Double]) {
        let batch = setting.test.batch
        let inputs = ConvolutionTests.buffer(setting.input.values)
        let shape = setting.unit.outputShape
        let inputGradient = FloatBuffer(count: setting.input.values.count)
        let output = FloatBuffer(count: batch * shape.count)
        var squares = [Double](repeating: 0, count: batch)
        let needsInput = setting.test.channels.0 % 16 == 0
        squares.withUnsafeMutableBufferPointer { squares in
            guard let base = squares.baseAddress else { return }
            let sink = perExample ? GradientSink.exampleSquaredNorms(base) : .batch
            let values = setting.unit.forward(inputs.pointer, batch: batch, mode: mode)
            output.pointer.update(from: values, count: output.count)
            if let direct {
                let gradient = ConvolutionTests.buffer(direct.values)
                setting.unit.takeGradient(gradient.pointer, batch: batch, sink: sink)
                if needsInput { setting.unit.backwardToInput(GradientTarget(inputGradient.pointer), batch: batch) }
            } else {
                let pool = GlobalAveragePool(shape: shape, context: setting.context)
                pool.reserve(batch: batch)
                _ = pool.forward(values, batch: batch, mode: mode)
                let target = pool.gradientTarget(batch: batch, sink: sink).gradient
                for (index, value) in pooled.enumerated() { target[index] = Float(value) }
                pool.backward(batch: batch, sink: sink, below: setting.unit.gradientTarget(batch: batch, sink: sink))
                setting.unit.backward(
                    batch: batch, sink: sink, below: needsInput ? GradientTarget(inputGradient.pointer) : nil)
            }
        }
        withExtendedLifetime(inputs) {}
        return (output, inputGradient, squares)
    }

    /// One unit after the other, so that what a pass leaves behind shows in the next.
    @Test(arguments: cases, [true, false]) func everyCombinationMatches(test: Case, rectifies: Bool) {
        let setting = Unit(test, rectifies: rectifies, threads: 2)
        let channels = test.channels.1
        let pooled = referenceDraws(test.batch * channels, in: -1..<1, seed: 37)
        let combinations: [(ForwardMode, Bool)] = [
            (.training, false), (.frozen, false), (.training, true), (.frozen, true), (.frozen, false),
            (.training, false), (.perturbed, false), (.perturbed, true),
        ]
        for (mode, perExample) in combinations {
            setting.resetTensors()
            setting.context.weightsVersion += 1
            setting.context.arena.gradients.pointer.update(repeating: 0, count: setting.context.arena.gradients.count)
            var direct: ReferenceTensor?
            let expected = setting.expected(mode) { shape in
                if rectifies { return Self.spread(pooled, to: shape) }
                let drawn = ReferenceTensor.random(
                    count: shape.count, height: shape.height, width: shape.width, channels: shape.channels, seed: 38)
                direct = drawn
                return drawn
            }
            let result = run(setting, mode, perExample: perExample, pooled: pooled, direct: direct)
            let label = "\(mode), \(perExample ? "per example" : "batch")"

            let output = rectifies ? ReferenceActivation.relu(expected.norm.output) : expected.norm.output
            #expect(ConvolutionTests.error(result.output.pointer, output.values) < 1e-5, "\(label)")
            for (number, statistic) in [(3, expected.norm.runningMean), (4, expected.norm.runningVariance)] {
                if mode == .training {
                    #expect(ConvolutionTests.error(setting.tensor(number), statistic) < 1e-6, "\(label)")
                } else {
                    #expect(setting.tensor(number) == setting.tensors[number].map { Float($0) }, "\(label)")
                }
            }
            if test.channels.0 % 16 == 0 {
                let gradient = setting.reference.inputGradient(
                    expected.gradients.input, weight: setting.tensors[0], inputShape: setting.input.shape)
                #expect(ConvolutionTests.error(result.input.pointer, gradient.values) < 1e-5, "\(label)")
            }
            if perExample {
                checkShares(setting, expected, result.squares, label)
            } else {
                let weight = setting.reference.weightGradient(
                    input: setting.input, outputGradient: expected.gradients.input)
                for (number, gradient) in [weight, expected.gradients.weight, expected.gradients.bias].enumerated() {
                    #expect(ConvolutionTests.error(setting.gradient(number), gradient) < 1e-5, "\(label) \(number)")
                }
            }
        }
    }

    /// Each example's share of the batch's gradient by itself; nothing goes to the arena.
    private func checkShares(
        _ setting: Unit,
        _ expected: (
            norm: ReferenceBatchNorm.Pass, masked: ReferenceTensor, gradients: ReferenceBatchNorm.Gradients
        ), _ squares: [Double], _ label: String
    ) {
        for example in 0..<setting.test.batch {
            let weight = setting.reference.weightGradient(
                input: setting.input.example(example), outputGradient: expected.gradients.input.example(example))
            let masked = expected.masked.example(example)
            let normalised = expected.norm.normalised.example(example)
            let channels = masked.shape.channels
            var shift = [Double](repeating: 0, count: channels)
            var scale = shift
            for (index, value) in masked.values.enumerated() {
                shift[index % channels] += value
                scale[index % channels] += value * normalised.values[index]
            }
            let square = (weight + shift + scale).reduce(0) { $0 + $1 * $1 }
            #expect(abs(squares[example] - square) < 1e-5 * square, "\(label), example \(example)")
        }
        #expect((0..<3).allSatisfy { setting.gradient($0).allSatisfy { $0 == 0 } }, "\(label)")
    }

    /// The gradient of a whole network in evaluation mode, which leaves its statistics alone: without batch norm, and with
    /// both kinds of shortcut.
    @Test(arguments: [1, 3, 5].map { NetworkReferenceTests.cases[$0] })
    func frozenGradientsOfABatchMatch(test: NetworkReferenceTests.Case) throws {
        let setting = try Setting(test)
        let before = setting.network.stateDict()
        // Whatever a pass over a batch of another size, per example, has left behind.
        var norms = [Float](repeating: 0, count: test.batch)
        setting.network.gradientNorms(
            inputs: setting.inputs.pointer, labels: setting.integerLabels, batch: test.batch - 1, norms: &norms)
        let result = setting.network.lossAndGradient(
            inputs: setting.inputs.pointer, labels: setting.integerLabels, mode: .frozen)
        let expected = setting.reference.lossAndGradients(
            setting.images, labels: setting.labels, weights: setting.weights, training: false)
        #expect(abs(result.loss - expected.loss) / expected.loss < 1e-5)
        #expect(ConvolutionTests.error(result.logits, expected.logits) < 1e-5)
        for gradient in setting.network.gradientDict() {
            let target = try #require(expected.gradients[gradient.name])
            let error = ConvolutionTests.error(gradient.values, target)
            #expect(error < test.gradientTolerance, "\(gradient.name): \(error)")
        }
        #expect(setting.network.stateDict() == before)
    }
}
