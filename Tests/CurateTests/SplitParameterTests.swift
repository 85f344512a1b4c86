import Curate
import Models
import TestSupport
import Testing

/// What a changed parameter of a stage that has to do with splits runs again.
@Suite(.tags(.training)) struct SplitParameterTests {
    /// The kinds that are tested here; all others are in `PipelineRunTests`.
    static let kinds = ["prune", "split", "longTail", "curve", "suspects"]

    /// Every parameter of these kinds, a context in which it matters, and another value.
    private static let changes: [(kind: String, parameter: String, context: [String], value: String)] = [
        ("prune", "by", [], "[\"forgetting\"]"), ("prune", "policy", [], "easiest"), ("prune", "keep", [], "0.25"),
        ("prune", "dropHardest", ["policy=ccs"], "0.1"), ("prune", "strata", ["policy=ccs"], "5"),
        ("prune", "dropBy", ["policy=ccs", "dropHardest=0.1"], "confidence"),
        ("prune", "prunedShare", ["policy=dual"], "0.3"), ("prune", "exponent", ["policy=dual"], "2"),
        ("prune", "quota", [], "proportional"), ("prune", "per", ["quota=proportional"], "sex"),
        ("prune", "floor", [], "3"), ("prune", "seed", ["policy=random"], "9"),
        ("prune", "weights", ["policy=random"], "inverse-probability"), ("prune", "allowEmptyClasses", [], "true"),
        ("curve", "by", [], "[\"forgetting\"]"), ("curve", "policies", [], "[\"hardest\",\"ccs\"]"),
        ("curve", "keep", [], "[0.3]"), ("curve", "budgets", [], "[\"steps\"]"),
        ("curve", "dropHardest", ["policies=[\"ccs\"]"], "0.1"), ("curve", "within", [], "2"),
        ("curve", "on", [], "validation"), ("suspects", "method", [], "out-of-fold"),
        ("suspects", "folds", ["method=out-of-fold"], "3"), ("suspects", "at", [], "1"),
        ("longTail", "factor", [], "3"), ("longTail", "shape", [], "step"), ("longTail", "largest", [], "10"),
        ("longTail", "order", [], "size"), ("longTail", "seed", [], "1"),
    ]

    /// Paths, of which the content counts; see below.
    private static let contents = [
        "split.from", "prune.scoresFile", "prune.suspectsFile", "prune.probabilities", "prune.recall",
    ]

    @Test func everyParameterIsAmongTheChanges() {
        let declared = StageKind.all.filter { Self.kinds.contains($0.name) }.flatMap { kind in
            kind.parameters.filter { !$0.isOutput && !$0.isStage }.map { "\(kind.name).\($0.name)" }
        }
        #expect(Set(declared) == Set(Self.changes.map { "\($0.kind).\($0.parameter)" } + Self.contents))
    }

    /// A pipeline with a split chosen by scores, a curve, and a training on the split.
    private static func text(in directory: StoreDirectory) throws -> String {
        """
        { dataset: { path: "\(try PipelineSupport.writeTable(in: directory))", group: ["sex"], split: "part" }, stages: {
          train: { train: { network: "linear", epochs: 2 } },
          score: { score: { runs: "train", by: ["el2n", "forgetting", "confidence"] } },
          prune: { prune: { scores: "score", by: ["el2n"], keep: 0.5 } },
          final: { train: { split: "prune", network: "linear", epochs: 1 } },
          curve: { curve: { runs: "train", scores: "score", by: ["el2n"], keep: [0.5], budgets: ["epochs"] } },
          other: { prune: { policy: "random", keep: 0.3 } },
          suspects: { suspects: { runs: "train" } },
          trusted: { prune: { policy: "random", keep: 0.3, exclude: "suspects" } },
          longTail: { longTail: { factor: 6 } },
        } }
        """
    }

    /// Changing one parameter runs exactly its stage and those that read from it, and afterwards nothing.
    @Test(arguments: changes.indices) func aChangedParameterRunsWhatIsDownstream(index: Int) throws {
        let change = Self.changes[index]
        let directory = StoreDirectory()
        let text = try Self.text(in: directory)
        let place = "stages.\(change.kind).\(change.kind)."
        let context = change.context.map { place + $0 }
        let changed = context + [place + change.parameter + "=" + change.value]
        let runner = PipelineRunner(PipelineSupport.environment())
        func run(_ overrides: [String]) throws -> [String] {
            try runner.run(try PipelineSupport.pipeline(text, overrides), storePath: directory.file()).stages
                .filter { !$0.wasCached }.map(\.label)
        }
        try RunStores.copy("splits \(context)", to: directory) {
            try PipelineSupport.pipeline(try Self.text(in: $0), context)
        }
        #expect(try run(context) == [])
        let downstream =
            ["prune": ["prune", "final"], "suspects": ["suspects", "trusted"]][change.kind] ?? [change.kind]
        let planned = try runner.plan(
            try PipelineSupport.pipeline(text, changed), store: Store.open(path: directory.file(), mode: .read))
        #expect(planned.stages.filter { !$0.isCached }.map(\.label) == downstream, "\(change)")
        let reasons = try #require(planned.stages.first { $0.label == change.kind }?.reasons)
        #expect(reasons.contains { $0.hasPrefix("parameter \(change.parameter) ") }, "\(reasons)")
        #expect(try run(changed) == downstream, "\(change)")
        #expect(try run(changed) == [])
        #expect(try run(context) == [])
    }

    @Test func theContentOfASplitCountsAndNotItsPlace() throws {
        let directory = StoreDirectory()
        let path = try PipelineSupport.writeTable(in: directory)
        var options = DatasetOptions()
        options.csv.groups = ["sex"]
        options.csv.split = "part"
        let candidates = ExampleTable(dataset: try DatasetLoader.load(path: path, options: options))
        for (name, seed) in [("one", 1), ("same", 1), ("two", 2)] as [(String, UInt64)] {
            let rule = PruningRule(policy: .random, keptFraction: 0.5, seed: seed)
            try SplitWriter.write(try rule.selection(from: candidates, by: nil), to: directory.file(name))
        }
        let text = """
            { dataset: { path: "\(path)", group: ["sex"], split: "part" }, stages: {
              given: { split: { from: "\(directory.file("one"))" } },
              final: { train: { split: "given", network: "linear", epochs: 1 } },
            } }
            """
        func run(_ overrides: [String]) throws -> [String] {
            try PipelineRunner(PipelineSupport.environment()).run(
                try PipelineSupport.pipeline(text, overrides), storePath: directory.file()
            ).stages.filter { !$0.wasCached }.map(\.label)
        }
        #expect(try run([]) == ["given", "final"])
        #expect(try run(["stages.given.split.from=\(directory.file("same"))"]) == [])
        #expect(try run(["stages.given.split.from=\(directory.file("two"))"]) == ["given", "final"])
        #expect(try run([]) == [])
    }
}
