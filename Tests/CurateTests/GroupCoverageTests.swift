import Curate
import Models
import TestSupport
import Testing

/// Whether intervals cover what they say, by simulation with known truths.
@Suite(.tags(.soak)) struct GroupCoverageTests {
    /// The sizes of Waterbirds' groups.
    private static let test = [2255, 2255, 642, 642]
    private static let validation = [467, 466, 133, 133]
    private static let small = [30, 30, 40, 40, 50, 50, 60, 60, 70, 80, 90, 100, 110, 120, 133, 133]

    private static func line(_ from: Double, _ to: Double) -> [Double] {
        (0..<16).map { from + (to - from) * Double($0) / 15 }
    }

    private static let disjoint: [SimulatedOutcomes] = [
        SimulatedOutcomes(sizes: test, first: [0.99, 0.92, 0.75, 0.94], second: [0.99, 0.93, 0.87, 0.93]),
        SimulatedOutcomes(sizes: validation, first: [0.87, 0.87, 0.87, 0.87], second: [0.87, 0.87, 0.87, 0.87]),
        // One side's worst is clear, that of the other is not: here a bootstrap of the minimum covers 89 %.
        SimulatedOutcomes(sizes: validation, first: [0.99, 0.95, 0.75, 0.93], second: [0.99, 0.87, 0.87, 0.87]),
        SimulatedOutcomes(sizes: small, first: line(0.99, 0.6), second: line(0.97, 0.7)),
        SimulatedOutcomes(sizes: small, first: line(0.99, 0.99), second: line(0.98, 0.98)),
    ]

    /// How often everything that is promised together holds.
    private struct Coverage {
        var shares = 0
        var lowerBounds = 0
        var minimum = 0
        var differences = 0
        var minimumDifference = 0
        /// Of the intervals of single sets, which promise nothing together.
        var pointwise = 0

        init(of simulated: SimulatedOutcomes, repetitions: Int, minimumDifferences: Int) throws {
            let truths = simulated.truths
            let lowest = (truths.first.min() ?? 0, truths.second.min() ?? 0)
            let cells = MembershipCells(
                columns: simulated.memberships.map { .init(values: $0, valueCount: 2, excluded: 0) },
                exampleCount: simulated.first.count)
            for number in 0..<repetitions {
                let outcomes = simulated.draw(number)
                let first = RepeatedOutcomes(counts: outcomes.first, runCount: 1)
                let second = RepeatedOutcomes(counts: outcomes.second, runCount: 1)
                let seed = UInt64(number)
                let measured = try #require(SimultaneousProportions(of: first, in: cells, seed: seed))
                let pairs = zip(measured.shares, truths.first)
                shares += pairs.allSatisfy { $0.simultaneous.contains($1) } ? 1 : 0
                lowerBounds += pairs.allSatisfy { $0.lowerBound <= $1 } ? 1 : 0
                pointwise += pairs.allSatisfy { $0.pointwise.lower <= $1 && $1 <= $0.pointwise.upper } ? 1 : 0
                minimum += measured.minimum.contains(lowest.0) ? 1 : 0
                let compared = try #require(
                    SimultaneousDifferences(of: first, minus: second, in: cells, seed: seed))
                let holds = compared.differences.enumerated().allSatisfy { set, difference in
                    difference.simultaneous.contains(truths.first[set] - truths.second[set])
                }
                differences += holds ? 1 : 0
                guard number < minimumDifferences else { continue }
                let worst = try #require(MinimumDifference(of: first, minus: second, in: cells, seed: seed))
                minimumDifference += worst.interval.contains(lowest.0 - lowest.1) ? 1 : 0
            }
        }
    }

    /// Whether a count agrees with a coverage of 94 % or more: it may be 2.3 standard deviations below.
    private static func isEnough(_ count: Int, of repetitions: Int) -> Bool {
        let n = Double(repetitions)
        return Double(count) >= 0.94 * n - 2.33 * (n * 0.94 * 0.06).squareRoot()
    }

    private static func check(_ coverage: Coverage, _ repetitions: Int, _ minimumDifferences: Int) {
        for (count, what) in [
            (coverage.shares, "shares"), (coverage.lowerBounds, "lower bounds"), (coverage.minimum, "minimum"),
            (coverage.differences, "differences"),
        ] {
            #expect(isEnough(count, of: repetitions), "\(what): \(count) of \(repetitions)")
        }
        #expect(
            isEnough(coverage.minimumDifference, of: minimumDifferences),
            "difference of the minima: \(coverage.minimumDifference) of \(minimumDifferences)")
    }

    @Test(arguments: 0..<5) func disjointGroupsAreCoveredTogether(number: Int) throws {
        let repetitions = Soak.count(200, of: 4000, "simulations of disjoint groups")
        let coverage = try Coverage(
            of: Self.disjoint[number], repetitions: repetitions, minimumDifferences: repetitions / 8)
        Self.check(coverage, repetitions, repetitions / 8)
        // What is promised for one group does not hold for all: this test can fail.
        #expect(!Self.isEnough(coverage.pointwise, of: repetitions))
    }

    @Test func overlappingGroupsAreCoveredTogether() throws {
        let repetitions = Soak.count(40, of: 2000, "simulations of overlapping groups")
        let simulated = SimulatedOutcomes(overlappingWithSeed: 1)
        let coverage = try Coverage(of: simulated, repetitions: repetitions, minimumDifferences: repetitions / 2)
        Self.check(coverage, repetitions, repetitions / 2)
        let truths = simulated.truths.first
        #expect((truths.min() ?? 1) < 0.61 && (truths.max() ?? 0) > 0.9)
    }

    /// 16 groups that overlap in all ways, of a million examples; in well under a second where it was measured.
    @Test func aMillionExamplesInSixteenGroups() throws {
        let simulated = SimulatedOutcomes(halvesOf: 1_000_000)
        let outcomes = simulated.draw(0)
        let first = RepeatedOutcomes(counts: outcomes.first, runCount: 1)
        let second = RepeatedOutcomes(counts: outcomes.second, runCount: 1)
        let columns = simulated.memberships.map { MembershipCells.Column(values: $0, valueCount: 2, excluded: 0) }
        let clock = ContinuousClock()
        let start = clock.now
        let cells = MembershipCells(columns: columns, exampleCount: 1_000_000)
        let shares = try #require(SimultaneousProportions(of: first, in: cells))
        let minimum = try #require(MinimumDifference(of: first, minus: second, in: cells))
        #expect(clock.now - start < .seconds(4))
        #expect(cells.cellCount == 65_536)
        #expect(zip(shares.shares, simulated.truths.first).allSatisfy { $0.simultaneous.contains($1) })
        #expect(minimum.interval.contains(0.03))
    }
}
