/// The difference between two ways of training with the same seeds.
package struct PairedDifference: Sendable, Equatable {
    /// How many seeds both were trained with.
    package let count: Int
    /// The mean difference, in shares of 1.
    package let mean: Double
    /// The 95 % interval of the mean, by Student's t with count - 1 degrees of freedom; nil for one seed.
    package let interval: ClosedRange<Double>?

    /// Compares what seeds gave here and there; nil when no seed is in both.
    package init?(_ values: [UInt64: Double], minus others: [UInt64: Double]) {
        let differences = values.sorted { $0.key < $1.key }.compactMap { seed, value in others[seed].map { value - $0 }
        }
        guard !differences.isEmpty else { return nil }
        let moments = Moments(of: differences)
        count = moments.count
        mean = moments.mean
        interval = moments.meanInterval
    }
}
