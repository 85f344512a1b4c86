/// Which of some examples are kept, one bit each, so that overlaps of many sets are counted quickly.
package struct KeptSet: Sendable, Equatable {
    private let words: [UInt64]
    /// How many are kept.
    package let count: Int

    /// Keeps some positions.
    ///
    /// - Precondition: each is below `exampleCount` and named once.
    package init(_ positions: some Sequence<Int32>, among exampleCount: Int) {
        var words = [UInt64](repeating: 0, count: (exampleCount + 63) / 64)
        var count = 0
        for position in positions {
            words[Int(position) / 64] |= 1 << UInt64(position % 64)
            count += 1
        }
        self.words = words
        self.count = count
    }

    /// Keeps the hardest by the combined score of some of a column's runs, as `curate prune` would.
    ///
    /// - Parameters:
    ///   - count: how many to keep.
    ///   - runs: the runs that are combined, as positions in `column.perSeed`.
    ///   - column: the score with every run's own values.
    ///   - ties: the order of examples of equal score.
    package init(hardest count: Int, by runs: [Int], of column: ScoreColumn, ties: TieBreaker) {
        let (values, _) = ScoreColumn.combine(runs.map { column.perSeed[$0] }, by: column.aggregation)
        let order = RankOrder.positions(sorting: values, largestFirst: column.direction.largestFirst, ties: ties)
        self.init(order.prefix(count), among: values.count)
    }

    /// The share of this set that is in another one of the same size.
    ///
    /// - Precondition: both are over the same examples, and something is kept.
    package func sharedFraction(with other: KeptSet) -> Double {
        precondition(words.count == other.words.count && count == other.count && count > 0, "sets of another size")
        var shared = 0
        for index in words.indices { shared += (words[index] & other.words[index]).nonzeroBitCount }
        return Double(shared) / Double(count)
    }
}
