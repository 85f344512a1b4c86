import Foundation
import Testing

/// `curate derive long-tail` as a shell runs it, from the digits that come with the project.
@Suite struct DeriveLongTailTests {
    private static func derive(_ words: [String]) throws -> CurateProcess.Result {
        try CurateProcess().run(CurateProcess.executable, ["derive", "long-tail"] + words)
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private static func counts(_ json: [String: Any], _ key: String) throws -> [Int] {
        try #require(json["classes"] as? [[String: Any]]).compactMap { $0[key] as? Int }
    }

    @Test func theCopyAndTheSplitHaveTheSameExamples() throws {
        try withTemporaryDirectory { directory in
            let (out, split) = (directory.appendingPathComponent("lt").path, directory.appendingPathComponent("s").path)
            let made = try Self.derive(
                [InspectFixture.digits, "--factor", "20", "--out", out, "--as-split", split, "--json"])
            #expect(made.exitCode == 0, "\(made.errors)")
            let json = try Self.object(made.output)
            let (before, after) = (try Self.counts(json, "before"), try Self.counts(json, "after"))
            let largest = try #require((json["rule"] as? [String: Any])?["largest"] as? Int)
            // The largest that fits: no class is asked for more than it has, and one more of the first would.
            #expect(zip(after, before).allSatisfy { $0 <= $1 })
            let expected = (0..<10).map { Int(Double(largest) * pow(1 / 20, Double($0) / 9)) }
            #expect(after == expected)
            #expect((0..<10).contains { Int(Double(largest + 1) * pow(1 / 20, Double($0) / 9)) > before[$0] })
            #expect(json["split"] as? String == split)
            // The copy has as many of each, and the split is trained on.
            let copy = try #require(json["data"] as? String)
            let inspected = try Self.object(
                try CurateProcess().run(CurateProcess.executable, ["inspect", copy, "--json"]).output)
            let classes = try #require(inspected["classes"] as? [[String: Any]])
            #expect(classes.compactMap { ($0["counts"] as? [String: Int])?["train"] } == after)
            let next = try #require(json["next"] as? String)
            #expect(next == "curate train \(copy)")
            let trained = try CurateProcess().run(
                CurateProcess.executable,
                [
                    "train", InspectFixture.digits, "--train-on", split, "--network", "linear", "--epochs", "1",
                    "--seeds",
                    "1", "--store", directory.appendingPathComponent("store.sqlite").path,
                ])
            #expect(trained.exitCode == 0, "\(trained.errors)")
        }
    }

    @Test func theTableSaysWhatIsLeft() throws {
        try withTemporaryDirectory { directory in
            let split = directory.appendingPathComponent("s").path
            let words = [InspectFixture.digits] + ["--factor", "10", "--largest", "100", "--shape", "step"]
            let made = try Self.derive(words + ["--as-split", split])
            #expect(made.exitCode == 0, "\(made.errors)")
            #expect(made.output.contains("class  before  after"))
            #expect(
                made.output.contains("550 of 1,797 training examples, imbalance factor 10.0: from 100 of a class to 10")
            )
            #expect(made.output.contains("wrote \(split)/split.csv"))
            #expect(
                made.output.contains("next: curate train \(InspectFixture.digits) --train-on \(split)"),
                "\(made.output)")
            // Nothing is replaced unasked.
            #expect(try Self.derive(words + ["--as-split", split]).exitCode == 73)
            #expect(try Self.derive(words + ["--as-split", split, "--force"]).exitCode == 0)
        }
    }

    @Test(arguments: [
        ([], "--out is missing"), (["--out", "d", "--as-split", "d"], "are the same directory"),
        (["--out", "d", "--factor", "0.5"], "--factor must be"), (["--out", "d", "--shape", "cliff"], "--shape"),
        (["--out", "d", "--largest", "5000"], "--largest of 1"),
        (["--out", "d", "--factor", "5000"], "without an example"),
    ]) func mistakesAreNamed(words: [String], message: String) throws {
        try withTemporaryDirectory { directory in
            let words = words.map { $0 == "d" ? directory.appendingPathComponent("d").path : $0 }
            let result = try Self.derive([InspectFixture.digits] + words)
            #expect(result.exitCode == 64 && result.errors.contains(message), "\(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("d").path))
        }
    }
}
