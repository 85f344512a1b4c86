/// A 64-bit checksum over fields in order: the first eight bytes of a SHA-256.
///
/// Each field is preceded by its length or has a fixed one, so no two lists of fields give the same bytes. It finds
/// damage; it does not defend against someone who forges a store.
struct Checksum {
    private let hash = SHA256()
    private var buffer: [UInt8] = []

    mutating func add(_ text: String) {
        add(text.utf8.count)
        buffer += text.utf8
    }

    mutating func add(_ number: Int) {
        withUnsafeBytes(of: Int64(number).littleEndian) { buffer += $0 }
        // Many small updates of a digest cost more than the digest.
        if buffer.count >= 1 << 16 { flush() }
    }

    /// Adds a number as SQLite gives it back: every NaN alike, and zero without a sign.
    mutating func add(_ number: Double) {
        let bits = number.isNaN ? Double.nan.bitPattern : (number + 0).bitPattern
        add(Int(truncatingIfNeeded: bits))
    }

    /// Ends the checksum, which must not be added to afterwards.
    mutating func finish() -> Int {
        flush()
        let value = hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(truncatingIfNeeded: value)
    }

    /// The checksum of one run of bytes.
    static func of(_ bytes: UnsafeRawBufferPointer) -> Int {
        var checksum = Checksum()
        checksum.hash.update(bytes)
        return checksum.finish()
    }

    private mutating func flush() {
        buffer.withUnsafeBytes { hash.update($0) }
        buffer.removeAll(keepingCapacity: true)
    }
}
