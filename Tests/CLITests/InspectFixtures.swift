import Foundation

/// Small datasets in each format, written byte by byte, so that the tests do not lean on the code they test.
enum InspectFixture {
    /// An IDX file of unsigned bytes.
    static func idx(_ extents: [Int], _ content: [UInt8]) -> Data {
        var bytes: [UInt8] = [0, 0, 8, UInt8(extents.count)]
        for extent in extents {
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: extent >> shift)) }
        }
        return Data(bytes + content)
    }

    /// A NumPy array.
    static func npy(_ type: String, _ shape: String, _ content: [UInt8]) -> Data {
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        let count = header.utf8.count
        let version: [UInt8] = [1, 0, UInt8(count & 255), UInt8(count >> 8)]
        return Data([0x93] + Array("NUMPY".utf8) + version + header.utf8 + content)
    }

    /// Whole numbers as little-endian 64-bit integers.
    static func integers(_ numbers: [Int]) -> [UInt8] {
        numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    }

    /// Numbers as little-endian single precision.
    static func floats(_ numbers: [Float]) -> [UInt8] {
        numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt32($0))) } }
    }

    /// A directory of IDX files: four training images of 2x2, two test images of which the first is training's second.
    static func writeIDX(to directory: URL) throws {
        let train: [UInt8] = [0, 0, 0, 255, 10, 20, 30, 40, 10, 20, 30, 40, 1, 2, 3, 4]
        let test: [UInt8] = [10, 20, 30, 40, 9, 9, 9, 9]
        try idx([4, 2, 2], train).write(to: directory.appendingPathComponent("train-images-idx3-ubyte"))
        try idx([4], [0, 1, 2, 0]).write(to: directory.appendingPathComponent("train-labels-idx1-ubyte"))
        try idx([2, 2, 2], test).write(to: directory.appendingPathComponent("t10k-images-idx3-ubyte"))
        try idx([2], [0, 2]).write(to: directory.appendingPathComponent("t10k-labels-idx1-ubyte"))
        try Data("shirt\nshoe\nbag\n".utf8).write(to: directory.appendingPathComponent("class_names.txt"))
    }

    /// A directory of CIFAR-10 binaries with as many records as there are labels.
    static func writeCIFAR(to directory: URL, labels: [UInt8], fill: (Int) -> UInt8 = { UInt8($0) }) throws {
        let records = labels.indices.flatMap { index in
            [labels[index]] + [UInt8](repeating: fill(index), count: 3072)
        }
        try Data(records).write(to: directory.appendingPathComponent("data_batch_1.bin"))
    }

    /// A directory of features.npy and labels.npy.
    static func writeNPY(to directory: URL, features: [Float], width: Int, labels: [Int]) throws {
        let shape = "\(features.count / width), \(width)"
        try npy("<f4", shape, floats(features)).write(to: directory.appendingPathComponent("features.npy"))
        try npy("<i8", "\(labels.count),", integers(labels)).write(to: directory.appendingPathComponent("labels.npy"))
    }

    /// The shipped digits.
    static var digits: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("data/digits.csv.gz").path
    }

    /// The fixtures that NumPy itself wrote.
    static func numpy(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/data-numpy/\(name)").path
    }
}
