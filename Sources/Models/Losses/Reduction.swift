/// How the losses of a batch become the one number that is minimised.
public enum Reduction: Sendable, Equatable {
    /// Σ wᵢ lᵢ / batch: divided by the number of examples and not by the sum of their weights, so that a batch of light
    /// examples takes a small step.
    case batch
    /// Σ wᵢ lᵢ / Σ wᵢ: the mean of PyTorch's `cross_entropy(weight=)`, for which what all examples of a batch weigh is nothing.
    case weightSum
    /// Σ wᵢ lᵢ: every example's gradient is that of its own loss, whatever it is beside.
    case sum

    /// What the weighted sum of the losses is divided by.
    ///
    /// - Parameters:
    ///   - batch: the number of examples.
    ///   - weightSum: what they weigh together.
    func divisor(batch: Int, weightSum: @autoclosure () -> Double) -> Double {
        switch self {
        case .batch: Double(batch)
        case .weightSum: weightSum()
        case .sum: 1
        }
    }
}
