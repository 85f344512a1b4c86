import Foundation
import TestSupport
import Testing

/// Numbers worked out by hand: they fix conventions (layouts, orientation, ties) that no gradient check can see.
@Suite struct ReferenceHandWorkedTests {
    @Test func convolutionIsACrossCorrelation() {
        let image = ReferenceTensor(count: 1, height: 3, width: 3, channels: 1, values: (1...9).map(Double.init))
        let output = ReferenceConvolution(1, 1, kernel: 2).forward(image, weight: [1, 2, 3, 4])
        #expect(output.values == [37, 47, 67, 77])
        #expect(output.shape == ReferenceTensor.Shape(count: 1, height: 2, width: 2, channels: 1))
    }

    @Test func convolutionPadsWithZerosAndStrides() {
        let ones = ReferenceTensor(
            count: 1, height: 3, width: 3, channels: 1, values: [Double](repeating: 1, count: 9))
        let output = ReferenceConvolution(1, 1, kernel: 3, stride: 2, padding: 1)
            .forward(ones, weight: [Double](repeating: 1, count: 9))
        #expect(output.values == [4, 4, 4, 4])
    }

    @Test func convolutionWeightsAreOutputInputRowColumn() {
        // One row of two pixels with two channels each, (1, 10) then (100, 1000), under a kernel of one row by two.
        let image = ReferenceTensor(count: 1, height: 1, width: 2, channels: 2, values: [1, 10, 100, 1000])
        let convolution = ReferenceConvolution(
            inputChannels: 2, outputChannels: 2, kernelHeight: 1, kernelWidth: 2)
        let weight: [Double] = [1, 2, 3, 4, 5, 6, 7, 8]
        #expect(convolution.forward(image, weight: weight).values == [4231, 8675])
        let gradient = convolution.weightGradient(
            input: image, outputGradient: ReferenceTensor(count: 1, channels: 2, values: [1, 2]))
        #expect(gradient == [1, 100, 10, 1000, 2, 200, 20, 2000])
    }

    @Test func batchNormInTraining() {
        let input = ReferenceTensor(count: 4, channels: 1, values: [1, 2, 3, 4])
        let pass = ReferenceBatchNorm.trainingForward(
            input, weight: [2], bias: [10], runningMean: [0], runningVariance: [1])
        // Mean 2.5; squared deviations sum to 5, so the variance is 1.25 biased and 5/3 unbiased.
        let unit = 1 / 1.25001.squareRoot()
        let expected = [-1.5, -0.5, 0.5, 1.5].map { 10 + 2 * $0 * unit }
        for (value, expected) in zip(pass.output.values, expected) { #expect(abs(value - expected) < 1e-14) }
        #expect(abs(pass.runningMean[0] - 0.25) < 1e-15)
        #expect(abs(pass.runningVariance[0] - (0.9 + 0.1 * 5 / 3)) < 1e-15)

        // The gradient (1, 0, 0, 0) less its mean 1/4 and less xhat * (sum of gradient * xhat) / 4.
        let gradients = ReferenceBatchNorm.backward(
            ReferenceTensor(count: 4, channels: 1, values: [1, 0, 0, 0]), pass: pass, weight: [2])
        #expect(abs(gradients.weight[0] + 1.5 * unit) < 1e-15)
        #expect(gradients.bias == [1])
        let correction = -1.5 * unit * unit / 4
        let inputGradient = [0.75 + 1.5 * correction, -0.25 + 0.5 * correction]
        #expect(abs(gradients.input.values[0] - 2 * unit * inputGradient[0]) < 1e-14)
        #expect(abs(gradients.input.values[1] - 2 * unit * inputGradient[1]) < 1e-14)
    }

    @Test func batchNormInEvaluation() {
        let input = ReferenceTensor(count: 1, channels: 2, values: [3, 5])
        let pass = ReferenceBatchNorm.evaluationForward(
            input, weight: [3, 1], bias: [1, 0], runningMean: [1, 5], runningVariance: [3.99999, 0.24999])
        #expect(abs(pass.output.values[0] - 4) < 1e-14)
        #expect(pass.output.values[1] == 0)
        #expect(pass.runningMean == [1, 5])
        #expect(pass.runningVariance == [3.99999, 0.24999])

        let gradients = ReferenceBatchNorm.backward(
            ReferenceTensor(count: 1, channels: 2, values: [1, 1]), pass: pass, weight: [3, 1])
        #expect(abs(gradients.input.values[0] - 1.5) < 1e-14)
        #expect(abs(gradients.input.values[1] - 2) < 1e-14)
        #expect(abs(gradients.weight[0] - 1) < 1e-14)
        #expect(gradients.weight[1] == 0)
        #expect(gradients.bias == [1, 1])
    }

    @Test func maxPoolGivesTiesToTheFirst() {
        // All equal and negative: padding would win if it counted as zero.
        let image = ReferenceTensor(
            count: 1, height: 3, width: 3, channels: 1, values: [Double](repeating: -2, count: 9))
        let (output, winners) = ReferenceMaxPool.forward(image)
        #expect(output.values == [-2, -2, -2, -2])
        #expect(winners == [0, 1, 3, 4])

        // One maximum in the middle belongs to all four windows.
        var peaked = image
        peaked.values[4] = 7
        let peak = ReferenceMaxPool.forward(peaked)
        let gradient = ReferenceMaxPool.backward(
            ReferenceTensor(count: 1, height: 2, width: 2, channels: 1, values: [1, 2, 4, 8]),
            winners: peak.winners, inputShape: image.shape)
        #expect(peak.output.values == [7, 7, 7, 7])
        #expect(gradient.values == [0, 0, 0, 0, 15, 0, 0, 0, 0])
    }

    @Test func shortcutSubsamplesAndPadsBothSides() {
        let image = ReferenceTensor(
            count: 1, height: 3, width: 2, channels: 2, values: (1...12).map(Double.init))
        let output = ReferenceShortcut.forward(image, outputChannels: 4)
        #expect(output.shape == ReferenceTensor.Shape(count: 1, height: 2, width: 1, channels: 4))
        #expect(output.values == [0, 1, 2, 0, 0, 9, 10, 0])
    }

    @Test func crossEntropyAndErrorNorm() {
        // Probabilities 1/4 and 3/4.
        let logits = ReferenceTensor(count: 2, channels: 2, values: [0, log(3), 0, log(3)])
        let sum = ReferenceCrossEntropy.loss(logits, labels: [0, 1], reduction: .sum)
        #expect(abs(sum.loss - (log(4) + log(4.0 / 3))) < 1e-14)
        #expect(abs(sum.logitGradient.values[0] + 0.75) < 1e-15)
        let mean = ReferenceCrossEntropy.loss(logits, labels: [0, 1], reduction: .mean)
        #expect(abs(mean.loss - sum.loss / 2) < 1e-15)
        #expect(abs(mean.logitGradient.values[3] + 0.125) < 1e-15)
        let norms = ReferenceCrossEntropy.errorNorms(logits, labels: [0, 1])
        #expect(abs(norms[0] - 0.75 * 2.0.squareRoot()) < 1e-15)
        #expect(abs(norms[1] - 0.25 * 2.0.squareRoot()) < 1e-15)
    }

    @Test func crossEntropySurvivesLargeLogits() {
        let logits = ReferenceTensor(count: 1, channels: 2, values: [1000, -1000])
        #expect(ReferenceCrossEntropy.loss(logits, labels: [1], reduction: .mean).loss == 2000)
        #expect(ReferenceCrossEntropy.softmax(logits).values == [1, 0])
    }

    @Test func reluHasNoGradientAtZero() {
        let input = ReferenceTensor(count: 1, channels: 3, values: [-1, 0, 2])
        let output = ReferenceActivation.relu(input)
        #expect(output.values == [0, 0, 2])
        let ones = ReferenceTensor(count: 1, channels: 3, values: [1, 1, 1])
        #expect(ReferenceActivation.reluBackward(ones, output: output).values == [0, 0, 1])
    }
}
