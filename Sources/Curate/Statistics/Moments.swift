/// Mean and spread of some numbers, by two passes in double precision, in the order of the numbers.
package struct Moments {
    /// How many numbers there are.
    package let count: Int
    /// Their sum.
    package let sum: Double
    /// Their mean; NaN when there are none.
    package let mean: Double
    /// The sum of their squared differences from the mean.
    private let squares: Double

    /// The standard deviation, divisor n - 1; nil for fewer than two numbers.
    package var standardDeviation: Double? { count > 1 ? (squares / Double(count - 1)).squareRoot() : nil }

    /// The 95 % interval of the mean, by Student's t with count - 1 degrees of freedom; nil for fewer than two numbers.
    package var meanInterval: ClosedRange<Double>? {
        standardDeviation.map {
            let half = StudentT.centralQuantile(0.95, degreesOfFreedom: count - 1) * $0 / Double(count).squareRoot()
            return (mean - half)...(mean + half)
        }
    }

    /// Describes numbers.
    ///
    /// - Parameters:
    ///   - values: the numbers.
    ///   - exactMean: their mean, where it is known better than from their sum.
    package init(of values: some Collection<Double>, mean exactMean: Double? = nil) {
        count = values.count
        sum = values.reduce(0, +)
        let mean = exactMean ?? sum / Double(count)
        squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
    }

    /// Describes single-precision numbers.
    package init(of values: some Collection<Float>) { self.init(of: values.lazy.map { Double($0) }) }
}
