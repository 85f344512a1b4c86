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
            ConvolutionInput(input.pointer), to: output.pointer, batch: test.batch, epilogue: .store,
            keepsPacked: false)
        #expect(Self.error(output.pointer, expected) < 1e-5)

        setting.convolution.weightGradient(
            input: ConvolutionInput(input.pointer), gradient: ConvolutionGradient(gradient.pointer), batch: test.batch)
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
                    gradient.pointer, to: GradientTarget(inputGradient.pointer),
                    addend: accumulates ? UnsafePointer(inputGradient.pointer) : nil, batch: test.batch,
                    keepsPacked: accumulates)
                let target = accumulates ? zip(start, expectedInput).map(+) : expectedInput
                #expect(Self.error(inputGradient.pointer, target) < 1e-5)
            }
        }

        var norms = [Double](repeating: 1, count: test.batch)
        setting.convolution.addExampleSquaredNorms(
            input: ConvolutionInput(input.pointer), gradient: ConvolutionGradient(gradient.pointer), batch: test.batch,
            to: &norms)
        for example in 0..<test.batch {
            let single = setting.reference.weightGradient(
                input: setting.input.example(example), outputGradient: setting.gradient.example(example))
            let square = single.reduce(0) { $0 + $1 * $1 }
            #expect(abs(norms[example] - 1 - square) / square < 1e-5)
        }
    }

    /// The layers whose fused stores and reads are compared: ragged tiles, whole tiles, a stride, 1x1.
    static let fusedCases = [cases[2], cases[0], cases[12], cases[15]]

    /// The end of a unit in evaluation mode does what separate passes would do.
    @Test(arguments: fusedCases, [false, true]) func storesActivations(test: Case, rectifies: Bool) {
        let setting = Setting(test, threads: 1)
        let input = Self.buffer(setting.input.values)
        let plain = setting.reference.forward(setting.input, weight: setting.weight).values
        let channels = test.channels.1
        let affine = referenceDraws(2 * channels, in: -1..<1, seed: 5)
        let residual = referenceDraws(plain.count, in: -1..<1, seed: 6)
        let affineBuffer = Self.buffer(affine)
        let residualBuffer = Self.buffer(residual)
        let output = FloatBuffer(count: plain.count)
        let sums = FloatBuffer(count: plain.count)
        let scaled = plain.indices.map { index in
            plain[index] * affine[index % channels] + affine[channels + index % channels]
        }
        for (addsResidual, keepsSums) in [(false, false), (true, false), (false, true), (true, true)] {
            for index in 0..<sums.count { sums.pointer[index] = -7 }
            let store = ActivationStore(
                affine: affineBuffer.pointer, residual: addsResidual ? UnsafePointer(residualBuffer.pointer) : nil,
                rectifies: rectifies, sums: keepsSums ? sums.pointer : nil)
            setting.convolution.forward(
                ConvolutionInput(input.pointer), to: output.pointer, batch: test.batch, epilogue: .activation(store),
                keepsPacked: true)
            let added = addsResidual ? zip(scaled, residual).map(+) : scaled
            #expect(Self.error(output.pointer, added.map { rectifies ? max(0, $0) : $0 }) < 1e-5)
            if keepsSums { #expect(Self.error(sums.pointer, plain) < 1e-5) }
        }
    }

    /// Moments taken while storing are those of the stored values.
    @Test(arguments: fusedCases) func takesMoments(test: Case) {
        let setting = Setting(test, threads: 1)
        let input = Self.buffer(setting.input.values)
        let plain = setting.reference.forward(setting.input, weight: setting.weight).values
        let channels = test.channels.1
        let blocks = setting.convolution.statisticsBlockCount(batch: test.batch)
        let statistics = FloatBuffer(count: blocks * BlockMoments.rowCount * channels)
        let output = FloatBuffer(count: plain.count)
        setting.convolution.forward(
            ConvolutionInput(input.pointer), to: output.pointer, batch: test.batch,
            epilogue: .moments(statistics.pointer), keepsPacked: false)
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

    /// An input that is normalised and rectified while it is read is the same as one that was before.
    @Test(arguments: fusedCases) func readsNormalizedInput(test: Case) {
        let setting = Setting(test, threads: 1)
        let channels = test.channels.0
        let affine = referenceDraws(2 * channels, in: -1..<1, seed: 7)
        let affineBuffer = Self.buffer(affine)
        let raw = Self.buffer(setting.input.values)
        let gradient = Self.buffer(setting.gradient.values)
        var read = setting.input
        for index in read.values.indices {
            read.values[index] = max(
                0, read.values[index] * affine[index % channels] + affine[channels + index % channels])
        }
        let input = ConvolutionInput(raw.pointer, affine: UnsafePointer(affineBuffer.pointer))

        let expected = setting.reference.forward(read, weight: setting.weight).values
        let output = FloatBuffer(count: expected.count)
        setting.convolution.forward(
            input, to: output.pointer, batch: test.batch, epilogue: .store, keepsPacked: false)
        #expect(Self.error(output.pointer, expected) < 1e-5)

        setting.convolution.weightGradient(
            input: input, gradient: ConvolutionGradient(gradient.pointer), batch: test.batch)
        let slice = setting.context.arena.slices[setting.convolution.weight]
        let weights = slice.kind.toStateDict(setting.context.arena.gradient(setting.convolution.weight))
        #expect(
            Self.error(weights, setting.reference.weightGradient(input: read, outputGradient: setting.gradient)) < 1e-5)

        var norms = [Double](repeating: 0, count: test.batch)
        setting.convolution.addExampleSquaredNorms(
            input: input, gradient: ConvolutionGradient(gradient.pointer), batch: test.batch, to: &norms)
        for example in 0..<test.batch {
            let single = setting.reference.weightGradient(
                input: read.example(example), outputGradient: setting.gradient.example(example))
            let square = single.reduce(0) { $0 + $1 * $1 }
            #expect(abs(norms[example] - square) / square < 1e-5)
        }
    }

    /// A gradient stored for the unit below is what separate passes would make of it: the shortcut's added, masked, summed.
    @Test(arguments: fusedCases, [0, 1, 2]) func storesGradients(test: Case, masking: Int) {
        let setting = Setting(test, threads: 1)
        let channels = test.channels.0
        let gradient = Self.buffer(setting.gradient.values)
        let plain = setting.reference.inputGradient(
            setting.gradient, weight: setting.weight, inputShape: setting.input.shape
        ).values
        let z = referenceDraws(plain.count, in: -1..<1, seed: 8)
        let affine = referenceDraws(2 * channels, in: -1..<1, seed: 9)
        let addend = referenceDraws(plain.count, in: -1..<1, seed: 10)
        let zBuffer = Self.buffer(z)
        let affineBuffer = Self.buffer(affine)
        let addendBuffer = Self.buffer(addend)
        let norm = BatchNorm("below", channels: channels, context: LayerContext(pool: WorkerPool(threadCount: 1)))
        for channel in 0..<channels { norm.mean.pointer[channel] = Float(channel % 3) - 1 }
        let mask: RectifierMask =
            switch masking {
            case 0: .none
            case 1: .affine(z: zBuffer.pointer, affine: affineBuffer.pointer)
            default: .output(zBuffer.pointer)
            }
        let expected = plain.indices.map { index in
            let passes =
                switch masking {
                case 0: true
                case 1: z[index] * affine[index % channels] + affine[channels + index % channels] > 0
                default: z[index] > 0
                }
            return passes ? plain[index] + addend[index] : 0
        }
        // Sums are taken through the store itself, whose blocks the convolution numbers.
        let blocks = 4_096
        let partials = FloatBuffer.zeros(2 * blocks * channels)
        let output = FloatBuffer(count: plain.count)
        let store = GradientStore(
            addend: UnsafePointer(addendBuffer.pointer), mask: mask,
            sums: GradientStore.Sums(input: zBuffer.pointer, mean: norm.mean.pointer, partials: partials.pointer))
        setting.convolution.backward(gradient.pointer, into: output.pointer, store: store, batch: test.batch)
        #expect(Self.error(output.pointer, expected) < 1e-5)
        for channel in 0..<channels {
            let indices = stride(from: channel, to: plain.count, by: channels)
            let mean = Double(norm.mean.pointer[channel])
            let sum = indices.reduce(0) { $0 + expected[$1] }
            let product = indices.reduce(0) { $0 + expected[$1] * (z[$1] - mean) }
            let scale = indices.reduce(0) { $0 + abs(expected[$1]) }
            let found = (0..<blocks).reduce(into: (0.0, 0.0)) { totals, block in
                totals.0 += Double(partials.pointer[2 * block * channels + channel])
                totals.1 += Double(partials.pointer[(2 * block + 1) * channels + channel])
            }
            #expect(abs(found.0 - sum) <= 1e-5 * scale)
            #expect(abs(found.1 - product) <= 1e-5 * 3 * scale)
        }
    }
}
