import Models
import TestSupport
import Testing

/// Every convolution kernel against the naive Float64 reference, forward, both backwards and per-example norms.
@Suite struct ConvolutionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let size: (Int, Int)
        let channels: (Int, Int)
        let kernel: Int
        let stride: Int
        let padding: Int
        let batch: Int
        var testDescription: String {
            "\(size.0)x\(size.1) \(channels.0)->\(channels.1) k\(kernel) s\(stride) p\(padding) batch \(batch)"
        }
        init(_ size: (Int, Int), _ channels: (Int, Int), _ kernel: Int, _ stride: Int, _ padding: Int, _ batch: Int) {
            self.size = size
            self.channels = channels
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.batch = batch
        }
    }

    static let cases = [
        // Winograd: whole tiles, ragged tiles, one tile, panels of 16 and 32, split output channels, batch of one.
        Case((8, 8), (16, 16), 3, 1, 1, 3), Case((28, 28), (16, 16), 3, 1, 1, 2), Case((7, 5), (32, 64), 3, 1, 1, 5),
        Case((4, 4), (64, 32), 3, 1, 1, 9), Case((1, 1), (16, 48), 3, 1, 1, 1), Case((3, 9), (48, 16), 3, 1, 1, 2),
        Case((4, 4), (256, 256), 3, 1, 1, 3), Case((8, 8), (128, 256), 3, 1, 1, 1),
        Case((2, 2), (512, 512), 3, 1, 1, 2),
        // Patches: stems, strides, odd sizes, 1x1.
        Case((9, 8), (1, 16), 3, 1, 1, 3), Case((8, 9), (3, 64), 3, 1, 1, 2), Case((21, 23), (3, 64), 7, 2, 3, 2),
        Case((8, 8), (16, 32), 3, 2, 1, 3), Case((9, 7), (32, 64), 3, 2, 1, 2), Case((7, 7), (64, 128), 1, 2, 0, 3),
        Case((5, 6), (64, 256), 1, 1, 0, 2), Case((4, 4), (256, 512), 3, 2, 1, 2), Case((3, 3), (512, 256), 1, 1, 0, 1),
    ]

    struct Setting {
        let convolution: Convolution
        let context: LayerContext
        let reference: ReferenceConvolution
        let weight: [Double]
        let input: ReferenceTensor
        let gradient: ReferenceTensor

        init(_ test: Case, threads: Int) {
            let shape = ConvolutionShape(
                height: test.size.0, width: test.size.1, inputChannels: test.channels.0,
                outputChannels: test.channels.1, kernel: test.kernel, stride: test.stride, padding: test.padding)
            context = LayerContext(pool: WorkerPool(threadCount: threads))
            convolution = Convolution("conv.weight", shape: shape, context: context)
            context.arena.allocate()
            reference = ReferenceConvolution(
                test.channels.0, test.channels.1, kernel: test.kernel, stride: test.stride, padding: test.padding)
            weight = referenceDraws(shape.weightCount, in: -0.5..<0.5, seed: 1)
            input = ReferenceTensor.random(
                count: test.batch, height: test.size.0, width: test.size.1, channels: test.channels.0, seed: 2)
            gradient = ReferenceTensor.random(
                count: test.batch, height: shape.outputHeight, width: shape.outputWidth, channels: test.channels.1,
                seed: 3)
            let slice = context.arena.slices[convolution.weight]
            slice.kind.fromStateDict(weight.map { Float($0) }, to: context.arena.pointer(convolution.weight))
        }
    }

    /// The error relative to the norm of the expected values.
    static func error(_ values: UnsafePointer<Float>, _ expected: [Double]) -> Double {
        var difference = 0.0
        var magnitude = 0.0
        for (index, value) in expected.enumerated() {
            difference += (Double(values[index]) - value) * (Double(values[index]) - value)
            magnitude += value * value
        }
        return (difference / magnitude).squareRoot()
    }

    static func buffer(_ values: [Double]) -> FloatBuffer {
        let buffer = FloatBuffer(count: values.count)
        for (index, value) in values.enumerated() { buffer.pointer[index] = Float(value) }
        return buffer
    }

    @Test(arguments: cases, [1, 2]) func matchesTheReference(test: Case, threads: Int) {
        let setting = Setting(test, threads: threads)
        let input = Self.buffer(setting.input.values)
        let gradient = Self.buffer(setting.gradient.values)

        let expected = setting.reference.forward(setting.input, weight: setting.weight).values
        let output = FloatBuffer(count: expected.count)
        setting.convolution.forward(
            input.pointer, to: output.pointer, batch: test.batch, epilogue: ConvolutionEpilogue())
        #expect(Self.error(output.pointer, expected) < 1e-5)

        setting.convolution.weightGradient(input: input.pointer, gradient: gradient.pointer, batch: test.batch)
        let slice = setting.context.arena.slices[setting.convolution.weight]
        let weightGradient = slice.kind.toStateDict(setting.context.arena.gradient(setting.convolution.weight))
        let expectedWeights = setting.reference.weightGradient(
            input: setting.input, outputGradient: setting.gradient)
        #expect(Self.error(weightGradient, expectedWeights) < 1e-5)

        if test.channels.0 % 16 == 0 {
            let expectedInput = setting.reference.inputGradient(
                setting.gradient, weight: setting.weight, inputShape: setting.input.shape
            ).values
            let start = referenceDraws(expectedInput.count, in: -1..<1, seed: 4)
            for accumulates in [false, true] {
                let inputGradient = Self.buffer(start)
                setting.convolution.backward(
                    gradient.pointer, to: inputGradient.pointer, batch: test.batch, accumulates: accumulates)
                let target = accumulates ? zip(start, expectedInput).map(+) : expectedInput
                #expect(Self.error(inputGradient.pointer, target) < 1e-5)
            }
        }

        var norms = [Double](repeating: 1, count: test.batch)
        setting.convolution.addExampleSquaredNorms(
            input: input.pointer, gradient: gradient.pointer, batch: test.batch, to: &norms)
        for example in 0..<test.batch {
            let single = setting.reference.weightGradient(
                input: setting.input.example(example), outputGradient: setting.gradient.example(example))
            let square = single.reduce(0) { $0 + $1 * $1 }
            #expect(abs(norms[example] - 1 - square) / square < 1e-5)
        }
    }

    /// Batch-norm sums, affine map, residual and rectifier in the epilogue do what separate passes would do.
    @Test(arguments: [cases[2], cases[12]]) func epilogueFusesThePasses(test: Case) {
        let setting = Setting(test, threads: 2)
        let input = Self.buffer(setting.input.values)
        let plain = setting.reference.forward(setting.input, weight: setting.weight).values
        let channels = test.channels.1
        let affine = referenceDraws(2 * channels, in: -1..<1, seed: 5)
        let residual = referenceDraws(plain.count, in: -1..<1, seed: 6)
        let affineBuffer = Self.buffer(affine)
        let residualBuffer = Self.buffer(residual)
        let blocks = setting.convolution.statisticsBlockCount(batch: test.batch)
        let statistics = FloatBuffer(count: blocks * BlockMoments.rowCount * channels)
        let output = FloatBuffer(count: plain.count)

        var fused = ConvolutionEpilogue()
        fused.affine = UnsafePointer(affineBuffer.pointer)
        fused.rectifies = true
        setting.convolution.forward(input.pointer, to: output.pointer, batch: test.batch, epilogue: fused)
        let scaled = plain.indices.map { index in
            plain[index] * affine[index % channels] + affine[channels + index % channels]
        }
        #expect(Self.error(output.pointer, scaled.map { max(0, $0) }) < 1e-5)
        fused.residual = UnsafePointer(residualBuffer.pointer)
        setting.convolution.forward(input.pointer, to: output.pointer, batch: test.batch, epilogue: fused)
        #expect(Self.error(output.pointer, zip(scaled, residual).map { max(0, $0 + $1) }) < 1e-5)
        fused.rectifies = false
        setting.convolution.forward(input.pointer, to: output.pointer, batch: test.batch, epilogue: fused)
        #expect(Self.error(output.pointer, zip(scaled, residual).map(+)) < 1e-5)

        var counted = ConvolutionEpilogue()
        counted.statistics = statistics.pointer
        setting.convolution.forward(input.pointer, to: output.pointer, batch: test.batch, epilogue: counted)
        #expect(Self.error(output.pointer, plain) < 1e-5)
        var means = [Double](repeating: 0, count: channels)
        var variances = means
        BlockMoments.combine(
            statistics.pointer, blockCount: blocks, channels: channels, mean: &means, variance: &variances)
        for channel in 0..<channels {
            let values = stride(from: channel, to: plain.count, by: channels).map { plain[$0] }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            #expect(abs(variances[channel] - variance) < 1e-5 * variance)
            #expect(abs(means[channel] - mean) < 1e-5 * variance.squareRoot())
        }
    }
}
