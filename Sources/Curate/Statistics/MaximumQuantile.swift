import Glibc

/// What the largest of several correlated normal variables stays below with 95 % probability.
struct MaximumQuantile: Sendable, Equatable {
    /// The 95 % point of the largest absolute value: 1.96 for one variable.
    let twoSided: Double
    /// The 95 % point of the largest value: 1.64 for one variable.
    let oneSided: Double

    /// For more variables the bounds of independent ones are taken.
    static let largestDimension = 256

    /// Determines both points.
    ///
    /// Exact for independent variables; otherwise the quantiles of at least 10,000 and at most 40,000 draws, and never
    /// above those of independent variables, which bound the two-sided point for all correlations (Zbyněk Šidák,
    /// "Rectangular Confidence Regions for the Means of Multivariate Normal Distributions", Journal of the American
    /// Statistical Association 62, 1967). Above `largestDimension` variables both are bounds: the one-sided by
    /// Bonferroni.
    init(of variables: CorrelatedNormals, seed: UInt64) {
        let count = variables.dimension
        precondition(count >= 1, "the largest of no variables")
        let share = -expm1(log(0.95) / Double(count))
        let independentTwoSided = NormalDistribution.upperQuantile(share / 2)
        if variables.isIndependent {
            twoSided = independentTwoSided
            oneSided = NormalDistribution.upperQuantile(share)
            return
        }
        let bonferroni = NormalDistribution.upperQuantile(0.05 / Double(count))
        guard count <= Self.largestDimension else {
            (twoSided, oneSided) = (independentTwoSided, bonferroni)
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

    /// The value that 95 % of draws are not above.
    static func quantile95(of draws: inout [Double]) -> Double {
        draws.sort()
        return draws[Int((0.95 * Double(draws.count)).rounded(.up)) - 1]
    }
}
