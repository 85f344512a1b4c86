import Models
import TestSupport
import Testing

/// The features between trunk and head.
@Suite struct FeatureTests {
    typealias Case = NetworkReferenceTests.Case
    typealias Setting = NetworkReferenceTests.Setting

    /// The features under the head's weights are the logits, and asking for them changes no logit.
    @Test(arguments: NetworkReferenceTests.cases) func theHeadMakesLogitsOfThem(test: Case) throws {
        let setting = try Setting(test)
        let network = setting.network
        let features = FloatBuffer(count: test.batch * network.featureCount)
        let count = test.batch * network.classCount
        let plain = Array(
            UnsafeBufferPointer(
                start: network.evaluate(inputs: setting.inputs.pointer, batch: test.batch), count: count))
        let logits = Array(
            UnsafeBufferPointer(
                start: network.evaluate(
                    inputs: setting.inputs.pointer, batch: test.batch, features: features.pointer), count: count))
        #expect(logits == plain)

        let head = setting.reference.tensors.suffix(2).map(\.name)
        let weight = try #require(setting.weights[head[0]])
        let bias = try #require(setting.weights[head[1]])
        #expect(weight.count == network.featureCount * network.classCount)
        let values = (0..<features.count).map { Double(features.pointer[$0]) }
        let expected = ReferenceLinear.forward(
            ReferenceTensor(count: test.batch, channels: network.featureCount, values: values), weight: weight,
            bias: bias)
        #expect(ConvolutionTests.error(logits, expected.values) < 1e-6)
    }

    /// A linear network has no layer before its head: its features are its inputs.
    @Test func aLinearNetworksFeaturesAreItsInputs() throws {
        let setting = try Setting(NetworkReferenceTests.cases[0])
        let features = FloatBuffer(count: setting.inputs.count)
        let batch = NetworkReferenceTests.cases[0].batch
        _ = setting.network.evaluate(inputs: setting.inputs.pointer, batch: batch, features: features.pointer)
        #expect((0..<features.count).allSatisfy { features.pointer[$0] == setting.inputs.pointer[$0] })
    }

    /// A residual network's are the means over the last maps: not negative, as many as the last stage has channels.
    @Test func aResidualNetworksFeaturesAreItsPooledMaps() throws {
        let test = NetworkReferenceTests.cases[3]
        let setting = try Setting(test)
        #expect(setting.network.featureCount == 64)
        let features = FloatBuffer(count: test.batch * 64)
        _ = setting.network.evaluate(inputs: setting.inputs.pointer, batch: test.batch, features: features.pointer)
        let values = (0..<features.count).map { features.pointer[$0] }
        #expect(values.allSatisfy { $0 >= 0 })
        #expect(Set(values).count > features.count / 2)
    }
}
