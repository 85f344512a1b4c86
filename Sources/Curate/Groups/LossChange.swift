/// How the mean cross-entropy of two sorts of runs differs on some examples, with an interval of pairs.
///
/// The loss of an example is its mean over the runs of a side; the interval is Student's for the mean of the differences
/// example by example, so that what is hard for both cancels.
package struct LossChange: Sendable, Equatable {
    /// The mean loss of the first, natural logarithm.
    package let first: Double
    /// The mean loss of the second.
    package let second: Double
    /// The 95 % interval of the change for other examples of the kind; nil for a single example.
    package let interval: ClosedRange<Double>?

    /// The second minus the first.
    package var change: Double { second - first }

    /// Compares the losses of some examples; nil when there are none.
    ///
    /// - Parameters:
    ///   - first: the loss of each example, the mean over the runs of the first side.
    ///   - second: that of the second side, of the same examples.
    /// - Precondition: both have one length.
    package init?(first: [Double], second: [Double]) {
        precondition(first.count == second.count, "losses of the same examples")
        guard !first.isEmpty else { return nil }
        self.first = Moments(of: first).mean
        self.second = Moments(of: second).mean
        interval = Moments(of: zip(second, first).map { $0 - $1 }).meanInterval
    }

    /// The change for people's programs.
    var json: JSONValue {
        [
            "first": .double(first), "second": .double(second), "change": .double(change),
            "interval": .interval(interval),
        ]
    }
}

extension Predictions {
    /// The loss of each example, the mean over the runs; nil when a run has none.
    var meanLosses: [Double]? {
        let losses = runs.compactMap(\.losses)
        guard losses.count == runs.count else { return nil }
        return labels.indices.map { example in
            losses.reduce(0) { $0 + Double($1[example]) } / Double(losses.count)
        }
    }
}
