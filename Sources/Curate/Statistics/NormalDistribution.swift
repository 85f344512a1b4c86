import Glibc

/// The standard normal distribution.
package enum NormalDistribution {
    /// The 97.5 % point: 95 % of the distribution lies between it and its negative.
    package static let quantile975 = 1.959963984540054

    /// The probability of a value above `z`.
    package static func upperTail(_ z: Double) -> Double { erfc(z / 2.0.squareRoot()) / 2 }

    /// The value that is exceeded with a probability: 1.96 for 0.025.
    ///
    /// - Precondition: the probability is above 0 and below 1.
    package static func upperQuantile(_ probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "no such quantile")
        // Beyond 39 the tail is below the smallest double.
        return Bisection.boundary(-39, 39) { upperTail($0) > probability }
    }
}

/// The point at which a condition ceases to hold.
enum Bisection {
    /// Halves an interval until nothing lies between its ends.
    ///
    /// - Parameters:
    ///   - lower: where the condition holds.
    ///   - upper: where it does not.
    ///   - isBelow: the condition, which holds up to some point and nowhere beyond.
    /// - Returns: the first double at which it does not hold.
    static func boundary(_ lower: Double, _ upper: Double, isBelow: (Double) -> Bool) -> Double {
        var (lower, upper) = (lower, upper)
        while true {
            let middle = lower + (upper - lower) / 2
            if middle <= lower || middle >= upper { return upper }
            if isBelow(middle) { lower = middle } else { upper = middle }
        }
    }
}
