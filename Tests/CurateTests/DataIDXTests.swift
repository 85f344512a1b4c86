import Curate
import Testing

@Suite struct DataIDXTests {
    static let pixels: [UInt8] = (0..<24).map { UInt8($0) }
    static let images = Build.idx([4, 2, 3], pixels)
    static let labels = Build.idx([4], [0, 2, 1, 2])

    /// Writes a usual directory; `gzip` chooses which files are compressed.
    static func write(to directory: TemporaryDirectory, gzip: Bool) throws {
        let test = (images: Build.idx([2, 2, 3], Array(pixels.prefix(12))), labels: Build.idx([2], [1, 0]))
        let files = [
            ("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", labels),
            ("t10k-images-idx3-ubyte", test.images), ("t10k-labels-idx1-ubyte", test.labels),
        ]
        for (name, content) in files {
            try directory.write(gzip ? name + ".gz" : name, gzip ? Build.gzip(content) : content)
        }
    }

    @Test(arguments: [false, true]) func readsADirectory(gzip: Bool) throws {
        let directory = try TemporaryDirectory()
        try Self.write(to: directory, gzip: gzip)
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.format == .idx)
        #expect(dataset.partitionCounts == [4, 0, 2])
        #expect(dataset.labels == [0, 2, 1, 2, 1, 0])
        #expect(dataset.features.shape == FeatureMatrix.Shape(height: 2, width: 3, channels: 1))
        #expect(dataset.row(1) == [6, 7, 8, 9, 10, 11])
        #expect(dataset.row(5) == [6, 7, 8, 9, 10, 11])
        #expect(dataset.classNames == ["0", "1", "2"])
        #expect(dataset.ids[0] == "train/0" && dataset.ids[5] == "test/1")
    }

    @Test func contentHashIgnoresPathAndCompression() throws {
        let plain = try TemporaryDirectory()
        let compressed = try TemporaryDirectory()
        try Self.write(to: plain, gzip: false)
        try Self.write(to: compressed, gzip: true)
        let first = try DatasetLoader.load(path: plain.path)
        let second = try DatasetLoader.load(path: compressed.path)
        #expect(first.contentHash == second.contentHash)
        #expect(first.contentHash.count == 64)
    }

    /// One changed byte anywhere must change the hash.
    @Test(arguments: ["pixel", "label", "names"]) func contentHashSeesEveryPart(change: String) throws {
        func hash(_ pixel: UInt8, _ label: UInt8, _ names: [String]?) throws -> String {
            let images = Build.idx([2, 1, 2], [1, 2, 3, pixel])
            let labels = Build.idx([2], [0, label])
            return try Self.dataset(images, labels, names).contentHash
        }
        let base = try hash(4, 1, nil)
        switch change {
        case "pixel": #expect(try hash(5, 1, nil) != base)
        case "label": #expect(try hash(4, 0, ["0", "1"]) != base)
        default: #expect(try hash(4, 1, ["no", "yes"]) != base)
        }
    }

    @Test(arguments: ["train-images.idx3-ubyte", "emnist-letters-train-images-idx3-ubyte.gz"])
    func otherSpellings(name: String) throws {
        let directory = try TemporaryDirectory()
        let isCompressed = name.hasSuffix(".gz")
        let labelsName = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
        try directory.write(name, isCompressed ? Build.gzip(Self.images) : Self.images)
        try directory.write(labelsName, isCompressed ? Build.gzip(Self.labels) : Self.labels)
        #expect(try DatasetLoader.load(path: directory.path).partitionCounts == [4, 0, 0])
        let alone = try DatasetLoader.load(path: directory.path(of: name))
        #expect(alone.labels == [0, 2, 1, 2])
        #expect(alone.format == .idx)
    }

    @Test(arguments: ["validation", "val"]) func readsAValidationSet(word: String) throws {
        let directory = try TemporaryDirectory()
        try Self.write(to: directory, gzip: false)
        try directory.write("\(word)-images-idx3-ubyte", Build.idx([1, 2, 3], [9, 9, 9, 9, 9, 9]))
        try directory.write("\(word)-labels-idx1-ubyte", Build.idx([1], [2]))
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.partitionCounts == [4, 1, 2])
        #expect(dataset.ids[4] == "validation/0")
        #expect(dataset.row(4) == [9, 9, 9, 9, 9, 9])
    }

    @Test func classNamesComeFromAFileBeside() throws {
        let directory = try TemporaryDirectory()
        try Self.write(to: directory, gzip: false)
        try directory.write("class_names.txt", "T-shirt\nTrouser\r\nCoat\n\n")
        #expect(try DatasetLoader.load(path: directory.path).classNames == ["T-shirt", "Trouser", "Coat"])
        try directory.write("class_names.txt", "T-shirt\nTrouser\n")
        expectFailure(.badData, "label 2 at row 1 is out of range") { try DatasetLoader.load(path: directory.path) }
        try directory.write("class_names.txt", "T-shirt\n\nTrouser\n")
        expectFailure(.badData, "class_names.txt:2") { try DatasetLoader.load(path: directory.path) }
    }

    static let damaged: [(images: [UInt8], labels: [UInt8], says: String)] = [
        (Array(images.dropLast()), labels, "the header declares 24 bytes of content, 23 follow"),
        (images + [0], labels, "25 follow"),
        (Build.gzip(Array(images.dropLast())), labels, "39 bytes are inside, 40 are declared"),
        (Build.gzip(images + [0]), labels, "more than the declared 40 bytes"),
        (Build.gzip(images) + [1], labels, "follow the end of the compressed data"),
        (Array(Build.gzip(images).dropLast(3)), labels, "ends early"),
        (images, Build.idx([3], [0, 1, 2]), "there are 3 labels for 4 images"),
        (labels, images, "dimensions"),
        ([1] + images.dropFirst(), labels, "magic number"),
        ([0, 0, 0x0d] + images.dropFirst(3), labels, "IDX type 13"),
        (Array(images.prefix(7)), labels, "header is cut short"),
        (Build.idx([4, 0, 3], []), labels, "dimension 1 is empty"),
        ([0, 0, 8, 3] + [UInt8](repeating: 255, count: 12) + pixels, labels, "extents"),
        (Build.gzip([0, 0, 8, 3] + [UInt8](repeating: 127, count: 12)), labels, "extents"),
        (Build.gzip(Build.idx([1 << 20, 1 << 5, 1 << 5], [])), labels, "compressed bytes can hold"),
    ]

    @Test(arguments: damaged.indices) func refusesDamage(index: Int) {
        let (images, labels, text) = Self.damaged[index]
        do {
            _ = try Self.dataset(images, labels, nil)
            Issue.record("nothing was thrown")
        } catch let error as CurateError {
            #expect(error.kind == .badData)
            #expect(error.message.contains(text), "\(error)")
            #expect(error.location?.hasPrefix("images") == true || error.location?.hasPrefix("labels") == true)
        } catch {
            Issue.record(error)
        }
    }

    @Test func refusesADirectoryWithoutLabelsOrWithTwoTrainingSets() throws {
        let directory = try TemporaryDirectory()
        try directory.write("train-images-idx3-ubyte", Self.images)
        expectFailure(.missingInput, "no labels file") { try DatasetLoader.load(path: directory.path) }
        expectFailure(.missingInput, "no labels file") {
            try DatasetLoader.load(path: directory.path(of: "train-images-idx3-ubyte"))
        }
        try directory.write("train-labels-idx1-ubyte", Self.labels)
        try directory.write("a-train-images-idx3-ubyte", Self.images)
        try directory.write("a-train-labels-idx1-ubyte", Self.labels)
        expectFailure(.badData, "are both the train images") { try DatasetLoader.load(path: directory.path) }
    }

    @Test func refusesDataWithoutTraining() throws {
        let directory = try TemporaryDirectory()
        try directory.write("t10k-images-idx3-ubyte", Self.images)
        try directory.write("t10k-labels-idx1-ubyte", Self.labels)
        expectFailure(.badData, "no training examples") { try DatasetLoader.load(path: directory.path) }
    }

    static func dataset(_ images: [UInt8], _ labels: [UInt8], _ names: [String]?) throws -> Dataset {
        let pair = IDXReader.Pair(
            partition: .train, images: InputBytes(images, path: "images"), labels: InputBytes(labels, path: "labels"))
        return try IDXReader.dataset(from: [pair], path: "memory", classNames: names)
    }
}
