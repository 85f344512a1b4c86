import Curate
import Models
import Testing

@Suite struct ScoringStabilityTests {
    typealias Fixtures = ScoringFixtures

    /// Runs of a common signal with independent noise of the given size.
    private func runs(_ count: Int, examples: Int = 2000, noise: Float, seed: UInt64 = 3) -> [[Float]] {
        let signal = (0..<examples).map { KeyedRandom.normal(seed: seed, epoch: 0, index: $0) }
        return (1...count).map { run in
            signal.indices.map { signal[$0] + noise * KeyedRandom.normal(seed: seed, epoch: run, index: $0) }
        }
    }

    private func stability(_ perSeed: [[Float]], name: ScoreName = .el2n) -> RankStability {
        RankStability(
            of: Fixtures.column(name, perSeed: perSeed), ties: TieBreaker(ids: Fixtures.ids(perSeed[0].count)))
    }

    @Test func oneRunSaysNothing() {
        let one = stability([[1, 2, 3]])
        #expect(one.verdict == .unknown && one.meanSpearman == nil && one.pairs.isEmpty)
        #expect(one.warning?.contains("unknown") == true)
        #expect(one.summary.contains("one run"))
    }

    @Test func identicalRunsAgreePerfectly() {
        let two = stability([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])
        #expect(two.meanSpearman == 1 && two.predictedReliability == 1)
        #expect(two.meanJaccard == 1 && two.meanSharedFraction == 1)
        #expect(two.verdict == .stable && two.warning == nil && two.keptCount == 3)
    }

    @Test func handWorkedOverlap() {
        // Hardest halves {3, 2} and {3, 0}: one of two shared, one of three in all.
        let two = stability([[1, 2, 3, 4], [3, 2, 1, 4]])
        #expect(two.meanSharedFraction == 0.5)
        #expect(abs((two.meanJaccard ?? 0) - 1.0 / 3) < 1e-12)
        // d = 2, 0, 2, 0: 1 - 6 * 8 / 60 = 0.2; two runs: 0.4 / 1.2.
        #expect(abs((two.meanSpearman ?? 0) - 0.2) < 1e-12)
        #expect(abs((two.predictedReliability ?? 0) - 1.0 / 3) < 1e-12)
        // Half shared is what chance gives.
        #expect(abs((two.predictedSharedFraction ?? 0) - 0.5) < 1e-12)
        #expect(two.verdict == .unstable)
    }

    @Test func theHardEndIsTheOneThatIsCompared() {
        // The two runs agree on which half is large only among the small values.
        let runs: [[Float]] = [[1, 2, 8, 9, 10, 11], [1, 2, 11, 10, 9, 8]]
        #expect(stability(runs, name: .aum).meanSharedFraction == Double(2) / 3)
        #expect(stability(runs, name: .el2n).meanSharedFraction == Double(2) / 3)
        let lopsided: [[Float]] = [[1, 2, 8, 9], [2, 1, 9, 8]]
        #expect(stability(lopsided, name: .aum).meanSharedFraction == 1)
        let crossed: [[Float]] = [[1, 2, 3, 4, 5], [1, 2, 5, 3, 4]]
        #expect(stability(crossed, name: .aum).meanSharedFraction == Double(2) / 3)
        #expect(stability(crossed, name: .el2n).meanSharedFraction == 1)
    }

    /// The prediction is checked against what it predicts: the correlation of two means of K fresh runs.
    @Test(arguments: [2, 3, 5])
    func spearmanBrownPredictsTheCorrelationOfMeans(count: Int) throws {
        let all = runs(2 * count, examples: 4000, noise: 0.8)
        let first = stability(Array(all.prefix(count)))
        let firstMean = Fixtures.column(.el2n, perSeed: Array(all.prefix(count))).values
        let secondMean = Fixtures.column(.el2n, perSeed: Array(all.suffix(count))).values
        let achieved = try #require(SpearmanCorrelation.between(firstMean, secondMean))
        let predicted = try #require(first.predictedReliability)
        #expect(abs(achieved - predicted) < 0.02)

        let ties = TieBreaker(ids: Fixtures.ids(4000))
        let halves = [firstMean, secondMean].map { values in
            Set(Fixtures.column(.el2n, perSeed: [values]).hardestFirst(ties: ties).prefix(2000))
        }
        let shared = Double(halves[0].intersection(halves[1]).count) / 2000
        #expect(abs(shared - (first.predictedSharedFraction ?? 0)) < 0.03)
    }

    @Test func theRecommendedNumberOfRunsIsEnough() throws {
        let few = stability(runs(2, examples: 4000, noise: 1.2))
        #expect(few.verdict == .unstable)
        let needed = try #require(few.recommendedSeedCount)
        #expect(needed > 2 && needed < 20)
        #expect(few.warning?.contains("\(needed) seeds instead of 2") == true)
        let enough = stability(runs(needed + 1, examples: 4000, noise: 1.2))
        #expect(enough.verdict == .stable)
        #expect(enough.warning == nil)
        #expect(enough.pairs.count == (needed + 1) * needed / 2)
        let range = try #require(enough.spearmanRange)
        #expect(range.contains(try #require(enough.meanSpearman)))
    }

    @Test func unrelatedRunsCannotBeSavedByMoreSeeds() {
        let noise = stability(runs(3, noise: 200))
        #expect(noise.verdict == .unstable && noise.recommendedSeedCount == nil)
        #expect(noise.warning?.contains("train longer") == true)
        let opposed = stability([[1, 2, 3, 4], [4, 3, 2, 1]])
        #expect(opposed.predictedReliability == 0 && opposed.recommendedSeedCount == nil)
    }

    @Test func aConstantRunIsNotCalledStable() {
        let constant = stability([[0, 0, 0, 0], [0, 0, 0, 0]], name: .forgetting)
        #expect(constant.verdict == .unstable && constant.meanSpearman == nil)
        #expect(constant.warning?.contains("equal") == true)
        #expect(constant.summary.contains("tie-breaks"))
    }
}

extension KeyedRandom {
    /// A nearly normal number: the sum of twelve uniforms, centred.
    fileprivate static func normal(seed: UInt64, epoch: Int, index: Int) -> Float {
        var random = KeyedRandom(seed: seed, stream: .test, epoch: epoch, index: index)
        return (0..<12).reduce(Float(-6)) { sum, _ in sum + random.uniform() }
    }
}
