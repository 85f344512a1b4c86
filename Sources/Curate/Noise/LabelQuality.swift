import Glibc

/// How trustworthy a label is by predicted probabilities, from 0 (certainly wrong) to 1: low is suspicious.
///
/// The definitions of cleanlab: Curtis G. Northcutt, Lu Jiang, Isaac L. Chuang, "Confident Learning: Estimating
/// Uncertainty in Dataset Labels", JAIR 70, 2021, and Johnson Kuan, Jonas Mueller, "Model-agnostic label quality scoring
/// to detect real-world label errors", ICML DataPerf Workshop 2022.
package enum LabelQuality: String, Sendable, CaseIterable {
    /// The probability of the label.
    case selfConfidence = "self-confidence"
    /// (p(label) - largest other + 1) / 2.
    case normalizedMargin = "normalized-margin"
    /// ln(1 + r) / r with r the entropy, as a share of the largest, over the probability of the label.
    case confidenceWeightedEntropy = "confidence-weighted-entropy"

    /// The quality of each label.
    ///
    /// - Precondition: there is one row per label.
    package func scores(labels: [Int32], probabilities: ClassProbabilities) -> [Double] {
        precondition(labels.count == probabilities.count, "one row per label")
        return labels.enumerated().map { row, label in
            let own = probabilities[row, Int(label)]
            switch self {
            case .selfConfidence: return own
            case .normalizedMargin:
                let other = probabilities[row, probabilities.runnerUp(ofRow: row, beside: Int(label))]
                return (own - other + 1) / 2
            case .confidenceWeightedEntropy:
                var entropy = 0.0
                for place in 0..<probabilities.classCount {
                    let p = probabilities[row, place]
                    if p > 0 { entropy -= p * log(p) }
                }
                entropy /= log(Double(probabilities.classCount))
                let ratio = entropy / max(1e-6, own)
                return log(ratio + 1) / max(1e-6, ratio)
            }
        }
    }
}
