import Foundation
import Testing

/// `curate derive spurious` as a shell runs it, from the digits that come with the project to a training by groups.
@Suite struct DeriveSpuriousTests {

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func theTaskIsReadWithItsGroups() throws {
        try withTemporaryDirectory { directory in
            let out = directory.appendingPathComponent("task").path
            let made = try CurateProcess().run(
                CurateProcess.executable,
                ["derive", "spurious", InspectFixture.digits, "--image", "8x8", "--classes", "0,1:4,7", "--out", out])
            #expect(made.exitCode == 0, "\(made.errors)")
            #expect(made.output.contains("class  background"))
            #expect(made.output.contains("next: curate evaluate \(out) --group 'background*label'"))
            let json = try Self.object(
                try CurateProcess().run(
                    CurateProcess.executable, ["inspect", out, "--group", "background*label", "--json"]
                ).output)
            let groups = try #require(json["groups"] as? [[String: Any]])
            #expect(groups.map { $0["name"] as? String } == ["background*label"])
            let values = try #require(groups[0]["values"] as? [[String: Any]])
            #expect(values.map { $0["name"] as? String } == ["land*0+1", "land*4+7", "water*0+1", "water*4+7"])
            let test = values.compactMap { ($0["counts"] as? [String: Int])?["test"] }
            #expect(test.count == 4 && Set(test).count == 1 && test[0] > 0)
            let shown = try CurateProcess().run(CurateProcess.executable, ["inspect", out])
            #expect(shown.output.contains("background, train") && shown.output.contains("background, test"))
            // These bytes were there before there was a choice of backgrounds, and are the same on every machine.
            let record = try Self.object(
                String(decoding: try Data(contentsOf: URL(fileURLWithPath: out + "/copy.json")), as: UTF8.self))
            let sums = Dictionary(
                uniqueKeysWithValues: (record["files"] as? [[String: Any]] ?? []).compactMap { file in
                    (file["name"] as? String).flatMap { name in (file["sha256"] as? String).map { (name, $0) } }
                })
            #expect(
                sums["X_test.npy"] == "57f509cd1d8da2db6d5ee161c5a63a4a4f362ab93e2ef0ebbac91e6cbab8c34e"
                    && sums["metadata.csv"] == "f7998a7bc22a62d4c8c513c744e7fc942a5d320c5af44a5e0f2041257c19ed78")
            // Nothing is replaced unasked.
            let again = try CurateProcess().run(
                CurateProcess.executable,
                ["derive", "spurious", InspectFixture.digits, "--image", "8x8", "--out", out])
            #expect(again.exitCode == 73)
        }
    }

    @Test func texturesAreNamedByTheirDirection() throws {
        try withTemporaryDirectory { directory in
            let out = directory.appendingPathComponent("stripes").path
            let json = try Self.object(
                try CurateProcess().run(
                    CurateProcess.executable,
                    [
                        "derive", "spurious", InspectFixture.digits, "--image", "8x8", "--background", "texture",
                        "--out",
                        out, "--json",
                    ]
                ).output)
            #expect(json["background"] as? String == "texture")
            let groups = (json["groups"] as? [[String: Any]])?.compactMap { $0["background"] as? String }
            #expect(groups == ["upright", "level", "upright", "level"])
            let table = try String(contentsOfFile: out + "/metadata.csv", encoding: .utf8)
            #expect(table.contains(",upright,train,") && table.contains(",level,test,"))
        }
    }

    @Test(arguments: [
        (["--image", "8x8"], "--out is missing"), (["--out", "d"], "say their size with --image"),
        (["--image", "8x8", "--out", "d", "--classes", "0:x"], "there is no class 'x'"),
        (["--image", "8x8", "--out", "d", "--correlation", "0.4"], "--correlation must be"),
        (["--image", "8x8", "--out", "d", "--background", "sky"], "--background must be"),
        (["--image", "8x8", "--out", "d", "--train-count", "5000"], "smaller partitions"),
    ]) func mistakesAreNamed(words: [String], message: String) throws {
        try withTemporaryDirectory { directory in
            let words = words.map { $0 == "d" ? directory.appendingPathComponent("d").path : $0 }
            let result = try CurateProcess().run(
                CurateProcess.executable, ["derive", "spurious", InspectFixture.digits] + words)
            #expect(result.exitCode == 64 && result.errors.contains(message), "\(result.errors)")
            #expect(!FileManager.default.fileExists(atPath: directory.appendingPathComponent("d").path))
        }
    }

    @Test func aFeatureThatGivesTheLabelAwayIsNamed() throws {
        try withTemporaryDirectory { directory in
            let path = directory.appendingPathComponent("loans.csv").path
            var text = "amount,closed,label\n"
            for row in 0..<400 { text += "\(row * 37 % 101),\(row % 2 == 0 ? "repaid" : "lost"),\(row % 2)\n" }
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let shown = try CurateProcess().run(CurateProcess.executable, ["inspect", path])
            #expect(shown.output.contains("warning: feature 'closed' alone tells the label of 100.0 % of 200"))
            #expect(shown.output.contains("leave it out with --ignore") && !shown.output.contains("'amount'"))
            let trained = try CurateProcess().run(
                CurateProcess.executable,
                ["train", path, "--network", "linear", "--epochs", "1", "--seeds", "1", "--store", path + ".sqlite"])
            #expect(
                trained.exitCode == 0 && trained.errors.contains("note: feature 'closed' alone"), "\(trained.errors)")
        }
    }
}
