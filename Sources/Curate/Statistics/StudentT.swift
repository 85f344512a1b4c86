import Glibc

/// Student's t distribution with a whole number of degrees of freedom.
///
/// Probabilities by the finite sums of Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 26.7.3 and
/// 26.7.4, which are exact for whole degrees of freedom.
package enum StudentT {
    /// The probability that the absolute value is below `t`.
    ///
    /// - Precondition: `t` is 0 or more and there is a degree of freedom.
    package static func centralProbability(below t: Double, degreesOfFreedom: Int) -> Double {
        precondition(t >= 0 && degreesOfFreedom >= 1, "no such distribution")
        let angle = atan(t / Double(degreesOfFreedom).squareRoot())
        let (sine, cosine) = (sin(angle), cos(angle))
        let isOdd = degreesOfFreedom % 2 == 1
        if degreesOfFreedom == 1 { return 2 * angle / .pi }
        var term = isOdd ? cosine : 1
        var sum = term
        var divisor = isOdd ? 3 : 2
        while divisor <= degreesOfFreedom - 2 {
            term *= Double(divisor - 1) / Double(divisor) * cosine * cosine
            sum += term
            divisor += 2
        }
        return isOdd ? 2 / .pi * (angle + sine * sum) : sine * sum
    }

    /// The value that the absolute value stays below with a probability: 12.706 for 0.95 and one degree of freedom.
    ///
    /// - Precondition: the probability is at least 0 and below 1.
    package static func centralQuantile(_ probability: Double, degreesOfFreedom: Int) -> Double {
        precondition(probability >= 0 && probability < 1, "no such quantile")
        var upper = 1.0
        while centralProbability(below: upper, degreesOfFreedom: degreesOfFreedom) < probability { upper *= 2 }
        var lower = 0.0
        // Halved until nothing lies between.
        while true {
            let middle = lower + (upper - lower) / 2
            if middle <= lower || middle >= upper { return upper }
            if centralProbability(below: middle, degreesOfFreedom: degreesOfFreedom) < probability {
                lower = middle
            } else {
                upper = middle
            }
        }
    }
}
