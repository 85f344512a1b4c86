import Curate
import Foundation
import Testing

/// Copies of image folders: links in the same layout, and what is never replaced.
@Suite struct ImageCopyTests {
    private static func load(_ path: String) throws -> Dataset { try DatasetLoader.load(path: path) }

    private static func target(_ path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    private static func makeClasses() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.writeImages([
            "data/train/cat/1.png": 1, "data/train/cat/2.png": 2, "data/train/dog/1.png": 3, "data/train/owl/1.png": 4,
            "data/test/cat/1.png": 5,
        ])
        return directory
    }

    @Test func linksInTheSameLayout() throws {
        let directory = try Self.makeClasses()
        let source = directory.path(of: "data")
        let dataset = try Self.load(source)
        let copy = directory.path(of: "copy")
        #expect(try DatasetCopy(of: dataset, source: source).write(to: copy) == copy)
        #expect(try Self.load(copy).contentHash == dataset.contentHash)
        let link = try #require(Self.target("\(copy)/train/cat/2.png"))
        #expect(link.hasPrefix("/") && link.hasSuffix("/data/train/cat/2.png"))
        #expect(try directory.names == ["copy", "data"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: copy).sorted() == ["copy.json", "test", "train"])

        // A copy of the copy leads to the originals, may be moved, and does not need the first copy.
        let second = directory.path(of: "second")
        _ = try DatasetCopy(of: Self.load(copy), source: copy, keeping: [0, 2, 4]).write(to: second)
        #expect(Self.target("\(second)/train/cat/1.png") == Self.target("\(copy)/train/cat/1.png"))
        try FileManager.default.removeItem(atPath: copy)
        try FileManager.default.moveItem(atPath: second, toPath: directory.path(of: "moved"))
        #expect(try Self.load(directory.path(of: "moved")).count == 3)
    }

    @Test func classesThatVanishKeepTheirPlaces() throws {
        let directory = try Self.makeClasses()
        let source = directory.path(of: "data")
        let copy = directory.path(of: "copy")
        _ = try DatasetCopy(of: Self.load(source), source: source, keeping: [3, 4]).write(to: copy)
        let part = try Self.load(copy)
        #expect(part.classNames == ["cat", "dog", "owl"] && part.labels == [2, 0])
        #expect(try Self.text("\(copy)/class_names.txt") == "cat\ndog\nowl\n")
    }

    @Test func otherLabelsGoIntoMetadata() throws {
        let directory = try Self.makeClasses()
        // Eleven classes of numbers: their order as names is not their order as numbers.
        for number in 0...10 { try directory.writeImages(["data/train/\(number)/1.png": UInt8(20 + number)]) }
        let source = directory.path(of: "data")
        let dataset = try Self.load(source)
        var labels = dataset.labels
        labels[0] = 3
        labels[5] = 0
        let copy = directory.path(of: "copy")
        _ = try DatasetCopy(of: dataset, source: source, labels: labels).write(to: copy)
        let changed = try Self.load(copy)
        #expect(changed.labels == labels && changed.classNames == dataset.classNames)
        #expect(changed.ids == dataset.ids && changed.partitions == dataset.partitions)
        #expect(try Self.text("\(copy)/metadata.csv").hasPrefix("filename,label,split\ntrain/0/1.png,2,train\n"))
    }

    @Test func validationThatWasSetAsideIsKept() throws {
        let directory = try TemporaryDirectory()
        for number in 0..<20 { try directory.writeImages(["data/\(number % 2)/\(number).png": UInt8(number)]) }
        let source = directory.path(of: "data")
        let carved = try Self.load(source).carvingValidation(fraction: 0.3, seed: 0)
        _ = try DatasetCopy(of: carved, source: source).write(to: directory.path(of: "copy"))
        let copy = try Self.load(directory.path(of: "copy"))
        #expect(copy.partitionCounts == [14, 6, 0])
        func names(_ dataset: Dataset) -> Set<String> { Set(dataset.indices(of: .validation).map { dataset.ids[$0] }) }
        #expect(names(copy) == names(carved))
    }

    @Test(arguments: [false, true]) func metadataIsCopiedRowByRow(hasSplit: Bool) throws {
        let directory = try TemporaryDirectory()
        var table = hasSplit ? "img_id;filename;y;split;place;note\n" : "img_id;filename;y;place;note\n"
        for number in 0..<12 {
            try directory.writeImages(["data/pictures/\(number).png": UInt8(number)])
            let split = hasSplit ? "\(number == 5 ? 2 : 0);" : ""
            let note = "\"a; \"\"b\"\" \(number)\""
            table += "\(number);pictures/\(number).png;\(number % 2 + 3);\(split)\(number % 3);\(note)\n"
        }
        try directory.write("data/metadata.csv", table)
        let source = directory.path(of: "data")
        let dataset = try Self.load(source)
        let whole = directory.path(of: "whole")
        _ = try DatasetCopy(of: dataset, source: source).write(to: whole)
        #expect(try Self.load(whole).contentHash == dataset.contentHash)
        #expect(try Self.text("\(whole)/metadata.csv") == table)

        let part = directory.path(of: "part")
        _ = try DatasetCopy(of: dataset, source: source, keeping: [0, 3, 11]).write(to: part)
        let kept = try Self.load(part)
        #expect((0..<3).map { kept.ids[$0] } == [0, 3, 11].map { dataset.ids[$0] })
        #expect(try Self.text("\(part)/metadata.csv").split(separator: "\n").count == 4)

        // Other labels and a validation part are written into the rows.
        let carved = try dataset.carvingValidation(fraction: 0.3, seed: 0)
        var labels = carved.labels
        labels[2] = 1 - labels[2]
        _ = try DatasetCopy(of: carved, source: source, labels: labels).write(to: directory.path(of: "changed"))
        let changed = try Self.load(directory.path(of: "changed"))
        let places = Dictionary(uniqueKeysWithValues: (0..<changed.count).map { (changed.ids[$0], $0) })
        for index in 0..<carved.count {
            let place = try #require(places[carved.ids[index]])
            #expect(changed.partitions[place] == carved.partitions[index])
            #expect(changed.classNames[Int(changed.labels[place])] == dataset.classNames[Int(labels[index])])
        }
    }

    @Test func filesOfSomebodyAreNeverReplaced() throws {
        let directory = try Self.makeClasses()
        let source = directory.path(of: "data")
        let dataset = try Self.load(source)
        let copy = directory.path(of: "copy")
        func write(keeping indices: [Int]? = nil, replacing: Bool = false) throws {
            _ = try DatasetCopy(of: dataset, source: source, keeping: indices).write(to: copy, replacing: replacing)
        }
        try write()
        expectFailure(.cannotCreateOutput, "copy/copy.json: the file exists already") { try write() }
        // A table that no copy wrote would be read as a part of the new one.
        try directory.write("copy/metadata.csv", "filename,label\n")
        expectFailure(.cannotCreateOutput, "copy/metadata.csv: the file is not of this copy") {
            try write(keeping: [0, 1], replacing: true)
        }
        #expect(try directory.read("copy/metadata.csv") == Array("filename,label\n".utf8))
        try FileManager.default.removeItem(atPath: "\(copy)/metadata.csv")
        // An earlier copy is replaced as a whole: no class and no list of it is left.
        try write(keeping: [0, 1], replacing: true)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: copy).sorted()
                == ["class_names.txt", "copy.json", "train"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(copy)/train") == ["cat"])
        expectFailure(.cannotCreateOutput, "exists already") { try write(keeping: [0]) }
        try write(replacing: true)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: copy).sorted() == ["copy.json", "test", "train"])
        try directory.writeDeep("copy/mine/photo.png", [1])
        expectFailure(.cannotCreateOutput, "copy/mine: there are files here, not links alone") {
            try write(replacing: true)
        }
        #expect(try directory.read("copy/mine/photo.png") == [1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: copy).allSatisfy { !$0.hasPrefix(".curate") })
        expectFailure(.usage, "beside its original") { try DatasetCopy(of: dataset, source: source).write(to: source) }
        expectFailure(.usage, "inside its original") {
            try DatasetCopy(of: dataset, source: source).write(to: "\(source)/small")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: source).sorted() == ["test", "train"])
    }

    @Test func stoppingLeavesNothingAndAnUnfinishedCopyIsRefused() throws {
        struct Stop: Error {}
        let directory = try Self.makeClasses()
        let source = directory.path(of: "data")
        let dataset = try Self.load(source)
        let copy = directory.path(of: "copy")
        #expect(throws: Stop.self) {
            let files = try OutputFileSet(directory: copy, replacing: false) { throw Stop() }
            _ = try DatasetCopy(of: dataset, source: source).write(to: files)
        }
        #expect(try directory.names == ["data"])

        // What a killed process leaves: links that are not in place, and the mark of names half given.
        try FileManager.default.createDirectory(
            atPath: "\(copy)/.curate-1-0.partial/train", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(copy)/.curate-1-0.partial/train/1.png", withDestinationPath: "/nowhere")
        try directory.write("copy/\(OutputFileSet.markName)", [UInt8]())
        expectFailure(.badData, "unfinished") { try Self.load(copy) }
        _ = try DatasetCopy(of: dataset, source: source).write(to: copy, replacing: true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: copy).sorted() == ["copy.json", "test", "train"])
        #expect(try Self.load(copy).contentHash == dataset.contentHash)
    }

    @Test func anImageThatVanishedIsNamed() throws {
        let directory = try Self.makeClasses()
        let source = directory.path(of: "data")
        let copy = directory.path(of: "copy")
        _ = try DatasetCopy(of: Self.load(source), source: source).write(to: copy)
        try FileManager.default.removeItem(atPath: "\(source)/train/dog/1.png")
        expectFailure(.missingInput, "copy/train/dog/1.png: the file cannot be read: no such file") {
            try Self.load(copy)
        }
        let dataset = try Self.load(source)
        try directory.writeImages(["data/train/dog/9.png": 1])
        expectFailure(.badData, "the folder has changed since it was read") {
            try DatasetCopy(of: dataset, source: source).write(to: directory.path(of: "late"))
        }
    }
}
