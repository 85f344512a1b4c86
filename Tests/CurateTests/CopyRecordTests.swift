import Curate
import Foundation
import Testing

/// A copy in the place of another takes away what it does not write, and nothing else.
@Suite struct CopyRecordTests {
    private func write(_ names: [String], _ content: String, to directory: TemporaryDirectory) throws {
        let files = try OutputFileSet(directory: directory.path(of: "copy"), replacing: true)
        for name in names { try files.file(name).write("\(name) \(content)") }
        try files.publish()
    }

    private func names(_ directory: TemporaryDirectory) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path(of: "copy")).sorted()
    }

    @Test func theRecordSaysWhatWasWritten() throws {
        let directory = try TemporaryDirectory()
        try write(["a", "b"], "1", to: directory)
        let record = try #require(try CopyRecord(in: directory.path(of: "copy")))
        #expect(record.files.map(\.name) == ["a", "b"] && record.files.map(\.byteCount) == [3, 3])
        #expect(record.files.map(\.digest) == ["a 1", "b 1"].map { SHA256.hexadecimal(of: $0) })
        #expect(record.former.isEmpty)
        #expect(throws: CurateError.self) {
            try OutputFileSet(directory: directory.path(of: "copy"), replacing: false)
        }
    }

    @Test func whatIsNotWrittenAgainGoes() throws {
        let directory = try TemporaryDirectory()
        try write(["a", "b", "c"], "1", to: directory)
        try writeFile(directory.path(of: "copy/note"), Array("mine".utf8))
        try write(["b", "d"], "2", to: directory)
        #expect(try names(directory) == ["b", "copy.json", "d", "note"])
        #expect(String(decoding: try directory.read("copy/b"), as: UTF8.self) == "b 2")
        #expect(try CopyRecord(in: directory.path(of: "copy"))?.files.map(\.name) == ["b", "d"])
        // What the user removed is not missed.
        try FileManager.default.removeItem(atPath: directory.path(of: "copy/d"))
        try write(["a"], "3", to: directory)
        #expect(try names(directory) == ["a", "copy.json", "note"])
    }

    @Test func whatWasChangedIsRefused() throws {
        let directory = try TemporaryDirectory()
        try write(["a", "b"], "1", to: directory)
        let edited = directory.path(of: "copy/a")
        // As long as before, and longer.
        for text in ["a 7", "a 1 and more"] {
            try writeFile(edited, Array(text.utf8))
            expectFailure(.cannotCreateOutput, "the file belongs to an older copy here, and was changed since") {
                try self.write(["b"], "2", to: directory)
            }
            #expect(try names(directory) == ["a", "b", "copy.json"])
            #expect(String(decoding: try directory.read("copy/b"), as: UTF8.self) == "b 1")
        }
        // A link is not what was written, wherever it leads.
        try writeFile(directory.path(of: "elsewhere"), Array("a 1".utf8))
        try FileManager.default.removeItem(atPath: edited)
        try FileManager.default.createSymbolicLink(atPath: edited, withDestinationPath: "../elsewhere")
        expectFailure(.cannotCreateOutput, "the file belongs to an older copy here, and was changed since") {
            try self.write(["b"], "2", to: directory)
        }
        // Written again it may be, as ever with --force.
        try write(["a"], "2", to: directory)
        #expect(try names(directory) == ["a", "copy.json"])
    }

    @Test(arguments: [
        "", "{}", "{\"curate\":\"split\"}", "{\"curate\":\"copy\",\"files\":[{\"name\":\"a\"}]}",
        "{\"curate\":\"copy\",\"files\":[{\"name\":\"../a\",\"bytes\":1,\"sha256\":\"ab\"}]}",
        "{\"curate\":\"copy\",\"files\":[{\"name\":\"..\",\"bytes\":1,\"sha256\":\"ab\"}]}",
    ]) func whatIsNoRecordIsLeftAlone(text: String) throws {
        let directory = try TemporaryDirectory()
        try write(["a"], "1", to: directory)
        try writeFile(directory.path(of: "copy/copy.json"), Array(text.utf8))
        expectFailure(.cannotCreateOutput, "the file is not the record of a copy that curate made") {
            try self.write(["b"], "2", to: directory)
        }
        #expect(try names(directory) == ["a", "copy.json"])
    }

    /// Killed between the names: the next writer knows the files of both.
    @Test func theNextWriterFinishesTheJob() throws {
        let directory = try TemporaryDirectory()
        try write(["a", "b"], "1", to: directory)
        let copy = directory.path(of: "copy")
        let old = try #require(try CopyRecord(in: copy)).files
        try write(["b", "c"], "2", to: directory)
        let new = try #require(try CopyRecord(in: copy)).files
        // As it was when "b" had its new content, "c" no name yet, and "a" was still there.
        try CopyRecord(files: new, former: old).write(in: copy, replacing: true)
        try writeFile(directory.path(of: "copy/a"), Array("a 1".utf8))
        try FileManager.default.removeItem(atPath: directory.path(of: "copy/c"))
        try write(["d"], "3", to: directory)
        #expect(try names(directory) == ["copy.json", "d"])
        #expect(try CopyRecord(in: copy)?.former.isEmpty == true)
    }

    /// The suspects of a split go with it, unless somebody changed them.
    @Test func suspectsOfAnOlderSplitGo() throws {
        let directory = try TemporaryDirectory()
        let problem = PruningFixtures.problem(count: 60, classes: 3, seed: 2)
        let rule = PruningRule(policy: .random, keptFraction: 0.5, seed: 1)
        let selection = try rule.selection(from: problem.candidates, by: nil)
        let truth = problem.candidates.labels.enumerated().map { position, label in
            position % 9 == 0 ? (label + 1) % 3 : label
        }
        let values = truth.flatMap { truth in (0..<3).map { Float(Int32($0) == truth ? 0.96 : 0.02) } }
        let suspects = try LabelSuspects(
            probabilities: ClassProbabilities(values, classCount: 3), of: problem.candidates, rule: .offDiagonal)
        let path = directory.path(of: "split")
        func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
        let three = ["kept_indices.npy", "manifest.json", "split.csv"]

        try SplitWriter.write(selection, suspects: suspects, to: path)
        #expect(try names() == three + ["suspects.csv"])
        #expect(try SplitReader.read(path: path).manifest.keptCount == 30)
        let list = try directory.read("split/suspects.csv")
        #expect(
            try LabelSuspects(path: path + "/suspects.csv", of: problem.candidates).entries.map(\.position)
                == suspects.entries.map(\.position))
        try SplitWriter.write(selection, to: path, replacing: true)
        #expect(try names() == three)

        // Not ours: it was there before.
        try writeFile(path + "/suspects.csv", Array(list))
        try SplitWriter.write(selection, to: path, replacing: true)
        #expect(try names() == three + ["suspects.csv"])

        try SplitWriter.write(selection, suspects: suspects, to: path, replacing: true)
        try writeFile(path + "/suspects.csv", Array(list) + Array("more\n".utf8))
        expectFailure(.cannotCreateOutput, "the file belongs to an older split here, and was changed since") {
            try SplitWriter.write(selection, to: path, replacing: true)
        }
        #expect(try names() == three + ["suspects.csv"])
        #expect(try SplitReader.read(path: path).manifest.keptCount == 30)
    }

    /// A stage `prune` that writes over a split of the verb takes its suspects away, too.
    @Test func suspectsOfAnOlderSplitGoWithAPipeline() throws {
        let directory = StoreDirectory()
        let table = try PipelineSupport.writeTable(in: directory)
        var options = DatasetOptions()
        options.csv.groups = ["sex"]
        options.csv.split = "part"
        let candidates = ExampleTable(dataset: try DatasetLoader.load(path: table, options: options))
        let values = candidates.labels.enumerated().flatMap { position, label in
            (0..<2).map { Float(Int32($0) == (position % 9 == 0 ? 1 - label : label) ? 0.96 : 0.04) }
        }
        let suspects = try LabelSuspects(
            probabilities: ClassProbabilities(values, classCount: 2), of: candidates, rule: .offDiagonal)
        #expect(!suspects.entries.isEmpty)
        let rule = PruningRule(policy: .random, keptFraction: 0.5, seed: 1)
        let path = directory.file("split")
        let text = """
            { dataset: { path: "\(table)", group: ["sex"], split: "part" }, stages: {
              some: { prune: { policy: "random", keep: 0.3, out: "\(path)" } },
            } }
            """
        func run() throws {
            var options = PipelineRunner.Options()
            options.replacesFiles = true
            _ = try PipelineRunner(PipelineSupport.environment(), options: options).run(
                try PipelineSupport.pipeline(text), storePath: directory.file())
        }
        func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
        let three = ["kept_indices.npy", "manifest.json", "split.csv"]

        try SplitWriter.write(try rule.selection(from: candidates, by: nil), suspects: suspects, to: path)
        #expect(try names() == three + ["suspects.csv"])
        try run()
        #expect(try names() == three)
        #expect(try SplitReader.read(path: path).manifest.keptCount == Int((0.3 * Double(candidates.count)).rounded()))

        // Changed by somebody: nothing is replaced.
        try SplitWriter.write(
            try rule.selection(from: candidates, by: nil), suspects: suspects, to: path, replacing: true)
        try writeFile(path + "/suspects.csv", Array("mine\n".utf8))
        expectFailure(.cannotCreateOutput, "the file belongs to an older split here, and was changed since", run)
        #expect(try SplitReader.read(path: path).manifest.keptCount == candidates.count / 2)
    }
}
