import Curate
import Foundation
import TestSupport
import Testing

/// `curate evaluate` as users run it.
@Suite(.tags(.training)) struct EvaluateCommandTests {
    /// A table with a group that is hard: its labels are noise.
    private static func writeTable(_ workspace: ScoreWorkspace) throws {
        var lines = ["x,y,site,part,label"]
        for index in 0..<400 {
            let label = index % 2
            let isHard = index % 10 < 3
            let x = isHard ? (index / 10) % 2 : label
            let part = index % 4 == 0 ? "test" : "train"
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
            #expect(page.contains("mean of classes "))
            #expect(page.contains("worst north"))
            #expect(page.contains("label \\ predicted"))
            let json = try jsonObject(try workspace.succeed(words + ["--json"]))
            #expect(Set(json.keys) == ["dataset", "runs", "evaluation", "classNames"])
            #expect(json["classNames"] as? [String] == ["no", "yes"])
            let evaluation = try #require(json["evaluation"] as? [String: Any])
            #expect(
                Set(evaluation.keys) == [
                    "partition", "examples", "seeds", "accuracy", "meanOfClasses", "classes", "groups", "confusion",
                ])
            let confusion = try #require(evaluation["confusion"] as? [[Int]])
            #expect(confusion.joined().reduce(0, +) == 300)
            let group = try #require((evaluation["groups"] as? [[String: Any]])?.first)
            #expect(group["worst"] as? String == "north")
            // The accuracies that training reports are those of the same predictions.
            let runs = try #require(json["runs"] as? [[String: Any]])
            let tests = runs.compactMap { $0["testAccuracy"] as? Double }
            let mean = try #require((evaluation["accuracy"] as? [String: Any])?["mean"] as? Double)
            #expect(abs(tests.reduce(0, +) / 3 - mean) < 1e-6)
            #expect(try workspace.succeed(words + ["--by", "site", "--json"]).contains("\"worst\":\"north\""))
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
}
