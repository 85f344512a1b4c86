import Curate
import Foundation
import Models
import TestSupport
import Testing

/// Arrays with a table beside them: what is joined to what, and what is refused.
@Suite struct ArrayMetadataTests {
    private static func load(
        _ path: String, _ change: (inout DatasetOptions) -> Void = { _ in }
    ) throws -> Dataset {
        var options = DatasetOptions()
        change(&options)
        return try DatasetLoader.load(path: path, options: options)
    }

    private static func ids(_ dataset: Dataset) -> [String] { (0..<dataset.count).map { dataset.ids[$0] } }

    private static func firsts(_ dataset: Dataset) -> [UInt8] {
        (0..<dataset.count).map { dataset.features.row($0).load(as: UInt8.self) }
    }

    /// Rows (n, 2) of bytes whose first is the number of the row.
    private static func features(_ numbers: [UInt8]) -> [UInt8] {
        Build.npy("|u1", "(\(numbers.count), 2)", numbers.flatMap { [$0, 9] })
    }

    private static func table(_ directory: TemporaryDirectory) throws {
        try directory.write(
            "metadata.csv",
            "id,label,split,place,note\na,cat,2,land,x\nb,dog,0,water,y\nc,cat,0,land,z\nd,dog,1,land,u\ne,cat,0,water,v\n"
        )
    }

    @Test func oneArrayIsSortedByTheSplitOfTheTable() throws {
        let directory = try TemporaryDirectory()
        try Self.table(directory)
        try directory.write("features.npy", Self.features([0, 1, 2, 3, 4]))
        let dataset = try Self.load(directory.path)
        #expect(dataset.format == .npy && dataset.classNames == ["cat", "dog"] && dataset.labelName == "label")
        #expect(Self.ids(dataset) == ["b", "c", "e", "d", "a"])
        #expect(Self.firsts(dataset) == [1, 2, 4, 3, 0])
        #expect(dataset.labels == [1, 0, 0, 1, 0])
        #expect(dataset.partitions == [.train, .train, .train, .validation, .test])
        #expect(dataset.groups == [GroupColumn(name: "place", values: ["water", "land", "water", "land", "land"])])
        #expect(dataset.notes.contains("left out, one value or too many to be groups: note"))
        // The same through the file, and through a table elsewhere.
        #expect(try Self.load(directory.path(of: "features.npy")).contentHash == dataset.contentHash)
        let other = try TemporaryDirectory()
        try other.write("features.npy", Self.features([0, 1, 2, 3, 4]))
        let named = try Self.load(other.path) { $0.metadataPath = directory.path(of: "metadata.csv") }
        #expect(named.contentHash == dataset.contentHash)
    }

    @Test func arraysOfPartitionsTakeTheRowsInTheirOrder() throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            "metadata.csv", "y,split,place\n0,train,p\n1,train,q\n1,test,p\n0,test,q\n")
        try directory.write("X_train.npy", Self.features([7, 8]))
        try directory.write("X_test.npy", Self.features([5, 6]))
        let dataset = try Self.load(directory.path)
        #expect(dataset.labels == [0, 1, 1, 0] && dataset.partitions == [.train, .train, .test, .test])
        #expect(Self.ids(dataset) == ["train/0", "train/1", "test/0", "test/1"])
        #expect(Self.firsts(dataset) == [7, 8, 5, 6])
        try directory.write(
            "metadata.csv", "y,split,place\n0,train,p\n1,test,q\n1,test,p\n0,test,q\n")
        expectFailure(.badData, "row 2 is in test, and its example is in the array of train") {
            try Self.load(directory.path)
        }
    }

    @Test func idsJoinRowsInAnyOrder() throws {
        let directory = try TemporaryDirectory()
        try directory.write("metadata.csv", "id,label,place\n30,c,z\n10,a,x\n20,b,x\n40,a,z\n")
        try directory.write("features.npy", Self.features([1, 2, 3]))
        try directory.write("ids.npy", Build.npy("<i8", "(3,)", Build.bytes([Int64(10), 20, 30])))
        let dataset = try Self.load(directory.path) { $0.csv.groups = ["place"] }
        #expect(Self.ids(dataset) == ["10", "20", "30"] && dataset.labels == [0, 1, 2])
        #expect(dataset.groups == [GroupColumn(name: "place", values: ["x", "x", "z"])])
        #expect(dataset.notes.contains("1 rows of the table have no example"))
        try directory.write("ids.npy", Build.npy("<i8", "(3,)", Build.bytes([Int64(10), 20, 50])))
        expectFailure(.badData, "no row for the example with id 50") { try Self.load(directory.path) }
        try directory.write("ids.npy", Build.npy("<i8", "(3,)", Build.bytes([Int64(10), 20, 20])))
        expectFailure(.badData, "two examples have the id 20") { try Self.load(directory.path) }
        try directory.write("ids.npy", Build.npy("<i8", "(2,)", Build.bytes([Int64(10), 20])))
        expectFailure(.badData, "2 ids for 3 examples") { try Self.load(directory.path) }
    }

    @Test func anArchiveTakesTheTableBesideIt() throws {
        let directory = try TemporaryDirectory()
        try directory.write("metadata.csv", "label,split,place\na,test,x\nb,train,y\na,train,x\nb,train,y\n")
        let path = try directory.write(
            "embeddings.npz", Build.zip([("features.npy", Self.features([1, 2, 3, 4]))], deflated: true))
        let dataset = try Self.load(path)
        #expect(dataset.format == .npz && dataset.labels == [1, 0, 1, 0] && Self.firsts(dataset) == [2, 3, 4, 1])
        #expect(dataset.groups.map(\.name) == ["place"])
    }

    @Test func countsThatDifferAreBothNamed() throws {
        let directory = try TemporaryDirectory()
        try Self.table(directory)
        try directory.write("features.npy", Self.features([0, 1, 2, 3]))
        expectFailure(.badData, "the table has 5 rows, and the arrays have 4 examples") {
            try Self.load(directory.path)
        }
    }

    @Test func labelsComeFromTheArraysWhenTheTableHasNone() throws {
        let directory = try TemporaryDirectory()
        try directory.write("metadata.csv", "place\nx\ny\nx\ny\n")
        try directory.write("features.npy", Self.features([0, 1, 2, 3]))
        expectFailure(.missingInput, "no labels for features") { try Self.load(directory.path) }
        try directory.write("labels.npy", Build.npy("|u1", "(4,)", [1, 0, 1, 1]))
        let dataset = try Self.load(directory.path)
        #expect(dataset.labels == [1, 0, 1, 1] && dataset.groups.map(\.name) == ["place"])
    }

    /// Labels may come from the table alone, of which they may be all.
    @Test func aTableOfLabelsIsEnough() throws {
        let directory = try TemporaryDirectory()
        try directory.write("metadata.csv", "label\ndog\ncat\n")
        try directory.write("features.npy", Self.features([0, 1]))
        let dataset = try Self.load(directory.path)
        #expect(dataset.classNames == ["cat", "dog"] && dataset.labels == [1, 0] && dataset.groups.isEmpty)
    }

    /// A damaged table is read, or refused with an error; it never ends the program.
    @Test func damagedBytesAreSurvived() throws {
        let directory = try TemporaryDirectory()
        try Self.table(directory)
        let table = try directory.read("metadata.csv")
        try directory.write("features.npy", Self.features([0, 1, 2, 3, 4]))
        var refused = 0
        for number in 0..<Soak.count(300, of: 100_000, "damaged tables") {
            var random = KeyedRandom(seed: 2, stream: .test, index: number)
            var bytes = table
            for _ in 0...random.below(3) {
                let place = random.below(bytes.count)
                switch random.below(3) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array("\",\n0-".utf8)[random.below(5)], at: place)
                }
            }
            try directory.write("metadata.csv", bytes)
            do {
                let dataset = try Self.load(directory.path)
                #expect(dataset.count == 5 && dataset.partitions.contains(.train))
            } catch is CurateError {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    @Test(arguments: [
        ("label,split\na,0\n,0\n", "the row has no label"),
        ("label,split\na,0\nb,maybe\n", "'maybe' in column 'split'"),
        ("id,label\n1,a\n1,b\n", "id '1' is also on line 2"), ("label,split\na,0\nb\n", "the row has 1 fields"),
    ]) func damagedTablesAreRefused(table: String, message: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("metadata.csv", table)
        try directory.write("features.npy", Self.features([0, 1]))
        expectFailure(.badData, message) { try Self.load(directory.path) }
    }

    @Test func otherFormatsTakeNoTable() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.csv", "x,label\n1,a\n2,b\n")
        expectFailure(.usage, "`metadata` is for arrays") { try Self.load(path) { $0.metadataPath = path } }
    }

    /// The copy of a dataset, and one of a part of it, with labels changed.
    @Test(arguments: [false, true]) func copiesKeepTheTable(isArchive: Bool) throws {
        let directory = try TemporaryDirectory()
        try Self.table(directory)
        let source =
            isArchive
            ? try directory.write("f.npz", Build.zip([("X.npy", Self.features([0, 1, 2, 3, 4]))], deflated: false))
            : directory.path
        if !isArchive { try directory.write("features.npy", Self.features([0, 1, 2, 3, 4])) }
        let dataset = try Self.load(source)
        let target = try TemporaryDirectory()
        let path = try DatasetCopy(of: dataset, source: source).write(to: target.path(of: "copy"))
        let copy = try Self.load(path)
        #expect(copy.contentHash == dataset.contentHash && copy.groups == dataset.groups)
        var labels = dataset.labels
        labels[0] = 0
        let part = try DatasetCopy(of: dataset, source: source, keeping: [0, 2, 4], labels: labels)
            .write(to: target.path(of: "part"))
        let read = try Self.load(part) { $0.csv.groups = ["place", "note"] }
        #expect(Self.ids(read) == ["b", "e", "a"] && read.labels == [0, 0, 0])
        #expect(read.classNames == ["cat", "dog"] && read.partitions == [.train, .train, .test])
        #expect(read.groups[0].values.map { read.groups[0].valueNames[Int($0)] } == ["water", "water", "land"])
    }
}
