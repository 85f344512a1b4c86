/// The shape of one score over the examples.
package struct ScoreDistribution: Sendable, Equatable {
    /// The number of values.
    package let count: Int
    /// The smallest and largest value.
    package let minimum: Float, maximum: Float
    /// The mean, summed in Float64.
    package let mean: Double
    /// The standard deviation, divisor n - 1; nil for one value.
    package let standardDeviation: Double?
    private let sorted: [Float]

    /// Describes values.
    ///
    /// - Precondition: there is at least one, and none is NaN.
    package init(of values: [Float]) {
        precondition(!values.isEmpty, "no values to describe")
        let order = RankOrder.stableOrder(
            of: values.map(RankOrder.ascendingKey), startingFrom: values.indices.map { Int32($0) })
        sorted = order.map { values[Int($0)] }
        count = values.count
        (minimum, maximum) = (sorted[0], sorted[count - 1])
        let moments = Moments(of: values)
        (mean, standardDeviation) = (moments.mean, moments.standardDeviation)
    }

    /// The value below which a fraction of the values lie, interpolated linearly as NumPy does by default.
    ///
    /// - Precondition: `fraction` is in 0...1.
    package func quantile(_ fraction: Double) -> Double {
        precondition(fraction >= 0 && fraction <= 1, "a quantile beyond 0...1")
        let place = fraction * Double(count - 1)
        let below = Int(place.rounded(.down))
        let low = Double(sorted[below])
        guard below + 1 < count else { return low }
        return low + (place - Double(below)) * (Double(sorted[below + 1]) - low)
    }

    /// Counts of values in bins.
    ///
    /// Bins are of equal width from the minimum to the maximum; a value on an edge belongs to the bin above it, the
    /// maximum to the last. Whole numbers that fit (forgetting, correctness) get a bin each, centred on the number;
    /// equal values get one bin.
    /// - Precondition: `maximumBinCount >= 1`.
    package func histogram(maximumBinCount: Int) -> ScoreHistogram {
        precondition(maximumBinCount >= 1, "a histogram without bins")
        let low = Double(minimum)
        let high = Double(maximum)
        if low == high { return ScoreHistogram(edges: [low, high], counts: [count], isPerInteger: false) }
        let isWhole = high - low < Double(maximumBinCount) && sorted.allSatisfy { $0 == $0.rounded() }
        let binCount = isWhole ? Int(high - low) + 1 : maximumBinCount
        let width = isWhole ? 1 : (high - low) / Double(binCount)
        var counts = [Int](repeating: 0, count: binCount)
        for value in sorted { counts[min(binCount - 1, Int((Double(value) - low) / width))] += 1 }
        let start = isWhole ? low - 0.5 : low
        let edges = (0...binCount).map { $0 == binCount && !isWhole ? high : start + Double($0) * width }
        return ScoreHistogram(edges: edges, counts: counts, isPerInteger: isWhole)
    }
}

/// Counts of values between edges.
package struct ScoreHistogram: Sendable, Equatable {
    /// The edges, ascending, one more than there are bins.
    package let edges: [Double]
    /// The number of values in each bin.
    package let counts: [Int]
    /// Whether each bin is one whole number, halfway between its edges.
    package let isPerInteger: Bool
}
