import CZlib

/// Inflation of gzip files and of the raw deflate streams inside ZIP archives, by the system's zlib.
package enum Gzip {
    /// Deflate cannot expand further than this, so a larger declared size is a lie that needs no memory to refute.
    package static let largestExpansion = 1032

    /// Whether the bytes start like a gzip file.
    package static func recognises(_ input: InputBytes) -> Bool { input.hasPrefix([0x1f, 0x8b]) }

    /// The first bytes of the content, at most `count`, to find out what is inside and how large it says it is.
    package static func prefix(of input: InputBytes, count: Int) throws -> [UInt8] {
        var start = [UInt8](repeating: 0, count: count)
        var written = 0
        try start.withUnsafeMutableBytes { output in
            let stream = try Inflation(input, format: .gzip)
            _ = try stream.inflate(into: output, written: &written)
        }
        return Array(start.prefix(written))
    }

    /// Inflates content whose size is known, for instance from its own header.
    ///
    /// Fewer bytes, more bytes, a wrong checksum and anything after the end are errors.
    package static func inflate(_ input: InputBytes, format: Format = .gzip, byteCount: Int) throws -> InputBytes {
        guard byteCount / largestExpansion <= input.count else {
            throw input.badData(
                "\(byteCount) bytes are declared, more than \(input.count) compressed bytes can hold",
                remedy: Self.remedy)
        }
        let buffer = try allocate(byteCount, for: input)
        let stream = try Inflation(input, format: format)
        var written = 0
        var ended = try stream.inflate(into: buffer.bytes, written: &written)
        if !ended && written == byteCount {
            // The checksum may still be unread, and only then is the stream known to hold no more.
            ended = try stream.endsHere()
            if !ended {
                throw input.badData("more than the declared \(byteCount) bytes are inside", remedy: Self.remedy)
            }
        }
        guard written == byteCount else {
            throw input.badData("\(written) bytes are inside, \(byteCount) are declared", remedy: Self.remedy)
        }
        return InputBytes(bytes: UnsafeRawBufferPointer(buffer.bytes), owner: buffer, path: input.path)
    }

    /// Inflates content of unknown size, refusing more than `limit` bytes.
    package static func inflate(_ input: InputBytes, limit: Int) throws -> InputBytes {
        let stream = try Inflation(input, format: .gzip)
        var capacity = min(limit, max(4096, input.count.multipliedReportingOverflow(by: 4).partialValue))
        var buffer = try allocate(capacity, for: input)
        var written = 0
        while try !stream.inflate(into: buffer.bytes, written: &written) {
            if capacity == limit {
                if try stream.endsHere() { break }
                throw input.badData(
                    "the content is larger than \(limit) bytes", remedy: "decompress the file first; it is then mapped")
            }
            capacity = capacity > limit / 2 ? limit : capacity * 2
            let larger = try allocate(capacity, for: input)
            larger.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[..<written]))
            buffer = larger
        }
        let content = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<written])
        return InputBytes(bytes: content, owner: buffer, path: input.path)
    }

    /// How the deflate stream is wrapped.
    package enum Format {
        /// With gzip's header and checksum.
        case gzip
        /// Bare, as in a ZIP archive, which keeps the checksum elsewhere.
        case raw
    }

    fileprivate static let remedy = "the file is damaged or was cut short; fetch it again"

    private static func allocate(_ byteCount: Int, for input: InputBytes) throws -> OwnedBuffer {
        guard let buffer = OwnedBuffer(byteCount: byteCount) else {
            throw CurateError(
                .workFailed, "there is no memory for \(byteCount) inflated bytes", at: input.path,
                remedy: "decompress the file first; it is then mapped, not read")
        }
        return buffer
    }
}

/// One run of zlib over an input that is in memory as a whole.
private final class Inflation {
    private let input: InputBytes
    private let format: Gzip.Format
    // On the heap, because zlib keeps a pointer back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var consumed = 0

    init(_ input: InputBytes, format: Gzip.Format) throws {
        self.input = input
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window; 16 more asks for gzip, minus for no wrapper at all.
        let windowBits: Int32 = format == .gzip ? 15 + 16 : -15
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            throw CurateError(.internalError, "zlib cannot start", at: input.path)
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Fills the rest of `output`; true when the content ended, false when `output` is full.
    func inflate(into output: UnsafeMutableRawBufferPointer, written: inout Int) throws -> Bool {
        while written < output.count {
            if try step(into: UnsafeMutableRawBufferPointer(rebasing: output[written...]), written: &written) {
                return true
            }
        }
        return false
    }

    /// Whether nothing follows what was inflated so far, once the checksum has been read.
    func endsHere() throws -> Bool {
        var spare: UInt8 = 0
        var written = 0
        return try withUnsafeMutableBytes(of: &spare) { output in
            while written == 0 {
                if try step(into: output, written: &written) { return written == 0 }
            }
            return false
        }
    }

    /// One call of zlib's; true when the last member of the file has ended.
    private func step(into output: UnsafeMutableRawBufferPointer, written: inout Int) throws -> Bool {
        // zlib counts in 32 bits; larger inputs and outputs go in pieces.
        let available = min(input.count - consumed, 1 << 30)
        let room = min(output.count, 1 << 30)
        let source = input.bytes.baseAddress.map { $0 + consumed }
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source?.assumingMemoryBound(to: Bytef.self))
        stream.pointee.avail_in = uInt(available)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
        stream.pointee.avail_out = uInt(room)
        let status = CZlib.inflate(stream, Z_NO_FLUSH)
        let taken = available - Int(stream.pointee.avail_in)
        let made = room - Int(stream.pointee.avail_out)
        consumed += taken
        written += made
        switch status {
        case Z_STREAM_END:
            return try !startsAnotherMember()
        case Z_OK where taken > 0 || made > 0:
            return false
        case Z_OK, Z_BUF_ERROR:
            throw input.badData("the compressed data ends early", byte: consumed, remedy: Gzip.remedy)
        case Z_MEM_ERROR:
            throw CurateError(.workFailed, "zlib has no memory", at: input.path)
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
            throw input.badData("the compressed data is damaged: \(reason)", byte: consumed, remedy: Gzip.remedy)
        }
    }

    /// A gzip file may be several, one after the other; anything else after the end is refused.
    private func startsAnotherMember() throws -> Bool {
        guard consumed < input.count else { return false }
        let next = input.slice(consumed..<input.count)
        guard format == .gzip && Gzip.recognises(next) else {
            throw input.badData(
                "\(next.count) bytes follow the end of the compressed data", byte: consumed, remedy: Gzip.remedy)
        }
        guard inflateReset(stream) == Z_OK else {
            throw CurateError(.internalError, "zlib cannot start again", at: input.path)
        }
        return true
    }
}
