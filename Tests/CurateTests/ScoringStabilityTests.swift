import Curate
import Models
import Testing

/// The one answer to how many seeds a score takes, as a report of scores gives it.
@Suite struct ScoringStabilityTests {
    typealias Fixtures = ScoringFixtures

    /// Runs of a common signal with independent noise of the given size.
    private func runs(_ count: Int, examples: Int = 2000, noise: Float, seed: UInt64 = 3) -> [[Float]] {
        let signal = (0..<examples).map { KeyedRandom.normal(seed: seed, epoch: 0, index: $0) }
        return (1...count).map { run in
            signal.indices.map { signal[$0] + noise * KeyedRandom.normal(seed: seed, epoch: run, index: $0) }
        }
    }

    private func stability(_ perSeed: [[Float]], name: ScoreName = .el2n) -> ScoreStability {
        ScoreStability(of: Fixtures.column(name, perSeed: perSeed))
    }

    /// What some runs keep when they are combined.
    private func half(_ perSeed: [[Float]], name: ScoreName = .el2n) -> Set<Int32> {
        let column = Fixtures.column(name, perSeed: perSeed)
        let order = column.hardestFirst(ties: TieBreaker(ids: Fixtures.ids(perSeed[0].count)))
        return Set(order.prefix(order.count / 2))
    }

    @Test func oneRunSaysNothing() {
        let one = stability([[1, 2, 3]])
        #expect(one.half == nil && one.seedCount == 1)
        #expect(
            one.summary == "el2n: 1 seed cannot tell how much of the ranking is the seed's doing: it takes at least 4")
        #expect(one.warning == one.summary)
        #expect(one.json["verdict"] == "tooFewSeeds" && one.json["seeds"] == 1)
    }

    @Test(arguments: [2, 3]) func fewRunsCannotTell(count: Int) throws {
        let few = stability(runs(count, noise: 0.1))
        #expect(few.half?.verdict == .tooFewSeeds)
        #expect(few.summary.contains("\(count) seeds cannot tell") && few.summary.contains("at least 4"))
        #expect(few.json["verdict"] == "tooFewSeeds")
    }

    /// What is told is what fresh runs give, within the interval that is told beside it.
    @Test(arguments: [4, 6, 8], [Float(0.5), 1.2]) func freshRunsKeepWhatWasPredicted(count: Int, noise: Float) throws {
        let all = runs(2 * count, examples: 4000, noise: noise)
        let told = try #require(stability(Array(all.prefix(count))).half)
        let achieved =
            Double(half(Array(all.prefix(count))).intersection(half(Array(all.suffix(count)))).count) / 2000
        #expect(try #require(told.interval).contains(achieved))
    }

    @Test func theHardEndIsTheOneThatIsKept() throws {
        // All runs agree on the four smallest; of the five others each leaves out another one.
        let runs: [[Float]] = [
            [1, 2, 3, 4, 5, 6, 7, 8, 9], [2, 1, 3, 4, 9, 5, 6, 7, 8], [1, 3, 2, 4, 8, 9, 5, 6, 7],
            [4, 2, 3, 1, 7, 8, 9, 5, 6],
        ]
        let small = try #require(stability(runs, name: .aum).half)
        let large = try #require(stability(runs, name: .el2n).half)
        #expect(small.groupAgreements[0] == 1 && large.groupAgreements[0] == 0.75)
        #expect(small.keptCount == 4 && small.exampleCount == 9)
    }

    /// With equal scores every run keeps the same, and it means nothing.
    @Test func equalScoresAreNotCalledStable() throws {
        let constant = stability([[Float]](repeating: [0, 0, 0, 0], count: 4), name: .forgetting)
        #expect(constant.half?.verdict == .noise)
        #expect(constant.summary.contains("tie-breaks alone"))
        #expect(constant.warning?.contains("100.0 % of the kept set") == true)
    }

    @Test func unrelatedRunsAgreeByChance() {
        let noise = stability(runs(4, noise: 200))
        #expect(noise.half?.verdict == .noise)
        #expect(noise.json["verdict"] == "noise")
    }
}

extension KeyedRandom {
    /// A nearly normal number: the sum of twelve uniforms, centred.
    fileprivate static func normal(seed: UInt64, epoch: Int, index: Int) -> Float {
        var random = KeyedRandom(seed: seed, stream: .test, epoch: epoch, index: index)
        return (0..<12).reduce(Float(-6)) { sum, _ in sum + random.uniform() }
    }
}
