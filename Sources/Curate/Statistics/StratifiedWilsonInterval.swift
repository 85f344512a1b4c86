/// The 95 % interval of a weighted mean of proportions, each of examples of its own.
///
/// Xin Yan and Xiao Gang Su, "Stratified Wilson and Newcombe Confidence Intervals for Multiple Binomial Proportions",
/// Statistics in Biopharmaceutical Research 2 (2010): the weighted mean of the ends of the strata's Wilson intervals,
/// taken at the quantile at which their widths add up to the width of the mean. As the spread of a stratum counts what
/// stands under the root of its Wilson interval, which is never 0, so that strata without a mistake have a width too.
package struct StratifiedWilsonInterval: Sendable, Equatable {
    /// One proportion.
    package struct Stratum: Sendable {
        /// Its weight; only the shares of all weights matter.
        package let weight: Double
        /// What was observed, within 0...1.
        package let proportion: Double
        /// The examples it was observed on, at least 1.
        package let count: Int

        /// Describes a proportion.
        package init(weight: Double, proportion: Double, count: Int) {
            precondition(count >= 1 && (0...1).contains(proportion) && weight >= 0, "no proportion of a stratum")
            self.weight = weight
            self.proportion = proportion
            self.count = count
        }

        /// What stands under the root of the Wilson interval.
        fileprivate var spread: Double {
            let n = Double(count)
            let z2 = StratifiedWilsonInterval.quantile * StratifiedWilsonInterval.quantile
            return (proportion * (1 - proportion) / n + z2 / (4 * n * n)).squareRoot()
        }

        fileprivate func ends(at quantile: Double) -> (lower: Double, upper: Double) {
            let (n, z2) = (Double(count), quantile * quantile)
            let centre = proportion + z2 / (2 * n)
            let half = quantile * (proportion * (1 - proportion) / n + z2 / (4 * n * n)).squareRoot()
            return (max(0, (centre - half) / (1 + z2 / n)), min(1, (centre + half) / (1 + z2 / n)))
        }
    }

    /// The weighted mean.
    package let mean: Double
    /// The lower end.
    package let lower: Double
    /// The upper end.
    package let upper: Double

    /// The 97.5 % point of the normal distribution.
    private static let quantile = 1.959963984540054

    /// The interval of some strata; nil when no weight is above 0.
    ///
    /// - Parameters:
    ///   - strata: the proportions with their weights.
    ///   - areDisjoint: whether no example is in two strata. Otherwise their errors may all go the same way, and the
    ///     quantile is not lowered: the interval is then wider than it need be.
    package init?(_ strata: [Stratum], areDisjoint: Bool) {
        let total = strata.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var (widths, squares) = (0.0, 0.0)
        for stratum in strata {
            let width = stratum.weight / total * stratum.spread
            widths += width
            squares += width * width
        }
        let own = areDisjoint ? Self.quantile * squares.squareRoot() / widths : Self.quantile
        var (mean, lower, upper) = (0.0, 0.0, 0.0)
        for stratum in strata {
            let (share, ends) = (stratum.weight / total, stratum.ends(at: own))
            mean += share * stratum.proportion
            lower += share * ends.lower
            upper += share * ends.upper
        }
        (self.mean, self.lower, self.upper) = (mean, min(lower, mean), min(1, max(upper, mean)))
    }
}
