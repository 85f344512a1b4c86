import Curate
import Foundation
import TestSupport
import Testing

@Suite(.tags(.training)) struct ScoreFailureTests {
    @Test(arguments: [
        (["--network", "mlp:16", "--epochs", "2", "--at", "3"], "--at is 3, after the last epoch of training, 2"),
        (["--network", "mlp:16", "--at", "0"], "little better than chance"),
        (["--network", "resnet9"], "did you mean 'resnet8'?"),
        (["--network", "resnet8"], "--image"),
        (["--out", "scores.txt"], ".jsonl"),
        (["--out", "s.csv", "--out", "s.csv"], "twice"),
        (["--logits", "run*.npy", "--labels", "labels.npy"], "--logits takes the place of <data>"),
        (["--weights", "w.safetensors"], "--weights needs --network"),
    ])
    func wrongCommandLines(options: [String], words: String) throws {
        try ScoreWorkspace.use { workspace in
            let errors = try workspace.fail(["score", InspectFixture.digits] + options, exitCode: 64)
            #expect(errors.contains(words), "\(errors)")
        }
    }

    @Test func aDivergingRunNamesTheEpochAndTheRemedy() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["score"] + ScoreWorkspace.quick + ["--learning-rate", "1e30", "--epochs", "2"]
            let errors = try workspace.fail(words + ["--out", workspace.path("s.csv")], exitCode: 1)
            #expect(errors.contains("in epoch 1, step "))
            #expect(errors.contains("lower --learning-rate"))
            #expect(!FileManager.default.fileExists(atPath: workspace.path("s.csv")))
            let json = try workspace.fail(words + ["--json", "--quiet"], exitCode: 1)
            let error = try #require(try jsonObject(json)["error"] as? [String: Any])
            #expect(error["exitCode"] as? Int == 1)
            #expect(error["kind"] as? String == "workFailed")
        }
    }

    @Test func placesWhereNoStoreCanBe() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["score"] + ScoreWorkspace.quick + ["--epochs", "1"]
            #expect(try workspace.fail(words, exitCode: 73, store: "no/store.sqlite").contains("create it first"))
            let text = Data("id,score\n1,2\n".utf8)
            try text.write(to: workspace.directory.appendingPathComponent("table.csv"))
            #expect(try workspace.fail(words, exitCode: 65, store: "table.csv").contains("not a Curate store"))
            #expect(try workspace.bytes("table.csv") == text)
            let missing = ["score", workspace.path("nothing.csv")]
            _ = try workspace.fail(missing, exitCode: 66)
        }
    }

    /// The program waits ten seconds for the lock unless it is told otherwise.
    @Test(.tags(.soak)) func aStoreThatAnotherProcessHolds() throws {
        try ScoreWorkspace.use { workspace in
            let words = ["score"] + ScoreWorkspace.quick + ["--epochs", "1", "--seeds", "1"]
            let store = try Store.open(path: workspace.path("store.sqlite"), mode: .write)
            let hurried = Soak.isOn ? [] : ["--wait", "0.5"]
            let errors = try store.transaction { try workspace.fail(words + hurried, exitCode: 75) }
            #expect(errors.contains("the store is in use by process \(ProcessInfo.processInfo.processIdentifier) "))
            try workspace.succeed(words)
        }
    }

    @Test(.enabled(if: mayMount, "needs root, to mount a small file system"))
    func aFullDiskKeepsWhatWasStored() throws {
        try ScoreWorkspace.use { workspace in
            // The store grows beyond the first mount; a larger one continues with the same file.
            let script = """
                cd '\(workspace.directory.path)' && mkdir disk && mount -t tmpfs -o size=1m none disk || exit 99
                score="$CURATE score \(ScoreWorkspace.convolution.joined(separator: " ")) --seeds 2 -q --threads 1"
                $score --store disk/s.sqlite > full.txt 2> errors.txt; echo $?
                mount -o remount,size=50m disk
                $score --store disk/s.sqlite --out resumed.csv > /dev/null; echo $?
                $score --store calm.sqlite --out calm.csv > /dev/null; echo $?
                cp disk/s.sqlite kept.sqlite
                mount -o remount,ro disk
                $score --store disk/s.sqlite --epochs 5 2> readonly.txt; echo $?
                $score --store calm.sqlite --out disk/s.csv 2> output.txt; echo $?
                """
            let namespace = URL(fileURLWithPath: "/usr/bin/unshare")
            var process = CurateProcess()
            process.environment["CURATE"] = CurateProcess.executable.path
            let result = try process.run(namespace, ["--mount", "/bin/bash", "-c", script])
            #expect(result.output.split(separator: "\n") == ["73", "0", "0", "73", "73"], "\(result.errors)")
            #expect(try workspace.text("errors.txt").contains("the disk is full"))
            #expect(try workspace.text("full.txt") == "")
            #expect(try workspace.text("readonly.txt").contains("the store is read-only"))
            #expect(try workspace.text("output.txt").contains("disk/s.csv"))
            #expect(try workspace.bytes("resumed.csv") == workspace.bytes("calm.csv"))
            let store = try Store.open(path: workspace.path("kept.sqlite"), mode: .read)
            #expect(try store.verify().isEmpty)
        }
    }
}

@Suite struct ScoreLogitsTests {
    private static let labels: [Int64] = [0, 1, 2, 0, 1, 2]

    /// Two runs of three epochs on six examples of three classes, growing more certain with the epochs.
    private static func logit(run: Int, epoch: Int, example: Int, category: Int) -> Float {
        let isLabel = category == Int(labels[example])
        return (isLabel ? Float(epoch) * Float(example - 2) : 0) + 0.25 * Float(category) - 0.125 * Float(run)
            * Float(category)
    }

    private static func write(to workspace: ScoreWorkspace) throws {
        for run in 0..<2 {
            let directory = workspace.directory.appendingPathComponent("run\(run)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            for epoch in 1...3 {
                let values = (0..<18).map { logit(run: run, epoch: epoch, example: $0 / 3, category: $0 % 3) }
                let path = directory.appendingPathComponent("epoch\(epoch).npy").path
                try NPYWriter.write(values, shape: [6, 3], to: path)
            }
        }
        try NPYWriter.write(labels, shape: [6], to: workspace.path("labels.npy"))
    }

    private static func words(_ workspace: ScoreWorkspace, labels: String = "labels.npy") -> [String] {
        ["score", "--labels", workspace.path(labels)]
            + (0..<2).flatMap { ["--logits", workspace.path("run\($0)/epoch*.npy")] }
    }

    @Test func twoRunsGiveTheMeanOfTheirErrorNorms() throws {
        try ScoreWorkspace.use { workspace in
            try Self.write(to: workspace)
            let output = ["--json", "--out", workspace.path("s.csv")]
            let json = try jsonObject(try workspace.succeed(Self.words(workspace) + output))
            #expect(json["examples"] as? Int == 6)
            #expect(json["store"] is NSNull)
            #expect((json["runs"] as? [Any])?.count == 0)
            let scores = try #require(json["scores"] as? [[String: Any]])
            #expect(scores.contains { $0["name"] as? String == "el2n" && $0["epoch"] as? Int == 3 })
            #expect(!FileManager.default.fileExists(atPath: workspace.path("store.sqlite")))
            let found = try workspace.column("el2n", of: "s.csv")
            for example in 0..<6 {
                var total = 0.0
                for run in 0..<2 {
                    let powers = (0..<3).map {
                        exp(Double(Self.logit(run: run, epoch: 3, example: example, category: $0)))
                    }
                    let sum = powers.reduce(0, +)
                    let squares = powers.enumerated().map { category, power in
                        let error = power / sum - (category == Int(Self.labels[example]) ? 1 : 0)
                        return error * error
                    }
                    total += squares.reduce(0, +).squareRoot()
                }
                #expect(abs(found[example] - total / 2) < 1e-5)
            }
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        try ScoreWorkspace.use { workspace in
            try Self.write(to: workspace)
            try NPYWriter.write([0, 1, 2, 0, 1, 3] as [Int64], shape: [6], to: workspace.path("large.npy"))
            try NPYWriter.write([0, 1, 2] as [Int64], shape: [3], to: workspace.path("few.npy"))
            let large = try workspace.fail(Self.words(workspace, labels: "large.npy"), exitCode: 65)
            #expect(large.contains("label 3 at row 5 is out of range"))
            let few = try workspace.fail(Self.words(workspace, labels: "few.npy"), exitCode: 65)
            #expect(few.contains("there are 3 labels for the 6 rows"))
            let none = Self.words(workspace) + ["--logits", workspace.path("run7/*.npy")]
            #expect(try workspace.fail(none, exitCode: 66).contains("no file matches the pattern"))
            let grand = try workspace.fail(Self.words(workspace) + ["--by", "grand"], exitCode: 64)
            #expect(grand.contains("grand cannot be computed from logits"))
        }
    }
}
