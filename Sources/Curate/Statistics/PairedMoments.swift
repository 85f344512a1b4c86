/// Means and covariances of two shares of the same examples, in sets that may overlap.
///
/// Exact sums of whole numbers, in one pass over the examples. Variances and covariances are those of a set to which
/// `weight` examples are added that count for this set only, a quarter each for both right, one right, the other right
/// and neither: nothing that differs among 30 examples does not prove that nothing ever does (Alan Agresti, Yongyi
/// Min, "Simple Improved Confidence Intervals for Comparing Matched Proportions", Statistics in Medicine 24, 2005).
struct PairedMoments: Sendable {
    /// Which of the two shares.
    enum Side: Int, Sendable { case first, second }

    private let sums: IntersectionSums
    private let scales: (Double, Double)

    private enum Channel: Int, CaseIterable { case count, first, second, firstSquare, product, secondSquare }

    /// Adds up the outcomes.
    ///
    /// - Precondition: one outcome of either side per example.
    init(_ first: RepeatedOutcomes, _ second: RepeatedOutcomes, in cells: MembershipCells) {
        precondition(
            first.counts.count == cells.exampleCount && second.counts.count == cells.exampleCount,
            "one outcome per example")
        let channels = Channel.allCases.count
        let cellSums = cells.sums(count: channels) { example, add in
            let (a, b) = (Int64(first.counts[example]), Int64(second.counts[example]))
            add(Channel.count.rawValue, 1)
            add(Channel.first.rawValue, a)
            add(Channel.second.rawValue, b)
            add(Channel.firstSquare.rawValue, a * a)
            add(Channel.product.rawValue, a * b)
            add(Channel.secondSquare.rawValue, b * b)
        }
        sums = IntersectionSums(of: cells, cellSums: cellSums, channels: channels)
        scales = (1 / Double(first.runCount), 1 / Double(second.runCount))
    }

    private func sum(_ a: Int, _ b: Int, _ channel: Channel) -> Double { sums[a, b, channel.rawValue] }

    private func scale(_ side: Side) -> Double { side == .first ? scales.0 : scales.1 }

    private func total(_ a: Int, _ b: Int, _ side: Side) -> Double {
        sum(a, b, side == .first ? .first : .second) * scale(side)
    }

    private func products(_ a: Int, _ b: Int, _ side: Side, _ other: Side) -> Double {
        let channel: Channel = side != other ? .product : side == .first ? .firstSquare : .secondSquare
        return sum(a, b, channel) * scale(side) * scale(other)
    }

    /// The number of examples in a set.
    func count(_ set: Int) -> Double { sum(set, set, .count) }

    /// A share of a set.
    func mean(_ set: Int, _ side: Side) -> Double { total(set, set, side) / count(set) }

    /// A share of a set with the added examples.
    func smoothedMean(_ set: Int, _ side: Side, weight: Double) -> Double {
        (total(set, set, side) + weight / 2) / (count(set) + weight)
    }

    /// The covariance of two shares, each of a set and a side.
    func covariance(_ a: (set: Int, side: Side), _ b: (set: Int, side: Side), weight: Double) -> Double {
        let shared = sum(a.set, b.set, .count)
        guard shared > 0 else { return 0 }
        let meanA = smoothedMean(a.set, a.side, weight: weight)
        let meanB = smoothedMean(b.set, b.side, weight: weight)
        var products =
            products(a.set, b.set, a.side, b.side) - meanB * total(a.set, b.set, a.side)
            - meanA * total(a.set, b.set, b.side) + meanA * meanB * shared
        if a.set == b.set {
            products +=
                a.side == b.side
                ? weight / 2 * (meanA * meanA + (1 - meanA) * (1 - meanA))
                : weight / 4 * (1 - 2 * meanA) * (1 - 2 * meanB)
        }
        return products / ((count(a.set) + weight) * (count(b.set) + weight))
    }

    /// The covariance of differences of the first share and the second, each between two sets or within one.
    func covariance(
        _ a: (first: Int, second: Int), _ b: (first: Int, second: Int), weight: Double
    ) -> Double {
        covariance((a.first, .first), (b.first, .first), weight: weight)
            - covariance((a.first, .first), (b.second, .second), weight: weight)
            - covariance((a.second, .second), (b.first, .first), weight: weight)
            + covariance((a.second, .second), (b.second, .second), weight: weight)
    }

    /// The interval of a difference, `quantile` standard deviations to either side.
    ///
    /// Half the squared quantile is added in examples, 2 at 95 %, as the score interval would have it.
    func interval(first: Int, second: Int, quantile: Double) -> ClosedRange<Double> {
        let weight = quantile * quantile / 2
        let centre =
            smoothedMean(first, .first, weight: weight) - smoothedMean(second, .second, weight: weight)
        let spread = quantile * covariance((first, second), (first, second), weight: weight).squareRoot()
        // The observed difference always lies within.
        let observed = mean(first, .first) - mean(second, .second)
        return max(-1, min(observed, centre - spread))...min(1, max(observed, centre + spread))
    }
}
