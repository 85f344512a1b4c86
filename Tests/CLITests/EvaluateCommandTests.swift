import Curate
import Foundation
import TestSupport
import Testing
import curate

/// `curate evaluate` as users run it.
@Suite(.tags(.training)) struct EvaluateCommandTests {
    /// A table with a group that is hard: its labels are noise.
    private static func writeTable(_ workspace: ScoreWorkspace) throws {
        var lines = ["x,y,site,part,label"]
        for index in 0..<400 {
            let label = index % 2
            let isHard = index % 10 < 3
            let x = isHard ? (index / 10) % 2 : label
            let part = index % 8 < 2 ? "test" : "train"
            lines.append(
                "\(x * 5 + index % 3),\(index % 7),\(isHard ? "north" : "south"),\(part),\(label == 0 ? "no" : "yes")")
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(
            to: workspace.directory.appendingPathComponent("t.csv"))
    }

    private static let options = ["--group", "site", "--split", "part", "--network", "mlp:8", "--epochs", "8"]

    @Test func namesTheWorstGroup() throws {
        try ScoreWorkspace.use { workspace in
            try Self.writeTable(workspace)
            let words = ["evaluate", workspace.path("t.csv")] + Self.options
            let page = try workspace.succeed(words)
            #expect(page.contains("mlp:8, 8 epochs, 3 seeds, 100 test examples"))
            #expect(page.contains("balanced accuracy "))
            #expect(page.contains("AUROC "))
            #expect(page.contains("* worst group site=north"))
            #expect(page.contains("weighted by training examples"))
            #expect(page.contains("worst in each run: "))
            #expect(page.contains("label \\ predicted"))
            let json = try jsonObject(try workspace.succeed(words + ["--json"]))
            #expect(
                Set(json.keys) == ["dataset", "runs", "evaluation", "epoch", "bestOnValidation", "classNames", "gates"])
            #expect(json["classNames"] as? [String] == ["no", "yes"])
            let evaluation = try #require(json["evaluation"] as? [String: Any])
            #expect(
                Set(evaluation.keys) == [
                    "partition", "examples", "seeds", "accuracy", "trainWeightedAccuracy", "groupMeanAccuracy",
                    "balancedAccuracy", "worstClass", "measures", "classes", "worst", "secondWorst", "best",
                    "possiblyWorst", "gap", "minGroup", "worstBySeed", "groups", "confusion", "notes",
                    "frequency",
                ])
            let confusion = try #require(evaluation["confusion"] as? [[Int]])
            #expect(confusion.joined().reduce(0, +) == 300)
            let group = try #require((evaluation["groups"] as? [[String: Any]])?.first)
            #expect(group["worst"] as? String == "north")
            let values = try #require(group["values"] as? [[String: Any]])
            #expect(values.map { $0["train"] as? Int } == [90, 210] && values.map { $0["test"] as? Int } == [30, 70])
            #expect(values.allSatisfy { $0["loss"] is Double && $0["validation"] as? Int == 0 })
            #expect(values[0]["inMinimum"] as? Bool == true && values[0]["tooSmallToJudge"] as? Bool == false)
            let measures = try #require(evaluation["measures"] as? [String: Any])
            #expect(Set(measures.keys) == ["macroF1", "auroc", "calibrationError", "brier", "logLoss"])
            #expect(measures.values.allSatisfy { $0 is [String: Any] })
            // The accuracies that training reports are those of the same predictions.
            let runs = try #require(json["runs"] as? [[String: Any]])
            let tests = runs.compactMap { $0["testAccuracy"] as? Double }
            let mean = try #require((evaluation["accuracy"] as? [String: Any])?["mean"] as? Double)
            #expect(abs(tests.reduce(0, +) / 3 - mean) < 1e-6)
            #expect(try workspace.succeed(words + ["--by", "site", "--json"]).contains("\"worst\":\"north\""))
        }
    }

    /// Three classes of 60, 20 and 10 training examples, ten of validation and ten of test each.
    private static func writeTail(_ workspace: ScoreWorkspace) throws {
        var lines = ["x,y,part,label"]
        for (label, count) in [60, 20, 10].enumerated() {
            for index in 0..<count + 20 {
                let part = index < count ? "train" : index < count + 10 ? "validation" : "test"
                lines.append("\(label * 3 + index % 4),\(index % 7),\(part),c\(label)")
            }
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(
            to: workspace.directory.appendingPathComponent("tail.csv"))
    }

    @Test func rareClassesAreReportedByRule() throws {
        try ScoreWorkspace.use { workspace in
            try Self.writeTail(workspace)
            let words = ["evaluate", workspace.path("tail.csv")] + ["--split", "part", "--network", "mlp:8"]
            let options = ["--epochs", "3", "--seeds", "2"]
            let page = try workspace.succeed(words + options)
            #expect(page.contains("class  train  examples"))
            #expect(page.contains("by training examples (oltr)  classes  mean recall"))
            // A bin of no class is there, and says nothing.
            #expect(page.contains("many, more than 100                0            -"), "\(page)")
            #expect(page.contains("medium, 20 to 100                  2"))
            #expect(page.contains("few, fewer than 20                 1"))
            let moved = try workspace.succeed(words + options + ["--frequency-rule", "glmc", "--best-on-validation"])
            #expect(moved.contains("few, fewer than 21                 2"))
            #expect(moved.contains("last epoch (3)  best on validation"))
            #expect(moved.contains("best on validation is after epoch ") && moved.contains("(seed 1); all that stands"))
            #expect(moved.contains("few training examples"))
            let one = try workspace.succeed(words + options + ["--frequency-rule", "focal-sam"])
            #expect(one.contains("by training examples (focal-sam) all classes are few, fewer than 200"))
            let json = try jsonObject(
                try workspace.succeed(words + options + ["--frequency-rule", "glmc", "--best-on-validation", "--json"]))
            let choice = try #require(json["bestOnValidation"] as? [String: Any])
            #expect((choice["epochs"] as? [Int])?.count == 2 && choice["evaluation"] is [String: Any])
            #expect(json["epoch"] as? Int == 3)
            let evaluation = try #require(json["evaluation"] as? [String: Any])
            let bins = try #require((evaluation["frequency"] as? [String: Any])?["bins"] as? [[String: Any]])
            #expect(bins.map { ($0["classes"] as? [String])?.count } == [0, 1, 2])
            let refused = try workspace.fail(
                words + options + ["--best-on-validation", "--on", "validation"], exitCode: 64)
            #expect(refused.contains("--best-on-validation chooses epochs by the very examples"))
        }
    }

    @Test func countsOfPredictionsComeFromAFile() throws {
        try ScoreWorkspace.use { workspace in
            let rows = "label,pred\ncat,cat\ncat,dog\ndog,dog\n"
            try Data(rows.utf8).write(to: workspace.directory.appendingPathComponent("p.csv"))
            try Data("class,count\ncat,19\ndog,101\n".utf8).write(
                to: workspace.directory.appendingPathComponent("counts.csv"))
            let words = ["evaluate", "--predictions", workspace.path("p.csv")]
            #expect(try !workspace.succeed(words).contains("by training examples"))
            let result = try workspace.run(words + ["--frequency-rule", "oltr"])
            #expect(result.exitCode == 0 && result.errors.contains("--train-counts takes a file"), "\(result.errors)")
            let page = try workspace.succeed(words + ["--train-counts", workspace.path("counts.csv")])
            #expect(page.contains("few, fewer than 20                 1      50.00 %"), "\(page)")
            #expect(page.contains("many, more than 100                1     100.00 %"), "\(page)")
            try Self.writeTail(workspace)
            let stray = ["evaluate", workspace.path("tail.csv"), "--train-counts", workspace.path("counts.csv")]
            #expect(try workspace.fail(stray, exitCode: 64).contains("--train-counts goes with --predictions"))
        }
    }

    @Test func whatCannotBeEvaluated() throws {
        try ScoreWorkspace.use { workspace in
            try Self.writeTable(workspace)
            let words = ["evaluate", workspace.path("t.csv")] + Self.options
            let none = try workspace.fail(words + ["--on", "validation"], exitCode: 64)
            #expect(none.contains("has no validation examples to evaluate on"))
            #expect(none.contains("evaluate on test, of which there are 100"))
            #expect(try workspace.fail(words + ["--by", "sit"], exitCode: 64).contains("did you mean 'site'?"))
            #expect(try workspace.fail(words + ["--on", "tets"], exitCode: 64).contains("did you mean 'test'?"))
        }
    }

    /// What the runs are evaluated for later is made from their weights, without training.
    @Test func boundsFailWithExitCode2AfterTheReport() throws {
        try ScoreWorkspace.use { workspace in
            try Self.writeTable(workspace)
            let words = ["evaluate", workspace.path("t.csv")] + Self.options
            try workspace.succeed(["train", workspace.path("t.csv"), "--seeds", "3"] + Self.options)
            let result = try workspace.run(
                words + ["--fail-under", "worst=0.99", "--fail-under", "average=0.1", "--json"])
            #expect(result.exitCode == 2)
            let json = try jsonObject(result.output)
            let gates = try #require(json["gates"] as? [[String: Any]])
            #expect(gates.map { $0["passes"] as? Bool } == [false, true])
            #expect(gates[0]["name"] as? String == "site=north")
            let runs = try #require(json["runs"] as? [[String: Any]])
            #expect(runs.allSatisfy { $0["trainedEpochs"] as? Int == 0 })
            #expect(result.errors.contains("the worst group, site=north, has") && result.errors.contains("checkFailed"))
            let passed = try workspace.succeed(words + ["--fail-under", "average=50%", "--lower-bound"])
            #expect(passed.contains("the lower end of the 95 % interval"))
            #expect(try workspace.fail(words + ["--lower-bound"], exitCode: 64).contains("goes with --fail-under"))
            #expect(
                try workspace.fail(words + ["--fail-under", "wrost=1"], exitCode: 64).contains("did you mean 'worst'?"))
            // A run of the store against another, by the keys that the reports show.
            let keys = runs.compactMap { $0["key"] as? String }
            let data = [workspace.path("t.csv"), "--group", "site", "--split", "part"]
            let page = try workspace.succeed(["compare", keys[0], keys[1] + "," + keys[2]] + data)
            #expect(page.contains("(1 run), second") && page.contains("(2 runs), 100 test examples"))
            #expect(page.contains("worst group site=north") && page.contains("\nloss "))
            // Three runs on two sides: their mean loss is that of the evaluation.
            let sides = try jsonObject(
                try workspace.succeed(["compare", keys[0], keys[1] + "," + keys[2], "--json"] + data))
            let compared = try #require(
                (sides["groups"] as? [[String: Any]])?.first { $0["name"] as? String == "site=north" })
            let losses = try #require(compared["losses"] as? [String: Any])
            let (one, two) = (try #require(losses["first"] as? Double), try #require(losses["second"] as? Double))
            let groups = (json["evaluation"] as? [String: Any])?["groups"] as? [[String: Any]] ?? []
            let values = groups.flatMap { $0["values"] as? [[String: Any]] ?? [] }
            let group = try #require(values.first { $0["fullName"] as? String == "site=north" })
            #expect(abs((one + 2 * two) / 3 - (group["loss"] as? Double ?? .nan)) < 1e-6)
            let same = try jsonObject(try workspace.succeed(["compare", keys[0], keys[0], "--json"] + data))
            #expect((same["all"] as? [String: Any])?["change"] as? Double == 0)
            let other = try workspace.fail(
                ["compare", keys[0], keys[1], workspace.path("t.csv"), "--split", "part"], exitCode: 64)
            #expect(other.contains("was trained on other data"), "\(other)")
        }
    }
}

/// Predictions of other tools, evaluated and compared in this process.
@Suite struct PredictionCommandTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/evaluation").path
    private static let files = (0..<2).map { "\(fixtures)/run-\($0).csv" }

    private static func curate(_ words: [String]) -> RunResult { run(Root.program, words) }

    @Test func aFileIsEvaluated() throws {
        let words = ["evaluate", "--predictions", Self.files[0], "--predictions", Self.files[1]]
        let page = Self.curate(words + ["--group", "place", "--group", "old: age >= 60"])
        #expect(page.exitCode == 0, "\(page.errors)")
        #expect(page.output.contains(": 2 runs, 240 examples"))
        #expect(page.output.contains("* worst group place=hill"))
        #expect(page.output.contains("the average weighted by training examples is missing"))
        #expect(page.errors.contains("note: column 'label' was taken as the label"))
        let json = try jsonObject(
            Self.curate(words + ["--group", "place*label", "--min-group", "30", "--json"]).output)
        #expect(Set(json.keys) == ["predictions", "evaluation", "classNames", "gates", "notes"])
        let evaluation = try #require(json["evaluation"] as? [String: Any])
        let groups = try #require((evaluation["groups"] as? [[String: Any]])?.first?["values"] as? [[String: Any]])
        #expect(groups.count == 6 && groups.contains { $0["inMinimum"] as? Bool == false })
        #expect(evaluation["partition"] is NSNull)
    }

    @Test func boundsOnAFile() throws {
        let words = ["evaluate", "--predictions", Self.files[0], "--group", "place", "--json", "--fail-under"]
        let failed = Self.curate(words + ["worst=0.80"])
        #expect(failed.exitCode == 2 && failed.errors.contains("place=hill"))
        #expect(try jsonObject(failed.output)["evaluation"] != nil)
        #expect(Self.curate(words + ["worst=0.5"]).exitCode == 0)
        #expect(Self.curate(words + ["average=0.80"]).exitCode == 0)
        #expect(Self.curate(words + ["average=0.80", "--lower-bound"]).exitCode == 2)
        #expect(Self.curate(words + ["train-weighted=0.5"]).exitCode == 64)
    }

    @Test func twoFilesAreCompared() throws {
        let words = ["compare", Self.files[0], Self.files[1], "--group", "place"]
        let page = Self.curate(words)
        #expect(page.exitCode == 0, "\(page.errors)")
        #expect(page.output.contains("McNemar p") && page.output.contains("worst group place=hill"))
        let json = try jsonObject(Self.curate(words + ["--json"]).output)
        #expect(
            Set(json.keys) == [
                "first", "second", "partition", "firstRuns", "secondRuns", "minGroup", "all", "groups", "leftOut",
                "worst",
            ])
        let groups = try #require(json["groups"] as? [[String: Any]])
        #expect(groups.map { $0["name"] as? String } == ["place=hill", "place=shore"])
        let several = Self.curate(["compare", Self.files.joined(separator: ","), Self.files[1]])
        #expect(several.output.contains("McNemar's test compares one run with one"))
    }

    @Test func whatDoesNotGoTogether() throws {
        let words = ["evaluate", "--predictions", Self.files[0]]
        #expect(Self.curate(words + ["--epochs", "3"]).errors.contains("predictions of a file are not trained"))
        #expect(Self.curate(words + ["--by", "place"]).errors.contains("--by does not fit here"))
        #expect(Self.curate(words + [Self.files[1]]).errors.contains("takes the place of <data>"))
        #expect(Self.curate(words + ["--group", "plaec"]).errors.contains("there is no column 'plaec'"))
        #expect(Self.curate(words + ["--group", "place**label"]).exitCode == 64)
        #expect(Self.curate(words + ["--label", "klass"]).errors.contains("there is no column 'klass'"))
        #expect(Self.curate(["evaluate"]).errors.contains("or --predictions with a file"))
        #expect(Self.curate(["evaluate", "t.csv", "--predicted", "x"]).errors.contains("goes with --predictions"))
        let missing = Self.curate(["compare", "3fa9", "77b2"])
        #expect(missing.exitCode == 66 && missing.errors.contains("after them <data>"))
    }
}
