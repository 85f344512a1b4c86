/// Weights of CVaR DRO: of every batch the examples with the largest losses count, and they alone.
///
/// The conditional value at risk (Optimization of Conditional Value-at-Risk; Rockafellar, Uryasev, 2000) as an objective
/// of batches (Large-Scale Methods for Distributionally Robust Optimization; Levy, Carmon, Duchi, Sidford, 2020): of m
/// examples the first floor(share m) by descending loss weigh 1 / (share m), and the next one what is left of 1. Examples
/// that have weights from outside take that much of the share each. A share of 1 is the mean.
package final class TailWeights: AdaptiveWeights {
    private let share: Double
    /// The rows of the batch, by descending loss.
    private var order: [Int] = []
    private let weights: FloatBuffer

    /// Makes weights of a tail.
    ///
    /// - Parameters:
    ///   - share: of the examples of a batch, in (0, 1].
    ///   - largestBatch: rows of a batch at most.
    package init(share: Double, largestBatch: Int) {
        precondition(share > 0 && share <= 1, "a share is above 0 and at most 1")
        self.share = share
        order.reserveCapacity(largestBatch)
        weights = FloatBuffer(count: largestBatch)
    }

    package func weigh(
        _ losses: UnsafePointer<Double>, given: UnsafePointer<Float>?, count: Int
    ) -> UnsafePointer<Float> {
        order.removeAll(keepingCapacity: true)
        order.append(contentsOf: 0..<count)
        order.sort { losses[$0] != losses[$1] ? losses[$0] > losses[$1] : $0 < $1 }
        // What is still to be given away, in examples of the batch.
        var left = given.map { given in (0..<count).reduce(0.0) { $0 + Double(given[$1]) } } ?? Double(count)
        for row in order {
            let weight = min(left, (given.map { Double($0[row]) } ?? 1) / share)
            weights.pointer[row] = Float(weight)
            left -= weight
        }
        return UnsafePointer(weights.pointer)
    }
}
