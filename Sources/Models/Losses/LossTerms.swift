import Glibc

/// What a loss takes of a training set: numbers of each class, settled once.
package struct LossTerms: Sendable, Equatable {
    /// The number of classes.
    package let classCount: Int
    /// 1 / Δ_c, [tables][classes]; nil when all are 1.
    package private(set) var factors: [Double]?
    /// ι_c, [tables][classes]; nil when all are 0.
    package private(set) var offsets: [Double]?
    /// m_c, what is taken off the label's logit, [classes]; nil when all are 0.
    package private(set) var margins: [Double]?
    /// r_c, [classes]; nil when all are 0.
    package private(set) var radii: [Double]?
    /// How much of a label of each class is spread over all classes, [classes]; nil when nothing is.
    package private(set) var smoothing: [Double]?
    /// Of two classes the one whose F1 is meant.
    package private(set) var positiveClass = 1

    /// Settles what a loss takes of a training set.
    ///
    /// - Parameters:
    ///   - loss: the loss.
    ///   - labelSmoothing: of the largest class.
    ///   - tailSmoothing: of the smallest class; nil when all are as the largest.
    ///   - counts: n_c, [tables][classes], what the examples of each class count; one table, or one per group when the loss
    ///     is by group.
    ///   - marginScale: what margins are multiplied by, the scale of a cosine head.
    /// - Precondition: where the loss needs them no count is 0.
    init(
        _ loss: Loss, labelSmoothing: Double, tailSmoothing: Double?, counts: [[Double]], marginScale: Double
    ) {
        classCount = counts[0].count
        let classes = (0..<classCount).map { c in counts.reduce(0) { $0 + $1[c] } }
        precondition(
            !(loss.needsCounts || tailSmoothing != nil) || classes.allSatisfy { $0 > 0 }, "a class without examples")
        switch loss {
        case .crossEntropy, .focal, .sigmoid: break
        case .marginSoftmax(let largest), .marginHinge(let largest):
            margins = Self.rootMargins(classes, largest: largest).map { marginScale * $0 }
        case .radiusMargin(let largest): radii = Self.rootMargins(classes, largest: largest)
        case .vectorScaling(let gamma, let tau, let byGroup):
            let cells = byGroup ? counts.flatMap { $0 } : classes
            precondition(cells.allSatisfy { $0 > 0 }, "a class that a group does not have")
            let largest = cells.max() ?? 1
            let total = cells.reduce(0, +)
            if gamma != 0 { factors = cells.map { pow($0 / largest, gamma) } }
            if tau != 0 { offsets = cells.map { tau * log($0 / total) } }
        case .softF1:
            if classCount == 2, classes[0] < classes[1] { positiveClass = 0 }
        }
        smoothing =
            tailSmoothing.map {
                Self.smoothing(classes, head: labelSmoothing, tail: $0)
            } ?? (labelSmoothing == 0 ? nil : [Double](repeating: labelSmoothing, count: classCount))
    }

    /// What an objective takes that no training set decides.
    init(_ objective: Objective, classes: Int) {
        self.init(
            objective.loss, labelSmoothing: objective.labelSmoothing, tailSmoothing: nil,
            counts: [[Double](repeating: 1, count: classes)], marginScale: 1)
    }

    /// largest · (n_min / n_c)^(1/4): the rarest class gets the largest.
    ///
    /// - Parameters:
    ///   - counts: [classes], each above 0.
    ///   - largest: of the rarest class.
    package static func rootMargins(_ counts: [Double], largest: Double) -> [Double] {
        let smallest = counts.min() ?? 1
        return counts.map { largest * (smallest / $0).squareRoot().squareRoot() }
    }

    /// tail + (head - tail) sin(π/2 · (n_c - n_min) / (n_max - n_min)), the concave form of label-aware smoothing.
    ///
    /// Improving Calibration for Long-Tailed Recognition (Zhong, Cui, Liu, Jia, 2021; equation 8).
    static func smoothing(_ counts: [Double], head: Double, tail: Double) -> [Double] {
        guard let smallest = counts.min(), let largest = counts.max(), largest > smallest else {
            return [Double](repeating: head, count: counts.count)
        }
        return counts.map { tail + (head - tail) * sin((($0 - smallest) / (largest - smallest)) * Double.pi / 2) }
    }
}

extension Objective {
    /// The objective with what it takes of a training set.
    ///
    /// - Parameters:
    ///   - counts: n_c, [tables][classes], what the examples of each class count; one table, or one per group when the loss
    ///     is by group.
    ///   - marginScale: the scale of a cosine head; 1 without one.
    /// - Precondition: where the loss needs them no count is 0.
    package func settled(on counts: [[Double]], marginScale: Double = 1) -> Objective {
        var settled = self
        settled.terms = LossTerms(
            loss, labelSmoothing: labelSmoothing, tailSmoothing: tailSmoothing, counts: counts, marginScale: marginScale
        )
        return settled
    }
}
