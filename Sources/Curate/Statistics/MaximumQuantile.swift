import Glibc

/// What the largest of several correlated normal variables stays below with 95 % probability.
struct MaximumQuantile: Sendable, Equatable {
    /// The 95 % point of the largest absolute value: 1.96 for one variable.
    let twoSided: Double
    /// The 95 % point of the largest value: 1.64 for one variable.
    let oneSided: Double

    /// For more variables bounds are taken that hold for all correlations.
    static let largestDimension = IntersectionSums.largestSetCount

    /// Determines both points.
    ///
    /// Exact for independent variables; otherwise the quantiles of at least 10,000 and at most 40,000 draws, and never
    /// above those of independent variables, which bound the two-sided point for all correlations (Zbyněk Šidák,
    /// "Rectangular Confidence Regions for the Means of Multivariate Normal Distributions", Journal of the American
    /// Statistical Association 62, 1967). Above `largestDimension` variables both are bounds: the one-sided by
    /// Bonferroni.
    ///
    /// - Parameters:
    ///   - count: the number of variables, at least 1.
    ///   - seed: of the draws.
    ///   - covariance: the covariance of two of them, the first number being the larger or the same.
    init(count: Int, seed: UInt64, covariance: (Int, Int) -> Double) {
        precondition(count >= 1, "the largest of no variables")
        let share = Self.tailOfOne(of: count)
        let independentTwoSided = NormalDistribution.upperQuantile(share / 2)
        let bonferroni = NormalDistribution.upperQuantile(0.05 / Double(count))
        guard count <= Self.largestDimension else {
            (twoSided, oneSided) = (independentTwoSided, bonferroni)
            return
        }
        let variables = CorrelatedNormals(dimension: count, covariance: covariance)
        if variables.isIndependent {
            (twoSided, oneSided) = (independentTwoSided, NormalDistribution.upperQuantile(share))
            return
        }
        let draws = min(40_000, max(10_000, 40_000_000 / (count * count)))
        var largest: [Double] = []
        var largestAbsolute: [Double] = []
        largest.reserveCapacity(draws)
        largestAbsolute.reserveCapacity(draws)
        variables.draw(draws, seed: seed) { draw in
            var (upper, lower) = (draw[0], draw[0])
            for value in draw {
                upper = max(upper, value)
                lower = min(lower, value)
            }
            largest.append(upper)
            largestAbsolute.append(max(upper, -lower))
        }
        twoSided = min(Self.quantile95(of: &largestAbsolute), independentTwoSided)
        oneSided = min(Self.quantile95(of: &largest), bonferroni)
    }

    /// The probability with which each of several independent variables may be in its tail: 5 % for one of them.
    static func tailOfOne(of count: Int) -> Double { -expm1(log(0.95) / Double(count)) }

    /// The value that 95 % of draws are not above.
    static func quantile95(of draws: inout [Double]) -> Double {
        draws.sort()
        return draws[Int((0.95 * Double(draws.count)).rounded(.up)) - 1]
    }
}
