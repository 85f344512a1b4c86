/// How many of some runs got each example right.
///
/// Counts rather than shares, so that sums over examples are exact and do not depend on their order.
package struct RepeatedOutcomes: Sendable, Equatable {
    /// For each example the number of runs that got it right, within `0...runCount`.
    package let counts: [Int32]
    /// The number of runs, at least 1.
    package let runCount: Int

    /// Takes counts.
    ///
    /// - Precondition: there is a run, and no count is above the number of runs.
    package init(counts: [Int32], runCount: Int) {
        precondition(runCount >= 1 && counts.allSatisfy { $0 >= 0 && $0 <= runCount }, "more right than there are runs")
        self.counts = counts
        self.runCount = runCount
    }

    /// Compares predictions with labels.
    ///
    /// - Parameters:
    ///   - predictions: for each run the class predicted for each example.
    ///   - labels: the class of each example.
    /// - Precondition: there is a run, and one prediction per example.
    package init(of predictions: [[Int32]], labels: [Int32]) {
        precondition(predictions.allSatisfy { $0.count == labels.count }, "one prediction per example")
        var counts = [Int32](repeating: 0, count: labels.count)
        for run in predictions {
            for example in counts.indices where run[example] == labels[example] { counts[example] += 1 }
        }
        self.init(counts: counts, runCount: predictions.count)
    }
}
