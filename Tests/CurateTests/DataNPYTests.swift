import Curate
import Testing

@Suite struct DataNPYTests {
    static let rows: [Float] = (0..<24).map { Float($0) / 4 }

    @Test(arguments: [
        ("X_train", "y_train"), ("train_features", "train_labels"), ("xtrain", "ytrain"), ("features", "labels"),
    ])
    func readsADirectory(features: String, labels: String) throws {
        let directory = try TemporaryDirectory()
        try NPYWriter.write(Self.rows, shape: [6, 4], to: directory.path(of: features + ".npy"))
        try NPYWriter.write(
            [Int64](arrayLiteral: 0, 1, 2, 0, 1, 2), shape: [6], to: directory.path(of: labels + ".npy"))
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.format == .npy)
        #expect(dataset.partitionCounts == [6, 0, 0])
        #expect(dataset.features.shape == FeatureMatrix.Shape(height: 1, width: 1, channels: 4))
        #expect(dataset.row(5) == [5, 5.25, 5.5, 5.75])
        #expect(dataset.labels == [0, 1, 2, 0, 1, 2])
        let single = try DatasetLoader.load(path: directory.path(of: features + ".npy"))
        #expect(single.contentHash == dataset.contentHash)
    }

    @Test func readsPartitionsOfOneKind() throws {
        let directory = try TemporaryDirectory()
        for (name, count) in [("train", 3), ("val", 2), ("test", 1)] {
            let values = (0..<(count * 2)).map { Double($0) }
            try NPYWriter.write(values, shape: [count, 2], to: directory.path(of: "X_\(name).npy"))
            try NPYWriter.write(
                [UInt8](repeating: 1, count: count), shape: [count], to: directory.path(of: "y_\(name).npy"))
        }
        let dataset = try DatasetLoader.load(path: directory.path)
        #expect(dataset.partitionCounts == [3, 2, 1])
        #expect(dataset.row(4) == [2, 3])
        try NPYWriter.write(
            [Float](repeating: 0, count: 2), shape: [1, 2], to: directory.path(of: "X_test.npy"), replacing: true)
        expectFailure(.badData, "the array is float32 (1, 2)") { try DatasetLoader.load(path: directory.path) }
    }

    static let images: [([Int], FeatureMatrix.Layout?, String, String)] = [
        ([6, 2, 2], nil, "2x2x1", "channels last"), ([2, 2, 2, 3], nil, "2x2x3", "channels last"),
        ([2, 3, 2, 2], nil, "2x2x3", "channels first"), ([2, 3, 4, 1], nil, "3x4x1", "channels last"),
        ([2, 3, 4, 1], FeatureMatrix.Layout.channelsFirst, "4x1x3", "channels first"),
    ]

    @Test(arguments: images)
    func tellsChannelsByTheirNumber(
        shape: [Int], layout: FeatureMatrix.Layout?, expected: String, order: String
    ) throws {
        var options = DatasetOptions()
        options.imageLayout = layout
        let dataset = try Self.dataset(shape: shape, options)
        #expect(dataset.features.shape.text == expected)
        #expect(dataset.features.layout.name == order)
        #expect(dataset.notes.isEmpty == (shape != [2, 3, 4, 1] || layout != nil))
    }

    @Test func asksWhenChannelsCannotBeTold() {
        expectFailure(.badData, "which axis") { try Self.dataset(shape: [3, 2, 2, 2]) }
        expectFailure(.badData, "are not examples by numbers") { try Self.dataset(shape: [24]) }
    }

    @Test func makesPicturesOfVectorsWhenTold() throws {
        var options = DatasetOptions()
        options.imageShape = FeatureMatrix.Shape(parsing: "2x2")
        #expect(try Self.dataset(shape: [6, 4], options).features.shape.text == "2x2x1")
        options.imageShape = FeatureMatrix.Shape(parsing: "2x3")
        expectFailure(.usage, "an example has 4 numbers") { try Self.dataset(shape: [6, 4], options) }
        #expect(FeatureMatrix.Shape(parsing: "8") == nil)
        #expect(FeatureMatrix.Shape(parsing: "8x0") == nil)
        #expect(FeatureMatrix.Shape(parsing: "8x8x3x") == nil)
    }

    static let labelTypes: [(String, [UInt8])] = [
        ("<i8", Build.bytes([Int64(0), 1, 2])), ("|i1", Build.bytes([Int8(0), 1, 2])),
        ("<u2", Build.bytes([UInt16(0), 1, 2])), ("<f4", Build.bytes([Float(0), 1, 2])),
        ("<f8", Build.bytes([0.0, 1.0, 2.0])), ("<i4", Build.bytes([Int32(0), 1, 2])),
    ]

    @Test(arguments: labelTypes)
    func readsLabelsOfEveryType(type: String, content: [UInt8]) throws {
        let labels = Build.npy(type, "(3, 1)", content)
        #expect(
            try Self.dataset(features: Build.npy("|u1", "(3, 2)", [1, 2, 3, 4, 5, 6]), labels: labels).labels == [
                0, 1, 2,
            ])
    }

    @Test func readsBooleanLabels() throws {
        let labels = Build.npy("|b1", "(3,)", [0, 1, 1])
        #expect(
            try Self.dataset(features: Build.npy("|u1", "(3, 2)", [1, 2, 3, 4, 5, 6]), labels: labels).labels == [
                0, 1, 1,
            ])
    }

    static let badLabels: [(String, [UInt8], String)] = [
        ("<i8", Build.bytes([Int64(0), -1, 2]), "label -1 at row 1"),
        ("<f4", Build.bytes([Float(0), 0.5, 2]), "label 0.5 at row 1 is not a whole number"),
        ("<f8", Build.bytes([0, Double.nan, 2]), "at row 1 is not a whole number"),
        ("<i8", Build.bytes([Int64(0), 1 << 40, 2]), "out of range"),
        ("<u8", Build.bytes([UInt64.max, 1, 2]), "is not a whole number"),
        ("<i8", Build.bytes([Int64(0), 1]), "too few"),
    ]

    @Test(arguments: badLabels)
    func refusesBadLabels(type: String, content: [UInt8], says: String) {
        expectFailure(.badData, says) {
            try Self.dataset(
                features: Build.npy("|u1", "(3, 2)", [1, 2, 3, 4, 5, 6]), labels: Build.npy(type, "(3,)", content))
        }
    }

    static let badFeatures: [([UInt8], String)] = [
        (Build.npy("|u1", "(2, 2)", [1, 2, 3]), "too few"),
        (Build.npy("|u1", "(2, 2)", [1, 2, 3, 4, 5]), "1 bytes follow the declared shape (2, 2)"),
        (
            Build.npy("<i8", "(3, 1)", Build.bytes([1, (1 << 53) + 1, 3] as [Int64])),
            "the feature 9007199254740993 is beyond what double precision holds exactly"
        ),
        (Build.npy("<U1", "(3, 1)", [UInt8](repeating: 0, count: 12)), "elements of type '<U1' are not read"),
        (Build.npy(">f4", "(3, 1)", Build.bytes([Float(1), 2, 3])), "big-endian"),
        (Build.npy("|O", "(3, 1)", [1, 2, 3]), "Python objects"),
        (Build.npy("<c8", "(3, 1)", [1, 2, 3]), "elements of type '<c8' are not read"),
        (Build.npy("|u1", "(3, 1)", [1, 2, 3], fortran: true), "column by column"),
        (Build.npy("|u1", "(4611686018427387904, 8)", [1]), "extent is too large"),
        (Build.npy("<f8", "(461168601842738790, 8)", [1]), "too few"),
        (Build.npy("|u1", "(3, -1)", [1]), "whole number is expected"),
        (Build.npy("|u1", "(0, 3)", []), "the array is empty"),
        // Nothing is made for every one of the examples that it declares.
        (Build.npy("|u1", "(999999999999999999, 0)", []), "the array is empty"),
        (Build.npy("|u1", "(3, 0)", []), "the array is empty"),
        (Build.npy("|u1", "(3, 1", [1, 2, 3]), "in the NumPy header"),
        (Array(Build.npy("|u1", "(3, 1)", [1, 2, 3]).prefix(30)), "header is cut short"),
        ([0x93] + Array("NUMPX".utf8), "does not start with"),
        ([0x93] + Array("NUMPY".utf8) + [9, 0, 0, 0], "version 9.0"),
    ]

    @Test(arguments: badFeatures)
    func refusesBadFeatures(features: [UInt8], says: String) {
        expectFailure(.badData, says) {
            try Self.dataset(features: features, labels: Build.npy("|u1", "(3,)", [0, 1, 1]))
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity], ["<f4", "<f8"])
    func namesTheFirstValueThatIsNotFinite(value: Double, type: String) {
        // 19 columns: neither a multiple of the vector nor in its first elements.
        var values = (0..<57).map { Double($0) }
        values[19 + 17] = value
        values[50] = .nan
        let content = type == "<f4" ? Build.bytes(values.map { Float($0) }) : Build.bytes(values)
        let says = value.isNaN ? "example train/1 has the value nan at element 17" : "at element 17"
        expectFailure(.badData, says) {
            try Self.dataset(
                features: Build.npy(type, "(3, 19)", content), labels: Build.npy("|u1", "(3,)", [0, 1, 1]))
        }
    }

    @Test func findsValuesThatAreNotFiniteInLaterBlocks() throws {
        let width = 1000
        var values = [Float](repeating: 1, count: 1000 * width)
        values[800 * width + 3] = .nan
        let directory = try TemporaryDirectory()
        try NPYWriter.write(values, shape: [1000, width], to: directory.path(of: "features.npy"))
        try NPYWriter.write([UInt8](repeating: 0, count: 1000), shape: [1000], to: directory.path(of: "labels.npy"))
        expectFailure(.badData, "example train/800 has the value nan at element 3") {
            try DatasetLoader.load(path: directory.path)
        }
    }

    @Test func refusesAmbiguousAndIncompleteDirectories() throws {
        let directory = try TemporaryDirectory()
        let features = Build.npy("|u1", "(1, 2)", [1, 2])
        try directory.write("X_train.npy", features)
        expectFailure(.missingInput, "no labels for X_train") { try DatasetLoader.load(path: directory.path) }
        try directory.write("train_features.npy", features)
        expectFailure(.badData, "X_train and train_features may both be meant") {
            try DatasetLoader.load(path: directory.path)
        }
        expectFailure(.missingInput, "no labels files") {
            try DatasetLoader.load(path: directory.path(of: "X_train.npy"))
        }
        var options = DatasetOptions()
        options.labelsPath = try directory.write("classes.npy", Build.npy("|u1", "(1,)", [0]))
        #expect(try DatasetLoader.load(path: directory.path(of: "X_train.npy"), options: options).count == 1)
    }

    @Test func arrayGivesTypedElements() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "a.npy")
        try NPYWriter.write([Float(0.5), -2, 3], shape: [3, 1], to: path)
        let floats = try NPYArray(path: path)
        #expect(floats.shape == [3, 1] && floats.count == 3 && floats.elementType == .float32)
        #expect(floats.double(at: 0) == 0.5 && floats.float(at: 1) == -2)
        #expect(floats.integer(at: 0) == nil && floats.integer(at: 2) == 3)
        #expect(floats.floats(1..<3) == [-2, 3])
        try NPYWriter.write([Int64.max, -1], shape: [2], to: path, replacing: true)
        let integers = try NPYArray(path: path)
        #expect(integers.integer(at: 0) == Int(Int64.max) && integers.floats(1..<2) == [-1])
        try NPYWriter.write([Int32](), shape: [0, 3], to: path, replacing: true)
        #expect(try NPYArray(path: path).count == 0)
        let half = try NPYArray(path: Fixture.numpy("float16.npy"))
        #expect(half.elementType == .float16 && half.floats(0..<24) == Self.rows)
        #expect(try NPYArray(path: Fixture.numpy("float64.npy")).floats(0..<24) == Self.rows)
    }

    @Test(arguments: [
        ("fortran.npy", "fortran_order"), ("bigendian.npy", "big-endian"), ("objects.npy", "pickle"),
        ("records.npy", "named fields"),
    ])
    func refusesWhatNumPyWritesOtherwise(name: String, says: String) {
        expectFailure(.badData, says) { try NPYArray(path: Fixture.numpy(name)) }
    }

    @Test func headerIsAlignedAndAsNumPyWritesIt() throws {
        let header = NPYWriter.header(Float.self, shape: [6, 4], count: 24)
        #expect(header.count == 128)
        let text = String(decoding: header.dropFirst(10), as: UTF8.self)
        #expect(text.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), } "))
        #expect(text.hasSuffix(" \n"))
        #expect(NPYWriter.header(UInt8.self, shape: [3], count: 3).count % 64 == 0)
    }

    static func dataset(shape: [Int], _ options: DatasetOptions = DatasetOptions()) throws -> Dataset {
        let shapeText = NPYHeader.text(shape)
        let features = Build.npy("|u1", shapeText, (0..<24).map { UInt8($0) })
        let labels = Build.npy("|u1", "(\(shape[0]),)", [UInt8](repeating: 0, count: shape[0]))
        return try dataset(features: features, labels: labels, options)
    }

    static func dataset(
        features: [UInt8], labels: [UInt8], ids: [UInt8]? = nil, _ options: DatasetOptions = DatasetOptions()
    ) throws -> Dataset {
        let pair = NPYReader.Pair(
            partition: .train, features: try NPYArray(parsing: InputBytes(features, path: "features.npy")),
            labels: try ArrayColumn(parsing: InputBytes(labels, path: "labels.npy")),
            ids: try ids.map { try ArrayColumn(parsing: InputBytes($0, path: "ids.npy")) })
        return try NPYReader.dataset(from: [pair], path: "memory", format: .npy, classNames: nil, options: options)
    }
}
