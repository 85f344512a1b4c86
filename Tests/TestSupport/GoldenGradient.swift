import Models

/// Comparing an engine's gradient with what a fixture stores of PyTorch's.
extension GoldenFixture {
    /// The eight projections of a gradient of the tensor at `position`, in PyTorch's layout and element order.
    ///
    /// Projection p adds element e with a minus sign when bit 63 - p of draw e is set, the draws being those of
    /// stream `test`, epoch 1 and index `position`.
    package func projections(of gradient: [Float], at position: Int) -> [Double] {
        var random = KeyedRandom(seed: seed, stream: .test, epoch: 1, index: position)
        var sums = [Double](repeating: 0, count: 8)
        let signBit: UInt64 = 1 << 63
        for element in gradient {
            let draw = random.next()
            let bits = Double(element).bitPattern
            for p in 0..<8 {
                sums[p] += Double(bitPattern: bits ^ ((draw << UInt64(p)) & signBit))
            }
        }
        return sums
    }

    /// The relative error of a gradient of the tensor at `position`, in PyTorch's layout: the worst of what is stored.
    ///
    /// - Norm and projections are compared in units of the gradient's norm: each then is about the norm of the error
    ///   over the norm of the gradient. The sum, in which errors of one sign add up, is compared in units of the
    ///   largest sum that a gradient of this norm can have.
    /// - The sixteen entries are compared in units of the largest of them, or of the root mean square if that is more.
    /// - Where the whole gradient is stored, its largest difference counts in units of its largest value.
    ///
    /// - Precondition: the tensor is a parameter and the counts agree.
    package func gradientError(_ gradient: [Float], at position: Int) -> Double {
        let tensor = tensors[position]
        guard let golden = tensor.gradient else { preconditionFailure("\(tensor.name) has no gradient") }
        precondition(gradient.count == tensor.count, "\(tensor.name): \(gradient.count) values for \(tensor.count)")
        guard gradient.allSatisfy(\.isFinite) else { return .infinity }

        var sum = 0.0
        var squares = 0.0
        for value in gradient {
            sum += Double(value)
            squares += Double(value) * Double(value)
        }
        let rootCount = Double(gradient.count).squareRoot()
        var worst = max(abs(sum - golden.sum) / rootCount, abs(squares.squareRoot() - golden.norm)) / golden.norm
        for (mine, theirs) in zip(projections(of: gradient, at: position), golden.projections.values) {
            worst = max(worst, abs(mine - theirs) / golden.norm)
        }
        let entryScale = golden.entries.values.reduce(golden.norm / rootCount) { max($0, abs($1)) }
        for (k, theirs) in golden.entries.values.enumerated() {
            worst = max(worst, abs(Double(gradient[k * gradient.count / 16]) - theirs) / entryScale)
        }
        if let values = golden.values?.values { worst = max(worst, relativeError(gradient, values)) }
        return worst
    }
}
