import Glibc

/// Bytes to parse, whatever keeps them alive, and the path an error should name.
///
/// Every reader parses from this type, so the same code reads a mapped file, an inflated one and a test's array.
package struct InputBytes {
    /// The content.
    package let bytes: UnsafeRawBufferPointer
    /// Keeps `bytes` valid: a mapped file or an owned buffer.
    package let owner: AnyObject
    /// The file, as the user would name it.
    package let path: String

    /// Describes memory that `owner` keeps alive.
    package init(bytes: UnsafeRawBufferPointer, owner: AnyObject, path: String) {
        self.bytes = bytes
        self.owner = owner
        self.path = path
    }

    /// Copies an array into memory of exactly its size.
    package init(_ array: [UInt8], path: String) {
        guard let buffer = OwnedBuffer(byteCount: array.count) else { preconditionFailure("out of memory") }
        buffer.bytes.copyBytes(from: array)
        self.init(bytes: UnsafeRawBufferPointer(buffer.bytes), owner: buffer, path: path)
    }

    /// Maps a file.
    package init(contentsOf path: String) throws {
        let file = try MappedFile(path: path)
        self.init(bytes: file.bytes, owner: file, path: path)
    }

    /// The number of bytes.
    package var count: Int { bytes.count }

    /// A part of the bytes under the same owner.
    ///
    /// - Precondition: the range lies within the bytes.
    package func slice(_ range: Range<Int>, path: String? = nil) -> InputBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "slice beyond the input")
        let part = UnsafeRawBufferPointer(rebasing: bytes[range])
        return InputBytes(bytes: part, owner: owner, path: path ?? self.path)
    }

    /// Whether the bytes start with these.
    package func hasPrefix(_ prefix: [UInt8]) -> Bool {
        count >= prefix.count && prefix.indices.allSatisfy { bytes[$0] == prefix[$0] }
    }

    /// A big-endian 32-bit number, or nothing beyond the end.
    package func bigEndian32(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= count - 4 else { return nil }
        return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// A little-endian number, or nothing beyond the end.
    package func littleEndian<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, at offset: Int
    ) -> Number? {
        let size = MemoryLayout<Number>.size
        guard offset >= 0, count >= size, offset <= count - size else { return nil }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    /// An error about the content, at a byte of it when one can be named.
    package func badData(_ message: String, byte: Int? = nil, remedy: String? = nil) -> CurateError {
        let location = byte.map { "\(path), byte \($0)" } ?? path
        return CurateError(.badData, message, at: location, remedy: remedy ?? "check the file, or fetch it again")
    }
}

/// Uninitialised memory, aligned for vectors and freed with its last reference.
package final class OwnedBuffer: @unchecked Sendable {
    // Unchecked because of the raw pointer: whoever makes the buffer fills it before sharing it.

    /// The memory.
    package let bytes: UnsafeMutableRawBufferPointer

    /// Allocates, or returns nothing when there is not that much memory.
    package init?(byteCount: Int) {
        var memory: UnsafeMutableRawPointer?
        guard byteCount >= 0, posix_memalign(&memory, 64, max(byteCount, 1)) == 0, let memory else { return nil }
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    }

    deinit { free(bytes.baseAddress) }
}
