import CZlib

/// The numbers of the ZIP format (PKWARE's APPNOTE 6.3) that reading and writing share.
enum ZIPFormat {
    static let localSignature: UInt32 = 0x0403_4b50
    static let centralSignature: UInt32 = 0x0201_4b50
    static let endSignature: UInt32 = 0x0605_4b50
    static let zip64EndSignature: UInt32 = 0x0606_4b50
    static let zip64LocatorSignature: UInt32 = 0x0706_4b50
    static let zip64Tag: UInt16 = 0x0001
    /// A tag nobody has registered, for padding.
    static let paddingTag: UInt16 = 0x7061
    /// 4.5, the first version with 64-bit sizes.
    static let version: UInt16 = 45
    /// Sizes and offsets from here on need 64 bits.
    static let large = UInt64(UInt32.max)

    /// CRC-32 of some bytes, going on from that of the bytes before them.
    static func checksum(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
        // zlib takes a missing pointer as a request for the first value, so nothing must not reach it.
        guard let base = bytes.baseAddress, bytes.count > 0 else { return previous }
        let checksum = crc32_z(uLong(previous), base.assumingMemoryBound(to: Bytef.self), bytes.count)
        return UInt32(truncatingIfNeeded: checksum)
    }

    static func zip64Extra(_ numbers: [UInt64]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: zip64Tag)
        bytes.append(littleEndian: UInt16(numbers.count * 8))
        for number in numbers { bytes.append(littleEndian: number) }
        return bytes
    }
}

extension [UInt8] {
    /// Adds a number, least significant byte first.
    mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
