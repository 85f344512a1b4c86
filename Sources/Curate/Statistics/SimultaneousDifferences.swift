/// By how much two shares of the same examples differ, for several sets of examples: with intervals of each set alone,
/// and with intervals that hold for all sets together with 95 % confidence.
///
/// The two sides are compared example by example, so what is hard for both cancels, which makes the intervals much
/// narrower than those of the shares. With several runs an example's outcome is the mean over the runs.
///
/// Pointwise intervals are those of Alan Agresti and Yongyi Min, "Simple Improved Confidence Intervals for Comparing
/// Matched Proportions", Statistics in Medicine 24 (2005); the simultaneous ones take the 95 % point of the largest
/// studentised deviation instead of 1.96, by the multiplier bootstrap that `SimultaneousProportions` describes.
package struct SimultaneousDifferences: Sendable, Equatable {
    /// The difference in one set.
    package struct Difference: Sendable, Equatable {
        /// The number of examples.
        package let count: Int
        /// The share that the first gets right, the mean over its runs.
        package let first: Double
        /// The share that the second gets right.
        package let second: Double
        /// First minus second, in shares of 1.
        package let mean: Double
        /// The 95 % interval of this difference alone.
        package let pointwise: ClosedRange<Double>
        /// The interval that holds together with those of all other sets.
        package let simultaneous: ClosedRange<Double>
    }

    /// The difference in each set, in the order of `MembershipCells.subsets`.
    package let differences: [Difference]
    /// What the largest studentised deviation stays below with 95 % probability: 1.96 for one set.
    package let criticalValue: Double

    /// Compares two sides; nil when there is no set.
    ///
    /// - Parameters:
    ///   - first: what the runs of one side got right.
    ///   - second: the same of the other side.
    ///   - cells: the sets.
    ///   - seed: of the draws; the intervals of disjoint sets do not depend on it.
    /// - Precondition: one outcome of either side per example.
    package init?(
        of first: RepeatedOutcomes, minus second: RepeatedOutcomes, in cells: MembershipCells, seed: UInt64 = 0
    ) {
        guard !cells.subsets.isEmpty else { return nil }
        let moments = PairedMoments(first, second, in: cells)
        let point = MaximumQuantile(count: cells.subsets.count, seed: seed) { a, b in
            moments.covariance((first: a, second: a), (first: b, second: b), weight: 2)
        }.twoSided
        criticalValue = point
        differences = cells.subsets.enumerated().map { number, subset in
            let (first, second) = (moments.mean(number, .first), moments.mean(number, .second))
            func interval(_ quantile: Double) -> ClosedRange<Double> {
                moments.interval(first: number, second: number, quantile: quantile)
            }
            return Difference(
                count: subset.count, first: first, second: second, mean: first - second,
                pointwise: interval(NormalDistribution.quantile975), simultaneous: interval(point))
        }
    }
}
