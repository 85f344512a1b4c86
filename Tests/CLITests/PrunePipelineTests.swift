import Curate
import Foundation
import TestSupport
import Testing

/// What `curate prune` can say can be written in a pipeline, with the same result.
@Suite(.tags(.training)) struct PrunePipelineTests {
    private static let data = [InspectFixture.digits, "--image", "8x8", "--validation", "0.2"]
    /// Without a part that was set aside, which a copy of a table could not say.
    private static let whole = [InspectFixture.digits, "--image", "8x8"]
    private static let probe = ["--network", "linear", "--epochs", "2", "--seeds", "1"]

    private static func files(_ workspace: ScoreWorkspace, _ directory: String) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: workspace.path(directory))
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try workspace.bytes("\(directory)/\($0)")) })
    }

    private static func writePipeline(_ workspace: ScoreWorkspace, _ stages: String) throws {
        let text = "{ dataset: { path: '\(InspectFixture.digits)', image: '8x8' }, stages: { \(stages) } }"
        try Data(text.utf8).write(to: workspace.directory.appendingPathComponent("p.json5"))
    }

    @Test func filesOfScoresAndSuspects() throws {
        try ScoreWorkspace.use { workspace in
            let (scores, list) = (workspace.path("s.npz"), workspace.path("x.csv"))
            try workspace.succeed(
                ["score"] + Self.whole + Self.probe + [
                    "--by", "el2n,label-issues", "--out", scores, "--suspects", list,
                ])
            let rule = ["--scores", scores, "--by", "el2n", "--suspects", list, "--keep", "0.5"]
            try workspace.succeed(
                ["prune"] + Self.whole + rule
                    + ["--out", workspace.path("verb"), "--materialize", workspace.path("copy")])
            try Self.writePipeline(
                workspace,
                """
                half: { prune: { scoresFile: "s.npz", by: ["el2n"], suspectsFile: "x.csv", keep: 0.5,
                    out: "file", materialize: "again" } },
                """)
            // The verb left the split in the store; the pipeline writes what it has of its own.
            let output = try workspace.succeed(["run", workspace.path("p.json5")])
            #expect(output.contains("half  cached"), "\(output)")
            #expect(try Self.files(workspace, "file") == Self.files(workspace, "verb"))
            #expect(try Self.files(workspace, "again") == Self.files(workspace, "copy"))
            #expect(try SplitReader.read(path: workspace.path("file")).manifest.suspectCount > 0)
            // Nothing is written twice, and what a file holds counts, not its name.
            let second = try JSONValue(parsing: try workspace.succeed(["run", workspace.path("p.json5"), "--json"]))
            #expect(second["stages"]?.arrayValue?.first?["files"] == [])
            try workspace.bytes("x.csv").write(to: URL(fileURLWithPath: workspace.path("y.csv")))
            let set = "stages.half.prune.suspectsFile=\(workspace.path("y.csv"))"
            let renamed = try workspace.succeed(["plan", workspace.path("p.json5"), "--set", set])
            #expect(renamed.contains("cached"), "\(renamed)")
            try (workspace.text("x.csv").split(separator: "\n").dropLast().joined(separator: "\n") + "\n")
                .write(toFile: workspace.path("y.csv"), atomically: true, encoding: .utf8)
            let changed = try workspace.succeed(["plan", workspace.path("p.json5"), "--set", set])
            #expect(changed.contains("the file of suspectsFile changed"), "\(changed)")
        }
    }

    @Test func recallsAndProbabilities() throws {
        try ScoreWorkspace.use { workspace in
            try ("class,recall\n" + (0..<10).map { "\($0),0.\($0)5\n" }.joined())
                .write(toFile: workspace.path("r.csv"), atomically: true, encoding: .utf8)
            // Sure of everything but of the first few, which are said to be of the next class.
            let dataset = try DatasetSource(path: InspectFixture.digits, ["image": "8x8", "validation": 0.2]).load()
            let labels = dataset.indices(of: .train).map { dataset.labels[$0] }
            let rows = labels.enumerated().flatMap { place, label in
                (0..<10).map { Float(Int32($0) == (place < 9 ? (label + 1) % 10 : label) ? 0.91 : 0.01) }
            }
            try InspectFixture.npy("<f4", "\(labels.count), 10", InspectFixture.floats(rows))
                .write(to: workspace.directory.appendingPathComponent("p.npy"))
            let rule = ["--policy", "random", "--keep", "0.3", "--quota", "worst-class"]
            let files = ["--recall", workspace.path("r.csv"), "--probabilities", workspace.path("p.npy")]
            try workspace.succeed(["prune"] + Self.data + rule + files + ["--out", workspace.path("verb")])
            try workspace.writePipeline(
                """
                some: { prune: { policy: "random", keep: 0.3, quota: "worst-class", recall: "r.csv",
                    probabilities: "p.npy", out: "file" } },
                """)
            try workspace.succeed(["run", workspace.path("p.json5")], store: "file.sqlite")
            #expect(try Self.files(workspace, "file") == Self.files(workspace, "verb"))
            let classes = try SplitReader.read(path: workspace.path("file")).manifest.classes.map(\.after)
            #expect(classes[0] > 2 * classes[9])
        }
    }

    /// Several lists of suspects are left out together, and a list of lists is a sweep.
    @Test func severalListsOfSuspects() throws {
        try ScoreWorkspace.use { workspace in
            func stages(_ exclude: String) -> String {
                """
                probe: { train: { network: "linear", epochs: 2 } },
                early: { suspects: { runs: "probe", at: 1 } }, late: { suspects: { runs: "probe" } },
                clean: { prune: { policy: "random", exclude: \(exclude) } },
                """
            }
            func excluded(_ exclude: String) throws -> [Int] {
                try workspace.writePipeline(stages(exclude))
                let json = try JSONValue(parsing: try workspace.succeed(["run", workspace.path("p.json5"), "--json"]))
                let splits = json["stages"]?.arrayValue?.filter { $0["kind"] == "prune" } ?? []
                return splits.compactMap { $0["result"]?["counts"]?["suspects"]?.intValue }
            }
            let (early, late) = (try excluded("\"early\"")[0], try excluded("[\"late\"]")[0])
            let both = try excluded("[\"early\", \"late\"]")[0]
            #expect(early > late && late > 0 && both >= early && both <= early + late)
            #expect(try excluded("[[\"early\"], [\"late\"]]") == [early, late])
        }
    }

    @Test func weightsOfAPipelinesRun() throws {
        try ScoreWorkspace.use { workspace in
            let weights = ["--out", workspace.path("verb.safetensors")]
            try workspace.succeed(["train"] + Self.data + Self.probe + weights)
            try workspace.writePipeline(
                "a: { train: { network: \"linear\", epochs: 2, seeds: 1, out: \"file.safetensors\" } },")
            try workspace.succeed(["run", workspace.path("p.json5")])
            #expect(try workspace.bytes("file.safetensors") == workspace.bytes("verb.safetensors"))
        }
    }
}
