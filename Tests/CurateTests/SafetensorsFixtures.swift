import Curate
import Models

/// Safetensors files made by hand.
enum SafetensorsFixtures {
    /// A file with this header and this data.
    static func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
        littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }

    /// A file of one tensor.
    static func file(
        name: String = "w", type: String, shape: String, data: [UInt8]
    ) -> [UInt8] {
        file(
            "{\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":[0,\(data.count)]}}", data: data)
    }

    static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    static func bytes<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

    static func read(_ bytes: [UInt8]) throws -> SafetensorsReader {
        try SafetensorsReader(parsing: InputBytes(bytes, path: "model.safetensors"))
    }

    /// The error that reading gives, which must have a place and a remedy.
    static func refusal(_ bytes: [UInt8]) -> CurateError? { ScoringFixtures.failure { _ = try read(bytes) } }

    /// Two tensors, of which one is empty, a counter, and metadata.
    static var small: [UInt8] {
        file(
            #"{"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]},"#
                + #""a.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
                + #""none":{"dtype":"F16","shape":[0,3],"data_offsets":[24,24]},"#
                + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[24,28]}}  "#,
            data: littleEndian(Int64(7)) + bytes([Float(1), -2, 0.5, 3]) + bytes([UInt16(0x3F80), 0xC000]))
    }

    /// The network whose weights `resnet8.safetensors` holds.
    static func network(_ name: String = "resnet8") -> Network {
        Network(
            NetworkSpecification(name) ?? .linear, input: InputShape(height: 28, width: 28, channels: 1),
            classCount: 10, pool: WorkerPool(threadCount: 1))
    }
}
