/// What share of several sets of examples is right, with intervals that hold for all sets together with 95 %
/// confidence, and with one for the lowest share.
///
/// A single interval misses in 5 % of all cases, the lowest of 16 far more often, since it is picked for being low: of
/// 16 groups with a true accuracy of 87 %, each of 133 examples, the worst shows 81.6 % on the average. Intervals that
/// hold together correct for the picking. Let them be [L(g), U(g)]. If every true share is within its own, then the
/// smallest true share is at least the smallest L and at most the smallest U, whichever set has it; so [min L, min U]
/// covers the true minimum with at least 95 %.
///
/// Together they hold by the largest studentised deviation (max-t; Torsten Hothorn, Frank Bretz, Peter Westfall,
/// "Simultaneous Inference in General Parametric Models", Biometrical Journal 50, 2008), whose distribution is that of
/// a multiplier bootstrap within the sets (Victor Chernozhukov, Denis Chetverikov, Kengo Kato, "Gaussian Approximations
/// and Multiplier Bootstrap for Maxima of Sums of High-Dimensional Random Vectors", Annals of Statistics 41, 2013):
/// deviations of examples from the share of their set get random weights, an example the same in all sets it is in. No
/// set can vanish from a draw, as tiny ones do when the whole table is resampled, nor does a cell of the overlap with
/// one example count as certain. With normal weights the draws given the data are normal with the covariance of the
/// shares, which is how they are drawn: it costs the square of the number of sets, not the number of examples.
///
/// Studentised intervals fail for small sets and for shares near 1 (nothing wrong among 30 gives the width 0), so the
/// point c of the largest deviation is used as a probability, that of a normal value above c, at which each share gets
/// its exact interval (`ClopperPearson`). For the same reason a set's variance and covariances are those with one more
/// right and one more wrong example.
package struct SimultaneousProportions: Sendable, Equatable {
    /// The share of one set.
    package struct Share: Sendable, Equatable {
        /// The number of examples.
        package let count: Int
        /// The share that is right, the mean over the runs.
        package let mean: Double
        /// The 95 % interval of this share alone; by Wilson's method.
        package let pointwise: WilsonInterval
        /// The interval that holds together with those of all other sets.
        package let simultaneous: ClosedRange<Double>
        /// The lower bound that holds together with those of all other sets; above the lower end of the interval,
        /// because it does not bound the other side.
        package let lowerBound: Double
    }

    /// The share of each set, in the order of `MembershipCells.subsets`.
    package let shares: [Share]
    /// What the largest studentised deviation stays below with 95 % probability: 1.96 for one set.
    package let criticalValue: Double
    /// The same of the largest deviation upwards: 1.64 for one set.
    package let oneSidedCriticalValue: Double

    /// The number of the set with the smallest share, the first among equals.
    package var lowest: Int { shares.indices.min { shares[$0].mean < shares[$1].mean } ?? 0 }

    /// The 95 % interval of the smallest true share; its confidence is at least that.
    package var minimum: ClosedRange<Double> {
        let lower = shares.map(\.simultaneous.lowerBound).min() ?? 0
        return lower...(shares.map(\.simultaneous.upperBound).min() ?? 1)
    }

    /// What the smallest true share is not below, with 95 % confidence.
    package var minimumLowerBound: Double { shares.map(\.lowerBound).min() ?? 0 }

    /// The sets that may have the smallest true share: with 95 % confidence it is one of these.
    ///
    /// Those whose interval begins below the end of every other.
    package var possiblyLowest: [Int] {
        let end = minimum.upperBound
        return shares.indices.filter { shares[$0].simultaneous.lowerBound <= end }
    }

    /// Measures the sets; nil when there is none.
    ///
    /// With several runs the interval is that of one run with the mean share: the runs share their examples, so that
    /// more of them do not make it narrower.
    ///
    /// - Parameters:
    ///   - outcomes: what the runs got right.
    ///   - cells: the sets.
    ///   - seed: of the draws; it moves ends by less than 0.01 of their distance, those of disjoint sets not at all.
    /// - Precondition: one outcome per example.
    package init?(of outcomes: RepeatedOutcomes, in cells: MembershipCells, seed: UInt64 = 0) {
        precondition(outcomes.counts.count == cells.exampleCount, "one outcome per example")
        guard !cells.subsets.isEmpty else { return nil }
        let moments = OutcomeMoments(of: outcomes, in: cells)
        let points = MaximumQuantile(
            count: cells.subsets.count, seed: seed, covariance: moments.smoothedCovariance)
        criticalValue = points.twoSided
        oneSidedCriticalValue = points.oneSided
        let tail = NormalDistribution.upperTail(points.twoSided)
        let oneSidedTail = NormalDistribution.upperTail(points.oneSided)
        shares = cells.subsets.enumerated().map { number, subset in
            let mean = moments.mean(number)
            let successes = mean * Double(subset.count)
            let interval = ClopperPearson(successes: successes, count: subset.count, tail: tail)
            return Share(
                count: subset.count, mean: mean,
                pointwise: WilsonInterval(proportion: mean, count: subset.count),
                simultaneous: interval.lower...interval.upper,
                lowerBound: ClopperPearson(successes: successes, count: subset.count, tail: oneSidedTail).lower)
        }
    }
}

/// Means and covariances of the shares of sets that may overlap.
private struct OutcomeMoments {
    private let sums: IntersectionSums
    private let runs: Double

    private enum Channel: Int, CaseIterable { case count, value, square }

    init(of outcomes: RepeatedOutcomes, in cells: MembershipCells) {
        let channels = Channel.allCases.count
        let cellSums = cells.sums(count: channels) { example, add in
            let count = Int64(outcomes.counts[example])
            add(Channel.count.rawValue, 1)
            add(Channel.value.rawValue, count)
            add(Channel.square.rawValue, count * count)
        }
        sums = IntersectionSums(of: cells, cellSums: cellSums, channels: channels)
        runs = Double(outcomes.runCount)
    }

    private func sum(_ a: Int, _ b: Int, _ channel: Channel) -> Double { sums[a, b, channel.rawValue] }

    func mean(_ set: Int) -> Double { sum(set, set, .value) / (runs * sum(set, set, .count)) }

    /// With one more right and one more wrong example.
    private func smoothedMean(_ set: Int) -> Double {
        (sum(set, set, .value) / runs + 1) / (sum(set, set, .count) + 2)
    }

    /// The sum over the intersection of products of deviations from the two means, in which the two examples that only
    /// smooth count for their own set.
    func smoothedCovariance(_ a: Int, _ b: Int) -> Double {
        let count = sum(a, b, .count)
        guard count > 0 else { return 0 }
        let (meanA, meanB) = (smoothedMean(a), smoothedMean(b))
        let real =
            sum(a, b, .square) / (runs * runs) - (meanA + meanB) * sum(a, b, .value) / runs + meanA * meanB * count
        return a == b ? real + meanA * meanA + (1 - meanA) * (1 - meanA) : real
    }
}
