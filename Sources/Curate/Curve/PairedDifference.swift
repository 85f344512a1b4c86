/// The difference between two ways of training with the same seeds.
public struct PairedDifference: Sendable, Equatable {
    /// How many seeds both were trained with.
    public let count: Int
    /// The mean difference, in shares of 1.
    public let mean: Double
    /// The 95 % interval of the mean, by Student's t with count - 1 degrees of freedom; nil for one seed.
    public let interval: ClosedRange<Double>?

    /// Compares what seeds gave here and there; nil when no seed is in both.
    public init?(_ values: [UInt64: Double], minus others: [UInt64: Double]) {
        let differences = values.sorted { $0.key < $1.key }.compactMap { seed, value in others[seed].map { value - $0 }
        }
        guard !differences.isEmpty else { return nil }
        count = differences.count
        let (mean, deviation) = Self.moments(of: differences)
        self.mean = mean
        interval = deviation.map {
            let half =
                StudentT.centralQuantile(0.95, degreesOfFreedom: differences.count - 1) * $0
                / Double(differences.count).squareRoot()
            return (mean - half)...(mean + half)
        }
    }

    /// The mean, and the standard deviation with divisor n - 1; nil for one value.
    package static func moments(of values: [Double]) -> (mean: Double, deviation: Double?) {
        let mean = values.reduce(0, +) / Double(values.count)
        guard values.count > 1 else { return (mean, nil) }
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(values.count - 1)).squareRoot())
    }
}
