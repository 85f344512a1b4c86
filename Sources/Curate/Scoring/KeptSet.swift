/// Which of some examples are kept, one bit each, so that overlaps of many sets are counted quickly.
///
/// Scores that are whole numbers are tied at the border of what is kept. Which of the tied ones are kept is nothing that
/// runs agree about: the hash of a name decides, the same for all of them. So the tied ones count as drawn at random, in
/// each set anew, and what two sets share is what they share on average.
package struct KeptSet: Sendable, Equatable {
    /// The examples that are kept whatever ties do.
    private let words: [UInt64]
    /// Those of the score at the border, of which some are kept; empty when all of them are.
    private let tiedWords: [UInt64]
    /// The chance of each of them.
    private let tiedShare: Double
    /// How many are kept.
    package let count: Int
    /// How many of those are drawn among examples of one score.
    package let drawnCount: Int

    /// Keeps the hardest by the combined score of some of a column's runs.
    ///
    /// - Parameters:
    ///   - count: how many to keep.
    ///   - runs: the runs that are combined, as positions in `column.perSeed`.
    ///   - column: the score with every run's own values.
    /// - Precondition: there is an example to keep, and there are as many as are kept.
    package init(hardest count: Int, by runs: [Int], of column: ScoreColumn) {
        let (values, _) = ScoreColumn.combine(runs.map { column.perSeed[$0] }, by: column.aggregation)
        precondition((1...values.count).contains(count), "nothing to keep")
        let isLargestFirst = column.direction.largestFirst
        let keys = values.map { isLargestFirst ? ~RankOrder.ascendingKey($0) : RankOrder.ascendingKey($0) }
        let order = RankOrder.stableOrder(of: keys, startingFrom: keys.indices.map { Int32(truncatingIfNeeded: $0) })
        let border = keys[Int(order[count - 1])]
        var words = [UInt64](repeating: 0, count: (keys.count + 63) / 64)
        var tied = words
        var (keptCount, tiedCount) = (0, 0)
        for (position, key) in keys.enumerated() where key <= border {
            let bit: UInt64 = 1 << UInt64(position % 64)
            if key < border {
                words[position / 64] |= bit
                keptCount += 1
            } else {
                tied[position / 64] |= bit
                tiedCount += 1
            }
        }
        self.count = count
        if keptCount + tiedCount == count {
            self.words = zip(words, tied).map { $0 | $1 }
            (tiedWords, tiedShare, drawnCount) = ([UInt64](repeating: 0, count: words.count), 0, 0)
        } else {
            self.words = words
            drawnCount = count - keptCount
            (tiedWords, tiedShare) = (tied, Double(count - keptCount) / Double(tiedCount))
        }
    }

    /// The share of this set that is in another one of the same size, on average over how ties fall in each.
    ///
    /// - Precondition: both are over the same examples.
    package func sharedFraction(with other: KeptSet) -> Double {
        precondition(words.count == other.words.count && count == other.count, "sets of another size")
        var (both, mineTied, otherTied, bothTied) = (0, 0, 0, 0)
        for index in words.indices {
            both += (words[index] & other.words[index]).nonzeroBitCount
            mineTied += (tiedWords[index] & other.words[index]).nonzeroBitCount
            otherTied += (words[index] & other.tiedWords[index]).nonzeroBitCount
            bothTied += (tiedWords[index] & other.tiedWords[index]).nonzeroBitCount
        }
        let tied =
            tiedShare * Double(mineTied) + other.tiedShare * Double(otherTied)
            + tiedShare * other.tiedShare * Double(bothTied)
        return (Double(both) + tied) / Double(count)
    }
}
