import Foundation
import Glibc
import Testing

/// Runs the program on a directory that the body fills.
private func inspect(
    _ words: [String], name: String = "", in fill: (URL) throws -> Void
) throws -> CurateProcess.Result {
    try withTemporaryDirectory { directory in
        try fill(directory)
        let path = name.isEmpty ? directory.path : directory.appendingPathComponent(name).path
        return try CurateProcess().run(CurateProcess.executable, ["inspect", path] + words)
    }
}

/// The members of a JSON object.
private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}

@Suite struct InspectFormatTests {
    @Test func aDirectoryOfIDXFiles() throws {
        let result = try inspect([], in: InspectFixture.writeIDX)
        #expect(result.exitCode == 0)
        #expect(result.errors == "")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines[0].hasSuffix(": idx, 6 images of 2x2x1 (uint8)"))
        #expect(lines.contains("train             4  66.7 %"))
        #expect(lines.contains("test              2  33.3 %"))
        #expect(lines.contains("3 classes, imbalance 2.00 (largest shirt with 2, smallest shoe with 1)"))
        #expect(lines.contains("    0  shirt      2     1  ████████████████████  50.0 %"))
        #expect(lines.contains("    1  shoe       1     0  ██████████            25.0 %"))
        #expect(lines.contains("duplicates  1 example of train repeats another, in 1 set; 1 with different labels"))
        #expect(lines.contains("            train/1 = train/2"))
        #expect(lines.contains("leakage     1 example of test (50.00 %) is also in train; 1 with another label"))
        #expect(lines.last?.hasPrefix("next: curate score ") == true)
        #expect(lines.last?.hasSuffix(" --network resnet8") == true)
    }

    @Test func aDirectoryOfCIFARBatches() throws {
        let result = try inspect(["--json"]) { directory in
            try InspectFixture.writeCIFAR(to: directory, labels: [3, 9, 3])
        }
        let json = try object(result.output)
        #expect(json["format"] as? String == "cifar10")
        #expect(json["layout"] as? String == "channels first")
        #expect(json["shape"] as? [String: Int] == ["height": 32, "width": 32, "channels": 3])
        #expect((json["classes"] as? [Any])?.count == 10)
        #expect(json["imbalanceRatio"] as? Double == 2)
        #expect(
            json["values"] as? [String: Double] == [
                "minimum": 0, "maximum": 2, "mean": 1, "standardDeviation": (2.0 / 3).squareRoot(),
            ])
    }

    @Test func aDirectoryOfNumPyArrays() throws {
        let result = try inspect(["--json"]) { directory in
            try InspectFixture.writeNPY(
                to: directory, features: [1, 7, 2, 7, 1, 7], width: 2, labels: [0, 1, 0])
        }
        let json = try object(result.output)
        #expect(json["format"] as? String == "npy")
        #expect(json["isImage"] as? Bool == false)
        #expect(json["elementType"] as? String == "float32")
        #expect(json["constantFeatures"] as? [Int] == [1])
        let duplicates = try #require(json["duplicates"] as? [[String: Any]])
        #expect(duplicates.count == 1)
        #expect(duplicates[0]["redundant"] as? Int == 1)
        #expect(duplicates[0]["conflictingSets"] as? Int == 0)
        #expect(duplicates[0]["examples"] as? [[String]] == [["train/0", "train/2"]])
        #expect((json["next"] as? String)?.hasSuffix("--network mlp:256") == true)
    }

    @Test(arguments: [
        ("stored.npz", ["train": 6, "validation": 0, "test": 2]),
        ("compressed.npz", ["train": 6, "validation": 1, "test": 0]),
    ])
    func aNumPyArchive(name: String, counts: [String: Int]) throws {
        let result = try CurateProcess().run("inspect", InspectFixture.numpy(name), "--json")
        let json = try object(result.output)
        #expect(json["format"] as? String == "npz")
        #expect(json["partitions"] as? [String: Int] == counts)
    }

    @Test func aTableWithRoles() throws {
        let table = """
            patient,sex,age,site,part,outcome
            p1,f,30,north,train,well
            p2,m,,north,train,ill
            p3,f,50,south,train,well
            p4,m,60,south,test,ill

            """
        let words = ["--label", "outcome", "--id", "patient", "--group", "sex", "--split", "part", "--ignore", "site"]
        func fill(_ directory: URL) throws {
            try Data(table.utf8).write(to: directory.appendingPathComponent("patients.csv"))
        }
        let json = try object(try inspect(words + ["--json"], name: "patients.csv", in: fill).output)
        #expect(json["format"] as? String == "csv")
        #expect(json["partitions"] as? [String: Int] == ["train": 3, "validation": 0, "test": 1])
        let groups = try #require(json["groups"] as? [[String: Any]])
        #expect(groups.map { $0["name"] as? String } == ["sex"])
        let values = try #require(groups[0]["values"] as? [[String: Any]])
        #expect(values.map { $0["name"] as? String } == ["f", "m"])
        #expect(values.map { $0["classCounts"] as? [Int] } == [[0, 2], [2, 0]])
        let next = try #require(json["next"] as? String)
        #expect(next.contains("--label outcome --id patient --group sex --split part --ignore site"))

        let text = try inspect(words, name: "patients.csv", in: fill).output
        #expect(text.contains("f              2     0  66.7 %       well 100.0 %"))
        #expect(text.contains("\nnote: "))
    }

    @Test func theShippedDigits() throws {
        let json = try object(try CurateProcess().run("inspect", InspectFixture.digits, "--json").output)
        #expect(json["examples"] as? Int == 1797)
        #expect(json["shape"] as? [String: Int] == ["height": 1, "width": 1, "channels": 64])
        #expect(json["imbalanceRatio"] as? Double == 183.0 / 174)
        let image = try CurateProcess().run("inspect", InspectFixture.digits, "--image", "8x8", "--top", "3")
        #expect(image.output.contains("digits: csv, 1,797 images of 8x8x1 (float32)\n"))
        #expect(image.output.contains("... and 7 smaller classes; --top 10 shows all\n"))
        #expect(image.output.hasSuffix(" --image 8x8 --network resnet8\n"))
    }

    @Test func theValidationSetIsCarvedAndSaysSo() throws {
        let words = ["inspect", InspectFixture.digits, "--json", "--validation"]
        let tenth = try object(try CurateProcess().run(CurateProcess.executable, words + ["0.1"]).output)
        #expect(tenth["partitions"] as? [String: Int] == ["train": 1617, "validation": 180, "test": 0])
        let whole = try object(try CurateProcess().run(CurateProcess.executable, words + ["0"]).output)
        #expect(whole["partitions"] as? [String: Int] == ["train": 1797, "validation": 0, "test": 0])
        #expect(tenth["contentHash"] as? String != whole["contentHash"] as? String)
        #expect((tenth["notes"] as? [String])?.contains { $0.contains("180 training examples") } == true)
        #expect((tenth["next"] as? String)?.contains("--validation 0.1") == true)
    }

    @Test func theKeysOfTheJSONAreStable() throws {
        let result = try inspect(["--json"], in: InspectFixture.writeIDX)
        #expect(result.output.split(separator: "\n").count == 1)
        let keys = [
            "name", "format", "contentHash", "examples", "partitions", "shape", "isImage", "elementType", "layout",
            "classes", "imbalanceRatio", "groups", "values", "constantFeatures", "duplicates", "leakage",
            "shortcuts", "untrainedClasses", "notes", "next",
        ]
        #expect(Set(try object(result.output).keys) == Set(keys))
        let leakage = try #require(try object(result.output)["leakage"] as? [[String: Any]])
        #expect(leakage[0]["examples"] as? [[String]] == [["test/0", "train/1"]])
        #expect(leakage[0]["conflicting"] as? Int == 1)
        // The same bytes again: nothing in it depends on a clock, an address or a hash seed.
        let again = try withTemporaryDirectory { directory in
            try InspectFixture.writeIDX(to: directory)
            let words = ["inspect", directory.path, "--json"]
            let first = try CurateProcess().run(CurateProcess.executable, words).output
            return try first == CurateProcess().run(CurateProcess.executable, words).output
        }
        #expect(again)
    }

    @Test func aTerminalIsToldThatReadingBegan() throws {
        let pseudo = try PseudoTerminal()
        let path = InspectFixture.digits
        let result = try CurateProcess(standardError: pseudo.terminal).run("inspect", path)
        #expect(result.exitCode == 0)
        #expect(pseudo.text().contains("reading \(path)"))
    }

    @Test func namesFromTheDataCannotReachTheTerminal() throws {
        let result = try inspect(["--format", "csv"], name: "t.csv") { directory in
            try Data("x,y\n1,a\u{1B}[31m\n2,b\n".utf8).write(to: directory.appendingPathComponent("t.csv"))
        }
        #expect(result.exitCode == 0)
        #expect(!result.output.contains("\u{1B}"))
        #expect(result.output.contains("a\\u{1B}[31m"))
    }
}

@Suite struct InspectFailureTests {
    /// Something wrong, and what is said about it.
    struct Failure: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let exitCode: Int32
        let message: String
        var name = ""
        var words: [String] = []
        let fill: @Sendable (URL) throws -> Void

        init(
            _ description: String, _ exitCode: Int32, _ message: String, name: String = "", words: [String] = [],
            fill: @escaping @Sendable (URL) throws -> Void = { _ in }
        ) {
            testDescription = description
            self.exitCode = exitCode
            self.message = message
            self.name = name
            self.words = words
            self.fill = fill
        }
    }

    @Test(arguments: [
        Failure("missing path", 66, "there is no data here: no such file or directory", name: "absent.csv"),
        Failure("directory of nothing", 66, "there is no data in the directory: looked for IDX"),
        Failure("CIFAR for Python", 66, "fetch the binary version") { directory in
            try Data([0]).write(to: directory.appendingPathComponent("data_batch_1"))
        },
        Failure("empty file", 65, "the file is empty", name: "t.csv") { directory in
            try Data().write(to: directory.appendingPathComponent("t.csv"))
        },
        Failure("unknown content", 65, "the format cannot be told", name: "t") { directory in
            try Data([1, 2, 3, 4]).write(to: directory.appendingPathComponent("t"))
        },
        Failure("truncated gzip", 65, "the compressed data ends early", name: "digits.csv.gz") { directory in
            let whole = try Data(contentsOf: URL(fileURLWithPath: InspectFixture.digits))
            try whole.prefix(20_000).write(to: directory.appendingPathComponent("digits.csv.gz"))
        },
        Failure("bit-flipped gzip", 65, "the compressed data is damaged", name: "digits.csv.gz") { directory in
            var whole = try Data(contentsOf: URL(fileURLWithPath: InspectFixture.digits))
            whole[whole.startIndex + 30_000] ^= 0x10
            try whole.write(to: directory.appendingPathComponent("digits.csv.gz"))
        },
        Failure("truncated IDX", 65, "the header declares 16 bytes of content, 15 follow") { directory in
            try InspectFixture.writeIDX(to: directory)
            let images = directory.appendingPathComponent("train-images-idx3-ubyte")
            try Data(contentsOf: images).dropLast().write(to: images)
        },
        Failure("wrong magic", 65, "its magic number is wrong") { directory in
            try InspectFixture.writeIDX(to: directory)
            let images = directory.appendingPathComponent("train-images-idx3-ubyte")
            try (Data([7]) + Data(contentsOf: images).dropFirst()).write(to: images)
        },
        Failure("mismatched counts", 65, "there are 5 labels for 4 images") { directory in
            try InspectFixture.writeIDX(to: directory)
            try InspectFixture.idx([5], [0, 1, 2, 0, 0])
                .write(to: directory.appendingPathComponent("train-labels-idx1-ubyte"))
        },
        Failure("images without labels", 66, "there is no labels file for these images") { directory in
            try InspectFixture.writeIDX(to: directory)
            try FileManager.default.removeItem(at: directory.appendingPathComponent("train-labels-idx1-ubyte"))
        },
        Failure("label out of range", 65, "label 3 at row 1 is out of range") { directory in
            try InspectFixture.writeIDX(to: directory)
            try InspectFixture.idx([4], [0, 3, 2, 0])
                .write(to: directory.appendingPathComponent("train-labels-idx1-ubyte"))
        },
        Failure("CIFAR label out of range", 65, "it must be below 10") { directory in
            try InspectFixture.writeCIFAR(to: directory, labels: [3, 10])
        },
        Failure("truncated CIFAR", 65, "data_batch_1.bin") { directory in
            try Data(repeating: 0, count: 3000).write(to: directory.appendingPathComponent("data_batch_1.bin"))
        },
        Failure("NaN", 65, "example train/1 has the value nan at element 0") { directory in
            try InspectFixture.writeNPY(to: directory, features: [1, 2, .nan, 4], width: 2, labels: [0, 1])
        },
        Failure("labels that do not match", 65, "there are 3 labels for 2 rows") { directory in
            try InspectFixture.writeNPY(to: directory, features: [1, 2, 3, 4], width: 2, labels: [0, 1, 0])
        },
        Failure("an unlabelled row", 65, "--drop-unlabelled", name: "t.csv", words: ["--label", "y"]) { directory in
            try Data("x,y\n1,a\n2,\n3,b\n".utf8).write(to: directory.appendingPathComponent("t.csv"))
        },
        Failure("a ragged row", 65, "t.csv:3", name: "t.csv") { directory in
            try Data("x,z,y\n1,2,a\n2,b\n3,4,b\n".utf8).write(to: directory.appendingPathComponent("t.csv"))
        },
        Failure("a column that is not there", 64, "outcme", name: "t.csv", words: ["--label", "outcme"]) { directory in
            try Data("x,outcome\n1,a\n2,b\n".utf8).write(to: directory.appendingPathComponent("t.csv"))
        },
        Failure("an image that does not fit", 64, "9x9x1", name: "t.csv", words: ["--image", "9x9"]) { directory in
            try Data("x,y\n1,a\n2,b\n".utf8).write(to: directory.appendingPathComponent("t.csv"))
        },
        Failure("a format that is not one", 64, "did you mean 'csv'?", words: ["--format", "cvs"]),
        Failure("a format the data has not", 66, "there are no IDX files", words: ["--format", "idx"]),
        Failure("a size that is none", 64, "--image must be a size", words: ["--image", "8by8"]),
    ])
    func saysWhatIsWrongAndEndsWithTheDocumentedCode(failure: Failure) throws {
        let result = try inspect(failure.words, name: failure.name, in: failure.fill)
        #expect(result.exitCode == failure.exitCode)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("error: "))
        #expect(result.errors.contains(failure.message), "\(result.errors)")
        // A value in the wrong form is told with the right one; everything else comes with advice.
        let isForm = failure.message.contains("must be")
        #expect(isForm || result.errors.contains("\nhint: "), "no advice: \(result.errors)")

        // The same as JSON: one line, the same code.
        let json = try inspect(failure.words + ["--json"], name: failure.name, in: failure.fill)
        #expect(json.exitCode == failure.exitCode)
        let error = try #require(try object(json.errors)["error"] as? [String: Any])
        #expect(error["exitCode"] as? Int == Int(failure.exitCode))
        #expect(isForm || error["remedy"] as? String != nil)
    }

    @Test func withoutDataItIsAUsageError() throws {
        let result = try CurateProcess().run("inspect")
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("usage: curate inspect <data> [options]"))
    }

    @Test func aLinkInACircleIsMissingInput() throws {
        let result = try inspect([], name: "loop.csv") { directory in
            let link = directory.appendingPathComponent("loop.csv")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: link)
        }
        #expect(result.exitCode == 66)
    }

    @Test(.enabled(if: getuid() != 0, "root may read everything"))
    func anUnreadableFileIsMissingInput() throws {
        let result = try inspect([], name: "t.csv") { directory in
            let file = directory.appendingPathComponent("t.csv")
            try Data("x,y\n1,a\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file.path)
        }
        #expect(result.exitCode == 66)
        #expect(result.errors.contains("ermission denied"))
    }

    @Test func aFullDiskIsAFailure() throws {
        let full = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
        let result = try CurateProcess(standardOutput: full).run("inspect", InspectFixture.digits)
        #expect(result.exitCode == 73)
        #expect(result.errors.contains("the result cannot be written: No space left on device"))
    }
}
