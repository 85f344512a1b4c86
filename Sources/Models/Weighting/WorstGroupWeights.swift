import Glibc

/// Weights of Group DRO: groups count by shares that grow with their losses.
///
/// Distributionally Robust Neural Networks for Group Shifts (Sagawa, Koh, Hashimoto, Liang, 2020; algorithm 1), as the
/// authors' code does it for batches that mix groups. L_g is the mean loss of the batch's examples of group g, 0 when it
/// has none. Then q_g <- q_g exp(step (L_g + C / sqrt(n_g))), divided by the sum over the groups, and Σ q_g L_g is
/// minimised, by the new q. All shares are equal at first.
///
/// The adjustment C moves the shares alone. The authors' code adds it to the reported loss as well, where it is a constant
/// to the gradient, and applies it only when no group's is 0.
package final class WorstGroupWeights: AdaptiveWeights {
    /// The share q of each group, [groups], which sum to 1: what is carried from batch to batch.
    package let shares: FloatBuffer
    /// The group of each row of the batch that comes next, [largestBatch]; to be written before it.
    package let rowGroups: UnsafeMutablePointer<Int32>

    private let step: Double
    /// C / sqrt(n_g), [groups].
    private let adjustments: [Double]
    /// Of the batch: the sums of weighted losses and of weights, [groups].
    private var losses: [Double]
    private var masses: [Double]
    private let weights: FloatBuffer

    /// Begins with equal shares.
    ///
    /// - Parameters:
    ///   - step: how fast the shares move, above 0.
    ///   - adjustment: C, at least 0.
    ///   - groupSizes: n_g, the examples of each group that are trained on, or the sum of their weights; above 0.
    ///   - largestBatch: rows of a batch at most.
    package init(step: Double, adjustment: Double, groupSizes: [Double], largestBatch: Int) {
        precondition(step > 0 && adjustment >= 0, "a step above 0 and an adjustment of at least 0")
        precondition(!groupSizes.isEmpty && groupSizes.allSatisfy { $0 > 0 }, "a group without examples")
        self.step = step
        adjustments = groupSizes.map { adjustment / $0.squareRoot() }
        shares = FloatBuffer(count: groupSizes.count)
        shares.pointer.update(repeating: Float(1 / Double(groupSizes.count)), count: groupSizes.count)
        losses = [Double](repeating: 0, count: groupSizes.count)
        masses = losses
        weights = FloatBuffer(count: largestBatch)
        rowGroups = .allocate(capacity: largestBatch)
        rowGroups.initialize(repeating: 0, count: largestBatch)
    }

    deinit { rowGroups.deallocate() }

    package func weigh(
        _ losses: UnsafePointer<Double>, given: UnsafePointer<Float>?, count: Int
    ) -> UnsafePointer<Float> {
        for group in masses.indices { (self.losses[group], masses[group]) = (0, 0) }
        for row in 0..<count {
            let (group, weight) = (Int(rowGroups[row]), given.map { Double($0[row]) } ?? 1)
            self.losses[group] += weight * losses[row]
            masses[group] += weight
        }
        moveShares()
        for row in 0..<count {
            let (group, weight) = (Int(rowGroups[row]), given.map { Double($0[row]) } ?? 1)
            // A group without mass has only examples without weight.
            let factor = masses[group] > 0 ? Double(shares.pointer[group]) / masses[group] : 0
            weights.pointer[row] = Float(Double(count) * factor * weight)
        }
        return UnsafePointer(weights.pointer)
    }

    /// Updates the shares by the losses of the batch.
    private func moveShares() {
        // Reuses the sums: from here on they are the exponents.
        var largest = -Double.infinity
        for group in masses.indices {
            if masses[group] > 0 { losses[group] /= masses[group] }
            losses[group] = step * (losses[group] + adjustments[group])
            largest = max(largest, losses[group])
        }
        var sum = 0.0
        for group in masses.indices {
            // The largest power is 1, so that none is infinite; the quotients are the same.
            losses[group] = Double(shares.pointer[group]) * exp(losses[group] - largest)
            sum += losses[group]
        }
        for group in masses.indices { shares.pointer[group] = Float(losses[group] / sum) }
    }
}
