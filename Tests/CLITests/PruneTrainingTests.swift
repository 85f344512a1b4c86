import Curate
import Foundation
import Glibc
import TestSupport
import Testing

/// `curate prune` without a file of scores: it trains and scores as `curate score` does.
@Suite(.tags(.training)) struct PruneTrainingTests {
    private static let training = ScoreWorkspace.quick + ["--epochs", "2", "--seeds", "2"]

    private static func runs(_ text: String) throws -> [[String: Any]] {
        try #require(try jsonObject(text)["runs"] as? [[String: Any]])
    }

    @Test(arguments: [
        ["--by", "forgetting:2,el2n", "--keep", "0.4"],
        ["--policy", "dual", "--by", "variability", "--keep", "0.3", "--seed", "7"],
        ["--policy", "random", "--quota", "worst-class", "--keep", "0.3", "--allow-empty-classes"],
    ]) func keepsWhatAFileOfTheSameScoresKeeps(rule: [String]) throws {
        try ScoreWorkspace.use { workspace in
            let direct = ["prune"] + Self.training + rule + ["--out", workspace.path("direct")]
            let runs = try Self.runs(try workspace.succeed(direct + ["--json"]))
            #expect(runs.map { $0["trainedEpochs"] as? Int } == [2, 2])

            // What was trained to prune is not trained to score.
            let by = ["--by", "el2n,forgetting,variability,confidence"]
            let csv = workspace.path("scores.csv")
            let scored = try Self.runs(
                try workspace.succeed(["score"] + Self.training + by + ["--out", csv, "--json"]))
            #expect(scored.map { $0["trainedEpochs"] as? Int } == [0, 0])
            #expect(scored.map { $0["key"] as? String } == runs.map { $0["key"] as? String })
            let filed = ["prune", InspectFixture.digits, "--scores", csv] + rule
            #expect(
                try Self.runs(try workspace.succeed(filed + ["--out", workspace.path("filed"), "--json"])).isEmpty)
            for name in ["split.csv", "kept_indices.npy"] {
                #expect(try workspace.bytes("direct/\(name)") == workspace.bytes("filed/\(name)"), "\(name)")
            }
        }
    }

    @Test func whatWasScoredIsNotTrainedToPrune() throws {
        try ScoreWorkspace.use { workspace in
            try workspace.succeed(["score"] + Self.training)
            let page = try workspace.succeed(["prune"] + Self.training + ["--keep", "0.5"])
            #expect(page.contains("digits: 898 of 1,797 kept") || page.contains("899 of 1,797 kept"), "\(page)")
            #expect(page.contains("scored by mlp:16, 2 epochs, 2 seeds (2 of 2 runs were in the store)"), "\(page)")
            let other = try Self.runs(
                try workspace.succeed(["prune"] + Self.training + ["--keep", "0.5", "--run-seed", "1", "--json"]))
            #expect(other.map { $0["seed"] as? Int } == [1, 2])
            #expect(other.map { $0["cached"] as? Bool } == [true, false])
        }
    }

    /// Of what a split keeps, a split of that.
    @Test func whatWasTrainedOnIsChosenFrom() throws {
        try ScoreWorkspace.use { workspace in
            let first = workspace.path("first")
            try workspace.succeed(
                ["prune", InspectFixture.digits, "--policy", "random", "--keep", "0.5", "--out", first])
            let words = ["prune"] + Self.training + ["--train-on", first, "--keep", "0.5"]
            try workspace.succeed(words + ["--out", workspace.path("second")])
            let (all, some) = (
                try SplitReader.read(path: first), try SplitReader.read(path: workspace.path("second"))
            )
            #expect(some.manifest.candidateCount == all.manifest.keptCount)
            let dataset = try DatasetLoader.load(path: InspectFixture.digits)
            let kept = try some.split(for: dataset).indices
            #expect(kept.count == some.manifest.keptCount)
            #expect(Set(kept).isSubset(of: try all.split(for: dataset).indices))
            try workspace.succeed(
                ["train"] + ScoreWorkspace.quick + ["--epochs", "1", "--train-on", workspace.path("second")])
        }
    }

    /// Suspects are found as `score` finds them when no list is given, with or without scores.
    @Test(arguments: [
        (["--method", "aum"], ["--policy", "random"]), (["--folds", "2"], ["--keep", "0.4"]),
        ([], ["--policy", "random", "--keep", "0.4"]),
    ]) func suspectsAreFoundWithoutAList(search: [String], rule: [String]) throws {
        try ScoreWorkspace.use { workspace in
            let words = ["prune"] + Self.training + rule + ["--drop-suspects"]
            let direct = try workspace.run(words + search + ["--out", workspace.path("direct")])
            #expect(direct.exitCode == 0, "\(direct.errors)")
            let method = search.first == "--method" ? " by --method aum" : ""
            #expect(direct.errors.contains("finding label suspects\(method), as no list is given"))
            #expect(direct.output.contains("label suspects dropped: "), "\(direct.output)")
            // The list alone, without training anything again.
            let listed = try workspace.run(
                ["score"] + Self.training + search + ["--by", "label-issues", "--suspects", workspace.path("s.csv")])
            #expect(listed.exitCode == 0 && !listed.errors.contains("epoch 1/2"), "\(listed.errors)")
            #expect(try workspace.bytes("direct/suspects.csv") == workspace.bytes("s.csv"))
            let training = rule.contains("random") ? [InspectFixture.digits] : Self.training
            try workspace.succeed(
                ["prune"] + training + rule
                    + ["--drop-suspects", "--suspects", workspace.path("s.csv"), "--out", workspace.path("filed")])
            for name in ["split.csv", "kept_indices.npy", "manifest.json", "suspects.csv"] {
                #expect(try workspace.bytes("direct/\(name)") == workspace.bytes("filed/\(name)"), "\(name)")
            }
        }
    }

    /// Of what a split keeps, what is not suspect; and with scores from a file.
    @Test func suspectsAmongWhatASplitKeeps() throws {
        try ScoreWorkspace.use { workspace in
            let first = workspace.path("first")
            try workspace.succeed(
                ["prune", InspectFixture.digits, "--policy", "random", "--keep", "0.5", "--out", first])
            let subset = ["--train-on", first, "--drop-suspects", "--method", "aum"]
            try workspace.succeed(
                ["prune"] + Self.training + subset + ["--policy", "random", "--out", workspace.path("second")])
            let (all, some) = (
                try SplitReader.read(path: first), try SplitReader.read(path: workspace.path("second"))
            )
            #expect(some.manifest.candidateCount == all.manifest.keptCount)
            #expect(some.manifest.keptCount < some.manifest.candidateCount)

            let scores = workspace.path("scores.csv")
            try workspace.succeed(["score"] + Self.training + ["--by", "el2n", "--out", scores])
            let page = try workspace.succeed(
                ["prune"] + Self.training + ["--scores", scores, "--drop-suspects", "--keep", "0.3"])
            #expect(page.contains("label suspects dropped: "), "\(page)")
            #expect(!page.contains("scored by"))
        }
    }

    @Test func stoppedByRequestAndContinuedAsTheMessageSays() throws {
        try ScoreWorkspace.use { workspace in
            let words =
                ["prune"] + ScoreWorkspace.convolution + ["--epochs", "20", "--seeds", "2", "--keep", "0.5", "--out"]
            let copy = ["--materialize", workspace.path("copy")]
            let process = try workspace.start(words + [workspace.path("stopped")] + copy, store: "stopped.sqlite")
            while process.isRunning, try !workspace.text("errors").contains("epoch 2/20") { usleep(500) }
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            let errors = try workspace.text("errors")
            #expect(process.terminationReason == .exit && process.terminationStatus == 130, "\(errors)")
            #expect(try workspace.text("output") == "")
            // Not even an empty directory is left.
            for name in ["stopped", "copy"] { #expect(!FileManager.default.fileExists(atPath: workspace.path(name))) }

            let start = try #require(errors.range(of: "run it again to continue: ")?.upperBound)
            let command = try #require(errors[start...].split(separator: "\n").first)
            let resumed = try CurateProcess().shell("curate() { \"$CURATE\" \"$@\"; }; \(command)")
            #expect(resumed.exitCode == 0, "\(resumed.errors)")
            #expect(!resumed.errors.contains("seed 0 epoch 1/20"))
            try workspace.succeed(words + [workspace.path("calm")], store: "calm.sqlite")
            for name in ["split.csv", "kept_indices.npy", "manifest.json"] {
                #expect(try workspace.bytes("stopped/\(name)") == workspace.bytes("calm/\(name)"), "\(name)")
            }
        }
    }
}
