import Glibc

/// Whether two classifiers differ on the same examples, by those that only one of them gets right.
///
/// Quinn McNemar, "Note on the Sampling Error of the Difference between Correlated Proportions or Percentages",
/// Psychometrika 12 (1947). Below 25 such examples the exact binomial test, otherwise chi-square with the continuity
/// correction of Allen L. Edwards (Psychometrika 13, 1948).
package struct McNemarTest: Sendable, Equatable {
    /// How the probability is found.
    package enum Method: String, Sendable, CaseIterable {
        /// The exact binomial test.
        case exactBinomial = "exact binomial"
        /// Chi-square with continuity correction.
        case correctedChiSquare = "chi-square with continuity correction"
    }

    /// From how many discordant examples on chi-square is used.
    package static let largeCount = 25

    /// How many examples the first alone gets right.
    package let onlyFirst: Int
    /// How many examples the second alone gets right.
    package let onlySecond: Int
    /// How the probability is found.
    package let method: Method
    /// Chi-square with one degree of freedom; nil for the exact test.
    package let chiSquare: Double?
    /// The probability of a difference this large or larger, either way, when there is none.
    package let probability: Double

    /// Tests two counts.
    ///
    /// - Precondition: neither is negative.
    package init(onlyFirst: Int, onlySecond: Int) {
        precondition(onlyFirst >= 0 && onlySecond >= 0, "negative counts")
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
        let (smaller, count) = (min(onlyFirst, onlySecond), onlyFirst + onlySecond)
        if count < Self.largeCount {
            method = .exactBinomial
            chiSquare = nil
            // Binomial probabilities up to the smaller count are a beta probability.
            let tail =
                smaller == count
                ? 1 : BetaDistribution.probability(below: 0.5, a: Double(count - smaller), b: Double(smaller + 1))
            probability = min(1, 2 * tail)
        } else {
            method = .correctedChiSquare
            let excess = Double(max(0, count - 2 * smaller - 1))
            let statistic = excess * excess / Double(count)
            chiSquare = statistic
            probability = erfc((statistic / 2).squareRoot())
        }
    }
}

extension McNemarTest {
    /// Tests two runs on each set of examples.
    ///
    /// - Parameters:
    ///   - first: the classes that one run predicted.
    ///   - second: the classes that the other predicted.
    ///   - labels: the class of each example.
    ///   - cells: the sets.
    /// - Returns: a test for each set, in the order of `MembershipCells.subsets`.
    /// - Precondition: one prediction and one label per example.
    package static func tests(
        first: [Int32], second: [Int32], labels: [Int32], in cells: MembershipCells
    ) -> [McNemarTest] {
        precondition(
            [first, second, labels].allSatisfy { $0.count == cells.exampleCount }, "one prediction per example")
        let sums = cells.sums(count: 2) { example, add in
            let isRight = (first[example] == labels[example], second[example] == labels[example])
            if isRight.0 && !isRight.1 { add(0, 1) }
            if isRight.1 && !isRight.0 { add(1, 1) }
        }
        var counts = [(Int, Int)](repeating: (0, 0), count: cells.subsets.count)
        for (cell, subsets) in cells.subsetsOfCell.enumerated() {
            for subset in subsets {
                counts[subset].0 += Int(sums[2 * cell])
                counts[subset].1 += Int(sums[2 * cell + 1])
            }
        }
        return counts.map { McNemarTest(onlyFirst: $0.0, onlySecond: $0.1) }
    }
}
