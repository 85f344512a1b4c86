import Curate
import Models
import Testing

@Suite struct ScoringRankTests {
    typealias Fixtures = ScoringFixtures

    @Test func spearmanOfHandWorkedTies() {
        // Ranks (1, 2.5, 2.5, 4) and (1, 3, 2, 4): 4.5 / sqrt(4.5 * 5).
        let tied = SpearmanCorrelation.between([1, 2, 2, 3], [1, 3, 2, 4])
        #expect(abs((tied ?? 0) - 4.5 / 22.5.squareRoot()) < 1e-12)
        #expect(SpearmanCorrelation.between([1, 2, 3], [10, 200, 201]) == 1)
        #expect(SpearmanCorrelation.between([1, 2, 3], [3, 2, 1]) == -1)
        // Without ties 1 - 6 sum d^2 / (n (n^2 - 1)): d = 1, 1, 1, 1, 0.
        let untied = SpearmanCorrelation.between([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
        #expect(abs((untied ?? 0) - 0.8) < 1e-12)
        #expect(SpearmanCorrelation.between([1, 1, 1], [1, 2, 3]) == nil)
        #expect(SpearmanCorrelation.between([-0.0, 0, 1], [5, 5, 6]) == 1)
    }

    /// Average ranks by their definition: 1 + how many are smaller + half of how many others are equal.
    @Test(arguments: 1...10)
    func spearmanAgreesWithItsDefinition(seed: UInt64) {
        var random = KeyedRandom(seed: seed, stream: .test)
        let count = 3 + random.below(60)
        let a = (0..<count).map { _ in Float(random.below(8)) - 4 }
        let b = (0..<count).map { _ in random.uniform() * Float(random.below(3)) - 0.5 }
        func ranks(_ values: [Float]) -> [Double] {
            values.map { value in
                let smaller = values.filter { $0 < value }.count
                let equal = values.filter { $0 == value }.count
                return Double(smaller) + Double(equal + 1) / 2
            }
        }
        let (x, y) = (ranks(a), ranks(b))
        let middle = Double(count + 1) / 2
        let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - middle) * ($1.1 - middle) }
        let squares = [x, y].map { $0.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } }
        guard squares[0] > 0, squares[1] > 0 else {
            #expect(SpearmanCorrelation.between(a, b) == nil)
            return
        }
        let expected = covariance / (squares[0] * squares[1]).squareRoot()
        #expect(abs((SpearmanCorrelation.between(a, b) ?? 9) - expected) < 1e-12)
    }

    @Test(arguments: ScoreName.allCases)
    func rankOneIsTheHardEnd(name: ScoreName) {
        let column = Fixtures.column(name, perSeed: [[-1, 3, 0.5, -7, 2]])
        let ranks = column.ranks(ties: TieBreaker(ids: Fixtures.ids(5)))
        #expect(ranks == (name.direction == .lowerIsHarder ? [2, 5, 3, 1, 4] : [4, 1, 3, 5, 2]))
    }

    /// Permuting the examples permutes the ranks and changes nothing else, ties included.
    @Test(arguments: 1...10)
    func ranksDoNotDependOnPosition(seed: UInt64) {
        var random = KeyedRandom(seed: seed, stream: .test)
        let count = 200
        let ids = Fixtures.ids(count)
        let values = (0..<count).map { _ in Float(random.below(5)) }
        var permutation = Array(0..<count)
        for i in (1..<count).reversed() { permutation.swapAt(i, random.below(i + 1)) }

        let column = Fixtures.column(.forgetting, perSeed: [values])
        let ranks = column.ranks(ties: TieBreaker(ids: ids))
        let moved = Fixtures.column(.forgetting, perSeed: [permutation.map { values[$0] }])
        let movedRanks = moved.ranks(ties: TieBreaker(ids: permutation.map { ids[$0] }))
        #expect(movedRanks == permutation.map { ranks[$0] })
        #expect(Set(ranks) == Set((1...count).map { Int32($0) }))

        let other = (0..<count).map { _ in random.uniform() }
        #expect(
            SpearmanCorrelation.between(values, other)
                == SpearmanCorrelation.between(permutation.map { values[$0] }, permutation.map { other[$0] }))
    }

    /// Leaving examples out does not change the order of the others.
    @Test func tieOrderIsThatOfTheIdsAlone() {
        let ids = Fixtures.ids(100)
        let all = TieBreaker(ids: ids).order.map { ids[Int($0)] }
        let some = stride(from: 0, to: 100, by: 3).map { ids[$0] }
        let part = TieBreaker(ids: some).order.map { some[Int($0)] }
        #expect(part == all.filter { some.contains($0) })
        // Nor is it the order of the file.
        #expect(all != ids)
        let positional = ExampleIdentifiers.positional(partitionCounts: [50, 0, 50])
        let indices = Array(20..<70)
        let named = TieBreaker(ids: indices.map { positional[$0] })
        #expect(TieBreaker(ids: positional, indices: indices).order == named.order)
    }

    /// The hash is part of every ranking anyone has saved, so it may not change.
    @Test func theHashIsFixed() {
        var seen = Set<UInt64>()
        let texts = ["", "a", "b", "ab", "ba", "abcdefgh", "abcdefgh\0", "abcdefghi", "train/0", "train/10"]
        for text in texts { seen.insert(TieBreaker.hash(of: text)) }
        #expect(seen.count == texts.count)
        // Computed with arbitrary-precision integers from the definition, not with this code.
        #expect(TieBreaker.hash(of: "train/0") == 9375934047960425180)
        #expect(TieBreaker.hash(of: "train/59999") == 7078187165383895356)
        #expect(TieBreaker.hash(of: "h\u{e9}llo w\u{f6}rld, a longer id") == 13446635181999037241)
    }
}
