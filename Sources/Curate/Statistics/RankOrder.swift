/// Sorting and ranks of single-precision numbers, linear in their count.
enum RankOrder {
    /// An integer that orders as the value does; -0 and +0 are equal.
    static func ascendingKey(_ value: Float) -> UInt32 {
        precondition(!value.isNaN, "NaN has no rank")
        let bits = value == 0 ? 0 : value.bitPattern
        return bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
    }

    /// A radix sort: positions by ascending key, equal keys left in the order in which `start` has them.
    ///
    /// Three passes over 11 bits each, so linear in the number of examples.
    static func stableOrder(of keys: [UInt32], startingFrom start: [Int32]) -> [Int32] {
        var order = start
        var next = [Int32](repeating: 0, count: order.count)
        for shift in [UInt32(0), 11, 22] {
            var starts = [Int](repeating: 0, count: 2049)
            for position in order { starts[Int((keys[Int(position)] >> shift) & 2047) + 1] += 1 }
            for bucket in 1..<2049 { starts[bucket] += starts[bucket - 1] }
            for position in order {
                let bucket = Int((keys[Int(position)] >> shift) & 2047)
                next[starts[bucket]] = position
                starts[bucket] += 1
            }
            swap(&order, &next)
        }
        return order
    }

    /// Average ranks, doubled and centred: 2 * rank - (n + 1), an integer even for ties.
    static func centredAverageRanks(of values: [Float]) -> [Int64] {
        let count = values.count
        let keys = values.map(ascendingKey)
        let order = stableOrder(of: keys, startingFrom: (0..<count).map { Int32($0) })
        var ranks = [Int64](repeating: 0, count: count)
        var start = 0
        while start < count {
            var end = start + 1
            while end < count && keys[Int(order[end])] == keys[Int(order[start])] { end += 1 }
            // Ranks start+1 ... end have the mean (start + 1 + end) / 2.
            let centred = Int64(start + end - count)
            for place in start..<end { ranks[Int(order[place])] = centred }
            start = end
        }
        return ranks
    }

    /// Spearman's correlation, or nil when all values of one side are equal.
    ///
    /// The sums are of integers and exact, so the result does not depend on the order of the examples.
    static func spearman(_ a: [Int64], _ b: [Int64]) -> Double? {
        precondition(a.count == b.count, "ranks of different examples")
        var products: Int128 = 0
        var squaresOfA: Int128 = 0
        var squaresOfB: Int128 = 0
        for i in a.indices {
            products += Int128(a[i] * b[i])
            squaresOfA += Int128(a[i] * a[i])
            squaresOfB += Int128(b[i] * b[i])
        }
        guard squaresOfA > 0 && squaresOfB > 0 else { return nil }
        // Equal sums of squares, as without ties, need no root: perfect agreement is then exactly 1.
        let scale =
            squaresOfA == squaresOfB
            ? Double(squaresOfA) : (Double(squaresOfA) * Double(squaresOfB)).squareRoot()
        return min(1, max(-1, Double(products) / scale))
    }
}

/// Spearman's rank correlation, with average ranks for ties.
package enum SpearmanCorrelation {
    /// The correlation of two columns, or nil when one of them is constant.
    ///
    /// - Precondition: equal counts, no NaN.
    package static func between(_ a: [Float], _ b: [Float]) -> Double? {
        RankOrder.spearman(RankOrder.centredAverageRanks(of: a), RankOrder.centredAverageRanks(of: b))
    }
}
