/// The division of a share of several counts into whole numbers by largest remainder.
package enum LargestRemainder {
    /// How many of each count make up a fraction of their sum; ties go to the first, and no count gives its last.
    ///
    /// - Parameters:
    ///   - counts: what there is of each.
    ///   - fraction: the share of the sum that is wanted, in 0...1.
    /// - Returns: numbers that add up to the rounded share, unless too many counts cannot give more.
    package static func shares(of counts: [Int], fraction: Double) -> [Int] {
        let total = Int((Double(counts.reduce(0, +)) * fraction).rounded())
        let shares = counts.map { Double($0) * fraction }
        var result = zip(shares, counts).map { share, count in min(Int(share), max(0, count - 1)) }
        let byRemainder = counts.indices.sorted { a, b in
            let first = shares[a] - shares[a].rounded(.down)
            let second = shares[b] - shares[b].rounded(.down)
            return first != second ? first > second : a < b
        }
        var left = total - result.reduce(0, +)
        // What cannot give leaves its share to the others, once round.
        for index in byRemainder where left > 0 && result[index] < counts[index] - 1 {
            result[index] += 1
            left -= 1
        }
        return result
    }

    /// Whole numbers in proportion to weights; ties go to the first.
    ///
    /// - Parameters:
    ///   - total: their sum, 0 or more.
    ///   - weights: the share of each, 0 or more, not all 0.
    package static func counts(total: Int, weights: [Double]) -> [Int] {
        let sum = weights.reduce(0, +)
        precondition(total >= 0 && sum > 0 && weights.allSatisfy { $0 >= 0 }, "nothing to divide by")
        let shares = weights.map { Double(total) * $0 / sum }
        var result = shares.map { Int($0) }
        let byRemainder = weights.indices.filter { weights[$0] > 0 }.sorted { a, b in
            let (first, second) = (shares[a] - Double(result[a]), shares[b] - Double(result[b]))
            return first != second ? first > second : a < b
        }
        for index in byRemainder.prefix(max(0, total - result.reduce(0, +))) { result[index] += 1 }
        return result
    }
}
