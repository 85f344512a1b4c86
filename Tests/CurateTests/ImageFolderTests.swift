import Curate
import Foundation
import Testing

/// Folders of images: layouts, classes, names, and what is refused.
@Suite struct ImageFolderTests {
    private static func load(
        _ directory: TemporaryDirectory, _ change: (inout DatasetOptions) -> Void = { _ in }
    ) throws -> Dataset {
        var options = DatasetOptions()
        change(&options)
        return try DatasetLoader.load(path: directory.path, options: options)
    }

    private static func ids(_ dataset: Dataset) -> [String] { (0..<dataset.count).map { dataset.ids[$0] } }

    @Test func directoriesAreClassesInBytewiseOrder() throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages([
            "cat/b.png": 1, "cat/a.PNG": 2, "10/x.png": 3, "9/x.png": 4, "Zebra/1.png": 5, "cat/deep/er/c.png": 6,
        ])
        try directory.write("README.txt", "not an image")
        try directory.writeDeep("cat/notes.txt", [1])
        try directory.writeDeep(".hidden/x.png", [1])
        try directory.writeDeep("cat/.DS_Store", [1])
        try directory.writeDeep("empty/nothing.txt", [1])
        let dataset = try Self.load(directory)
        #expect(dataset.format == .imageFolder)
        #expect(dataset.classNames == ["10", "9", "Zebra", "cat"])
        #expect(
            Self.ids(dataset) == ["10/x.png", "9/x.png", "Zebra/1.png", "cat/a.PNG", "cat/b.png", "cat/deep/er/c.png"])
        #expect(dataset.labels == [0, 1, 2, 3, 3, 3])
        #expect(dataset.partitionCounts == [6, 0, 0])
        #expect(dataset.features.shape == FeatureMatrix.Shape(height: 2, width: 2, channels: 1))
        #expect(dataset.row(3) == [2, 1, 2, 3] && dataset.row(5) == [6, 1, 2, 3])
        #expect(dataset.notes.contains("directories without images were left out: empty"))
        #expect(dataset.notes.contains { $0.hasPrefix("2 files that are no images") && $0.contains("cat/notes.txt") })
    }

    @Test(arguments: ["val", "valid", "validation"]) func partitionsAreDirectories(word: String) throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages([
            "train/dog/1.png": 1, "train/cat/1.png": 2, "\(word)/dog/2.png": 3, "test/dog/3.png": 4,
            "test/bird/4.png": 5, "extra/dog/9.png": 9,
        ])
        let dataset = try Self.load(directory)
        #expect(dataset.classNames == ["bird", "cat", "dog"])
        #expect(
            Self.ids(dataset)
                == ["train/cat/1.png", "train/dog/1.png", "\(word)/dog/2.png", "test/bird/4.png", "test/dog/3.png"])
        #expect(dataset.labels == [1, 2, 2, 0, 2])
        #expect(dataset.partitionCounts == [2, 1, 2])
        #expect(dataset.notes == ["directories beside those of the partitions were left out: extra"])
        // One partition alone is a folder of classes.
        #expect(try DatasetLoader.load(path: directory.path(of: "train")).classNames == ["cat", "dog"])
        // A second directory of the same meaning.
        try directory.writeImages(["training/dog/1.png": 1])
        expectFailure(.badData, "both the train images") { try Self.load(directory) }
    }

    @Test func aClassMayBeCalledTrain() throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages(["train/1.png": 1, "test/2.png": 2, "plane/3.png": 3])
        let dataset = try Self.load(directory)
        #expect(dataset.classNames == ["plane", "test", "train"] && dataset.partitionCounts == [3, 0, 0])
    }

    @Test func namesOfClassesGiveTheirOrder() throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages(["cat/1.png": 1, "dog/1.png": 2])
        try directory.write("class_names.txt", "dog\nbird\ncat\n")
        let dataset = try Self.load(directory)
        #expect(dataset.classNames == ["dog", "bird", "cat"] && dataset.labels == [2, 0])
        #expect(Self.ids(dataset) == ["cat/1.png", "dog/1.png"])
        try directory.write("class_names.txt", "dog\n")
        expectFailure(.badData, "the class 'cat' is not in the list") { try Self.load(directory) }
    }

    /// The columns of Waterbirds, as WILDS and group_DRO distribute it.
    private static let waterbirds = """
        img_id,img_filename,y,split,place,place_filename
        1,001.Albatross/a.png,1,0,1,/o/ocean/1.png
        2,002.Wren/b.png,0,2,0,/b/bamboo/2.png
        3,001.Albatross/c.png,1,0,0,/b/bamboo/3.png
        4,002.Wren/d.png,0,1,1,/o/ocean/4.png
        5,002.Wren/e.png,0,0,0,/b/bamboo/5.png

        """

    private static func makeWaterbirds() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.writeImages([
            "001.Albatross/a.png": 1, "002.Wren/b.png": 2, "001.Albatross/c.png": 3, "002.Wren/d.png": 4,
            "002.Wren/e.png": 5, "002.Wren/unlisted.png": 6,
        ])
        try directory.write("metadata.csv", waterbirds)
        return directory
    }

    @Test func metadataSaysWhatTheImagesAre() throws {
        let directory = try Self.makeWaterbirds()
        let dataset = try Self.load(directory)
        #expect(dataset.format == .imageFolder)
        #expect(
            Self.ids(dataset) == [
                "001.Albatross/a.png", "001.Albatross/c.png", "002.Wren/e.png", "002.Wren/d.png", "002.Wren/b.png",
            ])
        #expect(dataset.classNames == ["0", "1"] && dataset.labels == [1, 1, 0, 0, 0])
        #expect(dataset.partitionCounts == [3, 1, 1])
        #expect(dataset.groups == [GroupColumn(name: "place", values: ["1", "0", "0", "1", "0"])])
        #expect((0..<5).map { dataset.row($0)[0] } == [1, 3, 5, 4, 2])
        #expect(dataset.notes.contains { $0.contains("groups 'place'") })
        #expect(dataset.notes.contains { $0.hasSuffix("groups: img_id, place_filename") })
        #expect(dataset.notes.contains("1 images are not in metadata.csv: 002.Wren/unlisted.png"))

        try directory.write("class_names.txt", "landbird\nwaterbird\n")
        let named = try Self.load(directory)
        #expect(named.classNames == ["landbird", "waterbird"] && named.labels == dataset.labels)
    }

    @Test func columnsOfMetadataMayBeNamed() throws {
        let directory = try Self.makeWaterbirds()
        let dataset = try Self.load(directory) { options in
            options.csv.label = "place"
            options.csv.groups = ["y", "img_id"]
            options.csv.id = "img_id"
            options.csv.ignored = ["place_filename"]
        }
        #expect(dataset.groups.map(\.name) == ["y", "img_id"])
        #expect(dataset.labels == [1, 0, 0, 1, 0])
        #expect(Self.ids(dataset) == ["1", "3", "5", "4", "2"])
        let ignoring = try Self.load(directory) { $0.csv.ignored = ["place"] }
        #expect(ignoring.groups.isEmpty)
    }

    @Test(arguments: [
        ("name,label\na.png,x\n", CurateError.Kind.badData, "no column holds the paths"),
        ("filename,kind\na.png,x\n", .usage, "no column is called label, class, target, y"),
        ("filename,label\na.png,x\na.png,y\n", .badData, "id 'a.png' is also on line 2"),
        ("filename,label\n../a.png,x\n", .badData, "metadata.csv:2: '../a.png' does not lead to a file in the folder"),
        ("filename,label\n/a.png,x\n", .badData, "does not lead to a file in the folder"),
        ("filename,label\nb.png,x\n", .missingInput, "b.png: the file cannot be read"),
        ("filename,label,split\na.png,x,later\n", .badData, "'later' in column 'split' is not a partition"),
        ("filename,label\na.png,\n", .badData, "the row has no label"),
        ("filename,label,split\na.png,x,2\n", .badData, "there are no training examples"),
    ])
    func metadataThatDoesNotFitIsRefused(text: String, kind: CurateError.Kind, message: String) throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages(["a.png": 1, "cat/a.png": 1])
        try directory.write("metadata.csv", text)
        expectFailure(kind, message) { try Self.load(directory) { $0.format = .imageFolder } }
    }

    @Test func imagesOfOneSizeOrGivenOne() throws {
        let directory = try TemporaryDirectory()
        try directory.writeDeep("a/1.png", Build.png(6, 4, (0..<24).map { UInt8($0) }))
        try directory.writeDeep("a/2.png", Build.png(6, 5, (0..<30).map { UInt8($0) }))
        expectFailure(.badData, "the image is 5x6, and a/1.png is 4x6 (give all images one size with `imageSize: 4`") {
            try Self.load(directory)
        }
        let dataset = try Self.load(directory) { $0.imageEdge = 4 }
        #expect(dataset.features.shape == FeatureMatrix.Shape(height: 4, width: 4, channels: 1))
        #expect(dataset.row(0) == [1, 2, 3, 4, 7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22])
        expectFailure(.workFailed, "do not fit in memory") {
            try Self.load(directory) {
                $0.imageEdge = 4
                $0.imageByteLimit = 31
            }
        }
        expectFailure(.usage, "`image` is for rows of numbers") {
            try Self.load(directory) { $0.imageShape = FeatureMatrix.Shape(parsing: "2x2") }
        }
        expectFailure(.usage, "there is no metadata.csv") { try Self.load(directory) { $0.csv.groups = ["place"] } }
    }

    @Test func greyImagesAmongColouredOnes() throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages(["a/1.png": 9])
        try directory.writeDeep("b/1.png", Build.png(2, 2, colourType: 2, (1...12).map { UInt8($0) }))
        try directory.writeDeep("b/2.jpg", Build.jpeg(2, 2, channels: 1, [50, 50, 50, 50]))
        let dataset = try Self.load(directory)
        #expect(dataset.features.shape.channels == 3 && dataset.features.layout == .channelsLast)
        #expect(dataset.row(0) == [9, 9, 9, 1, 1, 1, 2, 2, 2, 3, 3, 3])
        #expect(dataset.row(1) == (1...12).map { Double($0) })
        #expect(dataset.row(2) == [Double](repeating: 50, count: 12))
        #expect(dataset.notes.contains { $0.hasPrefix("2 grey images") })
    }

    @Test func whatCannotBeReadIsNamed() throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages(["a/1.png": 1])
        try directory.writeDeep("a/2.webp", [1])
        expectFailure(.badData, "a/2.webp: images of this kind are not read") { try Self.load(directory) }
        try FileManager.default.removeItem(atPath: directory.path(of: "a/2.webp"))
        try directory.writeDeep("a/3.png", Array("GIF89a".utf8))
        try directory.writeDeep("b/4.jpg", [])
        expectFailure(.badData, "a/3.png, byte 0: this is neither a PNG nor a JPEG file") { try Self.load(directory) }
        try directory.writeImages(["a/3.png": 3])
        expectFailure(.badData, "b/4.jpg: the file is empty") { try Self.load(directory) }
        try FileManager.default.removeItem(atPath: directory.path(of: "b/4.jpg"))
        try FileManager.default.createSymbolicLink(
            atPath: directory.path(of: "b/loop"), withDestinationPath: directory.path(of: "b"))
        expectFailure(.badData, "directories are more than 16 deep") { try Self.load(directory) }
    }

    @Test func otherFormatsComeFirstAndFlatFoldersGetAHint() throws {
        let directory = try TemporaryDirectory()
        try directory.writeImages(["a/1.png": 1])
        try directory.write("train.csv", "x,label\n1,a\n2,b\n")
        #expect(try Self.load(directory).format == .csv)
        #expect(try Self.load(directory) { $0.format = .imageFolder }.format == .imageFolder)
        expectFailure(.usage, "`imageSize` is for folders of images") { try Self.load(directory) { $0.imageEdge = 2 } }
        let flat = try TemporaryDirectory()
        let image = try flat.write("1.png", Build.png(1, 1, [7]))
        expectFailure(.missingInput, "put images into a directory for each class") { try Self.load(flat) }
        expectFailure(.badData, "name the directory that holds the directories of classes") {
            try DatasetLoader.load(path: image)
        }
    }

    /// The lowest failure is told however many threads there are, and the dataset does not depend on them.
    @Test func threadsChangeNothing() throws {
        let directory = try TemporaryDirectory()
        for number in 0..<300 {
            try directory.writeImages(["\(number % 7)/\(number).png": UInt8(number % 256)])
        }
        let alone = try DatasetLoader.load(path: directory.path)
        for threadCount in [2, 5] {
            let shared = try DatasetLoader.load(path: directory.path, threadCount: threadCount)
            #expect(shared.contentHash == alone.contentHash)
        }
        try directory.writeDeep("3/17.png", [1])
        try directory.writeDeep("6/48.png", [1])
        for threadCount in [1, 2, 5] {
            expectFailure(.badData, "3/17.png") {
                try DatasetLoader.load(path: directory.path, threadCount: threadCount)
            }
        }
    }

    @Test func theContentIsThePixelsAndNotTheCompression() throws {
        let first = try TemporaryDirectory()
        let second = try TemporaryDirectory()
        try first.writeImages(["a/1.png": 1, "b/1.png": 2])
        for (name, pixel) in ["a/1.png": 1, "b/1.png": 2] as [String: UInt8] {
            let text = [("tEXt", Array("k\0v".utf8))]
            try second.writeDeep(name, Build.png(2, 2, [pixel, 1, 2, 3], chunks: text))
        }
        #expect(try Self.load(first).contentHash == Self.load(second).contentHash)
        try second.writeImages(["b/1.png": 3])
        #expect(try Self.load(first).contentHash != Self.load(second).contentHash)
    }
}
