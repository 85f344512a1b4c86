import Curate
import Foundation
import Models
import TestSupport
import Testing

/// Pipelines that run: what is run again when something changes, and what is kept of it.
@Suite(.tags(.training)) struct PipelineRunTests {
    /// A store of its own with a pipeline that has run in it.
    private final class Workspace {
        let directory = StoreDirectory()
        let text: String

        init(_ stages: String) throws {
            let text = PipelineSupport.text(stages)
            self.text = text
            try RunStores.copy(text, to: directory) { _ in try PipelineSupport.pipeline(text) }
        }

        var storePath: String { directory.file() }

        /// Runs the pipeline, or what of it has changed; gives the stages that ran.
        @discardableResult func run(
            _ overrides: [String] = [], text other: String? = nil, file: String = "p.json5", threads: Int = 1,
            options: PipelineRunner.Options = PipelineRunner.Options()
        ) throws -> [String] {
            let pipeline = try PipelineSupport.pipeline(other ?? text, overrides, file: file)
            let runner = PipelineRunner(PipelineSupport.environment(threads: threads), options: options)
            return try runner.run(pipeline, storePath: storePath).stages.filter { !$0.wasCached }.map(\.label)
        }

        /// What would run, with the reasons.
        func plan(_ overrides: [String] = [], text other: String? = nil) throws -> [String: [String]] {
            let store = try Store.open(path: storePath, mode: .read)
            let plan = try PipelineRunner(PipelineSupport.environment()).plan(
                PipelineSupport.pipeline(other ?? text, overrides), store: store)
            return Dictionary(uniqueKeysWithValues: plan.stages.filter { !$0.isCached }.map { ($0.label, $0.reasons) })
        }
    }

    /// Every parameter of every kind, a context in which it matters, and another value.
    ///
    /// The context gives the values of the parameter's own stage besides those of the base.
    private static let changes: [(kind: String, parameter: String, context: [String], value: String)] =
        ofTraining + [
            ("score", "by", [], "[\"el2n\",\"loss\"]"), ("score", "convention", [], "toneva"), ("score", "at", [], "1"),
            ("stability", "by", [], "[\"forgetting\"]"), ("stability", "convention", [], "toneva"),
            ("stability", "keep", [], "0.3"), ("stability", "at", [], "1"), ("stability", "within", [], "0.02"),
            ("evaluate", "by", [], "[\"sex\"]"), ("evaluate", "on", [], "test"), ("evaluate", "minGroup", [], "5"),
            ("evaluate", "frequencyRule", [], "glmc"), ("evaluate", "bestOnValidation", ["on=test"], "true"),
        ]

    /// Of the kinds that have nothing to do with splits; those are in `SplitParameterTests` and `JTTStageTests`.
    @Test func everyParameterIsAmongTheChanges() {
        let declared = StageKind.all.filter { !(SplitParameterTests.kinds + JTTStageTests.kinds).contains($0.name) }
            .flatMap { kind in
                kind.parameters.filter { !$0.isOutput && !$0.isStage }.map { "\(kind.name).\($0.name)" }
                    // A name for values of others, which are in the key: `LossWordsTests`.
                    .filter { $0 != "train.recipe" }
            }
        #expect(Set(declared) == Set(Self.changes.map { "\($0.kind).\($0.parameter)" }))
    }

    /// A table of two classes with a group, a split and an image size, and two more stages of every kind beside those
    /// that change, which must never run.
    private static func text(in directory: StoreDirectory) throws -> String {
        let path = try PipelineSupport.writeTable(in: directory)
        return """
            { dataset: { path: "\(path)", group: ["sex", "sex*label"], split: "part", ignore: [] }, stages: {
              train: { train: { network: "linear", epochs: 2, seeds: 2 } },
              score: { score: { runs: "train", by: ["el2n", "forgetting"] } },
              stability: { stability: { runs: "train" } },
              evaluate: { evaluate: { runs: "train", on: "validation", by: [] } },
              other: { train: { network: "linear", epochs: 1, seeds: 2, learningRate: 0.5 } },
              otherScore: { score: { runs: "other", by: ["el2n"] } },
              otherStability: { stability: { runs: "other" } },
              otherEvaluate: { evaluate: { runs: "other" } },
            } }
            """
    }

    private static let pictureStages = """
        train: { train: { network: "linear", epochs: 1, seeds: 2 } },
        score: { score: { runs: "train", by: ["el2n"] } },
        stability: { stability: { runs: "train" } },
        evaluate: { evaluate: { runs: "train", on: "validation" } },
        other: { train: { network: "linear", epochs: 1, seeds: 2, learningRate: 0.5 } },
        otherScore: { score: { runs: "other", by: ["el2n"] } },
        otherStability: { stability: { runs: "other" } },
        otherEvaluate: { evaluate: { runs: "other", on: "validation" } },
        """

    /// Changing one parameter runs exactly its stage and those that read from it, and afterwards nothing.
    @Test(arguments: changes.indices) func aChangedParameterRunsWhatIsDownstream(index: Int) throws {
        let change = Self.changes[index]
        let directory = StoreDirectory()
        // Pictures can be cropped and mirrored, vectors cannot; a picture's columns have no groups among them.
        let needsPictures = ["crop", "cropMode", "flip"].contains(change.parameter)
        func text(in directory: StoreDirectory) throws -> String {
            try needsPictures ? PipelineSupport.text(Self.pictureStages) : Self.text(in: directory)
        }
        let own = try text(in: directory)
        let place = "stages.\(change.kind).\(change.kind)."
        let context = change.context.map { place + $0 }
        let changed =
            context.filter { !$0.hasPrefix(place + change.parameter + "=") }
            + [place + change.parameter + "=" + change.value]
        let runner = PipelineRunner(PipelineSupport.environment())
        func run(_ overrides: [String]) throws -> [String] {
            try runner.run(try PipelineSupport.pipeline(own, overrides), storePath: directory.file()).stages
                .filter { !$0.wasCached }.map(\.label)
        }
        try RunStores.copy("\(needsPictures) \(context)", to: directory) {
            try PipelineSupport.pipeline(try text(in: $0), context)
        }
        #expect(try run(context) == [])
        let downstream = change.kind == "train" ? ["train", "score", "stability", "evaluate"] : [change.kind]
        let planned = try runner.plan(
            try PipelineSupport.pipeline(own, changed), store: Store.open(path: directory.file(), mode: .read))
        #expect(planned.stages.filter { !$0.isCached }.map(\.label) == downstream, "\(change)")
        let reasons = try #require(planned.stages.first { $0.label == change.kind }?.reasons)
        #expect(reasons.contains { $0.hasPrefix("parameter \(change.parameter) ") }, "\(reasons)")
        #expect(try run(changed) == downstream, "\(change)")
        #expect(try run(changed) == [])
        #expect(try run(context) == [])
    }

    @Test func threadsPathsAndNamesRunNothing() throws {
        let workspace = try Workspace(PipelineSupport.allKinds)
        #expect(try workspace.run(threads: 3) == [])
        #expect(try workspace.run(file: "elsewhere/other.json5") == [])
        let renamed = workspace.text.replacingOccurrences(of: "probe", with: "p").replacingOccurrences(
            of: "scores:", with: "s:")
        #expect(try workspace.run(text: renamed) == [])
        // The same data under another name.
        let copy = workspace.directory.file("copy.csv.gz")
        try writeFile(copy, fileBytes(PipelineSupport.digits))
        #expect(try workspace.run(["dataset.path=\(copy)"]) == [])
    }

    @Test func plansSayWhy() throws {
        let workspace = try Workspace(PipelineSupport.allKinds)
        #expect(try workspace.plan() == [:])
        let changed = try workspace.plan(["stages.probe.train.learningRate=0.5"])
        #expect(
            changed == [
                "probe": ["parameter learningRate 0.01 -> 0.5"], "scores": ["input probe changed"],
                "accuracy": ["input probe changed"],
            ])
        let longer = try workspace.plan(["stages.probe.train.epochs=3"])
        #expect(longer["probe"] == ["parameter epochs 2 -> 3", "4 of 6 epochs are in the store"])
        #expect(longer["scores"] == ["parameter at 2 -> 3"])
        // What is not read any more has no name, but the stage that read it is told why it runs.
        let fewer = try workspace.plan(["stages.probe.train.seeds=1"])
        #expect(fewer["accuracy"] == ["less is read from its inputs"])
        let other = try workspace.plan(["dataset.validation=0.3"])
        #expect(other["probe"] == ["the data changed"])
        #expect(other["accuracy"] == ["the data changed", "input probe changed"])
        let added = try workspace.plan(
            text: workspace.text.replacingOccurrences(
                of: "scores:", with: "more: { score: { runs: \"probe\", by: [\"aum\"] } }, scores:"))
        #expect(added == ["more": ["new"]])
    }

    /// A file that is not there is named, and one whose content changed is no parameter that somebody wrote.
    @Test func plansNameTheFilesTheyRead() throws {
        let directory = StoreDirectory()
        let path = directory.file("recall.csv")
        let text = PipelineSupport.text(
            """
            half: { prune: { policy: "random", quota: "worst-class", recall: "\(path)", keep: 0.5 } },
            """)
        let runner = PipelineRunner(PipelineSupport.environment())
        func reasons() throws -> [String] {
            let store = try Store.open(path: directory.file(), mode: .write)
            return try runner.plan(try PipelineSupport.pipeline(text), store: store).stages[0].reasons
        }
        let problems = #expect(throws: PipelineProblems.self) { try reasons() }
        #expect(problems?.problems.first?.message.contains(path) == true)
        func write(_ last: String) throws {
            let rows = (0..<10).map { "\($0),\($0 == 9 ? last : "0.9")" }
            try writeFile(path, Array((["class,recall"] + rows).joined(separator: "\n").utf8))
        }
        try write("0.5")
        _ = try runner.run(try PipelineSupport.pipeline(text), storePath: directory.file())
        #expect(try reasons() == [])
        try write("0.6")
        #expect(try reasons() == ["the file of recall changed"])
    }

    @Test func aResultThatIsGoneIsMadeAgain() throws {
        let workspace = try Workspace(PipelineSupport.allKinds)
        do {
            let store = try Store.open(path: workspace.storePath, mode: .write)
            try store.scoreSets().forEach { try store.removeScores($0.key) }
        }
        #expect(try workspace.plan() == ["scores": ["nothing of it is in the store"]])
        #expect(try workspace.run() == ["scores"])
        var options = PipelineRunner.Options()
        options.rerun = ["accuracy"]
        #expect(try workspace.run(options: options) == ["accuracy"])
        options.rerun = ["probe"]
        #expect(try workspace.run(options: options) == ["probe"])
        #expect(try workspace.run() == [])
    }

    @Test func oneStageRunsWithWhatItNeeds() throws {
        let directory = StoreDirectory()
        let pipeline = try PipelineSupport.pipeline(PipelineSupport.text(PipelineSupport.allKinds))
        var options = PipelineRunner.Options()
        options.only = ["scores"]
        let runner = PipelineRunner(PipelineSupport.environment(), options: options)
        let first = try runner.run(pipeline, storePath: directory.file())
        #expect(first.stages.map(\.label) == ["probe", "scores"])
        let all = try PipelineRunner(PipelineSupport.environment()).run(pipeline, storePath: directory.file())
        #expect(all.stages.filter { !$0.wasCached }.map(\.label) == ["accuracy"])
    }

    /// Training takes what later stages need, so that they train nothing.
    @Test func runsAreTrainedOnceWithEverything() throws {
        let stages = """
            probe: { train: { network: "linear", epochs: 3 } },
            early: { score: { runs: "probe", by: ["grand"], at: 1 } },
            late: { score: { runs: "probe", by: ["el2n"] } },
            """
        let workspace = try Workspace(stages)
        let store = try Store.open(path: workspace.storePath, mode: .read)
        let run = try #require(try store.artifacts(kind: "train").first)
        let names = try (1...3).map { try store.columnNames(artifact: run.key, epoch: $0) }
        #expect(names.map { $0.contains("cleanGradientNorm") } == [true, false, false])
        #expect(names.map { $0.contains("cleanErrorNorm") } == [true, false, true])
        let records = try store.stageRuns()
        #expect(records.map(\.stage) == ["probe", "early", "late"])
        #expect(records.map(\.state) == [.ran, .ran, .ran])
    }

    @Test func theRecordOfARunIsWhole() throws {
        let workspace = try Workspace(PipelineSupport.allKinds)
        try workspace.run()
        let store = try Store.open(path: workspace.storePath, mode: .read)
        let runs = try store.pipelineRuns()
        #expect(runs.count == 2)
        for run in runs {
            #expect(run.name == "p.json5")
            #expect(run.state == .finished && run.finishedAt != nil)
            #expect(run.seeds == [0, 1])
            #expect(run.program == ["version": "test", "commit": nil])
            #expect(run.numericProfile == NumericProfile.current())
            let probe = try #require(run.pipeline["stages"]?["probe"]?["train"])
            #expect(probe["network"] == "linear")
            #expect(probe["momentum"] == 0.9)
            #expect(run.pipeline["stages"]?["scores"]?["score"]?["runs"] == "probe")
            #expect(run.pipeline["dataset"]?["facts"]?["contentHash"]?.stringValue == run.dataset)
        }
        #expect(try store.stageRuns().map(\.state) == [.ran, .ran, .ran, .cached, .cached, .cached])
        #expect(try store.verify().isEmpty)
    }

    @Test(arguments: [
        "UPDATE pipeline_runs SET seeds = '[9]'", "DELETE FROM pipeline_runs",
        "UPDATE stage_runs SET seconds = seconds + 1", "UPDATE dataset_files SET facts = '{}'",
    ])
    func verifyReadsTheRecords(damage: String) throws {
        let workspace = try Workspace(PipelineSupport.allKinds)
        #expect(try Store.open(path: workspace.storePath, mode: .read).verify().isEmpty)
        let shell = try Database(path: workspace.storePath, isWritable: true, busyTimeout: 0)
        #expect(try shell.query("SELECT count(*) FROM dataset_files") { $0.integer(0) } == [1])
        try shell.execute("PRAGMA foreign_keys = OFF; \(damage)")
        #expect(try !Store.open(path: workspace.storePath, mode: .read).verify().isEmpty)
    }

    @Test func aFailureIsRecordedAndNamesItsStage() throws {
        let directory = StoreDirectory()
        let text = PipelineSupport.text("bad: { train: { network: \"linear\", learningRate: 1e30 } }")
        var options = PipelineRunner.Options()
        options.namesFailingStage = true
        let runner = PipelineRunner(PipelineSupport.environment(), options: options)
        let error = try #require(throws: CurateError.self) {
            try runner.run(PipelineSupport.pipeline(text), storePath: directory.file())
        }
        #expect(error.kind == .workFailed)
        #expect(error.message.hasPrefix("stage 'bad': the loss is not a number any more"))
        let store = try Store.open(path: directory.file(), mode: .read)
        #expect(try store.pipelineRuns().map(\.state) == [.failed])
        #expect(try store.stageRuns().map(\.state) == [.failed])
    }

    /// Verbs and pipelines share runs: a score of the library's own job is found by a pipeline.
    @Test func whatAJobMadeAPipelineFinds() throws {
        let directory = StoreDirectory()
        let pipeline = try PipelineSupport.pipeline(PipelineSupport.text(PipelineSupport.allKinds))
        let environment = PipelineSupport.environment()
        let outcome = try PipelineRunner(environment).run(pipeline, storePath: directory.file("one.sqlite"))
        let store = try Store.open(path: directory.file("two.sqlite"), mode: .write)
        let job = ScoreJob(
            recipe: outcome.recipe(of: "probe"), seedCount: 2, epochCount: 2, names: [.el2n, .forgetting],
            convention: .dataDiet, epoch: nil)
        _ = try job.run(
            on: try pipeline.dataset.load(), store: store, pool: environment.pool, monitor: environment.monitor)
        let again = try PipelineRunner(environment).run(pipeline, storePath: directory.file("two.sqlite"))
        #expect(again.stages.filter(\.wasCached).map(\.label) == ["probe", "scores"])
        #expect(
            try TrainingSupport.contents(of: store)
                == TrainingSupport.contents(
                    of: Store.open(path: directory.file("one.sqlite"), mode: .read)))
    }

    /// A store of the first schema gets the tables of pipelines when it is opened to write.
    @Test func anOlderStoreIsBroughtUpToDate() throws {
        let directory = StoreDirectory()
        let old = directory.file("old.sqlite")
        do {
            let store = try Store.open(path: old, mode: .write)
            try store.registerDataset(storeTestDataset(trainCount: 3), createdAt: "t")
            let names = ["pipeline_runs", "stage_runs", "dataset_files", "output_files", "column_roles"]
            for name in ["stage_runs", "pipeline_runs", "dataset_files", "output_files", "column_roles"] {
                try store.database.execute("DROP TABLE \(name); DELETE FROM table_digests WHERE name = '\(name)'")
            }
            try store.database.execute(
                "PRAGMA user_version = 1; UPDATE store_info SET value = '1' WHERE name = 'schema_version'")
            var recorded = try #require(
                try JSONValue(
                    parsing: store.database.query("SELECT value FROM store_info WHERE name = 'schema'") { $0.text(0) }[
                        0]
                ).objectValue)
            for key in recorded.keys where names.contains(where: { key.contains($0) }) { recorded[key] = nil }
            try store.database.run(
                "UPDATE store_info SET value = ?1 WHERE name = 'schema'", JSONValue.object(recorded).canonicalText)
        }
        let pipeline = try PipelineSupport.pipeline(PipelineSupport.text(PipelineSupport.allKinds))
        let outcome = try PipelineRunner(PipelineSupport.environment()).run(pipeline, storePath: old)
        #expect(outcome.stages.count == 3)
        let store = try Store.open(path: old, mode: .read)
        #expect(try store.datasets().count == 2)
        #expect(try store.verify().isEmpty)
    }
}

/// The digest of a dataset's content is asked of the store only while the files are as they were.
@Suite(.tags(.training)) struct DatasetFactsTests {
    private static func outcome(_ path: String, _ store: String, clock: Double = 4e9) throws -> PipelineOutcome {
        let environment = PipelineRunner.Environment(
            pool: WorkerPool(threadCount: 1), monitor: .silent, wallClock: { clock }, program: [:])
        let text = "{ dataset: { path: \"\(path)\" }, stages: { a: { train: { network: \"linear\", epochs: 1 } } } }"
        return try PipelineRunner(environment).run(PipelineSupport.pipeline(text), storePath: store)
    }

    private static func table(_ first: Int) -> [UInt8] {
        Array(("a,label\n\(first),x\n" + (0..<9).map { "\($0),\($0 % 2 == 0 ? "x" : "y")\n" }.joined()).utf8)
    }

    @Test func aChangedFileIsNoticedAndATouchedOneIsNot() throws {
        let directory = StoreDirectory()
        let (path, store) = (directory.file("data.csv"), directory.file())
        try writeFile(path, Self.table(1))
        let first = try Self.outcome(path, store)
        let known = try Store.open(path: store, mode: .read).database.query("SELECT count(*) FROM dataset_files") {
            $0.integer(0)
        }
        #expect(known == [1])
        #expect(try Self.outcome(path, store).stages.map(\.wasCached) == [true])
        // As long as before, and with the times of before: only the time of the change of its status tells.
        var status = stat()
        #expect(stat(path, &status) == 0)
        try writeFile(path, Self.table(2))
        var times = [status.st_atim, status.st_mtim]
        #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
        let changed = try Self.outcome(path, store)
        #expect(changed.stages.map(\.wasCached) == [false])
        #expect(changed.plan.facts.contentHash != first.plan.facts.contentHash)
        try writeFile(path, Self.table(1))
        let back = try Self.outcome(path, store)
        #expect(back.stages.map(\.wasCached) == [true])
        #expect(back.plan.facts == first.plan.facts)
    }

    /// Two changes within a tick of the file system's clock look alike, so that young files are read.
    @Test func aFileThatIsYoungIsNotRemembered() throws {
        let directory = StoreDirectory()
        let (path, store) = (directory.file("data.csv"), directory.file())
        try writeFile(path, Self.table(1))
        var status = stat()
        #expect(stat(path, &status) == 0)
        _ = try Self.outcome(path, store, clock: Double(status.st_mtim.tv_sec) + 1)
        let known = try Store.open(path: store, mode: .read).database.query("SELECT count(*) FROM dataset_files") {
            $0.integer(0)
        }
        #expect(known == [0])
    }
}
