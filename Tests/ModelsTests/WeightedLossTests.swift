import Models
import TestSupport
import Testing

/// Losses in which examples count differently, against the Float64 reference.
@Suite struct WeightedLossTests {
    typealias Case = NetworkReferenceTests.Case
    typealias Setting = NetworkReferenceTests.Setting

    private static let cases = NetworkReferenceTests.cases.prefix(4)

    /// Light, heavy and left out.
    private static func weights(_ count: Int) -> [Float] { (0..<count).map { [0.25, 3, 1, 0, 1.75][$0 % 5] } }

    @Test(arguments: cases) func lossAndGradientMatch(test: Case) throws {
        let setting = try Setting(test)
        let weights = Self.weights(test.batch)
        let pass = setting.reference.pass(setting.images, weights: setting.weights, training: true)
        let expected = ReferenceCrossEntropy.loss(pass.logits, labels: setting.labels, reduction: .mean)
        var logitGradient = expected.logitGradient
        for index in logitGradient.values.indices { logitGradient.values[index] *= Double(weights[index / 10]) }
        let gradients = pass.backward(logitGradient).tensors
        let losses = zip(expected.exampleLosses, weights).map { $0 * Double($1) }

        let result = setting.network.lossAndGradient(
            inputs: setting.inputs.pointer, labels: setting.integerLabels, weights: weights)
        let loss = losses.reduce(0, +) / Double(test.batch)
        #expect(abs(result.loss - loss) / loss < 1e-5)
        #expect(abs(result.loss - expected.loss) / loss > 1e-3, "the weights changed nothing")
        for gradient in setting.network.gradientDict() {
            let target = try #require(gradients[gradient.name])
            #expect(ConvolutionTests.error(gradient.values, target) < 1e-4, "\(gradient.name)")
        }
    }

    /// Central differences of the weighted loss itself, in the logits.
    @Test func theGradientIsTheLossesSlope() {
        let (batch, classes) = (20, 7)
        var random = KeyedRandom(seed: 21, stream: .test)
        let logits = (0..<batch * classes).map { _ in Float(random.below(2001) - 1000) / 250 }
        let labels = (0..<batch).map { Int32($0 * 3 % classes) }
        let weights = Self.weights(batch)
        func result(_ logits: [Float]) -> (loss: Double, gradient: [Float]) {
            ObjectiveTests.evaluate(logits, classes: classes, labels: labels, weights: weights)
        }
        let gradient = result(logits).gradient
        var slopes: [Double] = []
        // A power of two, so that both steps are exact in Float.
        let step: Float = 0x1p-9
        for index in logits.indices {
            var (above, below) = (logits, logits)
            above[index] += step
            below[index] -= step
            slopes.append((result(above).loss - result(below).loss) / Double(above[index] - below[index]))
        }
        #expect(ConvolutionTests.error(gradient, slopes) < 1e-4)
    }

    @Test(arguments: cases) func weightsOfOneChangeNoByte(test: Case) throws {
        let plain = try Setting(test)
        let weighted = try Setting(test)
        let ones = [Float](repeating: 1, count: test.batch)
        let optimizer = SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4)
        for _ in 0..<3 {
            let expected = plain.network.trainingStep(
                inputs: plain.inputs.pointer, labels: plain.integerLabels, optimizer: optimizer,
                learningRate: 0.01)
            let found = weighted.network.trainingStep(
                inputs: weighted.inputs.pointer, labels: weighted.integerLabels, weights: ones,
                optimizer: optimizer, learningRate: 0.01)
            #expect(found.loss == expected.loss)
        }
        #expect(weighted.network.stateDict() == plain.network.stateDict())
        #expect(weighted.network.gradientDict() == plain.network.gradientDict())
    }
}
