import Glibc

/// How much of a target a chosen set of examples holds: the misclassified examples and those of a small group, or the
/// suspects and the labels that are wrong.
package struct SetOverlap: Sendable, Equatable {
    /// The number of all examples.
    package let count: Int
    /// How many were chosen.
    package let chosenCount: Int
    /// How many are of the target.
    package let targetCount: Int
    /// How many are both.
    package let bothCount: Int

    /// Takes counts.
    ///
    /// - Precondition: they are those of two sets among the examples.
    package init(count: Int, chosenCount: Int, targetCount: Int, bothCount: Int) {
        precondition(
            bothCount >= 0 && bothCount <= min(chosenCount, targetCount)
                && chosenCount + targetCount - bothCount <= count, "no two sets: \(bothCount) of both")
        self.count = count
        self.chosenCount = chosenCount
        self.targetCount = targetCount
        self.bothCount = bothCount
    }

    /// The share of the target that was chosen; nil when the target is empty.
    package var recall: Double? { targetCount > 0 ? Double(bothCount) / Double(targetCount) : nil }

    /// The 95 % interval of the recall, by Wilson's method.
    package var recallInterval: WilsonInterval? {
        recall.map { WilsonInterval(proportion: $0, count: targetCount) }
    }

    /// The share of the chosen that is of the target; nil when nothing was chosen.
    package var precision: Double? { chosenCount > 0 ? Double(bothCount) / Double(chosenCount) : nil }

    /// The 95 % interval of the precision, by Wilson's method.
    package var precisionInterval: WilsonInterval? {
        precision.map { WilsonInterval(proportion: $0, count: chosenCount) }
    }

    /// How much more frequent the target is among the chosen than among all: the precision over the share of the
    /// target, 1 when the choice has nothing to do with it; nil when either set is empty.
    package var lift: Double? {
        guard chosenCount > 0 && targetCount > 0 else { return nil }
        return Double(bothCount) * Double(count) / (Double(chosenCount) * Double(targetCount))
    }

    /// The 95 % interval of the lift; nil when either set is empty.
    ///
    /// Log-normal, as that of a ratio of proportions (D. Katz, J. Baptista, S. P. Azen, M. C. Pike, "Obtaining
    /// Confidence Intervals for the Risk Ratio in Cohort Studies", Biometrics 34, 1978), with the variance for a part
    /// and its whole: the chosen of the target, k of t, are counted again among all that were chosen, m of n. By the
    /// delta method it is t p (1 - p) (1/k - 1/m)^2 + (n - t) q (1 - q) / m^2, p the share chosen of the target and q
    /// that of the others. Half an example is added to all four parts when one of them is empty; the ends stay within 0
    /// and what the counts of the two sets allow at most.
    package var liftInterval: ClosedRange<Double>? {
        guard let lift else { return nil }
        let cells = [bothCount, targetCount - bothCount, chosenCount - bothCount]
        let parts = (cells + [count - cells.reduce(0, +)]).map { Double($0) }
        let added = parts.contains(0) ? 0.5 : 0
        let (both, missed) = (parts[0] + added, parts[1] + added)
        let (other, rest) = (parts[2] + added, parts[3] + added)
        let (target, others, chosen) = (both + missed, other + rest, both + other)
        let share = 1 / both - 1 / chosen
        let variance = both * missed / target * share * share + other * rest / others / (chosen * chosen)
        let logCentre = log(both / chosen / (target / (target + others)))
        let spread = NormalDistribution.quantile975 * variance.squareRoot()
        let largest = Double(count) / Double(max(chosenCount, targetCount))
        let lower = bothCount == 0 ? 0 : exp(logCentre - spread)
        return min(lift, lower)...max(lift, min(largest, exp(logCentre + spread)))
    }
}

extension SetOverlap {
    /// How much of each of several sets was chosen, in the order of `MembershipCells.subsets`.
    ///
    /// - Parameters:
    ///   - isChosen: whether each example was.
    ///   - cells: the sets.
    /// - Precondition: one answer per example.
    package static func overlaps(of isChosen: [Bool], in cells: MembershipCells) -> [SetOverlap] {
        precondition(isChosen.count == cells.exampleCount, "one answer per example")
        let sums = cells.sums(count: 1) { example, add in if isChosen[example] { add(0, 1) } }
        var counts = [Int](repeating: 0, count: cells.subsets.count)
        for (cell, subsets) in cells.subsetsOfCell.enumerated() {
            for subset in subsets { counts[subset] += Int(sums[cell]) }
        }
        let chosenCount = Int(sums.reduce(0, +))
        return zip(cells.subsets, counts).map {
            SetOverlap(count: isChosen.count, chosenCount: chosenCount, targetCount: $0.count, bothCount: $1)
        }
    }
}

/// How many equally weighted examples say as much about a mean as weighted ones.
package enum EffectiveSampleSize {
    /// The squared sum of the weights over the sum of their squares (Leslie Kish, "Survey Sampling", 1965); 0 when all
    /// are 0.
    ///
    /// - Precondition: no weight is negative.
    package static func of(weights: some Collection<Double>) -> Double {
        var (sum, squares) = (0.0, 0.0)
        for weight in weights {
            precondition(weight >= 0, "a negative weight: \(weight)")
            sum += weight
            squares += weight * weight
        }
        return squares > 0 ? sum * sum / squares : 0
    }
}
