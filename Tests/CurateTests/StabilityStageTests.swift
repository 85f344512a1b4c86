import Curate
import Models
import TestSupport
import Testing

/// The stage `stability`: what it compares are the scores that the stage `score` gives.
@Suite(.tags(.training)) struct StabilityStageTests {
    private static func text(_ stages: String, seeds: String = "5") -> String {
        PipelineSupport.text(
            "probe: { train: { network: \"mlp:16\", epochs: 4, seeds: \(seeds) } },\n" + stages)
    }

    private static func run(_ text: String, _ directory: StoreDirectory) throws -> PipelineOutcome {
        try PipelineRunner(PipelineSupport.environment()).run(
            try PipelineSupport.pipeline(text), storePath: directory.file())
    }

    @Test func theScoresOfTheRunsAreCompared() throws {
        let directory = StoreDirectory()
        let names = ["el2n", "forgetting", "aum", "grand"]
        let list = "[\(names.map { "\"\($0)\"" }.joined(separator: ", "))]"
        let text = Self.text(
            """
            steady: { stability: { runs: "probe", by: \(list), keep: 0.3 } },
            earlier: { stability: { runs: "probe", by: \(list), keep: 0.3, at: 3 } },
            last: { score: { runs: "probe", by: \(list) } },
            third: { score: { runs: "probe", by: \(list), at: 3 } },
            """)
        let outcome = try Self.run(text, directory)
        let found = try outcome.stability(of: "steady")
        let earlier = try outcome.stability(of: "earlier")
        #expect(found.map(\.name.rawValue) == names)
        for (place, stability) in found.enumerated() {
            #expect(stability.epochs.map(\.epoch) == [1, 2, 3, 4])
            #expect(stability.seedCount == 5 && stability.groupAgreements.count == 2)
            // Where both look at the same epoch they measure the same.
            #expect(earlier[place].epochs.map(\.epoch) == [1, 2, 3])
            #expect(earlier[place].epochs.map(\.withinEpoch) == stability.epochs.prefix(3).map(\.withinEpoch))
            #expect(earlier[place].groupAgreements[1] == stability.epochs[2].withinEpoch)
            for (stage, measured) in [("last", stability), ("third", earlier[place])] {
                let scores = try outcome.scores(of: stage)
                let column = scores.table.columns[place]
                #expect(measured.keptCount == Int((0.3 * Double(column.values.count)).rounded()))
                let sets = column.perSeed.indices.map {
                    KeptSet(hardest: measured.keptCount, by: [$0], of: column)
                }
                var shares: [Double] = []
                for first in 0..<5 {
                    for second in 0..<first { shares.append(sets[first].sharedFraction(with: sets[second])) }
                }
                #expect(abs(measured.groupAgreements[0] - shares.reduce(0, +) / 10) < 1e-12, "\(stage) \(column.name)")
            }
        }
        #expect(try Self.run(text, directory).stages.allSatisfy { $0.wasCached })
    }

    @Test func aSeedMoreTrainsOneSeed() throws {
        let directory = StoreDirectory()
        func run(_ seeds: Int) throws -> PipelineOutcome {
            try Self.run(Self.text("steady: { stability: { runs: \"probe\" } },", seeds: "\(seeds)"), directory)
        }
        _ = try run(4)
        let five = try run(5)
        #expect(try five.runs(of: "probe").map(\.trainedEpochCount) == [0, 0, 0, 0, 4])
        // The order of the seeds changes nothing but the key.
        let shuffled = try Self.run(
            Self.text("steady: { stability: { runs: \"probe\" } },", seeds: "[3, 1, 0, 4, 2]"), directory)
        #expect(try shuffled.stability(of: "steady") == five.stability(of: "steady"))
    }

    @Test(arguments: [
        ("steady: { stability: { runs: \"one\" } },", "names 'one', which trains one seed, and seeds are compared"),
        ("steady: { stability: { runs: \"probe\", by: [] } },", "names no score"),
        ("steady: { stability: { runs: \"probe\", at: 5 } },", "is 5, after the last epoch of training, 4"),
        (
            "steady: { stability: { runs: \"probe\", keep: 1 } },",
            "must be a number more than 0 and less than 1, not 1"
        ),
        ("steady: { stability: { runs: \"probe\", tolerance: 1 } },", "within"),
    ]) func mistakesAreFound(stage: String, message: String) throws {
        let text = Self.text("one: { train: { network: \"linear\" } },\n" + stage)
        let problems = try PipelineSupport.problems(text)
        #expect(problems.contains { "\($0.message); \($0.suggestion ?? "")".contains(message) }, "\(problems)")
    }

    @Test func aShareThatLeavesNothingOutIsRefused() throws {
        let directory = StoreDirectory()
        let text = Self.text("steady: { stability: { runs: \"probe\", keep: 0.0001 } },", seeds: "2")
        expectFailure(.usage, "examples is 0: there is nothing to compare") {
            try Self.run(text, directory)
        }
    }
}
