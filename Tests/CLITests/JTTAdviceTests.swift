import Curate
import Foundation
import TestSupport
import Testing

/// What `curate jtt` advises names options that change something.
@Suite(.tags(.training)) struct JTTAdviceTests {
    /// Two classes that a line divides, and logits of a first training that knows all of them.
    private static func write(_ workspace: ScoreWorkspace) throws -> [String] {
        var lines = ["x,y,place,part,label"]
        var logits: [Float] = []
        for index in 0..<120 {
            let label = index % 2
            let part = index % 3 == 0 ? "test" : index % 3 == 1 ? "validation" : "train"
            lines.append("\(label * 2),\(index % 7),\(index % 5 == 0 ? "sea" : "shore"),\(part),\(label)")
            if part == "train" { logits += label == 0 ? [3, -3] : [-3, 3] }
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(
            to: workspace.directory.appendingPathComponent("t.csv"))
        try NPYWriter.write(logits, shape: [logits.count / 2, 2], to: workspace.path("right.npy"))
        try NPYWriter.write(
            (0..<logits.count).map { $0 % 2 == 0 ? Float(1) : -1 }, shape: [logits.count / 2, 2],
            to: workspace.path("one.npy"))
        return [
            "jtt", workspace.path("t.csv"), "--group", "place*label", "--split", "part", "--network", "mlp:8",
            "--seeds",
            "1", "--epochs", "2", "--stage1-epochs", "1", "--upweight", "5", "--baselines", "cvar",
        ]
    }

    /// Nothing of a first training elsewhere can be set here.
    @Test(arguments: ["right.npy", "one.npy"]) func logitsFromElsewhereHaveNoParameters(logits: String) throws {
        try ScoreWorkspace.use { workspace in
            let result = try workspace.run(try Self.write(workspace) + ["--logits", workspace.path(logits)])
            #expect(result.exitCode == 1 && result.errors.contains("give --logits of"), "\(result.errors)")
            for option in ["--stage1-learning-rate", "--stage1-weight-decay", "--weight-decay", "--mode"] {
                #expect(!result.errors.contains(option), "\(option)")
            }
        }
    }

    /// The same options, of a first training here, are the advice.
    @Test func aFirstTrainingHereIsToldItsOwnOptions() throws {
        try ScoreWorkspace.use { workspace in
            let diverged = try workspace.run(try Self.write(workspace) + ["--stage1-learning-rate", "1e30"])
            #expect(diverged.exitCode == 1 && diverged.errors.contains("lower --stage1-learning-rate"))
        }
    }

    @Test func aMainTrainingThatDivergesIsToldItsOwnRate() throws {
        try ScoreWorkspace.use { workspace in
            let result = try workspace.run(
                try Self.write(workspace) + ["--learning-rate", "1e30", "--stage1-learning-rate", "0.01"])
            #expect(result.exitCode == 1 && result.errors.contains("lower --learning-rate, or add"), "\(result.errors)")
        }
    }
}
