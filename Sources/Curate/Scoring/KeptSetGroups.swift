import Models

/// Pairs of groups of runs that have no run in common, so that what two groups agree on is not one run's doing.
package enum KeptSetGroups {
    /// Two disjoint groups of runs, each ascending; the first has the lowest run of both.
    package struct Pair: Sendable, Hashable {
        package let first: [Int]
        package let second: [Int]
    }

    /// How many pairs are looked at when there are more.
    package static let largestPairCount = 30

    /// Pairs of groups of a size: all there are, or `largestPairCount` drawn with a fixed seed.
    ///
    /// - Parameters:
    ///   - size: the runs of each group.
    ///   - runCount: the runs there are.
    /// - Precondition: there are runs for two groups of at least one.
    package static func pairs(of size: Int, among runCount: Int) -> [Pair] {
        precondition(size >= 1 && 2 * size <= runCount, "too few runs for two groups of \(size)")
        let groups = combinations(2 * size, of: Array(0..<runCount), atMost: largestPairCount + 1)
        var pairs: [Pair] = []
        for union in groups where pairs.count <= largestPairCount {
            // The lowest is always in the first group, so that no pair comes twice.
            for rest in combinations(size - 1, of: Array(union.dropFirst()), atMost: largestPairCount + 1) {
                let first = [union[0]] + rest
                pairs.append(Pair(first: first, second: union.filter { !first.contains($0) }))
            }
        }
        return pairs.count <= largestPairCount ? pairs : drawn(size, among: runCount)
    }

    private static func drawn(_ size: Int, among runCount: Int) -> [Pair] {
        var random = KeyedRandom(seed: 0, stream: .selection, epoch: size, index: runCount)
        var seen: Set<Pair> = []
        var pairs: [Pair] = []
        while pairs.count < largestPairCount {
            var runs = Array(0..<runCount)
            for place in 0..<2 * size { runs.swapAt(place, place + random.below(runCount - place)) }
            let groups = [runs[..<size].sorted(), runs[size..<2 * size].sorted()].sorted { $0[0] < $1[0] }
            let pair = Pair(first: groups[0], second: groups[1])
            if seen.insert(pair).inserted { pairs.append(pair) }
        }
        return pairs
    }

    /// The first combinations of some elements in lexicographic order.
    private static func combinations(_ size: Int, of elements: [Int], atMost limit: Int) -> [[Int]] {
        if size == 0 { return [[]] }
        var found: [[Int]] = []
        for (place, element) in elements.enumerated() where elements.count - place >= size {
            for rest in combinations(size - 1, of: Array(elements[(place + 1)...]), atMost: limit - found.count) {
                found.append([element] + rest)
                if found.count >= limit { return found }
            }
        }
        return found
    }
}
