import CZlib
import Curate
import Foundation
import Testing

/// A directory of its own for one test, removed with the value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("curate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(of: name)))
        return path(of: name)
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(of: name)))) }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// Fixtures that come with the project.
enum Fixture {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func numpy(_ name: String) -> String { "\(root)/Tests/Fixtures/data-numpy/\(name)" }

    static func safetensors(_ name: String) -> String { "\(root)/Tests/Fixtures/data-safetensors/\(name)" }
}

/// Files of every format, made by hand.
enum Build {
    static func idx(_ extents: [Int], _ content: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(extents.count)] + extents.flatMap { bigEndian(UInt32($0)) } + content
    }

    static func bigEndian(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 15 + 16) }

    /// zlib's deflate with the wrapper that `windowBits` asks for.
    static func deflate(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        let started = deflateInit2_(
            &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        precondition(started == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count))) + 64)
        let capacity = output.count
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = uInt(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = uInt(capacity)
                let status = CZlib.deflate(&stream, Z_FINISH)
                precondition(status == Z_STREAM_END)
                return capacity - Int(stream.avail_out)
            }
        }
        return Array(output.prefix(written))
    }

    static func npy(_ description: String, _ shape: String, _ content: [UInt8], fortran: Bool = false) -> [UInt8] {
        let order = fortran ? "True" : "False"
        let text = "{'descr': '\(description)', 'fortran_order': \(order), 'shape': \(shape), }\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8) + content
    }

    static func bytes<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

    /// A ZIP archive without 64-bit fields.
    static func zip(_ members: [(name: String, content: [UInt8])], deflated: Bool) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, content) in members {
            let stored = deflated ? deflate(content, windowBits: -15) : content
            let checksum = content.withUnsafeBufferPointer { UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
            let common: [UInt8] =
                bytes([UInt16(20), 0, deflated ? 8 : 0, 0, 0x21])
                + bytes([checksum, UInt32(stored.count), UInt32(content.count)])
                + bytes([UInt16(name.utf8.count), 0])
            directory += bytes([UInt32(0x0201_4b50)]) + bytes([UInt16(20)]) + common
            directory += [UInt8](repeating: 0, count: 10) + bytes([UInt32(archive.count)]) + Array(name.utf8)
            archive += bytes([UInt32(0x0403_4b50)]) + common + Array(name.utf8) + stored
        }
        let end =
            bytes([UInt32(0x0605_4b50)]) + [0, 0, 0, 0] + bytes([UInt16(members.count), UInt16(members.count)])
            + bytes([UInt32(directory.count), UInt32(archive.count)]) + [0, 0]
        return archive + directory + end
    }

    /// A CIFAR record: label bytes, then pixels that all have one value.
    static func cifar(_ labels: [UInt8], pixel: UInt8) -> [UInt8] {
        labels + [UInt8](repeating: pixel, count: 3072)
    }
}

/// Runs something that must fail with a clear `CurateError`: of this kind, saying this, with a place and a remedy.
func expectFailure<Result>(
    _ kind: CurateError.Kind, _ text: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Result
) {
    do {
        _ = try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as CurateError {
        #expect(error.kind == kind, sourceLocation: sourceLocation)
        #expect(error.description.contains(text), "\(error)", sourceLocation: sourceLocation)
        #expect(error.location?.isEmpty == false, "\(error)", sourceLocation: sourceLocation)
        #expect(error.remedy?.isEmpty == false, "\(error)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

extension InputBytes {
    /// A copy of the bytes, made while their owner is alive.
    var array: [UInt8] { Array(bytes) }
}

extension Dataset {
    /// The numbers of one row, whatever their type.
    func row(_ index: Int) -> [Double] {
        let base = features.row(index)
        return (0..<features.shape.elementCount).map { element in
            switch features.elementType {
            case .uint8: Double(base.load(fromByteOffset: element, as: UInt8.self))
            case .float32: Double(base.loadUnaligned(fromByteOffset: element * 4, as: Float.self))
            case .float64: base.loadUnaligned(fromByteOffset: element * 8, as: Double.self)
            }
        }
    }

    var partitionCounts: [Int] { Partition.allCases.map { indices(of: $0).count } }
}
