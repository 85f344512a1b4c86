import Curate
import Foundation
import TestSupport
import Testing

@Suite(.tags(.training)) struct TrainCommandTests {
    @Test func theKeysOfTheJSONAreStable() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["train"] + ScoreWorkspace.quick + ["--epochs", "2", "--seeds", "2", "--json"]
            let json = try jsonObject(try workspace.succeed(words))
            #expect(Set(json.keys) == ["dataset", "network", "epochs", "runs", "files", "classBalance"])
            #expect(json["network"] as? String == "mlp:16")
            #expect(json["epochs"] as? Int == 2)
            let runs = try #require(json["runs"] as? [[String: Any]])
            #expect(runs.map { $0["cached"] as? Bool } == [false, false])
            let losses = try #require(runs[0]["losses"] as? [Double])
            #expect(losses.count == 2)
            #expect(losses[1] < losses[0])

            let again = try #require(try jsonObject(try workspace.succeed(words))["runs"] as? [[String: Any]])
            #expect(again.map { $0["cached"] as? Bool } == [true, true])
            #expect(again.map { $0["losses"] as? [Double] } == runs.map { $0["losses"] as? [Double] })
        }
    }

    @Test func accuraciesOfTheOtherPartitions() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["train"] + ScoreWorkspace.quick + ["--epochs", "3", "--validation", "0.2"]
            let json = try jsonObject(try workspace.succeed(words + ["--json"]))
            let run = try #require((json["runs"] as? [[String: Any]])?.first)
            let accuracy = try #require(run["validationAccuracy"] as? Double)
            #expect(accuracy > 0.5 && accuracy <= 1)
            #expect(run["testAccuracy"] is NSNull)
            let page = try workspace.succeed(words)
            #expect(page.hasPrefix("seed    loss  train accuracy  validation  test  run\n"))
            #expect(page.contains("in the store"))
        }
    }

    @Test func weightsThatAreWrittenScoreAsTheRunDoes() throws {
        try ScoreWorkspace.use { workspace in
            let weights = workspace.path("w.safetensors")
            let training = ScoreWorkspace.convolution + ["--epochs", "2"]
            let page = try workspace.succeed(["train"] + training + ["--out", weights], store: "train.sqlite")
            #expect(page.contains("wrote \(weights)\n"))
            let by = ["--by", "el2n,grand"]
            let trained = ["score"] + training + by + ["--seeds", "1", "--out", workspace.path("run.csv")]
            try workspace.succeed(trained, store: "score.sqlite")
            let words = ["score"] + ScoreWorkspace.convolution + ["--weights", weights] + by
            let result = try workspace.run(words + ["--out", workspace.path("weights.csv")], store: "none.sqlite")
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(!result.errors.contains("epoch 0/0"))
            for name in ["el2n", "grand"] {
                let expected = try workspace.column(name, of: "run.csv")
                let found = try workspace.column(name, of: "weights.csv")
                #expect(expected.count == 1797 && found.count == 1797)
                let differences = zip(expected, found).map { abs($0 - $1) / max(1, abs($0)) }
                #expect((differences.max() ?? 1) <= 1e-5)
                #expect(Set(found).count > 100)
            }

            // Weights belong to one network, and nothing of them is overwritten.
            let deeper = [InspectFixture.digits, "--image", "8x8", "--network", "resnet20", "--weights", weights]
            let errors = try workspace.fail(["score"] + deeper, exitCode: 65)
            #expect(errors.contains("of resnet20 is missing"))
            #expect(errors.contains("--network"))
            let before = try workspace.bytes("w.safetensors")
            let again = ["train"] + training + ["--seed", "5", "--out", weights]
            #expect(try workspace.fail(again, exitCode: 73, store: "new.sqlite").contains("--force"))
            #expect(try workspace.bytes("w.safetensors") == before)
            #expect(!FileManager.default.fileExists(atPath: workspace.path("new.sqlite")))
            try workspace.succeed(again + ["--force"], store: "new.sqlite")
            #expect(try workspace.bytes("w.safetensors") != before)
        }
    }

    @Test func whatWasTrainedIsNotTrainedToScore() throws {
        try ScoreWorkspace.use { workspace in
            let training = ScoreWorkspace.quick + ["--epochs", "2", "--seeds", "2"]
            try workspace.succeed(["train"] + training)
            let json = try jsonObject(try workspace.succeed(["score"] + training + ["--json"]))
            let runs = try #require(json["runs"] as? [[String: Any]])
            #expect(runs.map { $0["trainedEpochs"] as? Int } == [0, 0])
        }
    }

    @Test func aSplitAndItsCopyTrainTheSameNetwork() throws {
        try ScoreWorkspace.use { workspace in
            let (split, data) = (workspace.path("split"), [InspectFixture.digits, "--image", "8x8"])
            let kept = ["--policy", "random", "--keep", "0.5", "--out", split, "--materialize", workspace.path("copy")]
            let json = try jsonObject(try workspace.succeed(["prune"] + data + kept + ["--json"]))
            let copy = try #require(json["materialized"] as? String)
            let training = ["--image", "8x8", "--network", "resnet8", "--epochs", "2", "--seed", "3"]
            func train(_ data: String, _ words: [String], _ name: String) throws -> Data {
                try workspace.succeed(["train", data] + training + words + ["--out", workspace.path(name)])
                return try workspace.bytes(name)
            }
            let onSplit = try train(InspectFixture.digits, ["--train-on", split], "split.safetensors")
            #expect(try train(copy, [], "copy.safetensors") == onSplit)
            #expect(try train(InspectFixture.digits, [], "all.safetensors") != onSplit)
        }
    }

    @Test(arguments: [
        ["--out", "weights.npz"], ["--out", "w.safetensors", "--seeds", "2"], ["--epochs", "0"],
        ["--network", "resnet9"],
    ])
    func wrongCommandLines(options: [String]) throws {
        try ScoreWorkspace.use { workspace in
            let errors = try workspace.fail(["train", InspectFixture.digits] + options, exitCode: 64)
            #expect(errors.contains("error: "))
        }
    }

    @Test func aDivergingRunNamesTheEpochAndTheRemedy() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["train"] + ScoreWorkspace.quick + ["--learning-rate", "1e30", "--epochs", "2"]
            let errors = try workspace.fail(words, exitCode: 1)
            #expect(errors.contains("in epoch 1, step "))
            #expect(errors.contains("lower --learning-rate"))
        }
    }

    /// A recipe in full is the recipe: as a stage of a pipeline it finds the run that its name trained.
    @Test func aRecipeIsShownInFull() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["--recipe", "ldam-drw", "--epochs", "5", "--network", "mlp:16", "--learning-rate", "0.01"]
            let page = try workspace.succeed(["train", "--show-recipe"] + words)
            #expect(page.hasPrefix("// LDAM-DRW (Cao et al. 2019)\ntrain: {\n  network: \"mlp:16\",\n  epochs: 5,"))
            #expect(page.contains("  loss: \"ldam\",\n") && page.contains("  drw: 0.8,\n"))
            #expect(page.contains("  stepEpochs: [4],\n") && page.contains("  reduction: \"weight-sum\",\n"))
            // What has no effect is not there.
            #expect(!page.contains("tau") && !page.contains("groupStep") && !page.contains("mixAlpha"))
            let data = [InspectFixture.digits, "--image", "8x8", "--validation", "0.2"]
            try workspace.succeed(["train"] + data + words)
            try workspace.writePipeline("t: { \(page.split(separator: "\n").dropFirst().joined(separator: "\n")) }")
            let plan = try jsonObject(try workspace.succeed(["plan", workspace.path("p.json5"), "--json"]))
            #expect(plan["cached"] as? Int == 1)

            let json = try jsonObject(try workspace.succeed(["train", "--show-recipe", "--json"] + words))
            #expect((json["train"] as? [String: Any])?["margin"] as? Double == 0.5)
            #expect(
                try workspace.fail(["train", "--recipe", "ldam-dwr", "--show-recipe"], exitCode: 64).contains(
                    "ldam-drw"))
            #expect(try workspace.fail(["train"], exitCode: 64).contains("--show-recipe"))
        }
    }

    /// Pruning that starved a class is said where its split is trained on, with what would have kept it.
    @Test func aStarvedClassIsTold() throws {
        try ScoreWorkspace.use { workspace in
            let data = InspectFixture.digits
            try workspace.succeed([
                "derive", "long-tail", data, "--factor", "5", "--as-split", workspace.path("tail"),
            ])
            let tail = try workspace.succeed(
                ["train", data, "--network", "linear", "--epochs", "1", "--train-on", workspace.path("tail")])
            #expect(tail.contains("class  before  kept"))
            #expect(tail.contains("imbalance factor 1.1 before, 5"))
            // On everything there is one column of each, when the loss counts.
            let whole = ["train", data, "--network", "linear", "--epochs", "1"]
            #expect(try workspace.succeed(whole + ["--loss", "vs"]).contains("class  examples"))
            #expect(try !workspace.succeed(whole).contains("imbalance"))
            // Nine of ten of a class are gone, of the others few.
            try workspace.succeed([
                "prune", data, "--network", "mlp:16", "--epochs", "2", "--seeds", "1", "--by", "el2n", "--policy",
                "easiest", "--keep", "0.2", "--allow-empty-classes", "--out", workspace.path("easy"),
            ])
            let words = ["train", data, "--network", "linear", "--epochs", "1", "--train-on", workspace.path("easy")]
            let starved = try workspace.run(words)
            let kept = try jsonObject(try workspace.succeed(words + ["--json"]))["classBalance"] as? [String: Any]
            let names = try #require(kept?["starved"] as? [String])
            #expect(starved.errors.contains("starved") == !names.isEmpty)
            #expect(names.isEmpty || starved.errors.contains("--quota"), "\(starved.errors)")
        }
    }
}
