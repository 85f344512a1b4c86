import Curate
import Foundation
import TestSupport
import Testing

/// Safetensors files as data; `Tests/Fixtures/data-safetensors/make.py` wrote them with PyTorch.
@Suite struct DataSafetensorsTests {
    private static func load(_ name: String) throws -> Dataset {
        try DatasetLoader.load(path: Fixture.safetensors("\(name).safetensors"))
    }

    private static func ids(_ dataset: Dataset) -> [String] { (0..<dataset.count).map { dataset.ids[$0] } }

    @Test(arguments: ["float16", "bfloat16", "float32", "float64"]) func floatsOfEveryWidth(name: String) throws {
        let dataset = try Self.load(name)
        #expect(dataset.format == .safetensors && dataset.name == name)
        #expect(dataset.features.elementType == (name == "float64" ? .float64 : .float32))
        for row in 0..<6 { #expect(dataset.row(row) == (0..<4).map { Double(4 * row + $0) / 4 - 3 }) }
        #expect(dataset.labels == [0, 1, 2, 0, 1, 2])
        #expect(Self.ids(dataset) == ["10", "20", "30", "40", "50", "60"])
        // What is as wide as in memory stays in the file.
        let isMapped = dataset.features.segments.allSatisfy { $0.owner is MappedFile }
        #expect(isMapped == (name == "float32" || name == "float64"))
    }

    @Test(arguments: ["int8", "int16", "int32", "int64"]) func integersKeepTheirValues(name: String) throws {
        let dataset = try Self.load(name)
        #expect(dataset.features.elementType == (["int8", "int16"].contains(name) ? .float32 : .float64))
        for row in 0..<6 { #expect(dataset.row(row) == (0..<4).map { Double(4 * row + $0 - 12) }) }
        #expect(Self.ids(dataset)[5] == "train/5")
    }

    /// Half precision of NumPy is converted by the same rule.
    @Test func arraysAreConvertedAlike() throws {
        let labels = Build.npy("|u1", "(6,)", [0, 1, 2, 0, 1, 2])
        let half = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixture.numpy("float16.npy"))))
        let dataset = try DataNPYTests.dataset(features: half, labels: labels)
        #expect(dataset.features.elementType == .float32)
        for row in 0..<6 { #expect(dataset.row(row) == (0..<4).map { Double(4 * row + $0) / 4 }) }
        let infinite = Build.npy("<f2", "(2, 1)", Build.bytes([Float16(1), .infinity]))
        expectFailure(.badData, "example train/1 has the value inf at element 0") {
            try DataNPYTests.dataset(features: infinite, labels: Build.npy("|u1", "(2,)", [0, 1]))
        }
    }

    @Test func imagesOfTwoPartitions() throws {
        let dataset = try Self.load("images")
        #expect(dataset.partitionCounts == [6, 0, 2])
        #expect(dataset.features.shape.text == "2x2x3" && dataset.features.layout == .channelsFirst)
        #expect(dataset.features.elementType == .uint8)
        #expect(dataset.row(1) == (12..<24).map { Double($0) } && dataset.row(7) == (112..<124).map { Double($0) })
    }

    @Test func aTableBesideIt() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path(of: "f.safetensors")
        try FileManager.default.copyItem(atPath: Fixture.safetensors("bfloat16.safetensors"), toPath: path)
        try directory.write(
            "metadata.csv",
            "id,label,split,place\n60,b,test,x\n50,a,0,y\n40,b,0,x\n30,a,0,y\n20,b,0,x\n10,a,0,y\n70,a,0,y\n")
        let dataset = try DatasetLoader.load(path: path)
        #expect(Self.ids(dataset) == ["10", "20", "30", "40", "50", "60"])
        #expect(dataset.labels == [0, 1, 0, 1, 0, 1] && dataset.partitionCounts == [5, 0, 1])
        #expect(dataset.groups.map(\.name) == ["place"])
        // The features alone, with the table for labels, by order.
        let other = try TemporaryDirectory()
        let alone = try other.write(
            "x.safetensors",
            SafetensorsFixtures.file(name: "x", type: "F32", shape: "[3,1]", data: Build.bytes([Float(1), 2, 3])))
        expectFailure(.missingInput, "there are no labels for x") { try DatasetLoader.load(path: alone) }
        let table = try directory.write("names.csv", "id,label\nu,1\nv,0\nw,1\n")
        var options = DatasetOptions()
        options.metadataPath = table
        let joined = try DatasetLoader.load(path: alone, options: options)
        #expect(Self.ids(joined) == ["u", "v", "w"] && joined.labels == [1, 0, 1])
        // A directory is told to name the file.
        expectFailure(.missingInput, "name the file") { try DatasetLoader.load(path: other.path) }
    }

    /// What is found without the ending, and what is refused with it.
    @Test func filesAreToldByTheirStart() throws {
        let directory = try TemporaryDirectory()
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: Fixture.safetensors("float32.safetensors"))))
        #expect(try DatasetLoader.load(path: directory.write("a.bin", bytes)).format == .safetensors)
        for (content, message) in [
            (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "pointer of Git LFS, not the features"),
            ([0x80, 0x02] + [UInt8](repeating: 0, count: 20), "this is a Python pickle"),
            (Array(bytes.dropLast()), "the file was cut short"), (bytes + [0], "1 bytes follow the last tensor"),
            (Array(bytes.prefix(40)), "is longer than the file"),
            (Array("x,label\n1,2\n3,4\n".utf8), "not a safetensors file"),
        ] {
            let path = try directory.write("b.safetensors", content)
            expectFailure(.badData, message) { try DatasetLoader.load(path: path) }
        }
    }

    @Test(arguments: [
        ("weight", "F32", "[3,1]", 12, "no features are among the file's tensors (weight)"),
        ("x", "F8_E4M3", "[3,1]", 3, "tensors of type F8_E4M3 are not read"),
        ("x", "C64", "[3,1]", 24, "tensors of type C64 are not read"),
        ("x", "F32", "[3]", 12, "features of shape (3,) are not examples by numbers"),
        ("x", "F32", "[0,3]", 0, "the array is empty"), ("x", "F32", "[999999999999,0]", 0, "the array is empty"),
        ("x", "F99", "[3,1]", 12, "unknown type 'F99'"),
    ])
    func whatIsNoDataIsRefused(name: String, type: String, shape: String, size: Int, message: String) {
        let bytes = SafetensorsFixtures.file(
            name: name, type: type, shape: shape, data: [UInt8](repeating: 0, count: size))
        expectFailure(.badData, message) { try Self.dataset(bytes) }
    }

    static func dataset(_ bytes: [UInt8]) throws -> Dataset {
        try NPYReader.dataset(
            fromSafetensors: InputBytes(bytes, path: "memory.safetensors"), classNames: nil, options: DatasetOptions())
    }
}
