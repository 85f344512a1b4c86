/// How the losses of a batch become the one number that is minimised.
public enum Reduction: Sendable, Equatable {
    /// Σ wᵢ lᵢ / batch: divided by the number of examples and not by the sum of their weights, so that a batch of light
    /// examples takes a small step.
    case batch
    /// Σ wᵢ lᵢ: every example's gradient is that of its own loss, whatever it is beside.
    case sum

    /// What the weighted sum of the losses is divided by.
    func divisor(batch: Int) -> Int {
        switch self {
        case .batch: batch
        case .sum: 1
        }
    }
}
