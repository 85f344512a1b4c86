import Models

/// The weights and the batch of a fixture, derived as `generate_golden.py` derives them, to the bit.
extension GoldenFixture {
    /// A tensor in PyTorch's layout: OIHW for convolutions, output x input for linear layers.
    package typealias NamedTensor = (name: String, shape: [Int], values: [Float])

    /// Parameters and running statistics in the order of the state dict.
    package func weights() -> [NamedTensor] {
        tensors.enumerated().map { position, tensor in
            (tensor.name, tensor.shape, values(of: tensor, at: position))
        }
    }

    /// The batch in NHWC order.
    package func input() -> [Float] {
        var random = KeyedRandom(seed: seed, stream: .test, index: 1000)
        return (0..<shape.reduce(batch, *)).map { _ in 2 * random.uniform() - 1 }
    }

    /// The classes as the generator gives them; equal to `labels`.
    package func derivedLabels() -> [Int] {
        var random = KeyedRandom(seed: seed, stream: .test, index: 1001)
        return (0..<batch).map { _ in Int(((random.next() >> 40) * UInt64(classes)) >> 24) }
    }

    private func values(of tensor: GoldenTensor, at position: Int) -> [Float] {
        var random = KeyedRandom(seed: seed, stream: .test, index: position)
        var values = [Float](repeating: 0, count: tensor.count)
        // Each line is one rounding per operation, as NumPy does it; a fused multiply-add would differ in the last bit.
        switch tensor.kind {
        case .convolutionWeight, .linearWeight:
            let fanIn = tensor.shape.dropFirst().reduce(1, *)
            let bound = Float((3 / Double(fanIn)).squareRoot() * 1.2)
            for k in values.indices { values[k] = (2 * random.uniform() - 1) * bound }
        case .normScale, .runningVariance:
            for k in values.indices { values[k] = 0.5 + random.uniform() }
        case .branchNormScale:
            for k in values.indices { values[k] = (0.5 + random.uniform()) * 0.25 }
        case .linearBias, .normShift, .runningMean:
            for k in values.indices { values[k] = (random.uniform() - 0.5) * 0.2 }
        }
        for (k, nudge) in (tensor.nudges?.values ?? []).enumerated() { values[k] += Float(nudge) * 0x1p-12 }
        return values
    }
}
