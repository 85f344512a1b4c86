import Models
import TestSupport
import Testing

/// Gradients that batch norm has not passed on yet: whichever kernel reads them first must carry back every position,
/// once, before it reads it.
@Suite struct ConvolutionGradientTests {
    typealias Case = ConvolutionTests.Case

    /// Layers of every kernel, in batches that eight tasks divide evenly and not.
    ///
    /// Winograd with whole and ragged tiles, blocks of tiles that end inside maps, a split of the output channels;
    /// stems; strided layers in parts of maps and in several maps; 1x1.
    static let cases = [
        Case((28, 28), (16, 16), 3, 1, 1, 8), Case((28, 28), (16, 16), 3, 1, 1, 5), Case((7, 5), (32, 64), 3, 1, 1, 16),
        Case((9, 13), (16, 32), 3, 1, 1, 24), Case((8, 8), (128, 256), 3, 1, 1, 8), Case((2, 2), (64, 64), 3, 1, 1, 40),
        Case((9, 8), (1, 16), 3, 1, 1, 8), Case((9, 8), (3, 64), 3, 1, 1, 11), Case((9, 7), (32, 64), 3, 2, 1, 8),
        Case((56, 56), (64, 64), 3, 2, 1, 8), Case((8, 8), (16, 32), 3, 2, 1, 48), Case((5, 6), (64, 256), 1, 1, 0, 8),
    ]

    /// A setting with batch norm behind the convolution.
    struct Setting {
        let base: ConvolutionTests.Setting
        let batch: Int
        let channels: Int
        let positions: Int
        let coefficients: [Double]
        let mean: [Double]
        /// The gradient with respect to batch norm's output, and batch norm's input.
        let gradient: [Double]
        let sums: [Double]

        init(_ test: Case, threads: Int) {
            base = ConvolutionTests.Setting(test, threads: threads)
            batch = test.batch
            channels = test.channels.1
            let count = base.gradient.values.count
            positions = count / batch / channels
            coefficients = referenceDraws(3 * channels, in: -1..<1, seed: 5).map { Double(Float($0)) }
            mean = referenceDraws(channels, in: -1..<1, seed: 6).map { Double(Float($0)) }
            gradient = base.gradient.values.map { Double(Float($0)) }
            sums = referenceDraws(count, in: -1..<1, seed: 7).map { Double(Float($0)) }
        }

        func carriedBack() -> [Double] {
            gradient.indices.map { index in
                let channel = index % channels
                return coefficients[channel] * gradient[index] + coefficients[channels + channel] * sums[index]
                    + coefficients[2 * channels + channel]
            }
        }

        /// The carried gradient as the reference takes it.
        func tensor(_ values: [Double]) -> ReferenceTensor {
            var tensor = base.gradient
            tensor.values = values
            return tensor
        }
    }

    @Test(arguments: cases, [1, 2]) func weightGradientsCarryEveryPositionBackOnce(test: Case, threads: Int) {
        let setting = Setting(test, threads: threads)
        let base = setting.base
        let input = ConvolutionTests.buffer(base.input.values)
        let gradient = ConvolutionTests.buffer(setting.gradient)
        let values = ConvolutionTests.buffer(setting.sums)
        let coefficients = ConvolutionTests.buffer(setting.coefficients)
        base.convolution.weightGradient(
            input: ConvolutionInput(input.pointer),
            gradient: ConvolutionGradient(
                NormalizationGradient(
                    gradient: gradient.pointer, values: values.pointer, coefficients: coefficients.pointer,
                    exampleSums: nil, positions: setting.positions, channels: setting.channels)), batch: test.batch)
        let carried = setting.carriedBack()
        for (index, expected) in carried.enumerated() where abs(Double(values.pointer[index]) - expected) > 1e-6 {
            Issue.record("position \(index): \(values.pointer[index]), not \(expected)")
            return
        }
        let slice = base.context.arena.slices[base.convolution.weight]
        let weights = slice.kind.toStateDict(base.context.arena.gradient(base.convolution.weight))
        let expected = base.reference.weightGradient(input: base.input, outputGradient: setting.tensor(carried))
        #expect(ConvolutionTests.error(weights, expected) < 1e-5)
    }

    @Test(arguments: cases, [1, 2]) func exampleNormsCarryEveryExampleBackOnce(test: Case, threads: Int) {
        let setting = Setting(test, threads: threads)
        let base = setting.base
        let input = ConvolutionTests.buffer(base.input.values)
        let gradient = ConvolutionTests.buffer(setting.gradient)
        let values = ConvolutionTests.buffer(setting.sums)
        let coefficients = ConvolutionTests.buffer(setting.coefficients)
        let mean = ConvolutionTests.buffer(setting.mean)
        let exampleSums = FloatBuffer(count: 2 * test.batch * setting.channels)
        var norms = [Double](repeating: 0, count: test.batch)
        base.convolution.addExampleSquaredNorms(
            input: ConvolutionInput(input.pointer),
            gradient: ConvolutionGradient(
                NormalizationGradient(
                    gradient: gradient.pointer, values: values.pointer, coefficients: coefficients.pointer,
                    exampleSums: (mean: UnsafePointer(mean.pointer), sums: exampleSums.pointer),
                    positions: setting.positions, channels: setting.channels)), batch: test.batch, to: &norms)
        let carried = setting.carriedBack()
        for (index, expected) in carried.enumerated() where abs(Double(values.pointer[index]) - expected) > 1e-6 {
            Issue.record("position \(index): \(values.pointer[index]), not \(expected)")
            return
        }
        let tensor = setting.tensor(carried)
        let perExample = setting.positions * setting.channels
        for example in 0..<test.batch {
            let single = base.reference.weightGradient(
                input: base.input.example(example), outputGradient: tensor.example(example))
            let square = single.reduce(0) { $0 + $1 * $1 }
            #expect(abs(norms[example] - square) < 1e-4 * square)
            for channel in 0..<setting.channels {
                var (sum, product) = (0.0, 0.0)
                for index in stride(
                    from: example * perExample + channel, to: (example + 1) * perExample, by: setting.channels)
                {
                    sum += setting.gradient[index]
                    product += setting.gradient[index] * (setting.sums[index] - setting.mean[channel])
                }
                let row = exampleSums.pointer + 2 * example * setting.channels + channel
                #expect(abs(Double(row[0]) - sum) < 1e-3)
                #expect(abs(Double(row[setting.channels]) - product) < 1e-3)
            }
        }
    }
}
