/// How well a score tells the examples of a set from the others: the area under the ROC curve (AUROC), the probability
/// that one of the set has the higher score than one of the others, ties counted half.
///
/// James A. Hanley and Barbara J. McNeil, "The Meaning and Use of the Area under a Receiver Operating Characteristic
/// (ROC) Curve", Radiology 143 (1982). The interval solves for the areas whose standard error, by the formula of that
/// paper, makes what was observed just plausible: Robert G. Newcombe, "Confidence Intervals for an Effect Size Measure
/// Based on the Mann-Whitney Statistic. Part 2", Statistics in Medicine 25 (2006), method 5. Unlike those that estimate
/// the error at the observed area, it has a width when the set is told apart without an error.
package struct AreaUnderCurve: Sendable, Equatable {
    /// The area, within 0...1; 0.5 when the score tells nothing.
    package let value: Double
    /// The number of examples in the set.
    package let positiveCount: Int
    /// The number of the others.
    package let negativeCount: Int

    /// The 95 % interval of the area.
    package var interval: ClosedRange<Double> {
        let square = NormalDistribution.quantile975 * NormalDistribution.quantile975
        func isImplausible(_ area: Double) -> Bool {
            (area - value) * (area - value) > square * variance(at: area)
        }
        let lower = value == 0 ? 0 : Bisection.boundary(0, value) { isImplausible($0) }
        let upper = value == 1 ? 1 : Bisection.boundary(value, 1) { !isImplausible($0) }
        return lower...upper
    }

    /// The squared standard error if this were the area; method 5 takes the same, mean number on both sides.
    private func variance(at area: Double) -> Double {
        let excess = Double(positiveCount + negativeCount) / 2 - 1
        let pairs = Double(positiveCount) * Double(negativeCount)
        return area * (1 - area) * (1 + excess * ((1 - area) / (2 - area) + area / (1 + area))) / pairs
    }
}

/// Scores with their ranks, which serve any number of sets.
package struct RankedScores: Sendable {
    /// For each example 2 * rank - (n + 1), ranks from 1, the mean rank for ties.
    private let centredRanks: [Int64]

    /// Sorts scores.
    ///
    /// - Precondition: none is NaN.
    package init(_ scores: [Float]) { centredRanks = RankOrder.centredAverageRanks(of: scores) }

    /// The area of a set; nil when it has no examples or all of them.
    ///
    /// Sums are of whole numbers, so that the order of the examples changes nothing.
    ///
    /// - Parameter isPositive: whether each example is in the set.
    /// - Precondition: one answer per example.
    package func area(of isPositive: [Bool]) -> AreaUnderCurve? {
        precondition(isPositive.count == centredRanks.count, "one answer per example")
        var sum: Int64 = 0
        var count = 0
        for (rank, isPositive) in zip(centredRanks, isPositive) where isPositive {
            sum += rank
            count += 1
        }
        let others = isPositive.count - count
        guard count > 0 && others > 0 else { return nil }
        let pairs = Int64(count) * Int64(others)
        return AreaUnderCurve(
            value: Double(sum + pairs) / Double(2 * pairs), positiveCount: count, negativeCount: others)
    }
}

/// How well probabilities tell each class from all others.
package struct OneVersusRestAreas: Sendable, Equatable {
    /// The area of each class by its probability; nil for a class that no example has, or all.
    package let classes: [AreaUnderCurve?]

    /// The classes without an area.
    package var leftOut: [Int] { classes.indices.filter { classes[$0] == nil } }

    /// The mean over the classes that have an area, each counting the same; nil when none has.
    package var macroAverage: Double? {
        let values = classes.compactMap { $0?.value }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Ranks the probabilities of each class.
    ///
    /// - Parameters:
    ///   - probabilities: one row per example, a column per class.
    ///   - classCount: the number of columns.
    ///   - labels: the class of each example.
    /// - Precondition: the probabilities fill a row per label, and none is NaN.
    package init(probabilities: [Float], classCount: Int, labels: [Int32]) {
        precondition(classCount >= 1 && probabilities.count == labels.count * classCount, "a row per label")
        classes = (0..<classCount).map { label in
            let isPositive = labels.map { $0 == Int32(label) }
            guard isPositive.contains(true) && isPositive.contains(false) else { return nil }
            return RankedScores(labels.indices.map { probabilities[$0 * classCount + label] }).area(of: isPositive)
        }
    }
}
