import TestSupport
import Testing

/// Holds the reference kernels to central differences, which know nothing of their formulas.
@Suite struct ReferenceKernelTests {
    struct ConvolutionCase: Sendable, CustomTestStringConvertible {
        let convolution: ReferenceConvolution
        let count: Int
        let height: Int
        let width: Int

        var testDescription: String {
            "\(convolution.weightShape) stride \(convolution.stride) padding \(convolution.padding) "
                + "on \(count)x\(height)x\(width)"
        }
    }

    static let convolutions = [
        ConvolutionCase(
            convolution: ReferenceConvolution(2, 3, kernel: 3, padding: 1), count: 2, height: 4, width: 5),
        ConvolutionCase(
            convolution: ReferenceConvolution(3, 2, kernel: 3, stride: 2, padding: 1), count: 1, height: 5, width: 7),
        // The last row and column are read by no window.
        ConvolutionCase(
            convolution: ReferenceConvolution(1, 2, kernel: 3, stride: 2), count: 2, height: 6, width: 6),
        ConvolutionCase(
            convolution: ReferenceConvolution(3, 2, kernel: 1, stride: 2), count: 2, height: 3, width: 4),
        ConvolutionCase(
            convolution: ReferenceConvolution(1, 1, kernel: 7, stride: 2, padding: 3), count: 1, height: 5, width: 4),
        ConvolutionCase(
            convolution: ReferenceConvolution(
                inputChannels: 2, outputChannels: 2, kernelHeight: 1, kernelWidth: 3, padding: 1),
            count: 1, height: 1, width: 1),
    ]

    @Test(arguments: convolutions) func convolutionGradients(_ item: ConvolutionCase) {
        let convolution = item.convolution
        let input = ReferenceTensor.random(
            count: item.count, height: item.height, width: item.width, channels: convolution.inputChannels, seed: 1)
        let weight = referenceDraws(convolution.weightShape.reduce(1, *), in: -1..<1, seed: 2)
        let probe = probe(like: convolution.forward(input, weight: weight))

        let inputGradient = convolution.inputGradient(probe, weight: weight, inputShape: input.shape)
        let inputError = gradientError(inputGradient.values, at: input.values) {
            project(convolution.forward(ReferenceTensor(input.shape, $0), weight: weight), on: probe)
        }
        #expect(inputError < 1e-6)

        let weightGradient = convolution.weightGradient(input: input, outputGradient: probe)
        let weightError = gradientError(weightGradient, at: weight) {
            project(convolution.forward(input, weight: $0), on: probe)
        }
        #expect(weightError < 1e-6)
    }

    @Test(arguments: [true, false], [(2, 3, 3, 2), (1, 3, 2, 3), (5, 1, 1, 2)])
    func batchNormGradients(_ training: Bool, _ extents: (Int, Int, Int, Int)) {
        let input = ReferenceTensor.random(
            count: extents.0, height: extents.1, width: extents.2, channels: extents.3, seed: 3)
        let weight = referenceDraws(extents.3, in: 0.5..<1.5, seed: 4)
        let bias = referenceDraws(extents.3, in: -1..<1, seed: 5)
        let mean = referenceDraws(extents.3, in: -1..<1, seed: 6)
        let variance = referenceDraws(extents.3, in: 0.5..<2, seed: 7)
        func forward(_ input: ReferenceTensor, _ weight: [Double], _ bias: [Double]) -> ReferenceBatchNorm.Pass {
            let run = training ? ReferenceBatchNorm.trainingForward : ReferenceBatchNorm.evaluationForward
            return run(input, weight, bias, mean, variance)
        }
        let probe = probe(like: input)
        let gradients = ReferenceBatchNorm.backward(probe, pass: forward(input, weight, bias), weight: weight)

        let inputError = gradientError(gradients.input.values, at: input.values) {
            project(forward(ReferenceTensor(input.shape, $0), weight, bias).output, on: probe)
        }
        let weightError = gradientError(gradients.weight, at: weight) {
            project(forward(input, $0, bias).output, on: probe)
        }
        let biasError = gradientError(gradients.bias, at: bias) {
            project(forward(input, weight, $0).output, on: probe)
        }
        #expect(max(inputError, weightError, biasError) < 1e-6)
    }

    @Test(arguments: [(2, 5, 7, 2), (1, 4, 4, 3), (1, 1, 1, 2), (2, 1, 6, 1)])
    func poolingAndShortcutGradients(_ extents: (Int, Int, Int, Int)) {
        let input = ReferenceTensor.random(
            count: extents.0, height: extents.1, width: extents.2, channels: extents.3, seed: 8)
        let shape = input.shape

        let (pooled, winners) = ReferenceMaxPool.forward(input)
        let maxProbe = probe(like: pooled)
        let maxGradient = ReferenceMaxPool.backward(maxProbe, winners: winners, inputShape: shape)
        let maxError = gradientError(maxGradient.values, at: input.values) {
            project(ReferenceMaxPool.forward(ReferenceTensor(shape, $0)).output, on: maxProbe)
        }
        #expect(maxError < 1e-6)

        let meanProbe = probe(like: ReferenceAveragePool.forward(input))
        let meanGradient = ReferenceAveragePool.backward(meanProbe, inputShape: shape)
        let meanError = gradientError(meanGradient.values, at: input.values) {
            project(ReferenceAveragePool.forward(ReferenceTensor(shape, $0)), on: meanProbe)
        }
        #expect(meanError < 1e-6)

        let outputs = 2 * shape.channels
        let shortcutProbe = probe(like: ReferenceShortcut.forward(input, outputChannels: outputs))
        let shortcutGradient = ReferenceShortcut.backward(shortcutProbe, inputShape: shape)
        let shortcutError = gradientError(shortcutGradient.values, at: input.values) {
            project(ReferenceShortcut.forward(ReferenceTensor(shape, $0), outputChannels: outputs), on: shortcutProbe)
        }
        #expect(shortcutError < 1e-6)
    }

    @Test func reluGradient() {
        let input = ReferenceTensor.random(count: 2, height: 3, width: 2, channels: 3, seed: 9)
        let probe = probe(like: input)
        let gradient = ReferenceActivation.reluBackward(probe, output: ReferenceActivation.relu(input))
        let error = gradientError(gradient.values, at: input.values) {
            project(ReferenceActivation.relu(ReferenceTensor(input.shape, $0)), on: probe)
        }
        #expect(error < 1e-6)
    }

    @Test(arguments: [1, 3]) func linearGradients(_ count: Int) {
        let input = ReferenceTensor.random(count: count, channels: 4, seed: 10)
        let weight = referenceDraws(12, in: -1..<1, seed: 11)
        let bias = referenceDraws(3, in: -1..<1, seed: 12)
        let probe = probe(like: ReferenceLinear.forward(input, weight: weight, bias: bias))
        let gradients = ReferenceLinear.backward(probe, input: input, weight: weight)

        let inputError = gradientError(gradients.input.values, at: input.values) {
            project(ReferenceLinear.forward(ReferenceTensor(input.shape, $0), weight: weight, bias: bias), on: probe)
        }
        let weightError = gradientError(gradients.weight, at: weight) {
            project(ReferenceLinear.forward(input, weight: $0, bias: bias), on: probe)
        }
        let biasError = gradientError(gradients.bias, at: bias) {
            project(ReferenceLinear.forward(input, weight: weight, bias: $0), on: probe)
        }
        #expect(max(inputError, weightError, biasError) < 1e-6)
    }

    @Test(arguments: [ReferenceCrossEntropy.Reduction.mean, .sum], [1, 4])
    func crossEntropyGradient(_ reduction: ReferenceCrossEntropy.Reduction, _ count: Int) {
        let logits = ReferenceTensor(
            count: count, channels: 3, values: referenceDraws(3 * count, in: -4..<4, seed: 13))
        let labels = (0..<count).map { $0 % 3 }
        let result = ReferenceCrossEntropy.loss(logits, labels: labels, reduction: reduction)
        let error = gradientError(result.logitGradient.values, at: logits.values) {
            ReferenceCrossEntropy.loss(ReferenceTensor(logits.shape, $0), labels: labels, reduction: reduction).loss
        }
        #expect(error < 1e-6)
    }

    /// Random output gradients: they turn any output into one number whose derivative is the backward pass.
    private func probe(like output: ReferenceTensor) -> ReferenceTensor {
        ReferenceTensor(output.shape, referenceDraws(output.shape.size, in: -1..<1, seed: 14))
    }

    private func project(_ output: ReferenceTensor, on probe: ReferenceTensor) -> Double {
        zip(output.values, probe.values).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The largest difference between a gradient and central differences, over the largest entry of the gradient.
    private func gradientError(
        _ gradient: [Double], at point: [Double], of function: ([Double]) -> Double
    ) -> Double {
        guard gradient.count == point.count else { return .infinity }
        let differences = point.indices.map { coordinate in
            abs(gradient[coordinate] - referenceDerivative(at: point, coordinate: coordinate, of: function))
        }
        let magnitude = gradient.map { abs($0) }.max() ?? 0
        return (differences.max() ?? .infinity) / magnitude
    }
}
