import Curate
import Foundation
import Testing

/// Every format written and read back: the same data, then fewer examples and other labels.
@Suite struct DatasetCopyTests {
    /// What a dataset says about an example, whatever its place.
    private struct Example: Equatable {
        let row: [Double]
        let className: String
        let partition: Partition
        let groups: [String]
    }

    private static func examples(_ dataset: Dataset, _ indices: [Int]? = nil) -> [Example] {
        (indices ?? Array(0..<dataset.count)).map { index in
            Example(
                row: dataset.row(index), className: dataset.classNames[Int(dataset.labels[index])],
                partition: dataset.partitions[index],
                groups: dataset.groups.map { $0.valueNames[Int($0.values[index])] })
        }
    }

    /// Checks a whole copy, a copy of some and a copy with other labels.
    private func check(
        _ source: String, _ directory: TemporaryDirectory, options: DatasetOptions = DatasetOptions(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let dataset = try DatasetLoader.load(path: source, options: options)
        let whole = try DatasetCopy(of: dataset, source: source, options: options).write(
            to: directory.path(of: "whole"))
        let copy = try DatasetLoader.load(path: whole, options: options)
        #expect(copy.contentHash == dataset.contentHash, sourceLocation: sourceLocation)
        #expect(copy.ids == dataset.ids && copy.groups == dataset.groups, sourceLocation: sourceLocation)
        #expect(copy.classNames == dataset.classNames && copy.labels == dataset.labels, sourceLocation: sourceLocation)
        #expect(copy.format == dataset.format, sourceLocation: sourceLocation)

        let some = (0..<dataset.count).filter { $0 % 3 != 1 }
        let part = try DatasetCopy(of: dataset, source: source, options: options, keeping: some.reversed()).write(
            to: directory.path(of: "part"))
        let read = try DatasetLoader.load(path: part, options: options)
        #expect(Self.examples(read) == Self.examples(dataset, some), sourceLocation: sourceLocation)

        let labels = dataset.labels.map { Int32((Int($0) + 1) % dataset.classCount) }
        let changed = try DatasetCopy(of: dataset, source: source, options: options, labels: labels).write(
            to: directory.path(of: "changed"))
        let relabelled = try DatasetLoader.load(path: changed, options: options)
        #expect(
            relabelled.labels.map { relabelled.classNames[Int($0)] } == labels.map { dataset.classNames[Int($0)] },
            sourceLocation: sourceLocation)
        #expect(
            Self.examples(relabelled).map(\.row) == Self.examples(dataset).map(\.row), sourceLocation: sourceLocation)

        expectFailure(.cannotCreateOutput, "exists already", sourceLocation: sourceLocation) {
            try DatasetCopy(of: dataset, source: source, options: options).write(to: directory.path(of: "whole"))
        }
        _ = try DatasetCopy(of: dataset, source: source, options: options).write(
            to: directory.path(of: "whole"), replacing: true)
    }

    @Test(arguments: [false, true]) func idx(isNamed: Bool) throws {
        let directory = try TemporaryDirectory()
        let source = directory.path(of: "data")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        let pixels = (0..<28).map { UInt8($0 * 9 % 251) }
        try directory.write("data/train-images-idx3-ubyte.gz", Build.gzip(Build.idx([7, 2, 2], pixels)))
        try directory.write("data/train-labels-idx1-ubyte", Build.idx([7], [0, 1, 2, 0, 1, 2, 2]))
        try directory.write("data/t10k-images-idx3-ubyte", Build.idx([3, 2, 2], Array(pixels.prefix(12))))
        try directory.write("data/t10k-labels-idx1-ubyte", Build.idx([3], [2, 1, 0]))
        if isNamed { try directory.write("data/class_names.txt", "shirt\nankle boot\nbag\n") }
        try check(source, directory)
    }

    @Test func idxVectorsAndColours() throws {
        for extents in [[4, 5], [4, 2, 2, 3]] {
            let directory = try TemporaryDirectory()
            let size = extents.reduce(1, *)
            try directory.write(
                "train-images-idx\(extents.count)-ubyte", Build.idx(extents, (0..<size).map { UInt8($0) }))
            try directory.write("train-labels-idx1-ubyte", Build.idx([4], [1, 0, 1, 1]))
            try check(directory.path, directory)
        }
    }

    @Test func cifar10() throws {
        let directory = try TemporaryDirectory()
        for (batch, labels) in [(1, [3, 9, 0]), (2, [9, 1])] as [(Int, [UInt8])] {
            try directory.write(
                "data_batch_\(batch).bin",
                labels.enumerated().flatMap { Build.cifar([$1], pixel: UInt8(batch * 10 + $0)) })
        }
        try directory.write("test_batch.bin", Build.cifar([4], pixel: 99))
        try directory.write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n")
        try check(directory.path, directory)
    }

    @Test(arguments: [false, true]) func cifar100(isNamed: Bool) throws {
        let directory = try TemporaryDirectory()
        let records: [[UInt8]] = [[3, 70], [19, 99], [0, 1], [3, 71], [11, 12], [0, 0]]
        try directory.write("train.bin", records.enumerated().flatMap { Build.cifar($1, pixel: UInt8($0)) })
        try directory.write("test.bin", Build.cifar([19, 5], pixel: 9))
        if isNamed {
            try directory.write("fine_label_names.txt", (0..<100).map { "fine \($0)" }.joined(separator: "\n"))
            try directory.write("coarse_label_names.txt", (0..<20).map { "coarse \($0)" }.joined(separator: "\n"))
        }
        try check(directory.path, directory)
    }

    @Test(arguments: ["<f4", "<f8", "|u1"]) func arrays(type: String) throws {
        let numbers = (0..<48).map { Double($0) * 1.25 }
        let content: [UInt8] =
            switch type {
            case "<f4": Build.bytes(numbers.map { Float($0) })
            case "<f8": Build.bytes(numbers)
            default: numbers.map { UInt8($0) }
            }
        for shape in ["(6, 8)", "(6, 4, 2)", "(6, 2, 1, 4)", "(6, 4, 1, 2)"] {
            let directory = try TemporaryDirectory()
            try directory.write("features.npy", Build.npy(type, shape, content))
            try directory.write("labels.npy", Build.npy("<i4", "(6,)", Build.bytes([2, 0, 1, 1, 2, 0] as [Int32])))
            if type == "<f4" { try directory.write("class_names.txt", "x\ny\nz\n") }
            try check(directory.path, directory)
        }
    }

    @Test(arguments: ["stored.npz", "compressed.npz"]) func archives(name: String) throws {
        try check(Fixture.numpy(name), TemporaryDirectory())
    }

    /// Ids that no table says, and names of classes, come along.
    @Test(arguments: ["ids-characters.npy", "ids-bytes.npy"]) func arraysOfTexts(ids: String) throws {
        let directory = try TemporaryDirectory()
        let source = directory.path(of: "data")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: Fixture.safetensors(ids), toPath: source + "/ids.npy")
        try FileManager.default.copyItem(
            atPath: Fixture.safetensors("labels-characters.npy"), toPath: source + "/labels.npy")
        try directory.write("data/features.npy", Build.npy("|u1", "(6, 2)", (0..<12).map { UInt8($0) }))
        try check(source, directory)
        let copied = try DatasetLoader.load(path: directory.path(of: "part"))
        #expect((0..<copied.count).map { copied.ids[$0] } == ["früh", "c/1", "日本語", "longest of all"])
        let members = try ["ids", "labels", "features"].map { name in
            (name: name + ".npy", content: try directory.read("data/\(name).npy"))
        }
        let archive = try directory.write("texts.npz", Build.zip(members, deflated: true))
        #expect(try DatasetLoader.load(path: archive).contentHash == DatasetLoader.load(path: source).contentHash)
        try check(archive, TemporaryDirectory())
    }

    @Test(arguments: ["bfloat16", "float32", "float64", "int16", "int64", "images"])
    func safetensors(name: String) throws {
        try check(Fixture.safetensors("\(name).safetensors"), TemporaryDirectory())
    }

    @Test func tables() throws {
        let directory = try TemporaryDirectory()
        var options = DatasetOptions()
        options.csv.id = "name"
        options.csv.groups = ["site"]
        options.csv.label = "kind"
        options.csv.split = "part"
        let header = "name;x;kind;site;part;colour;note\n"
        let rows = [
            "a;1.50;cat;n;train;red;\"a; b\"", "b;-2;dog;s;test;blue;\"say \"\"hi\"\"\"",
            "c;3e1;\"big dog\";n;train;red;x",
            "d;4;cat;s;train;;x", "e;5;dog;n;train;red;\" padded \"", "f;6;\"big dog\";n;validation;red;x",
            "g;7;dog;s;train;blue;5\" wide",
        ]
        options.csv.ignored = ["note", "colour"]
        let path = try directory.write("table.csv", header + rows.joined(separator: "\r\n") + "\n")
        try check(path, directory, options: options)
        // Columns that are no features are there, field by field as they were.
        let text = String(decoding: try directory.read("whole/table.csv"), as: UTF8.self).split(separator: "\n")
        #expect(text[2] == "b;-2;dog;s;test;blue;\"say \"\"hi\"\"\"")
        #expect(text[5] == "e;5;dog;n;train;red;\" padded \"")
        #expect(text[7] == "g;7;dog;s;train;blue;\"5\"\" wide\"")
    }

    @Test func directoriesOfCompressedTablesAndTablesWithoutHeader() throws {
        let directory = try TemporaryDirectory()
        let source = directory.path(of: "data")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        try directory.write("data/train.csv.gz", Build.gzip(Array("x,y,label\n1,2,a\n3,4,b\n5,6,c\n7,8,b\n".utf8)))
        try directory.write("data/test.csv", "x,y,label\n9,9,a\n8,8,b\n7,7,c\n")
        try check(source, directory)

        let other = try TemporaryDirectory()
        try check(try other.write("plain.csv", "1,2,0\n3,4,1\n5,6,1\n7,8,0\n9,1,1\n"), other)
    }

    @Test func whatAFormatCannotHoldIsRefused() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("t.csv", "x,label\n1,a\n2,a\n3,b\n4,b\n5,a\n6,b\n")
        let dataset = try DatasetLoader.load(path: path).carvingValidation(fraction: 0.3, seed: 0)
        expectFailure(.usage, "which of its training rows were set aside") {
            try DatasetCopy(of: dataset, source: path).write(to: directory.path(of: "out"))
        }
        expectFailure(.usage, "no training example is left") {
            try DatasetCopy(of: dataset, source: path, keeping: []).write(to: directory.path(of: "out"))
        }
        let cifar = try TemporaryDirectory()
        try cifar.write("data_batch_1.bin", (0..<6).flatMap { Build.cifar([UInt8($0 % 2)], pixel: UInt8($0)) })
        let carved = try DatasetLoader.load(path: cifar.path).carvingValidation(fraction: 0.3, seed: 0)
        expectFailure(.usage, "no validation file") {
            try DatasetCopy(of: carved, source: cifar.path).write(to: cifar.path(of: "out"))
        }
    }
}
