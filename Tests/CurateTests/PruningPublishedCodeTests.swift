import Curate
import Models
import Testing

/// Where a paper and its code differ, both are to be had by name, and each gives its own numbers.
@Suite struct PruningPublishedCodeTests {
    private static func uneven() -> ExampleTable {
        ExampleTable(
            datasetName: "uneven", datasetHash: "", indices: (0..<1000).map { Int32($0) },
            identifiers: .positional(partitionCounts: [1000, 0, 0]),
            labels: (0..<1000).map { $0 < 900 ? 0 : 1 }, classNames: ["large", "small"])
    }

    private static func counts(_ quota: Quota, keep: Double) throws -> [Int] {
        try PruningRule(policy: .random, quota: quota, keptFraction: keep).selection(from: uneven(), by: nil)
            .classCountsAfter
    }

    /// Classes of 900 and 100 with recalls of 0.9 and 0.5; numbers by hand.
    @Test func theTwoReadingsOfDRoP() throws {
        let recall = [0.9, 0.5]
        // 60 in proportion to 0.1 and 0.5; and to 900 x 0.1 and 100 x 0.5.
        #expect(try Self.counts(.worstClass(recall: recall), keep: 0.06) == [10, 50])
        let shares = try Self.counts(.worstClassDensity(recall: recall), keep: 0.056)
        #expect(shares == [36, 20])
        // Shares of themselves as 1 to 5: 0.04 and 0.2.
        #expect(Double(shares[1]) / 100 == 5 * Double(shares[0]) / 900)
        // 200: the code wants 167 of the 100 there are; the algorithm 128.6 and 71.4.
        #expect(try Self.counts(.worstClass(recall: recall), keep: 0.2) == [100, 100])
        #expect([[128, 72], [129, 71]].contains(try Self.counts(.worstClassDensity(recall: recall), keep: 0.2)))
        // 400: the algorithm gives 257 and 143 at first, of which 43 go over to the large class.
        #expect(try Self.counts(.worstClassDensity(recall: recall), keep: 0.4) == [300, 100])
    }

    @Test func withClassesOfOneSizeBothReadingsAgree() throws {
        let candidates = ExampleTable(
            datasetName: "even", datasetHash: "", indices: (0..<300).map { Int32($0) },
            identifiers: .positional(partitionCounts: [300, 0, 0]), labels: (0..<300).map { $0 % 3 },
            classNames: ["a", "b", "c"])
        let recall = [0.95, 0.7, 0.2]
        for keep in [0.1, 0.3, 0.5, 0.9] {
            let kept = try [Quota.worstClass(recall: recall), .worstClassDensity(recall: recall)].map {
                try PruningRule(policy: .random, quota: $0, keptFraction: keep).selection(from: candidates, by: nil)
                    .keptPositions
            }
            #expect(kept[0] == kept[1], "\(keep)")
        }
    }

    /// The code of CCS drops by accumulated margin, and then makes strata of the score among what is left.
    @Test func theHardestCanBePassedOverByAnotherScore() throws {
        let problem = PruningFixtures.problem(count: 400, classes: 3, seed: 12)
        let margins = PruningFixtures.problem(count: 400, classes: 3, seed: 13, levels: 1000, direction: .lowerIsHarder)
        let passedOver = try HardnessRanking(
            by: PruningScore(name: "aum", direction: .lowerIsHarder, values: margins.values, source: ""),
            of: problem.candidates)
        var rule = PruningRule(
            policy: .stratified(passedOver: 0.3, strataCount: 8), keptFraction: 0.2, seed: 3, allowsEmptyClasses: true)
        let own = try rule.selection(from: problem.candidates, by: problem.ranking())
        rule.passedOverScore = "aum"
        let selection = try rule.selection(from: problem.candidates, by: problem.ranking(), passingOver: passedOver)
        let lowest = (0..<400).sorted {
            (margins.values[$0], TieBreaker.hash(of: problem.candidates.id(at: $0)))
                < (margins.values[$1], TieBreaker.hash(of: problem.candidates.id(at: $1)))
        }.prefix(120)
        #expect(Set((0..<400).filter { selection.reasons[$0] == .tooHard }) == Set(lowest))
        #expect(own.reasons != selection.reasons)

        // The rest alone, with nothing passed over, gives the same examples.
        let left = (0..<400).filter { !lowest.contains($0) }
        let rest = ExampleTable(
            datasetName: "rest", datasetHash: "", indices: left.map { problem.candidates.indices[$0] },
            identifiers: problem.candidates.identifiers, labels: left.map { problem.candidates.labels[$0] },
            classNames: problem.candidates.classNames)
        let ranking = try HardnessRanking(
            by: PruningScore(
                name: "el2n", direction: .higherIsHarder, values: left.map { problem.values[$0] }, source: ""),
            of: rest)
        let alone = try PruningRule(
            policy: .stratified(passedOver: 0, strataCount: 8), keptFraction: 80.0 / 280, seed: 3,
            allowsEmptyClasses: true
        ).selection(from: rest, by: ranking)
        #expect(selection.keptCount == 80 && alone.keptCount == 80)
        #expect(selection.keptPositions.map { Int($0) } == alone.keptPositions.map { left[Int($0)] })
        #expect(
            rule.policy.phrase(by: "el2n", passingOverBy: "aum")
                == "a random share of each of 8 strata of difficulty by el2n, without the hardest 30 % by aum")
        #expect(rule.json["dropBy"]?.stringValue == "aum")
    }
}
