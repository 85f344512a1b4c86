/// One tensor as a PyTorch state dict has it.
public struct NamedTensor: Sendable, Equatable {
    /// The state-dict name.
    public let name: String
    /// The extents: [output, input, row, column] for convolutions, [output, input] for linear layers.
    public let shape: [Int]
    /// The numbers, the last extent fastest.
    public let values: [Float]

    /// Makes a tensor.
    public init(name: String, shape: [Int], values: [Float]) {
        self.name = name
        self.shape = shape
        self.values = values
    }
}

/// Why tensors do not fit a network.
package struct StateDictError: Error, Sendable, Equatable {
    /// What does not fit, one sentence without a full stop.
    package let message: String
    /// What to do about it.
    package let remedy: String
}

extension Network {
    /// All weights and running statistics with PyTorch's names and layouts, in state-dict order.
    package func stateDict() -> [NamedTensor] {
        arena.slices.indices.map { number in
            let slice = arena.slices[number]
            return NamedTensor(
                name: slice.name, shape: slice.kind.stateDictShape,
                values: slice.kind.toStateDict(arena.pointer(number)))
        }
    }

    /// The gradient of every trained tensor with PyTorch's names and layouts, in state-dict order.
    package func gradientDict() -> [NamedTensor] {
        arena.slices.indices.filter { arena.slices[$0].isTrained }.map { number in
            let slice = arena.slices[number]
            return NamedTensor(
                name: slice.name, shape: slice.kind.stateDictShape,
                values: slice.kind.toStateDict(arena.gradient(number)))
        }
    }

    /// Takes weights and running statistics from a state dict.
    ///
    /// Names may carry the prefixes `module.` or `model.`; `fc` and `linear`, and `shortcut` and `downsample`, mean the
    /// same; `num_batches_tracked` is ignored.
    ///
    /// - Parameter tensors: the state dict, in any order.
    /// - Throws: `StateDictError` naming the first tensor that is missing, unexpected, given twice or of another shape.
    package func load(_ tensors: [NamedTensor]) throws(StateDictError) {
        var byName: [String: NamedTensor] = [:]
        for tensor in tensors where !tensor.name.hasSuffix("num_batches_tracked") {
            if let other = byName.updateValue(tensor, forKey: Self.canonicalName(tensor.name)) {
                throw StateDictError(
                    message: "tensors '\(other.name)' and '\(tensor.name)' mean the same weights",
                    remedy: "keep one of the two in the file")
            }
        }
        let names = Set(arena.slices.map { Self.canonicalName($0.name) })
        if let extra = byName.keys.filter({ !names.contains($0) }).min(), let tensor = byName[extra] {
            throw StateDictError(
                message: "tensor '\(tensor.name)' is not part of \(specification)",
                remedy: "check `network`: the weights belong to another architecture")
        }
        for slice in arena.slices {
            guard let tensor = byName[Self.canonicalName(slice.name)] else {
                throw StateDictError(
                    message: "tensor '\(slice.name)' of \(specification) is missing",
                    remedy: "check `network`, and that the file holds a whole state dict")
            }
            guard tensor.shape == slice.kind.stateDictShape else {
                throw StateDictError(
                    message: "tensor '\(tensor.name)' has shape \(tensor.shape), \(specification) on this data needs "
                        + "\(slice.kind.stateDictShape)",
                    remedy: "check that input size and number of classes are those the weights were trained with")
            }
        }
        for number in arena.slices.indices {
            let slice = arena.slices[number]
            guard let tensor = byName[Self.canonicalName(slice.name)] else { continue }
            slice.kind.fromStateDict(tensor.values, to: arena.pointer(number))
        }
        weightsDidChange()
    }

    private static func canonicalName(_ name: String) -> String {
        var parts = name.split(separator: ".").map(String.init)
        while let first = parts.first, first == "module" || first == "model" { parts.removeFirst() }
        return parts.map { $0 == "fc" ? "linear" : $0 == "shortcut" ? "downsample" : $0 }.joined(separator: ".")
    }
}

package extension ParameterArena.Kind {
    /// The extents in a PyTorch state dict.
    var stateDictShape: [Int] {
        switch self {
        case .convolution(let kernel, let input, let output): [output, input, kernel, kernel]
        case .linear(let input, let output): [output, input]
        case .vector(let count): [count]
        }
    }

    /// Copies a tensor into PyTorch's layout.
    func toStateDict(_ source: UnsafePointer<Float>) -> [Float] {
        var result = [Float](repeating: 0, count: count)
        forEachPlace { place, stored in result[place] = source[stored] }
        return result
    }

    /// Copies a tensor from PyTorch's layout.
    func fromStateDict(_ values: [Float], to target: UnsafeMutablePointer<Float>) {
        precondition(values.count == count, "a state-dict tensor of another size")
        target.update(repeating: 0, count: storedCount)
        forEachPlace { place, stored in target[stored] = values[place] }
    }

    /// Calls `body` with the place of every number in PyTorch's layout and in the arena's.
    private func forEachPlace(_ body: (_ place: Int, _ stored: Int) -> Void) {
        switch self {
        case .vector(let count):
            for index in 0..<count { body(index, index) }
        case .linear(let input, let output):
            for o in 0..<output {
                let strip = ColumnStrip(containing: o, columns: output)
                for i in 0..<input {
                    body(o * input + i, strip.first * input + i * strip.width + o - strip.first)
                }
            }
        case .convolution(let kernel, let input, let output):
            let taps = kernel * kernel
            for o in 0..<output {
                for i in 0..<input {
                    for tap in 0..<taps { body((o * input + i) * taps + tap, (tap * input + i) * output + o) }
                }
            }
        }
    }
}
