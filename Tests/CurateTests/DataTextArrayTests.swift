import Curate
import Foundation
import Testing

/// Arrays of texts as names of examples and as labels; `Tests/Fixtures/data-safetensors/make.py` wrote the files.
@Suite struct DataTextArrayTests {
    static let names = ["früh", "b", "c/1", "日本語", "e", "longest of all"]

    /// Texts as NumPy's `U` stores them.
    static func characters(_ texts: [String], width: Int) -> [UInt8] {
        texts.flatMap { text in
            let scalars = text.unicodeScalars.map(\.value)
            return Build.bytes(scalars + [UInt32](repeating: 0, count: width - scalars.count))
        }
    }

    private static let features = Build.npy("|u1", "(6, 2)", (0..<12).map { UInt8($0) })

    private static func directory(ids: String? = nil, labels: String? = nil) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.write("features.npy", features)
        for (name, source) in [("ids.npy", ids), ("labels.npy", labels)] {
            guard let source else { continue }
            try FileManager.default.copyItem(atPath: Fixture.safetensors(source), toPath: directory.path(of: name))
        }
        return directory
    }

    private static func ids(_ dataset: Dataset) -> [String] { (0..<dataset.count).map { dataset.ids[$0] } }

    @Test(arguments: ["ids-characters.npy", "ids-bytes.npy"]) func textsNameExamplesAndClasses(ids: String) throws {
        let directory = try Self.directory(ids: ids, labels: "labels-characters.npy")
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(Self.ids(dataset) == Self.names)
        #expect(dataset.classNames == ["cat", "dog", "owl"] && dataset.labels == [1, 0, 1, 2, 0, 1])
        // The same through the file of features.
        let single = try DatasetLoader.load(path: directory.path(of: "features.npy"))
        #expect(single.contentHash == dataset.contentHash)
        // A list gives the classes another order, and refuses those it lacks.
        try directory.write("class_names.txt", "owl\ndog\ncat\n")
        #expect(try DatasetLoader.load(path: directory.path).labels == [1, 2, 1, 0, 2, 1])
        try directory.write("class_names.txt", "dog\ncat\n")
        expectFailure(.badData, "the label 'owl' is neither a class name") {
            try DatasetLoader.load(path: directory.path)
        }
    }

    @Test(arguments: ["ids-characters.npy", "ids-bytes.npy"]) func textsJoinATable(ids: String) throws {
        let directory = try Self.directory(ids: ids)
        let rows = [4, 2, 0, 5, 3, 1].map { "\(Self.names[$0]),\($0 % 2 == 0 ? "even" : "odd"),\($0 / 3)" }
        try directory.write("metadata.csv", "id,label,third\n" + rows.joined(separator: "\n") + "\nspare,odd,1\n")
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(Self.ids(dataset) == Self.names && dataset.labels == [0, 1, 0, 1, 0, 1])
        #expect(dataset.groups == [GroupColumn(name: "third", values: ["0", "0", "0", "1", "1", "1"])])
        #expect(dataset.notes.contains("1 rows of the table have no example"))
        try directory.write("metadata.csv", "id,label\nb,x\n")
        expectFailure(.badData, "there is no row for the example with id früh") {
            try DatasetLoader.load(path: directory.path)
        }
    }

    /// Joined by order, the names are those of the table.
    @Test func aTableNamesExamplesWithoutIDs() throws {
        let directory = try Self.directory(labels: "labels-characters.npy")
        try directory.write("metadata.csv", "id\n" + Self.names.joined(separator: "\n") + "\n")
        #expect(Self.ids(try DatasetLoader.load(path: directory.path)) == Self.names)
    }

    @Test func numbersNameExamplesToo() throws {
        let labels = Build.npy("|u1", "(3,)", [0, 1, 1])
        let features = Build.npy("|u1", "(3, 1)", [1, 2, 3])
        func dataset(_ ids: [UInt8]) throws -> Dataset {
            try DataNPYTests.dataset(features: features, labels: labels, ids: ids)
        }
        #expect(Self.ids(try dataset(Build.npy("<i4", "(3,)", Build.bytes([Int32(7), -1, 12])))) == ["7", "-1", "12"])
        expectFailure(.badData, "two examples have the id 7") {
            try dataset(Build.npy("<i4", "(3,)", Build.bytes([Int32(7), 1, 7])))
        }
        expectFailure(.badData, "id 0.5 at row 1 is not a whole number") {
            try dataset(Build.npy("<f8", "(3,)", Build.bytes([1, 0.5, 2])))
        }
        expectFailure(.badData, "the id at row 2 is empty") {
            try dataset(Build.npy("|S1", "(3,)", Array("ab\0".utf8)))
        }
        expectFailure(.badData, "the text at row 0 is not Unicode") {
            try dataset(Build.npy("|S1", "(3,)", [0xff, 1, 2]))
        }
        expectFailure(.badData, "the text at row 1 is not Unicode") {
            try dataset(Build.npy("<U1", "(3,)", Build.bytes([UInt32(65), 0xd800, 66])))
        }
        expectFailure(.badData, "elements of type '<U0' are not read") { try dataset(Build.npy("<U0", "(3,)", [])) }
        expectFailure(.badData, "there are 2 ids for 3 examples") {
            try dataset(Build.npy("<U1", "(2,)", Self.characters(["a", "b"], width: 1)))
        }
        let bigEndian = try Data(contentsOf: URL(fileURLWithPath: Fixture.safetensors("ids-bigendian.npy")))
        expectFailure(.badData, "the texts are big-endian ('>U14')") { try dataset([UInt8](bigEndian)) }
    }
}
