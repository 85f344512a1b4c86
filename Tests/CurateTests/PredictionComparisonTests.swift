import Curate
import Models
import Testing

/// Comparisons of two sorts of runs against counting by hand.
@Suite struct PredictionComparisonTests {
    private static let labels = [Int32](repeating: 0, count: 400)
    /// 300 of the first group, 100 of the second.
    private static let group = GroupColumn(
        name: "g", valueNames: ["a", "b", "c"], values: (0..<400).map { $0 < 300 ? 0 : 1 })

    /// Runs that are wrong about some examples.
    private static func predictions(_ name: String, wrong: [Set<Int>]) -> Predictions {
        Predictions(
            name: name, partition: .test, labels: labels, classNames: ["x", "y"], groups: [group],
            runs: wrong.enumerated().map { seed, wrong in
                Predictions.Run(seed: UInt64(seed), classes: (0..<400).map { wrong.contains($0) ? 1 : 0 })
            })
    }

    @Test func aChangeIsTheSecondMinusTheFirst() throws {
        // The second mends 30 of the small group and spoils 6 of the large one.
        let comparison = try PredictionComparison(
            Self.predictions("before", wrong: [Set(300..<350)]),
            Self.predictions("after", wrong: [Set(0..<6).union(300..<320)]))
        #expect(comparison.overall.first == 0.875 && abs(comparison.overall.second - 374.0 / 400) < 1e-12)
        #expect(comparison.groups.map(\.name) == ["g=a", "g=b"] && comparison.groups.map(\.count) == [300, 100])
        let small = comparison.groups[1]
        #expect(abs(small.change - 0.3) < 1e-12 && small.isSure && small.interval.lowerBound > 0.15)
        #expect(small.test == McNemarTest(onlyFirst: 0, onlySecond: 30))
        #expect(comparison.groups[0].test == McNemarTest(onlyFirst: 6, onlySecond: 0))
        #expect(abs(comparison.groups[0].change + 0.02) < 1e-12)
        let together = try #require(small.simultaneous)
        #expect(together.lowerBound < small.interval.lowerBound && together.upperBound > small.interval.upperBound)
        let worst = try #require(comparison.worst)
        #expect(worst.firstName == "g=b" && worst.secondName == "g=b" && worst.first == 0.5 && worst.second == 0.8)
        #expect(worst.interval.contains(0.3) && !worst.interval.contains(0))
        #expect(comparison.leftOut.map(\.name) == ["g=c"])
        #expect(comparison.json["worst"]?["change"]?.doubleValue == worst.change)
        #expect(comparison.json["groups"]?.arrayValue?[1]["mcNemar"]?["onlySecond"]?.intValue == 30)
    }

    @Test func theOtherWayRoundIsTheOppositeSign() throws {
        let (a, b) = (
            Self.predictions("a", wrong: [Set(280..<340), Set(0..<10)]), Self.predictions("b", wrong: [Set(290..<310)])
        )
        let there = try PredictionComparison(a, b)
        let back = try PredictionComparison(b, a)
        for (one, other) in zip([there.overall] + there.groups, [back.overall] + back.groups) {
            #expect(one.change == -other.change)
            #expect(abs(one.interval.lowerBound + other.interval.upperBound) < 1e-12)
        }
        let (worst, mirrored) = (try #require(there.worst), try #require(back.worst))
        #expect(abs(worst.change + mirrored.change) < 1e-12)
        // Of several runs there is no McNemar test, and the share is the mean.
        #expect(there.overall.test == nil && there.firstRunCount == 2)
        #expect(abs(there.overall.first - (1 - 35.0 / 400)) < 1e-12)
    }

    @Test func theSameIsNoChange() throws {
        let same = Self.predictions("a", wrong: [Set(0..<40)])
        let comparison = try PredictionComparison(same, same, minimumGroupSize: 101)
        #expect(comparison.overall.change == 0 && comparison.overall.interval.contains(0))
        #expect(comparison.overall.test?.probability == 1)
        #expect(comparison.groups.map(\.name) == ["g=a"] && comparison.leftOut.map(\.count) == [100, 0])
        #expect(comparison.worst?.change == 0)
    }

    @Test func withoutGroupsThereIsNoWorst() throws {
        let plain = Predictions(
            name: "p", partition: nil, labels: [0, 1], classNames: ["x", "y"], groups: [],
            runs: [Predictions.Run(seed: 0, classes: [0, 1])])
        let comparison = try PredictionComparison(plain, plain)
        #expect(comparison.worst == nil && comparison.groups.isEmpty && comparison.overall.count == 2)
    }
}
