import Foundation
import Testing

/// Folders of images on the command line, from inspecting to a copy that is scored again.
@Suite struct ImageFolderCommandTests {
    /// The fixtures' images of one size as a folder of two classes, with copies to make them enough.
    private static func makeFolder(_ directory: URL, withMetadata: Bool = false) throws -> String {
        let data = directory.appendingPathComponent("photos")
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/images")
        var table = "img_filename,y,split,place\n"
        for (className, file) in [("plain", "grey.png"), ("clear", "grey-alpha.png"), ("bits", "bits.png")] {
            let own = data.appendingPathComponent("train/\(className)")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            for number in 0..<8 {
                try FileManager.default.copyItem(
                    at: fixtures.appendingPathComponent(file), to: own.appendingPathComponent("\(number).png"))
                let split = number == 0 ? "test" : "train"
                table += "train/\(className)/\(number).png,\(className),\(split),\(number % 2)\n"
            }
        }
        if withMetadata { try Data(table.utf8).write(to: data.appendingPathComponent("metadata.csv")) }
        return data.path
    }

    private static func curate(_ words: String...) throws -> CurateProcess.Result {
        try CurateProcess().run(CurateProcess.executable, words)
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func inspectSaysWhatIsThere() throws {
        try withTemporaryDirectory { directory in
            let path = try Self.makeFolder(directory)
            let json = try Self.object(try Self.curate("inspect", path, "--image-size", "6", "--json").output)
            #expect(json["format"] as? String == "imagefolder")
            #expect(json["shape"] as? [String: Int] == ["height": 6, "width": 6, "channels": 1])
            #expect((json["classes"] as? [[String: Any]])?.map { $0["name"] as? String } == ["bits", "clear", "plain"])
            #expect((json["next"] as? String)?.contains("--image-size 6 --network resnet8") == true)
        }
    }

    @Test func groupsOfMetadataAreShown() throws {
        try withTemporaryDirectory { directory in
            let result = try Self.curate("inspect", try Self.makeFolder(directory, withMetadata: true))
            #expect(result.exitCode == 0 && result.errors == "")
            #expect(result.output.contains("imagefolder, 24 images of 7x11x1 (uint8)"))
            #expect(result.output.contains("group place"))
            #expect(result.output.contains("note: columns of metadata.csv: images 'img_filename', classes 'y'"))
        }
    }

    /// Neither decoder writes to standard error by itself.
    @Test(arguments: [("9.png", "ends early"), ("9.jpg", "cannot be decoded")])
    func aDamagedImageIsNamedAndNothingElseIsSaid(name: String, message: String) throws {
        try withTemporaryDirectory { directory in
            let path = try Self.makeFolder(directory)
            let whole = try Data(contentsOf: URL(fileURLWithPath: "\(path)/train/bits/0.png"))
            let start = Data([0xff, 0xd8, 0xff])
            let damaged = name.hasSuffix("png") ? Data(whole.prefix(whole.count - 14)) : start + whole
            try damaged.write(to: URL(fileURLWithPath: "\(path)/train/plain/\(name)"))
            let result = try Self.curate("inspect", path)
            #expect(result.exitCode == 65 && result.output == "")
            #expect(result.errors.contains("train/plain/\(name)") && result.errors.contains(message))
            let lines = result.errors.split(separator: "\n")
            #expect(lines.count <= 3, "\(result.errors)")
        }
    }

    @Test(arguments: [false, true]) func keptImagesAreLinkedAndScoredAgain(withMetadata: Bool) throws {
        try withTemporaryDirectory { directory in
            let path = try Self.makeFolder(directory, withMetadata: withMetadata)
            func file(_ name: String) -> String { directory.appendingPathComponent(name).path }
            let training = ["--network", "mlp:4", "--epochs", "1", "--store", file("s.sqlite"), "--quiet"]
            let scored = try CurateProcess().run(
                CurateProcess.executable, ["score", path, "--by", "el2n", "--out", file("s.csv")] + training)
            #expect(scored.exitCode == 0, "\(scored.errors)")
            let pruned = try Self.curate(
                "prune", path, "--scores", file("s.csv"), "--by", "el2n", "--keep", "0.5", "--quota", "proportional",
                "--materialize", file("half"), "--store", file("s.sqlite"))
            #expect(pruned.exitCode == 0, "\(pruned.errors)")
            #expect(pruned.output.contains("symbolic links to the original images"))
            let json = try Self.object(try Self.curate("inspect", file("half"), "--json").output)
            // A partition called train is a directory; with a table, its rows say it.
            let partitions = json["partitions"] as? [String: Int]
            #expect(partitions?["test"] == (withMetadata ? 3 : 0))
            #expect((11...12).contains(partitions?["train"] ?? 0))
            let again = try CurateProcess().run(
                CurateProcess.executable, ["score", file("half"), "--by", "el2n"] + training)
            #expect(again.exitCode == 0, "\(again.errors)")
        }
    }

    @Test func aNoisyCopyKeepsTheNamesOfTheImages() throws {
        try withTemporaryDirectory { directory in
            let path = try Self.makeFolder(directory)
            let noisy = directory.appendingPathComponent("noisy").path
            let result = try Self.curate("derive", "noisy", path, "--rate", "0.25", "--out", noisy)
            #expect(result.exitCode == 0, "\(result.errors)")
            let truth = try String(contentsOfFile: "\(noisy)/truth.csv", encoding: .utf8)
            let table = try String(contentsOfFile: "\(noisy)/metadata.csv", encoding: .utf8)
            let rows = truth.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
            #expect(rows.count == 24)
            let labels = Dictionary(
                uniqueKeysWithValues: table.split(separator: "\n").dropFirst().map { line in
                    let fields = line.split(separator: ",")
                    return (fields[0], fields[1])
                })
            let wrong = rows.filter { row in labels[row[0]].map { !row[0].contains("/\($0)/") } ?? false }
            #expect(wrong.count == 6)
        }
    }

    /// A pipeline sees that an image was changed in place, and not that nothing was.
    @Test func aChangedImageIsNoticed() throws {
        try withTemporaryDirectory { directory in
            let path = try Self.makeFolder(directory)
            let pipeline = directory.appendingPathComponent("p.json5")
            let text = """
                { dataset: { path: "photos", imageSize: 6 },
                  stages: { probe: { train: { network: "mlp:4", epochs: 1, seeds: 1 } } } }
                """
            try Data(text.utf8).write(to: pipeline)
            let words = ["run", pipeline.path, "--store", directory.appendingPathComponent("s.sqlite").path]
            func ran() throws -> String { try CurateProcess().run(CurateProcess.executable, words).output }
            #expect(try ran().contains("0 cached, 1 run"))
            #expect(try ran().contains("1 cached, 0 run"))
            try FileManager.default.removeItem(atPath: "\(path)/train/bits/0.png")
            try FileManager.default.copyItem(
                atPath: "\(path)/train/plain/0.png", toPath: "\(path)/train/bits/0.png")
            #expect(try ran().contains("0 cached, 1 run"))
        }
    }
}
