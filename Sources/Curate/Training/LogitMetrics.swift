import Glibc

/// Everything the dynamics log keeps about one row of logits.
///
/// The trainer calls it once per row of a batch and logs made elsewhere once per row of a file, so a number means the
/// same whoever trained, and whatever was minimised: everything is of the raw logits, their plain softmax and the
/// example's own label, and `loss` is the plain cross-entropy, not the objective's. Sums run in Float64, in class order;
/// differences that would cancel (1 - p of a certain prediction, the logarithm of almost one) are never formed. No memory
/// is allocated.
package struct LogitMetrics: Sendable, Equatable {
    /// The arg max of the logits; the lowest class among equals, as in NumPy and PyTorch.
    package let prediction: Int32
    /// Whether the prediction is the label.
    package let isCorrect: Bool
    /// The softmax probability of the label.
    package let probability: Float
    /// Cross-entropy of this example alone, natural logarithm.
    package let loss: Float
    /// Logit of the label minus the largest other logit.
    package let logitMargin: Float
    /// Probability of the label minus the largest other probability.
    package let probabilityMargin: Float
    /// L2 norm of softmax - onehot, in 0...sqrt(2).
    package let errorNorm: Float
    /// Entropy of the softmax, natural logarithm.
    package let entropy: Float

    /// Measures one row.
    ///
    /// A logit that is not finite makes `entropy` NaN (and most of the others), and never traps.
    /// - Parameters:
    ///   - logits: the first of `count` logits.
    ///   - count: the number of classes, at least 2: a margin needs another class.
    ///   - label: the class of the example, in 0..<count.
    package init(logits: UnsafePointer<Float>, count: Int, label: Int) {
        precondition(count >= 2, "a margin needs at least two classes")
        precondition(label >= 0 && label < count, "label \(label) of \(count) classes")
        var top = 0
        var otherTop = label == 0 ? 1 : 0
        for k in 1..<count {
            let logit = logits[k]
            if logit > logits[top] { top = k }
            if k != label && logit > logits[otherTop] { otherTop = k }
        }
        let largest = Double(logits[top])

        // The arg max contributes exp(0) = 1 to every sum and stays out of them: what is left is small when the
        // network is sure, and keeps all its digits.
        var rest = 0.0
        var restSquared = 0.0
        var restDepth = 0.0
        for k in 0..<count where k != top {
            let depth = largest - Double(logits[k])
            let weight = exp(-depth)
            rest += weight
            restSquared += weight * weight
            restDepth += weight * depth
        }
        let total = 1 + rest
        let labelDepth = largest - Double(logits[label])
        let labelWeight = label == top ? 1 : exp(-labelDepth)
        let otherWeight = otherTop == top ? 1 : exp(-(largest - Double(logits[otherTop])))
        let missing = label == top ? rest : 1 + (rest - labelWeight)
        let othersSquared = label == top ? restSquared : 1 + (restSquared - labelWeight * labelWeight)
        let logTotal = log1p(rest)

        prediction = Int32(truncatingIfNeeded: top)
        isCorrect = label == top
        probability = Float(labelWeight / total)
        loss = Float(logTotal + labelDepth)
        logitMargin = Float(Double(logits[label]) - Double(logits[otherTop]))
        probabilityMargin = Float((labelWeight - otherWeight) / total)
        errorNorm = Float((missing * missing + othersSquared).squareRoot() / total)
        entropy = Float(logTotal + restDepth / total)
    }
}
