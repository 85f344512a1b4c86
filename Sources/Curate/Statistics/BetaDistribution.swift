import Glibc

/// The beta distribution, whose probabilities are also those of binomial counts.
///
/// The regularised incomplete beta function by its continued fraction (NIST Digital Library of Mathematical Functions,
/// 8.17.22), evaluated from the front by Lentz's method (Applied Optics 15, 1976), on the side of the mean where it
/// converges fast. About the square root of `a + b` steps.
package enum BetaDistribution {
    /// The probability of a value below `x`.
    ///
    /// - Precondition: `a` and `b` are positive, `x` is within 0...1.
    package static func probability(below x: Double, a: Double, b: Double) -> Double {
        precondition(a > 0 && b > 0 && x >= 0 && x <= 1, "no such distribution")
        if x == 0 || x == 1 { return x }
        return x * (a + b + 2) < a + 1 ? tail(x, 1 - x, a, b) : 1 - tail(1 - x, x, b, a)
    }

    /// The value that is undercut with a probability.
    ///
    /// - Precondition: `a` and `b` are positive, the probability is within 0...1.
    package static func quantile(_ probability: Double, a: Double, b: Double) -> Double {
        precondition(probability >= 0 && probability <= 1, "no such quantile")
        if probability == 0 || probability == 1 { return probability }
        return Bisection.boundary(0, 1) { self.probability(below: $0, a: a, b: b) < probability }
    }

    /// The probability below `x`, which should be below the mean; `y` is 1 - x.
    private static func tail(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
        let logScale = a * log(x) + b * log(y) - logBeta(a, b)
        return exp(logScale) / a / fraction(x, a, b)
    }

    /// ln B(a, b).
    private static func logBeta(_ a: Double, _ b: Double) -> Double {
        logGamma(a) + logGamma(b) - logGamma(a + b)
    }

    private static func logGamma(_ x: Double) -> Double {
        // The re-entrant one: `lgamma` leaves the sign in a global variable.
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }

    /// 1 + d1 / (1 + d2 / (1 + ...)).
    private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        let smallest = 1e-300
        var value = 1.0
        var numerators = 1.0
        var denominators = 0.0
        // Far more steps than the largest data need.
        for step in 1...1_000_000 {
            let m = Double(step / 2)
            let coefficient =
                step % 2 == 0
                ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            denominators = 1 + coefficient * denominators
            if abs(denominators) < smallest { denominators = smallest }
            denominators = 1 / denominators
            numerators = 1 + coefficient / numerators
            if abs(numerators) < smallest { numerators = smallest }
            let factor = numerators * denominators
            value *= factor
            if abs(factor - 1) < 1e-15 { break }
        }
        return value
    }
}
