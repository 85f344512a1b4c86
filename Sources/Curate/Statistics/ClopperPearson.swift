/// The exact interval of a proportion.
///
/// C. J. Clopper and Egon S. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the
/// Binomial", Biometrika 26 (1934). It never covers less than it promises, at any tail: the score interval, fine on the
/// average, misses a proportion of 0.99 of 30 examples ten times too often at the tails that several groups need
/// together.
package struct ClopperPearson: Sendable, Equatable {
    /// The lower end.
    package let lower: Double
    /// The upper end.
    package let upper: Double

    /// The interval of a count.
    ///
    /// - Parameters:
    ///   - successes: within 0...count; a fraction when it is a mean over runs.
    ///   - count: the examples, at least 1.
    ///   - tail: the probability that either end may miss with, above 0 and below 0.5.
    package init(successes: Double, count: Int, tail: Double) {
        precondition(
            count >= 1 && successes >= 0 && successes <= Double(count), "no proportion: \(successes) of \(count)")
        let failures = Double(count) - successes
        lower = successes == 0 ? 0 : BetaDistribution.quantile(tail, a: successes, b: failures + 1)
        upper = failures == 0 ? 1 : 1 - BetaDistribution.quantile(tail, a: failures, b: successes + 1)
    }
}
