import Glibc

extension Network {
    /// Draws new weights and resets momentum and running statistics.
    ///
    /// Convolutions: normal with variance 2 / (kernel² · outputs) (He et al., "Delving Deep into Rectifiers", ICCV 2015,
    /// fan-out form, as torchvision's residual networks). Linear weights and biases: uniform in ±1/√inputs, PyTorch's
    /// default; a cosine head's are then given the norm 1, as LDAM's authors do. Batch norm: scale 1, shift 0, running mean 0, running variance 1.
    ///
    /// - Parameter seed: the run's seed; the draws of a tensor depend on it and the tensor's number only.
    package func initialise(seed: UInt64) {
        arena.momentum.pointer.update(repeating: 0, count: arena.momentum.count)
        var linearInputs = 1
        for (number, slice) in arena.slices.enumerated() {
            var random = KeyedRandom(seed: seed, stream: .initialisation, index: number)
            let target = arena.pointer(number)
            switch slice.kind {
            case .convolution(let kernel, _, let output):
                let deviation = (2 / Double(kernel * kernel * output)).squareRoot()
                for index in 0..<slice.kind.count { target[index] = Float(deviation * normal(&random)) }
            case .linear(let input, _):
                linearInputs = input
                // Drawn in PyTorch's order, wherever the weights lie.
                let values = [Float](unsafeUninitializedCapacity: slice.kind.count) { memory, count in
                    count = slice.kind.count
                    if let base = memory.baseAddress { fillUniform(base, count: count, inputs: input, &random) }
                }
                slice.kind.fromStateDict(values, to: target)
            case .vector(let count):
                if slice.name.hasSuffix("running_var") || isScale(slice) {
                    target.update(repeating: 1, count: count)
                } else if slice.name.hasSuffix("running_mean") || isNormShift(number) {
                    target.update(repeating: 0, count: count)
                } else {
                    fillUniform(target, count: count, inputs: linearInputs, &random)
                }
            }
        }
        normaliseHead()
        weightsDidChange()
    }

    /// Sets every bias of a linear head; a cosine head has none.
    package func setHeadBias(_ value: Float) {
        let name = "\(TrunkLayers.headName(specification)).bias"
        guard let number = arena.slices.firstIndex(where: { $0.name == name }) else { return }
        arena.pointer(number).update(repeating: value, count: classCount)
        weightsDidChange()
    }

    /// A vector named `weight` can only be a batch norm's scale.
    private func isScale(_ slice: ParameterArena.Slice) -> Bool { slice.name.hasSuffix(".weight") }

    /// A `bias` that follows a batch norm's scale is its shift; one that follows a matrix is a linear layer's.
    private func isNormShift(_ number: Int) -> Bool {
        guard number > 0, case .vector = arena.slices[number - 1].kind else { return false }
        return true
    }

    private func fillUniform(
        _ target: UnsafeMutablePointer<Float>, count: Int, inputs: Int, _ random: inout KeyedRandom
    ) {
        let bound = 1 / Float(inputs).squareRoot()
        for index in 0..<count { target[index] = (2 * random.uniform() - 1) * bound }
    }

    /// A standard normal draw (Box and Muller, 1958), one per pair of uniforms so that draws are independent of order.
    private func normal(_ random: inout KeyedRandom) -> Double {
        let radius = (-2 * log((Double(random.next() >> 11) + 1) * 0x1p-53)).squareRoot()
        return radius * cos(2 * Double.pi * Double(random.next() >> 11) * 0x1p-53)
    }
}
