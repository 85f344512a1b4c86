import Curate
import Foundation
import TestSupport
import Testing

/// `curate run` and `curate plan` as users run them.
@Suite(.tags(.training)) struct PipelineCommandTests {
    private static let quick = """
        probe: { train: { network: "mlp:16", epochs: 2, seeds: 2 } },
        scores: { score: { runs: "probe", out: "scores.csv" } },
        accuracy: { evaluate: { runs: "probe", on: "validation" } },
        """

    @Test func aLinePerStageAndWhatItCameTo() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(Self.quick)
            let file = workspace.path("p.json5")
            let plan = try workspace.succeed(["plan", file])
            #expect(plan.hasSuffix("0 cached, 3 to run, for a time that is not known yet\n"))
            #expect(!FileManager.default.fileExists(atPath: workspace.path("store.sqlite")))
            let lines = try workspace.succeed(["run", file]).split(separator: "\n")
            #expect(lines.map { $0.prefix { $0 != " " } } == ["probe", "scores", "accuracy", "0"])
            #expect(
                lines[1].contains("ran") && lines[1].contains("el2n, grand, forgetting of 1438 examples, written to"))
            #expect(lines[2].contains("validation accuracy "))
            #expect(lines[3].hasPrefix("0 cached, 3 run in "))
            let again = try workspace.succeed(["run", file])
            #expect(again.contains("3 cached, 0 run in "))
            #expect(again.contains(" saved by the store\n"))
            #expect(try workspace.succeed(["plan", file]).contains("all 3 stages are cached (saves "))
            let changed = try workspace.succeed(["plan", file, "--set", "stages.probe.train.momentum=0.5"])
            #expect(changed.contains("parameter momentum 0.9 -> 0.5"))
            #expect(changed.contains("0 cached, 3 to run, about "))
        }
    }

    @Test func theKeysOfTheJSONAreStable() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(Self.quick)
            let file = workspace.path("p.json5")
            let plan = try jsonObject(try workspace.succeed(["plan", file, "--json"]))
            #expect(
                Set(plan.keys) == [
                    "pipeline", "dataset", "stages", "cached", "run", "estimatedSeconds", "savedSeconds",
                ])
            let planned = try #require(plan["stages"] as? [[String: Any]])
            #expect(
                Set(planned[0].keys) == [
                    "name", "kind", "key", "state", "reasons", "estimatedSeconds", "savedSeconds", "inputs",
                    "parameters",
                ])
            let run = try jsonObject(try workspace.succeed(["run", file, "--json"]))
            #expect(
                Set(run.keys) == [
                    "pipeline", "dataset", "store", "stages", "cached", "ran", "seconds", "savedSeconds",
                ])
            let stages = try #require(run["stages"] as? [[String: Any]])
            #expect(stages.map { $0["state"] as? String } == ["ran", "ran", "ran"])
            #expect(stages.map { $0["key"] as? String } == planned.map { $0["key"] as? String })
            #expect(
                Set(stages[0].keys) == [
                    "name", "kind", "key", "state", "seconds", "savedSeconds", "files", "result",
                ])
            let evaluation = try #require(stages[2]["result"] as? [String: Any])
            let accuracy = try #require(evaluation["accuracy"] as? [String: Any])
            let (lower, upper) = (accuracy["lower"] as? Double ?? 1, accuracy["upper"] as? Double ?? 0)
            let mean = try #require(accuracy["mean"] as? Double)
            #expect(lower < mean && mean < upper)
            #expect(accuracy["count"] as? Int == 359)
            #expect(evaluation["examples"] as? Int == 359)
        }
    }

    @Test func allMistakesAtOnceWithExitCode65() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(
                "a: { train: { epocs: 1, momentum: 2 } },\nb: { score: { runs: \"c\" } },")
            let file = workspace.path("p.json5")
            let errors = try workspace.fail(["run", file], exitCode: 65)
            #expect(errors.contains("error: \(file):3: stages.a.train.epocs is unknown\nhint: did you mean 'epochs'?"))
            #expect(
                errors.contains(
                    "error: \(file):3: stages.a.train.momentum must be a number at least 0 and less than 1, not 2"))
            #expect(errors.contains("error: \(file):4: stages.b.score.runs must be the name of a stage"))
            let json = try jsonObject(try workspace.fail(["plan", file, "--json"], exitCode: 65))
            let error = try #require(json["error"] as? [String: Any])
            #expect((error["problems"] as? [Any])?.count == 3)
            #expect(error["exitCode"] as? Int == 65)
            #expect(!FileManager.default.fileExists(atPath: workspace.path("store.sqlite")))
        }
    }

    @Test func wrongCommandLines() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(Self.quick)
            let file = workspace.path("p.json5")
            let forced = try workspace.fail(["run", file, "--force", "probe"], exitCode: 64)
            #expect(forced.contains("did you mean '--rerun probe'?"))
            #expect(try workspace.fail(["run", file, "--force=probe"], exitCode: 64).contains("--rerun probe"))
            #expect(
                try workspace.fail(["run", file, "--only", "prob"], exitCode: 64).contains("did you mean 'probe'?"))
            #expect(try workspace.fail(["run", file, "--set", "epochs=1"], exitCode: 64).contains("stages.NAME.KIND"))
            _ = try workspace.fail(["run", workspace.path("none.json5")], exitCode: 66)
            let missing = try workspace.fail(["run", file, "--set", "dataset.path=nothing.csv"], exitCode: 66)
            #expect(missing.contains("nothing.csv"))
            #expect(!FileManager.default.fileExists(atPath: workspace.path("store.sqlite")))
        }
    }

    /// A file that a stage keeps is written again when it is gone or another, and never over somebody's work.
    @Test func filesOfStages() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(Self.quick)
            let run = ["run", workspace.path("p.json5")]
            let csv = workspace.directory.appendingPathComponent("scores.csv")
            try Data("mine".utf8).write(to: csv)
            #expect(try workspace.fail(run, exitCode: 73).contains("--force"))
            #expect(try workspace.text("scores.csv") == "mine")
            try workspace.succeed(run + ["--force"])
            let written = try workspace.bytes("scores.csv")
            #expect(written.count > 10_000)
            #expect(!(try workspace.succeed(run).contains("written to")))
            try FileManager.default.removeItem(at: csv)
            #expect(try workspace.succeed(run).contains("written to"))
            #expect(try workspace.bytes("scores.csv") == written)
            // Ours with another key by now: replaced without being asked.
            try workspace.succeed(run + ["--set", "stages.scores.score.by=[\"aum\"]"])
            #expect(try workspace.text("scores.csv").hasPrefix("# curate scores: aum"))
            try Data("mine again".utf8).write(to: csv)
            #expect(try workspace.fail(run, exitCode: 73).contains("--force"))
            #expect(try workspace.text("scores.csv") == "mine again")
        }
    }

    /// The report of a stage is that of the verb, and what it is compared with stands below.
    @Test func theReportOfAStageIsShown() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(
                """
                a: { train: { network: "linear", epochs: 1, seeds: 2 } },
                b: { train: { network: "mlp:16", epochs: 4, seeds: 2 } },
                plain: { evaluate: { runs: "a", on: "validation" } },
                both: { evaluate: { runs: "b", against: "a", on: "validation" } },
                """)
            let file = workspace.path("p.json5")
            let page = try workspace.succeed(["run", file, "--show", "plain", "--show", "both"])
            #expect(page.contains("\nplain: 359 validation examples\nclass"))
            #expect(page.contains("\nboth: 359 validation examples\nclass"))
            #expect(page.contains("minus 'a', seed by seed  points"))
            #expect(page.contains("\nbalanced accuracy          +"))
            #expect(try workspace.fail(["run", file, "--show", "bth"], exitCode: 64).contains("did you mean 'both'?"))
            #expect(try workspace.fail(["run", file, "--show", "a"], exitCode: 64).contains("of kind train"))
        }
    }

    /// The verbs are small pipelines: what they made a pipeline finds, and the other way round.
    @Test func verbsAndPipelinesShareResults() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.writePipeline(Self.quick)
            let options =
                ScoreWorkspace.quick + ["--image", "8x8", "--validation", "0.2", "--epochs", "2", "--seeds", "2"]
            try workspace.succeed(["score"] + options)
            let run = try jsonObject(try workspace.succeed(["run", workspace.path("p.json5"), "--json"]))
            let stages = try #require(run["stages"] as? [[String: Any]])
            #expect(stages.map { $0["state"] as? String } == ["cached", "cached", "ran"])
            let words = ["evaluate"] + options + ["--on", "validation", "--json"]
            let evaluated = try jsonObject(try workspace.succeed(words))
            let runs = try #require(evaluated["runs"] as? [[String: Any]])
            #expect(runs.map { $0["cached"] as? Bool } == [true, true])
            var own = try #require(stages[2]["result"] as? [String: Any])
            let theirs = try #require(evaluated["evaluation"] as? [String: Any])
            // The verb has these beside the evaluation.
            for name in ["epoch", "bestOnValidation"] {
                #expect(own[name] as? NSObject == evaluated[name] as? NSObject)
                own[name] = nil
            }
            #expect(own as NSDictionary == theirs as NSDictionary)
        }
    }

    /// Cached pipelines of twenty stages plan and return in 0.2 s on an idle machine; the bound leaves room for others.
    @Test func twentyCachedStagesReturnAtOnce() throws {
        try ScoreWorkspace.use { workspace in
            let stages = (0..<6).map { number in
                """
                t\(number): { train: { network: "linear", epochs: 2, seeds: 2, learningRate: 0.0\(number + 1) } },
                s\(number): { score: { runs: "t\(number)" } },
                e\(number): { evaluate: { runs: "t\(number)", on: "validation" } },
                """
            }
            let more = """
                m0: { score: { runs: "t0", by: ["aum"] } }, m1: { score: { runs: "t1", by: ["aum"] } },
                """
            try workspace.writePipeline(stages.joined() + more)
            let run = ["run", workspace.path("p.json5")]
            #expect(try workspace.succeed(run).contains("0 cached, 20 run in "))
            var seconds: [Double] = []
            for _ in 0..<5 {
                let start = Date()
                #expect(try workspace.succeed(run).contains("20 cached, 0 run in "))
                seconds.append(Date().timeIntervalSince(start))
            }
            let best = seconds.min() ?? 1
            print("a cached pipeline of 20 stages returned in \(Int(best * 1000)) ms (best of 5)")
            #expect(best < 1)
        }
    }

    /// Two programs on one store at once end with what one alone ends with, and store what they share once.
    @Test func twoPipelinesThatShareStagesAtOnce() throws {
        try ScoreWorkspace.use { workspace in
            let shared = "probe: { train: { network: \"resnet8\", epochs: 3, seeds: 2 } },"
            try workspace.writePipeline(
                shared + "scores: { score: { runs: \"probe\" } },"
                    + "accuracy: { evaluate: { runs: \"probe\", on: \"validation\" } },", as: "one.json5")
            try workspace.writePipeline(
                shared + "longer: { train: { network: \"resnet8\", epochs: 5 } },"
                    + "scores: { score: { runs: \"probe\" } }, late: { score: { runs: \"longer\", by: [\"el2n\"] } },"
                    + "accuracy: { evaluate: { runs: \"probe\", on: \"validation\" } },", as: "two.json5")
            let files = ["one.json5", "two.json5"].map(workspace.path)
            for file in files { try workspace.succeed(["run", file], store: "calm.sqlite") }
            for round in 0..<3 {
                let store = "both\(round).sqlite"
                let processes = try files.map { try workspace.start(["run", $0], store: store) }
                for process in processes {
                    process.waitUntilExit()
                    let errors = try workspace.text("errors")
                    #expect(process.terminationStatus == 0, "\(errors)")
                }
                try workspace.expectSound(store)
                let (calm, both) = (try workspace.results(in: "calm.sqlite"), try workspace.results(in: store))
                // Which epochs' states are kept depends on who came first; every result is the same.
                func withoutStates(_ results: [String: Data]) -> [String: Data] {
                    results.filter { !$0.key.hasSuffix(" state") }
                }
                #expect(withoutStates(both) == withoutStates(calm))
                for file in files {
                    #expect(try workspace.succeed(["run", file], store: store).contains(" 0 run in "))
                }
            }
        }
    }
}
