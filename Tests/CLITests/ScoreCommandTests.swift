import Curate
import Foundation
import TestSupport
import Testing

@Suite(.tags(.training)) struct ScoreCommandTests {
    @Test func everyFormatOfFilesAndTheStoreHoldTheScores() throws {
        try ScoreWorkspace.use { workspace in
            let names = ["s.csv", "s.jsonl", "s.npy", "s.npz"]
            let words =
                ["score"] + ScoreWorkspace.convolution + ["--epochs", "2", "--seeds", "2", "--json", "--top", "3"]
            let output = try workspace.succeed(words + names.flatMap { ["--out", workspace.path($0)] })

            let csv = try workspace.text("s.csv").split(separator: "\n").map(String.init)
            #expect(csv[0].hasPrefix("# curate scores: el2n (data-diet, higher = harder, mean of 2 seeds, epoch 2)"))
            let header = try #require(csv.first { !$0.hasPrefix("#") })
            #expect(
                header == "index,id,label,class,partition,prediction,el2n,el2n_sd,el2n_rank,grand,grand_sd,grand_rank,"
                    + "forgetting,forgetting_sd,forgetting_rank")
            let rows = csv.filter { !$0.hasPrefix("#") }.dropFirst()
            let json = try jsonObject(output)
            #expect(json["examples"] as? Int == rows.count)

            let lines = try workspace.text("s.jsonl").split(separator: "\n").map(String.init)
            #expect(lines.count == rows.count + 1)
            let description = try jsonObject(lines[0])
            let described = try #require(description["scores"] as? [[String: Any]])
            #expect(described.map { $0["name"] as? String } == ["el2n", "grand", "forgetting"])
            #expect(described.map { $0["convention"] as? String } == Array(repeating: "data-diet", count: 3))
            #expect(described.map { $0["direction"] as? String } == Array(repeating: "higher = harder", count: 3))
            #expect(try jsonObject(lines[1])["el2n"] is Double)

            #expect(try workspace.text("s.npy.json") == lines[0] + "\n")
            let matrix = try NPYArray(path: workspace.path("s.npy"))
            #expect(matrix.shape == [rows.count, 3])
            let fromCSV = try workspace.column("el2n", of: "s.csv")
            #expect((0..<rows.count).allSatisfy { Float(matrix.double(at: 3 * $0)) == Float(fromCSV[$0]) })
            #expect(Set(fromCSV).count > 100)
            #expect(try workspace.bytes("s.npz").starts(with: Data("PK".utf8)))

            let stored = try workspace.storedScores()
            #expect(stored.count == 3 * rows.count)
            #expect(stored.contains { $0.hasPrefix("grand|data-diet|higher = harder|digits|") })
            let store = try Store.open(path: workspace.path("store.sqlite"), mode: .read)
            #expect(try store.verify().isEmpty)
            let sets = try store.scoreSets()
            #expect(sets.map(\.name) == ["el2n", "grand", "forgetting"])
            let scores = try sets.map { try #require(try store.scores(in: $0.key)) }
            #expect(scores.allSatisfy { $0.count == rows.count })
            let el2n = scores[0]
            #expect(el2n.values.map { Float($0) } == fromCSV.map { Float($0) })
            let ranks = try workspace.column("el2n_rank", of: "s.csv")
            #expect(el2n.ranks.map(Double.init) == ranks)
        }
    }

    @Test func theKeysOfTheJSONAreStable() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["score"] + ScoreWorkspace.quick + ["--epochs", "2", "--seeds", "2", "--top", "2", "--json"]
            let csv = workspace.path("s.csv")
            let output = try workspace.succeed(words + ["--out", csv])
            #expect(output.split(separator: "\n").count == 1)
            let json = try jsonObject(output)
            #expect(Set(json.keys) == ["examples", "runs", "scores", "warnings", "store", "files"])
            #expect(json["store"] as? String == workspace.path("store.sqlite"))
            #expect(json["files"] as? [String] == [csv])
            let runs = try #require(json["runs"] as? [[String: Any]])
            #expect(runs.map { $0["seed"] as? Int } == [0, 1])
            #expect(runs.map { $0["cached"] as? Bool } == [false, false])
            #expect(runs.map { $0["trainedEpochs"] as? Int } == [2, 2])
            #expect(
                Set(runs[0].keys) == [
                    "key", "seed", "cached", "trainedEpochs", "seconds", "losses", "trainAccuracies",
                    "validationLosses", "validationAccuracies", "validationAccuracy", "testAccuracy",
                ])
            #expect((runs[0]["losses"] as? [Double])?.count == 2)
            let scores = try #require(json["scores"] as? [[String: Any]])
            #expect(scores.map { $0["name"] as? String } == ["el2n", "grand", "forgetting"])
            #expect(
                Set(scores[0].keys) == [
                    "name", "convention", "direction", "description", "epoch", "key", "mean", "minimum", "maximum",
                    "stability", "hardest", "easiest", "classes",
                ])
            #expect((scores[0]["hardest"] as? [Any])?.count == 2)
            #expect((scores[0]["classes"] as? [Any])?.count == 10)
            let stability = try #require(scores[0]["stability"] as? [String: Any])
            #expect(stability["seeds"] as? Int == 2)
        }
    }

    @Test func aSecondRunIsAnsweredFromTheStore() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["score"] + ScoreWorkspace.quick + ["--epochs", "2", "--seeds", "2"]
            try workspace.succeed(words + ["--out", workspace.path("first.csv")])
            let before = try workspace.storedScores()
            let again = try workspace.succeed(words + ["--json", "--out", workspace.path("second.csv")])
            let runs = try #require(try jsonObject(again)["runs"] as? [[String: Any]])
            #expect(runs.map { $0["cached"] as? Bool } == [true, true])
            #expect(runs.map { $0["trainedEpochs"] as? Int } == [0, 0])
            #expect(try workspace.bytes("first.csv") == workspace.bytes("second.csv"))
            #expect(try workspace.storedScores() == before)

            // One more seed and one more epoch train just what is missing.
            let seeds = ["score"] + ScoreWorkspace.quick + ["--epochs", "2", "--seeds", "3", "--json"]
            let third = try #require(try jsonObject(try workspace.succeed(seeds))["runs"] as? [[String: Any]])
            #expect(third.map { $0["trainedEpochs"] as? Int } == [0, 0, 2])
            let epochs = ["score"] + ScoreWorkspace.quick + ["--epochs", "3", "--seeds", "2", "--json"]
            let longer = try #require(try jsonObject(try workspace.succeed(epochs))["runs"] as? [[String: Any]])
            #expect(longer.map { $0["trainedEpochs"] as? Int } == [1, 1])
        }
    }

    @Test(arguments: [ScoreWorkspace.convolution, ScoreWorkspace.quick])
    func threadsAndRepetitionChangeNothing(data: [String]) throws {
        try ScoreWorkspace.use { workspace in
            let words = ["score"] + data + ["--epochs", "2", "--seeds", "2"]
            for (name, threads) in [("one", "1"), ("two", "2"), ("again", "2")] {
                let output = ["--out", workspace.path("\(name).csv")]
                try workspace.succeed(words + output + ["--threads", threads], store: "\(name).sqlite")
            }
            let expected = try workspace.bytes("one.csv")
            #expect(try workspace.bytes("two.csv") == expected)
            #expect(try workspace.bytes("again.csv") == expected)
            let stored = try workspace.storedScores("one.sqlite")
            #expect(!stored.isEmpty)
            #expect(try workspace.storedScores("two.sqlite") == stored)
            #expect(try workspace.storedScores("again.sqlite") == stored)
        }
    }

    @Test func thePageNamesWhatPeopleAskFor() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["score"] + ScoreWorkspace.quick + ["--epochs", "1", "--seeds", "2", "--top", "3"]
            let result = try workspace.run(words + ["--by", "el2n"])
            #expect(result.exitCode == 0)
            #expect(result.output.hasPrefix("digits: mlp:16, 1 epoch, 2 seeds, 1,797 examples scored\n"))
            let parts = ["el2n  higher = harder", "hardest", "easiest", "mean el2n", "trained 1 epoch\n"]
            for part in parts {
                #expect(result.output.contains(part), "\(part)")
            }
            #expect(try workspace.succeed(words + ["--by", "el2n"]).contains("in the store"))
        }
    }

    @Test func nothingIsOverwrittenUnlessForced() throws {
        try ScoreWorkspace.use { workspace in
            let kept = Data("mine\n".utf8)
            let csv = workspace.path("s.csv")
            try kept.write(to: URL(fileURLWithPath: csv))
            let words = ["score"] + ScoreWorkspace.quick + ["--epochs", "1", "--seeds", "1", "--out", csv]
            let errors = try workspace.fail(words, exitCode: 73)
            #expect(errors.contains("--force"))
            #expect(try workspace.bytes("s.csv") == kept)
            // Refused before any work: there is not even a store.
            #expect(!FileManager.default.fileExists(atPath: workspace.path("store.sqlite")))
            try workspace.succeed(words + ["--force"])
            #expect(try workspace.text("s.csv").hasPrefix("# curate scores: "))

            // The header beside an .npy is a file of its own.
            try kept.write(to: URL(fileURLWithPath: workspace.path("s.npy.json")))
            let array = ["score"] + ScoreWorkspace.quick + ["--epochs", "1", "--out", workspace.path("s.npy")]
            _ = try workspace.fail(array, exitCode: 73, store: "other.sqlite")
            #expect(try workspace.bytes("s.npy.json") == kept)
            #expect(!FileManager.default.fileExists(atPath: workspace.path("other.sqlite")))
        }
    }
}
