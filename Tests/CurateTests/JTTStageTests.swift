import Curate
import Models
import TestSupport
import Testing

/// Training twice as stages: what is trained and what it costs, what is chosen, and what a changed parameter runs again.
@Suite(.tags(.training)) struct JTTStageTests {
    /// The kinds that are tested here.
    static let kinds = ["errorSet", "jtt"]

    /// A table on which a first training makes mistakes: two classes that overlap, and a group.
    private static func table(in directory: StoreDirectory) throws -> String {
        let path = directory.file("hard.csv")
        var random = KeyedRandom(seed: 3, stream: .test)
        var lines = ["a,b,sex,part,label"]
        for index in 0..<360 {
            let label = index % 2
            let isMinority = index % 10 < 2
            let shift = label == 1 ? 22 : 0
            // The first column goes with the label but for the minority, the second does so weakly for all.
            let numbers = [random.below(40) + (isMinority ? 22 - shift : shift), random.below(60) + shift]
            let part = index % 6 == 0 ? "test" : index % 6 == 1 ? "validation" : "train"
            lines.append(
                (numbers.map { String($0) } + [isMinority ? "f" : "m", part, String(label)]).joined(separator: ","))
        }
        try writeFile(path, Array((lines.joined(separator: "\n") + "\n").utf8))
        return path
    }

    private static func text(in directory: StoreDirectory, _ stages: String) throws -> String {
        """
        { dataset: { path: "\(try table(in: directory))", group: ["sex*label", "sex"], split: "part" }, stages: {
          erm: { train: { network: "linear", epochs: 4, seeds: 2, batchSize: 16 } },
          \(stages)
        } }
        """
    }

    private static let both = """
        errorSet: { errorSet: { runs: "erm", at: 2, upweight: 5 } },
        second: { train: { split: "errorSet", network: "linear", epochs: 2, batchSize: 16 } },
        jtt: { jtt: { runs: "erm", stage1Epochs: [1, 2, 3], upweight: [2, 5, 10], baselines: ["class-weights"] } },
        """

    private static func run(_ text: String, _ overrides: [String] = [], in directory: StoreDirectory) throws
        -> PipelineOutcome
    {
        try PipelineRunner(PipelineSupport.environment()).run(
            try PipelineSupport.pipeline(text, overrides), storePath: directory.file())
    }

    /// A grid of three by three, two seeds: the first training is trained once, and every epoch costs n.
    @Test func aGridTrainsTheFirstTrainingOnce() throws {
        let directory = StoreDirectory()
        let outcome = try Self.run(try Self.text(in: directory, Self.both), in: directory)
        let result = try outcome.jtt(of: "jtt")
        #expect(result.cells.count == 9 && result.refusals.isEmpty, "\(result.refusals)")
        let store = try Store.open(path: directory.file(), mode: .read)
        let runs = try store.artifacts(kind: "train")
        // ERM, nine cells, class weights, with two seeds each; and the second training of the stage, with one.
        #expect(runs.count == 2 * (1 + 9 + 1) + 1)
        #expect(runs.allSatisfy { $0.identity.parameters["sampler"] == nil }, "no epoch is longer than the data")
        let plain = runs.filter { $0.identity.parameters["subset"] == nil && $0.identity.parameters["balance"] == nil }
        #expect(plain.count == 2, "the first training, once per seed")
        for run in runs {
            let columns = try store.columns(of: run.key).filter { $0.name == "batchCorrect" }
            #expect(columns.allSatisfy { $0.count == 240 })
        }
        // The set of every cell is of the run with the same seed, and its weight follows λ.
        for cell in result.cells {
            let λ = try #require(cell.upweight)
            for set in cell.errorSets {
                let (members, all) = (Double(set.memberCount), Double(set.exampleCount))
                #expect(abs(set.weightShare - λ * members / (λ * members + all - members)) < 1e-9)
            }
        }
    }

    /// The cell with the highest lower bound of the worst group on validation, and test of that cell alone.
    @Test func theCellIsChosenOnValidation() throws {
        let directory = StoreDirectory()
        let text = try Self.text(in: directory, Self.both)
        for (selection, worth) in [
            ("worst-group", { (cell: JTTResult.Cell) in cell.validation?.worstInterval?.lowerBound }),
            ("worst-class", { $0.validation?.worstClassInterval?.lowerBound }),
            ("pseudo-groups", { $0.pseudoGroups.reduce(0, +) / 2 }),
        ] as [(String, (JTTResult.Cell) -> Double?)] {
            let outcome = try Self.run(text, ["stages.jtt.jtt.select=\(selection)"], in: directory)
            let result = try outcome.jtt(of: "jtt")
            let chosen = try #require(result.chosen)
            let worths = result.cells.map { worth($0) ?? -1 }
            #expect(worths[chosen] == worths.max(), "\(selection)")
            let jtt = try #require(result.methods.last)
            #expect(jtt.name == "JTT" && jtt.keys == result.cells[chosen].keys)
            #expect(jtt.evaluation.partition == .test)
            #expect(result.cells.allSatisfy { $0.validation?.partition == .validation })
            #expect(try JTTResult(result.json, at: "") == result, "as it is kept")
        }
    }

    /// Members are the examples that the log says were wrong, and what a second training reads is their weight.
    @Test func theStageKeepsTheSetAsASplit() throws {
        let directory = StoreDirectory()
        let text = try Self.text(in: directory, Self.both)
        let outcome = try Self.run(
            text, ["stages.erm.train.seeds=1", "stages.errorSet.errorSet.out=\(directory.file("errors.csv"))"],
            in: directory)
        let report = try outcome.errorSet(of: "errorSet")
        let store = try Store.open(path: directory.file(), mode: .read)
        let erm = try #require(try outcome.runs(of: "erm").first)
        let predictions = try #require(try store.column(artifact: erm.key, epoch: 2, name: "cleanPrediction"))
        let dataset = try outcome.dataset()
        let wrong = zip(dataset.indices(of: .train), predictions).filter { Float(dataset.labels[$0]) != $1 }.map(\.0)
        #expect(report.memberCount == wrong.count && report.memberCount > 0)
        let second = try #require(try outcome.runs(of: "second").first)
        let subset = try #require(try store.subset(of: second.key))
        let weights = try #require(subset.weights)
        let light = try #require(weights.min())
        for (index, weight) in zip(subset.indices, weights) {
            #expect(abs(weight / light - (wrong.contains(index) ? 5 : 1)) < 1e-4)
        }
        let lines = String(decoding: try fileBytes(directory.file("errors.csv")), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3 + wrong.count)
        #expect(lines[2] == "id,index,label,loss,weight,suspect,sex*label,sex")
    }

    /// Copies lengthen the epoch by λ - 1 for each member, λ with those of the authors' code.
    @Test(arguments: [("spuco", 5), ("anniesch", 6)]) func copiesLengthenAnEpoch(preset: String, copies: Int) throws {
        let directory = StoreDirectory()
        let outcome = try Self.run(
            try Self.text(in: directory, Self.both), ["stages.errorSet.errorSet.preset=\(preset)"], in: directory)
        let members = try outcome.errorSet(of: "errorSet").memberCount
        let second = try #require(try outcome.runs(of: "second").first)
        let store = try Store.open(path: directory.file(), mode: .read)
        let presented = try #require(try store.column(artifact: second.key, epoch: 1, name: "presentations"))
        #expect(presented.reduce(0, +) == Float(240 + (copies - 1) * members))
        #expect(Set(presented) == [1, Float(copies)])
    }

    /// Errors of networks that have not seen the examples, when the first training knows all by heart.
    @Test func heldOutSetsAreOfOtherModels() throws {
        let directory = StoreDirectory()
        let text = try Self.text(in: directory, Self.both)
        let outcome = try Self.run(text, ["stages.errorSet.errorSet.mode=held-out"], in: directory)
        let report = try outcome.errorSet(of: "errorSet")
        #expect(report.memberCount > 0 && report.memberCount < 120)
        let store = try Store.open(path: directory.file(), mode: .read)
        // Four folds of each of two seeds, of three quarters of the examples.
        let folds = try store.artifacts(kind: "train").filter { artifact in
            try store.subset(of: artifact.key)?.count == 180
        }
        #expect(folds.count == 8)
    }

    /// Logits of a training elsewhere give the set that its own log would.
    @Test func logitsFromElsewhereMakeTheSameSet() throws {
        let directory = StoreDirectory()
        let text = try Self.text(in: directory, Self.both)
        let one = ["stages.erm.train.seeds=1"]
        let outcome = try Self.run(text, one, in: directory)
        let dataset = try outcome.dataset()
        let store = try Store.open(path: directory.file(), mode: .read)
        let erm = try #require(try outcome.runs(of: "erm").first)
        for epoch in 1...2 {
            let predictions = try #require(
                try store.column(artifact: erm.key, epoch: 2, name: "cleanPrediction"))
            let logits = predictions.flatMap { $0 == 0 ? [Float(2), -1] : [-1, 2] }
            try writeFile(
                directory.file("epoch\(epoch).npy"), Build.npy("<f4", "(\(predictions.count), 2)", Build.bytes(logits)))
        }
        let external = """
            { dataset: { path: "\(directory.file("hard.csv"))", group: ["sex*label", "sex"], split: "part" }, stages: {
              errorSet: { errorSet: { logits: ["\(directory.file("epoch*.npy"))"], at: 2, upweight: 5 } },
              second: { train: { split: "errorSet", network: "linear", epochs: 2, batchSize: 16 } },
            } }
            """
        let other = try Self.run(external, in: directory)
        #expect(try other.errorSet(of: "errorSet").memberCount == outcome.errorSet(of: "errorSet").memberCount)
        #expect(try other.runs(of: "second").map(\.key) == outcome.runs(of: "second").map(\.key), "the same run")
        #expect(dataset.count == 360)
    }

    /// Every parameter of these kinds, a context in which it matters, and another value.
    private static let changes: [(kind: String, parameter: String, context: [String], value: String)] = [
        ("errorSet", "at", [], "1"), ("errorSet", "upweight", [], "7"), ("errorSet", "preset", [], "anniesch"),
        ("errorSet", "mode", [], "online"), ("errorSet", "confidence", [], "0.7"),
        ("errorSet", "folds", ["mode=held-out"], "3"), ("errorSet", "balanced", [], "true"),
        ("errorSet", "addsToOriginal", [], "true"), ("errorSet", "bySampling", [], "true"),
        ("errorSet", "normalized", [], "false"), ("errorSet", "noise", [], "drop"),
        ("errorSet", "cap", ["noise=cap"], "3"), ("jtt", "stage1Epochs", [], "[1]"), ("jtt", "upweight", [], "[3]"),
        ("jtt", "preset", [], "anniesch"), ("jtt", "mode", [], "online"), ("jtt", "confidence", [], "0.7"),
        ("jtt", "folds", ["mode=held-out"], "3"), ("jtt", "addsToOriginal", [], "true"),
        ("jtt", "bySampling", [], "true"), ("jtt", "normalized", [], "false"), ("jtt", "noise", [], "drop"),
        ("jtt", "cap", ["noise=cap"], "3"), ("jtt", "select", [], "worst-class"),
        ("jtt", "baselines", [], "[\"cvar\"]"), ("jtt", "balanced", [], "true"), ("jtt", "groups", [], "sex"),
        ("jtt", "minGroup", [], "5"),
    ]

    @Test func everyParameterIsAmongTheChanges() {
        let declared = StageKind.all.filter { Self.kinds.contains($0.name) }.flatMap { kind in
            kind.parameters.filter { !$0.isOutput && !$0.isStage && $0.name != "logits" }.map {
                "\(kind.name).\($0.name)"
            }
        }
        #expect(Set(declared) == Set(Self.changes.map { "\($0.kind).\($0.parameter)" }))
    }

    /// A changed parameter is another stage, and the same one is none.
    @Test(arguments: changes.indices) func aChangedParameterIsAnotherResult(index: Int) throws {
        let change = Self.changes[index]
        let directory = StoreDirectory()
        // `balanced` takes the place of `upweight`.
        let stages =
            change.parameter == "balanced" && change.kind == "jtt"
            ? "jtt: { jtt: { runs: \"erm\", stage1Epochs: [2], baselines: [] } }," : Self.both
        let text = try Self.text(in: directory, stages)
        let place = "stages.\(change.kind).\(change.kind)."
        let context = change.context.map { place + $0 }
        let runner = PipelineRunner(PipelineSupport.environment())
        func key(_ overrides: [String]) throws -> ArtifactKey? {
            try runner.plan(try PipelineSupport.pipeline(text, overrides), store: nil).stages
                .first { $0.label == change.kind }?.key
        }
        let before = try #require(try key(context))
        #expect(try key(context) == before)
        #expect(try key(context + [place + change.parameter + "=" + change.value]) != before)
    }

    /// A condition may be another under its old name: what reports on it is made again, and nothing is trained.
    @Test func aRedefinedConditionIsReportedAnew() throws {
        let directory = StoreDirectory()
        let path = try Self.table(in: directory)
        func sizes(_ condition: String) throws -> [Int] {
            let text = """
                { dataset: { path: "\(path)", group: ["big: a >= \(condition)"], split: "part" }, stages: {
                  erm: { train: { network: "linear", epochs: 4, batchSize: 16 } },
                  check: { evaluate: { runs: "erm" } },
                  errorSet: { errorSet: { runs: "erm", at: 2 } },
                  half: { prune: { policy: "random", keep: 0.5 } },
                } }
                """
            let outcome = try Self.run(text, in: directory)
            #expect(outcome.stages.allSatisfy { $0.kind == "train" || !$0.wasCached })
            let selection = try outcome.selection(of: "half").selection
            return [
                try outcome.evaluation(of: "check").allGroups[0].count,
                try outcome.errorSet(of: "errorSet").groups[0].count,
                selection.candidates.groups[0].values.count { $0 == 1 },
            ]
        }
        let (some, fewer) = (try sizes("20"), try sizes("45"))
        #expect(zip(some, fewer).allSatisfy { $0 > $1 && $1 > 0 }, "\(some) \(fewer)")
        let store = try Store.open(path: directory.file(), mode: .read)
        #expect(try store.artifacts(kind: "train").count == 1)
    }

    @Test(arguments: [
        ("errorSet", "at=9", "the first training has 4 epochs"), ("errorSet", "folds=3", "has no effect"),
        ("errorSet", "cap=3", "has no effect"), ("jtt", "stage1Epochs=[9]", "the first training has 4 epochs"),
        ("jtt", "balanced=true", "has no effect with `balanced`"),
    ]) func mistakesAreToldBeforeAnythingRuns(kind: String, override: String, message: String) throws {
        let directory = StoreDirectory()
        let problems = try PipelineSupport.problems(
            try Self.text(in: directory, Self.both), ["stages.\(kind).\(kind).\(override)"])
        #expect(problems.contains { $0.message.contains(message) }, "\(problems)")
    }

    /// Without validation examples nobody can choose among cells.
    @Test func aGridNeedsValidationExamples() throws {
        let directory = StoreDirectory()
        let text = """
            { dataset: { path: "\(try Self.table(in: directory))", group: ["sex*label"], ignore: ["part"] }, stages: {
              erm: { train: { network: "linear", epochs: 4 } },
              jtt: { jtt: { runs: "erm" } },
            } }
            """
        let error = try #require(throws: (any Error).self) { try Self.run(text, in: directory) }
        #expect("\(error)".contains("no validation and no test examples"))
    }
}
