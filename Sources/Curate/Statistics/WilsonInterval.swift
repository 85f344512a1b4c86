/// The interval that a proportion's true value lies in with 95 % confidence.
///
/// Edwin B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
/// Statistical Association 22 (1927): the score interval, without continuity correction. Unlike the normal
/// approximation it stays within 0...1 and is right for small groups and for proportions near 0 or 1.
package struct WilsonInterval: Sendable, Equatable {
    /// The lower end.
    package let lower: Double
    /// The upper end.
    package let upper: Double

    /// The 97.5 % point of the normal distribution.
    private static let quantile = 1.959963984540054

    /// The interval of a proportion.
    ///
    /// - Parameters:
    ///   - proportion: what was observed, within 0...1; between two counts when it is a mean over runs.
    ///   - count: the examples it was observed on, at least 1.
    package init(proportion: Double, count: Int) {
        precondition(count >= 1 && (0...1).contains(proportion), "no proportion: \(proportion) of \(count)")
        let (n, z2) = (Double(count), Self.quantile * Self.quantile)
        let centre = proportion + z2 / (2 * n)
        let spread = Self.quantile * (proportion * (1 - proportion) / n + z2 / (4 * n * n)).squareRoot()
        // At 0 and 1 the ends are exact; rounding must not push them out.
        lower = proportion == 0 ? 0 : max(0, (centre - spread) / (1 + z2 / n))
        upper = proportion == 1 ? 1 : min(1, (centre + spread) / (1 + z2 / n))
    }
}
