import Curate
import Models
import TestSupport
import Testing

/// EL2N as the clean pass computes it, against the Float64 reference of every example.
@Suite(.tags(.training)) struct ErrorNormTests {
    /// 64 examples in evaluation mode, in batches of 50 and 14: the batch and its last part must not matter.
    @Test(arguments: [("resnet8", 12, 1), ("resnet18", 8, 3), ("mlp:33,16", 4, 2)])
    func matchTheReference(name: String, side: Int, channels: Int) throws {
        let count = 64
        let reference = ReferenceNetwork(name, height: side, width: side, channels: channels, classes: 10)
        let weights = reference.randomWeights(seed: 21)
        let images = reference.randomImages(count, seed: 22)
        let labels = (0..<count).map { ($0 * 7 + 3) % 10 }
        let specification = try #require(NetworkSpecification(name))
        let network = Network(
            specification, input: InputShape(height: side, width: side, channels: channels), classCount: 10,
            pool: WorkerPool(threadCount: 1))
        try network.load(
            reference.tensors.map { tensor in
                NamedTensor(
                    name: tensor.name, shape: tensor.shape, values: (weights[tensor.name] ?? []).map { Float($0) })
            })
        let inputs = FloatBuffer(count: images.values.count)
        for (index, value) in images.values.enumerated() { inputs.pointer[index] = Float(value) }
        let expected = reference.errorNorms(images, labels: labels, weights: weights)
        var first = 0
        for batch in [50, 14] {
            let logits = network.evaluate(inputs: inputs.pointer + first * network.input.count, batch: batch)
            for offset in 0..<batch {
                let seen = LogitMetrics(logits: logits + offset * 10, count: 10, label: labels[first + offset])
                #expect(abs(Double(seen.errorNorm) - expected[first + offset]) < 1e-4 * expected[first + offset])
            }
            first += batch
        }
    }
}
