import Glibc

/// What two kept sets share, from the correlation of the scores they are kept by, and back.
///
/// The scores of two groups of runs are taken as bivariate normal, of which each keeps the upper share f: then the
/// overlap is P(X > q, Y > q) / f with P(X > q) = f. Means over more runs are predicted with the Spearman-Brown
/// formula (`steppedUp`).
package enum OverlapPrediction {
    /// The share of each kept set that is in the other.
    ///
    /// By dP/dr = exp(-q² / (1 + r)) / (2 pi sqrt(1 - r²)), integrated over the arc sine of r, in which it is smooth; at
    /// f = 1/2 this is 1/2 + asin(r) / pi.
    ///
    /// - Parameters:
    ///   - correlation: of the two scores; below 0 counts as 0, above 1 as 1.
    ///   - fraction: the share that is kept, above 0 and below 1.
    package static func sharedFraction(ofCorrelation correlation: Double, keeping fraction: Double) -> Double {
        let quantile = upperQuantile(fraction)
        let end = asin(min(1, max(0, correlation)))
        func density(_ angle: Double) -> Double { exp(-quantile * quantile / (1 + sin(angle))) }
        // Simpson's rule; 64 intervals leave an error below 1e-9.
        let intervals = 64
        let width = end / Double(intervals)
        var sum = density(0) + density(end)
        for index in 1..<intervals { sum += (index % 2 == 1 ? 4 : 2) * density(Double(index) * width) }
        return min(1, fraction + sum * width / 3 / (2 * .pi) / fraction)
    }

    /// The correlation, in 0...1, of two scores whose kept sets share a fraction; 0 for what chance gives or less.
    package static func correlation(ofSharedFraction shared: Double, keeping fraction: Double) -> Double {
        if shared <= fraction { return 0 }
        if shared >= 1 { return 1 }
        var (lower, upper) = (0.0, 1.0)
        for _ in 0..<60 {
            let middle = (lower + upper) / 2
            if sharedFraction(ofCorrelation: middle, keeping: fraction) < shared {
                lower = middle
            } else {
                upper = middle
            }
        }
        return (lower + upper) / 2
    }

    /// The value that a standard normal number exceeds with a probability.
    static func upperQuantile(_ probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "no such quantile")
        var (lower, upper) = (-40.0, 40.0)
        for _ in 0..<80 {
            let middle = (lower + upper) / 2
            if erfc(middle / 2.0.squareRoot()) / 2 > probability { lower = middle } else { upper = middle }
        }
        return (lower + upper) / 2
    }

    /// Spearman-Brown: the correlation of two means of K runs each, from that of two single runs.
    ///
    /// Runs that disagree on average (r <= 0) predict nothing, which counts as 0.
    package static func steppedUp(_ correlation: Double, runs: Int) -> Double {
        guard correlation > 0 else { return 0 }
        return Double(runs) * correlation / (1 + Double(runs - 1) * correlation)
    }

    /// The reliability of single runs, from that of means over `runs` of them: Spearman-Brown solved for one run.
    package static func singleRun(ofReliability reliability: Double, runs: Int) -> Double {
        reliability / (Double(runs) - Double(runs - 1) * reliability)
    }

    /// How many times as reliable the mean over `runs` is as that over `measured` runs, which stays finite when single
    /// runs do not agree at all.
    package static func reliabilityRatio(ofSingleRun single: Double, runs: Int, to measured: Int) -> Double {
        Double(runs) * (1 + Double(measured - 1) * single) / (Double(measured) * (1 + Double(runs - 1) * single))
    }
}
