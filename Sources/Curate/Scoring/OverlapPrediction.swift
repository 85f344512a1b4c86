import Glibc

/// What two kept sets share, from the correlation of the scores they are kept by, and back.
///
/// The scores of two groups of runs are taken as bivariate normal, of which each keeps the upper share f: then the
/// overlap is P(X > q, Y > q) / f with P(X > q) = f. Means over more runs are predicted by Spearman-Brown, with a power of the
/// number of runs that is fitted to what was measured.
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

    /// The reliability of a mean over more runs: Spearman-Brown, r' / (1 - r') = factor r / (1 - r).
    ///
    /// - Parameters:
    ///   - reliability: what the formula starts from; 0 or less predicts nothing, which counts as 0.
    ///   - factor: by how much the odds grow: the ratio of the numbers of runs, when runs are equally good.
    package static func steppedUp(_ reliability: Double, by factor: Double) -> Double {
        guard reliability > 0 else { return 0 }
        return factor * reliability / (1 + (factor - 1) * reliability)
    }

    /// The power of the number of runs with which the odds r / (1 - r) grow, by least squares of logarithms, within 0...1.
    ///
    /// It is 1 when runs differ by chance alone, as Spearman and Brown have it, which also is the answer for one number of
    /// runs. It is less when some runs are worse than others and spoil every mean they are part of.
    ///
    /// - Parameter reliabilities: those of means over 1, 2, ... runs.
    package static func growth(of reliabilities: [Double]) -> Double {
        guard reliabilities.count > 1 else { return 1 }
        let points = reliabilities.enumerated().map { place, reliability in
            let inside = min(1 - 1e-9, max(1e-6, reliability))
            return (x: log(Double(place + 1)), y: log(inside / (1 - inside)))
        }
        let count = Double(points.count)
        let meanX = points.reduce(0) { $0 + $1.x } / count
        let meanY = points.reduce(0) { $0 + $1.y } / count
        let products = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
        let squares = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        return min(1, max(0, products / squares))
    }
}
