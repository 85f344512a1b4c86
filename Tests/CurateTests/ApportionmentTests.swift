import Curate
import Models
import Testing

@Suite struct ApportionmentTests {
    @Test func everyTotalIsExactNearItsClaimAndNeverTakesBack() {
        var random = KeyedRandom(seed: 7, stream: .test)
        for _ in 0..<60 {
            let count = 1 + random.below(9)
            let capacities = (0..<count).map { _ in random.below(30) }
            let weights = (0..<count).map { _ in Double(1 + random.below(12)) / Double(1 + random.below(5)) }
            var before = [Int](repeating: 0, count: count)
            for total in 0...capacities.reduce(0, +) {
                let counts = Apportionment.counts(total: total, capacities: capacities, weights: weights)
                #expect(counts.reduce(0, +) == total)
                #expect(zip(counts, capacities).allSatisfy { $0 <= $1 })
                #expect(zip(before, counts).allSatisfy { $0 <= $1 }, "\(capacities) \(weights) \(total)")
                let claims = PruningReference.claims(total: total, capacities: capacities, weights: weights)
                #expect(
                    zip(counts, claims).allSatisfy { abs(Double($0) - $1) < 1 + 1e-6 },
                    "\(capacities) \(weights) \(total): \(counts) for \(claims)")
                before = counts
            }
        }
    }

    /// Where largest remainders do not run into the paradox, the counts of equal classes are theirs.
    @Test func evenSharesAreDividedEvenly() {
        #expect(Apportionment.counts(total: 30, capacities: [10, 20, 30], weights: [10, 20, 30]) == [5, 10, 15])
        #expect(Apportionment.counts(total: 31, capacities: [40, 40, 40], weights: [1, 1, 1]) == [11, 10, 10])
        #expect(Apportionment.counts(total: 50, capacities: [5, 100, 100], weights: [1, 1, 1]) == [5, 23, 22])
    }

    /// Sizes for which largest remainders take an example away when the total grows from 10 to 11.
    @Test func theAlabamaParadoxDoesNotOccur() {
        let sizes = [6, 6, 2]
        func largestRemainders(_ total: Int) -> [Int] {
            let shares = sizes.map { Double(total * $0) / 14 }
            var counts = shares.map { Int($0) }
            let order = sizes.indices.sorted { shares[$0] - Double(counts[$0]) > shares[$1] - Double(counts[$1]) }
            for place in order.prefix(total - counts.reduce(0, +)) { counts[place] += 1 }
            return counts
        }
        #expect(largestRemainders(10)[2] > largestRemainders(11)[2])
        let weights = sizes.map { Double($0) }
        let before = Apportionment.counts(total: 10, capacities: sizes, weights: weights)
        let after = Apportionment.counts(total: 11, capacities: sizes, weights: weights)
        #expect(zip(before, after).allSatisfy { $0 <= $1 })
    }

    @Test func cellsOfWeightZeroComeLast() {
        #expect(Apportionment.counts(total: 8, capacities: [5, 5, 5], weights: [0, 1, 1]) == [0, 4, 4])
        #expect(Apportionment.counts(total: 12, capacities: [5, 5, 5], weights: [0, 1, 1]) == [2, 5, 5])
        #expect(Apportionment.counts(total: 0, capacities: [0, 3], weights: [1, 0]) == [0, 0])
    }
}
