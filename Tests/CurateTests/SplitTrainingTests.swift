import Curate
import TestSupport
import Testing

/// Training on what a stage keeps.
@Suite(.tags(.training)) struct SplitTrainingTests {
    private static let stages = """
        probe: { train: { network: "linear", epochs: 2, seeds: 2 } },
        scores: { score: { runs: "probe", by: ["el2n", "forgetting"] } },
        some: { prune: { scores: "scores", by: ["el2n"], keep: 0.5 } },
        final: { train: { split: "some", network: "linear", epochs: 2, seeds: 2 } },
        check: { evaluate: { runs: "final", on: "validation" } },
        """

    private func run(
        _ directory: StoreDirectory, _ overrides: [String] = [], stages: String = stages
    ) throws -> PipelineOutcome {
        try PipelineRunner(PipelineSupport.environment()).run(
            try PipelineSupport.pipeline(PipelineSupport.text(stages), overrides), storePath: directory.file())
    }

    @Test func aChangeOfTheRuleRunsWhatTrainsOnIt() throws {
        let directory = StoreDirectory()
        let first = try run(directory)
        #expect(first.stages.allSatisfy { !$0.wasCached })
        #expect(try run(directory).stages.allSatisfy { $0.wasCached })
        let changed = try run(directory, ["stages.some.prune.keep=0.25"])
        #expect(changed.stages.filter { !$0.wasCached }.map(\.label) == ["some", "final", "check"])
        let (before, after) = (try first.runs(of: "final"), try changed.runs(of: "final"))
        #expect(before.map(\.key) != after.map(\.key))
        #expect(try run(directory).stages.allSatisfy { $0.wasCached })
    }

    @Test func keepingAllTrainsNothing() throws {
        let directory = StoreDirectory()
        let outcome = try run(directory, ["stages.some.prune.keep=1"])
        let (all, kept) = (try outcome.runs(of: "probe"), try outcome.runs(of: "final"))
        #expect(kept.map(\.key) == all.map(\.key))
        // Its evaluation adds the logits of held-out examples, from the weights that are there.
        #expect(kept.allSatisfy { $0.trainedEpochCount == 0 })
    }

    @Test func theRunIsOverTheKeptExamplesAlone() throws {
        let directory = StoreDirectory()
        let outcome = try run(directory)
        let store = try Store.open(path: directory.file(), mode: .read)
        let key = try #require(try outcome.runs(of: "final").first?.key)
        let subset = try #require(try store.subset(of: key))
        let scores = try outcome.scores(of: "scores")
        #expect(subset.count == Int((0.5 * Double(scores.examples.count)).rounded()))
        let logged = try #require(try store.column(artifact: key, epoch: 2, name: "batchLoss"))
        #expect(logged.count == subset.count && logged.allSatisfy { $0.isFinite })
        // The hardest half by the scores in the store.
        let column = try #require(scores.table[.el2n])
        let hardest = column.hardestFirst(ties: scores.ties).prefix(subset.count).map {
            Int(scores.examples.indices[Int($0)])
        }
        #expect(subset.indices == hardest.sorted())
    }

    @Test func weightsAreDividedByTheirMean() {
        let subset = TrainingSubset(indices: [7, 2, 4], weights: [3, 1, 2])
        #expect(subset.indices == [2, 4, 7])
        #expect(subset.weights == [0.5, 1, 1.5])
        #expect(TrainingSubset(indices: [1, 2], weights: [4, 4]).weights == nil)
        #expect(TrainingSubset(indices: [1, 2], weights: [4, 4]) == TrainingSubset(indices: [2, 1]))
        #expect(subset.digest != TrainingSubset(indices: [2, 4, 7]).digest)
    }

    @Test func aCurveHasEveryTrainingAndIsCached() throws {
        let directory = StoreDirectory()
        let stages =
            Self.stages
            + "curve: { curve: { runs: \"probe\", scores: \"scores\", by: [\"el2n\"], keep: [0.25, 0.5], on: \"validation\" } },"
        let outcome = try run(directory, stages: stages)
        let curve = try outcome.curve(of: "curve")
        // el2n, random and class-balanced; two fractions, two budgets, two seeds.
        #expect(curve.full.count == 2 && curve.runs.count == 24)
        let (all, kept) = (try outcome.runs(of: "probe"), try outcome.runs(of: "final"))
        #expect(curve.full.map(\.key) == all.map(\.key.hexadecimal))
        let half = curve.runs.filter { $0.method.name == "el2n" && $0.keptFraction == 0.5 && $0.budget == .epochs }
        #expect(half.map(\.key) == kept.map(\.key.hexadecimal))
        #expect(curve.runs.filter { $0.budget == .steps }.allSatisfy { $0.epochs == ($0.keptFraction == 0.5 ? 4 : 8) })
        #expect(try CurveResult(curve.json, at: "here") == curve)
        #expect(try run(directory, stages: stages).stages.allSatisfy { $0.wasCached })
    }
}
