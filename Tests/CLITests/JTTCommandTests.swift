import Curate
import Foundation
import TestSupport
import Testing

/// `curate jtt` as users run it.
@Suite(.tags(.training)) struct JTTCommandTests {
    /// A task with a shortcut: the column `hint` goes with the label in nine of ten training rows, in half of the others.
    private static func writeTable(_ workspace: ScoreWorkspace) throws -> [String] {
        var lines = ["hint,x,y,place,part,label"]
        for index in 0..<900 {
            let label = index % 2
            let part = index % 3 == 0 ? "test" : index % 9 == 1 ? "validation" : "train"
            let isAligned = part == "train" ? index % 10 != 4 && index % 10 != 7 : index % 4 < 2
            let place = isAligned ? label : 1 - label
            // Deterministic scatter; x tells the class weakly, the hint strongly.
            let scatter = Double((index * 7919) % 101) / 50 - 1
            let row = [Double(place) * 4 + scatter * 0.3, Double(label) + scatter, Double((index * 31) % 17)]
            lines.append(
                (row.map { "\($0)" } + [place == 1 ? "sea" : "shore", part, "\(label)"]).joined(separator: ","))
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(
            to: workspace.directory.appendingPathComponent("t.csv"))
        return [workspace.path("t.csv"), "--group", "place*label", "--split", "part"]
    }

    private static let grid = [
        "--network", "mlp:8", "--epochs", "4", "--stage1-epochs", "1,2", "--upweight", "3,9", "--seeds", "2",
    ]

    @Test func theReportAndItsJSON() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["jtt"] + (try Self.writeTable(workspace)) + Self.grid
            let page = try workspace.succeed(words)
            for expected in [
                "validation, chosen by the lower bound of the worst group", "class or group", "ERM", "Group DRO", "LfF",
                "JTT", "paired over 2 seeds",
            ] {
                #expect(page.contains(expected), "\(expected)")
            }
            let again = try jsonObject(try workspace.succeed(words + ["--json"]))
            let jtt = try #require(again["jtt"] as? [String: Any])
            let cells = try #require(jtt["cells"] as? [[String: Any]])
            #expect(cells.count == 4 && cells.count { $0["chosen"] as? Bool == true } == 1)
            let methods = try #require(jtt["methods"] as? [[String: Any]])
            #expect(methods.first?["name"] as? String == "ERM" && methods.last?["name"] as? String == "JTT")
            // What is printed is what was paired: the mean over the seeds of the differences of the worst groups.
            func worst(_ method: [String: Any]?) -> Double {
                ((method?["worst"] as? [String: Any])?["mean"] as? Double) ?? .nan
            }
            let gain = try #require((methods.last?["gain"] as? [String: Any])?["mean"] as? Double)
            #expect(abs(worst(methods.last) - worst(methods.first) - gain) < 1e-12)
            let sentence = try #require(jtt["sentence"] as? String)
            #expect(page.contains(sentence))
        }
    }

    @Test func theFirstTrainingMayDiffer() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["jtt"] + (try Self.writeTable(workspace)) + Self.grid + ["--baselines", "class-weights"]
            let one = try jsonObject(try workspace.succeed(words + ["--json"]))
            let other = try jsonObject(
                try workspace.succeed(words + ["--stage1-learning-rate", "0.001", "--json"]))
            func members(_ page: [String: Any]) throws -> [Int] {
                let cells = try #require((page["jtt"] as? [String: Any])?["cells"] as? [[String: Any]])
                return cells.flatMap {
                    ($0["errorSets"] as? [[String: Any]] ?? []).compactMap { $0["members"] as? Int }
                }
            }
            #expect(try members(one) != members(other))
        }
    }

    /// The key of a grid stands for no runs, and a group that nobody is in is told before anything is trained.
    @Test func whatHasNoAnswerIsRefused() throws {
        try ScoreWorkspace.use { workspace in
            let data = try Self.writeTable(workspace)
            let words = ["jtt"] + data + Self.grid + ["--baselines", "class-weights"]
            try workspace.succeed(words)
            let store = try Store.open(path: workspace.path("store.sqlite"), mode: .read)
            let grid = try #require(try store.artifacts(kind: "jtt").first).key.hexadecimal
            let run = try #require(try store.artifacts(kind: "train").first).key.hexadecimal
            let refused = try workspace.fail(["compare", grid, run] + data, exitCode: 64)
            #expect(refused.contains("is of kind jtt, which stands for no runs"))
            let empty = try workspace.fail(
                ["jtt", data[0], "--group", "q: x > 900", "--split", "part"] + Self.grid, exitCode: 64)
            #expect(empty.contains("no group has an example among the validation examples"))
            let quoted = try workspace.fail(
                ["inspect", data[0], "--group", "q: place == \"a,b\"", "--split", "part"], exitCode: 64)
            #expect(quoted.contains("'a,b'") && quoted.contains("'sea', 'shore'"), "\(quoted)")
        }
    }

    @Test(arguments: [
        (["--stage1-epochs", "9"], "the first training has 4 epochs"), (["--baselines", "grup-dro"], "did you mean"),
        (["--folds", "3"], "has no effect"), (["--select", "worst-grup"], "did you mean"),
        (["--logits", "nothing*.npy"], "no file matches"),
    ]) func mistakesAreUsageErrors(words: [String], message: String) throws {
        try ScoreWorkspace.use { workspace in
            let all = ["jtt"] + (try Self.writeTable(workspace)) + Self.grid.filter { !words.contains($0) } + words
            let result = try workspace.run(words[0] == "--stage1-epochs" ? all.filter { $0 != "1,2" } : all)
            #expect(result.exitCode != 0 && result.errors.contains(message), "\(result.errors)")
        }
    }
}
