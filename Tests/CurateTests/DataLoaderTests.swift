import Curate
import Testing

@Suite struct DataLoaderTests {
    @Test func directoryOfNothingSaysWhatWasLookedFor() throws {
        let directory = try TemporaryDirectory()
        for format in ["train-images-idx3-ubyte", "data_batch_1.bin", "train.bin", "X_train.npy", "train.csv"] {
            expectFailure(.missingInput, format) { try DatasetLoader.load(path: directory.path) }
        }
        try directory.write("table.csv", "x,label\n1,a\n")
        expectFailure(.missingInput, "name the file \(directory.path)/table.csv") {
            try DatasetLoader.load(path: directory.path)
        }
    }

    @Test func nothingThere() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "missing")
        expectFailure(.missingInput, "no such file or directory") { try DatasetLoader.load(path: path) }
        for format in DatasetFormat.allCases {
            var options = DatasetOptions()
            options.format = format
            expectFailure(.missingInput, path) { try DatasetLoader.load(path: path, options: options) }
        }
    }

    /// Told a format whose files are not there, each reader says what it expects.
    @Test(arguments: DatasetFormat.allCases) func overriddenFormat(format: DatasetFormat) throws {
        let directory = try TemporaryDirectory()
        try directory.write("notes.txt", "nothing")
        var options = DatasetOptions()
        options.format = format
        expectFailure(.missingInput, directory.path) { try DatasetLoader.load(path: directory.path, options: options) }
    }

    @Test func everyFormatIsFoundByItsName() {
        #expect(Set(DatasetFormat.all.map(\.name)).count == DatasetFormat.all.count)
        for format in DatasetFormat.all { #expect(DatasetFormat(rawValue: format.name) == format) }
        #expect(DatasetFormat(rawValue: "IDX") == nil)
    }

    /// What is read depends on these paths beside the one that is named; stores change at every run and do not count.
    @Test func formatsKnowWhatElseTheyDependOn() throws {
        let directory = try TemporaryDirectory()
        let table = try directory.write("rows.csv", "x,label\n1,a\n")
        try directory.write("curate.sqlite", "")
        try directory.write("labels.npy", "")
        #expect(try DatasetFormat.csv.relatedPaths(table) == [])
        let beside = [directory.path(of: "labels.npy"), table]
        #expect(try DatasetFormat.csv.relatedPaths(directory.path) == beside)
        #expect(try DatasetFormat.npy.relatedPaths(table) == beside)
        #expect(try FormatDetection.format(of: table) == .csv)
    }

    @Test func severalFormatsNeedAChoice() throws {
        let directory = try TemporaryDirectory()
        try DataIDXTests.write(to: directory, gzip: false)
        try directory.write("train.csv", "x,label\n1,a\n2,b\n")
        expectFailure(.badData, "idx and csv") { try DatasetLoader.load(path: directory.path) }
        var options = DatasetOptions()
        options.format = .csv
        #expect(try DatasetLoader.load(path: directory.path, options: options).count == 2)
        options.format = .idx
        #expect(try DatasetLoader.load(path: directory.path, options: options).count == 6)
    }

    static let files: [([UInt8], DatasetFormat?)] = [
        (Build.npy("|u1", "(1,)", [0]), .npy), (Build.zip([("a", [1])], deflated: false), .npz),
        (Build.idx([1], [0]), .idx), (Build.gzip(Build.idx([1], [0])), .idx), (Array("a,b\n".utf8), .csv),
        (Build.gzip(Array("a,b\n".utf8)), .csv), (Array("a\tübel\r\n".utf8), .csv),
        ([0x7f, 0x45, 0x4c, 0x46, 2, 1], nil),
        (Build.gzip([0, 1, 2, 3]), nil),
    ]

    @Test(arguments: files.indices) func tellsFilesByTheirContent(index: Int) throws {
        let (bytes, expected) = Self.files[index]
        let input = InputBytes(bytes, path: "data")
        if let expected {
            #expect(try FormatDetection.format(of: input) == expected)
        } else {
            expectFailure(.badData, "the format cannot be told") { try FormatDetection.format(of: input) }
        }
    }

    @Test func utf16IsRefusedWithWhatToDo() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("a.csv", [0xff, 0xfe] + "x,label\n".utf8.flatMap { [$0, 0] })
        expectFailure(.badData, "iconv") { try DatasetLoader.load(path: path) }
    }

    @Test(arguments: [("a/b.csv.gz", "b"), ("fashion/", "fashion"), ("x.npz", "x"), ("/", "/"), (".csv", ".csv")])
    func nameIsTheLastComponent(path: String, name: String) {
        #expect(DatasetParts.name(of: path) == name)
    }

    @Test(arguments: [
        ("X_train", ArrayNames.Role.features, Partition?.some(.train)), ("y-test", .labels, .test),
        ("val_images", .features, .validation), ("Xtest", .features, .test), ("ytrain", .labels, .train),
        ("train.embeddings", .features, .train), ("labels", .labels, nil), ("ids_test", .ids, .test),
    ])
    func namesOfArrays(name: String, role: ArrayNames.Role, partition: Partition?) throws {
        let meaning = try #require(ArrayNames.meaning(of: name))
        #expect(meaning.role == role && meaning.partition == partition)
    }

    @Test(arguments: ["identity", "x_y", "train", "features_old", "train_test_x", ""]) func namesThatSayNothing(
        name: String
    ) {
        #expect(ArrayNames.meaning(of: name) == nil)
    }
}
