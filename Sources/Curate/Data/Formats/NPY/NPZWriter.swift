/// Writes NumPy archives: stored (not compressed) ZIP files of arrays, each aligned to 64 bytes for mapping.
package final class NPZWriter {
    private struct Entry {
        let name: [UInt8]
        let checksum: UInt32
        let byteCount: UInt64
        let offset: UInt64
    }

    private let file: AtomicFile
    private var entries: [Entry] = []
    private var position: UInt64 = 0

    /// Starts an archive, which appears under its name at `finish()`.
    ///
    /// - Parameters:
    ///   - path: the file to make.
    ///   - replacing: whether a file of that name may be replaced.
    package init(path: String, replacing: Bool = false) throws {
        file = try AtomicFile(path: path, replacing: replacing)
    }

    /// Starts an archive in a file that somebody else commits after `writeDirectory()`.
    package init(_ file: AtomicFile) { self.file = file }

    /// Adds one array under a key.
    ///
    /// - Parameters:
    ///   - name: the key `numpy.load` will show.
    ///   - values: the elements in C order.
    ///   - shape: the extents, slowest first.
    /// - Precondition: the key is new and the product of the extents is the number of values.
    package func add<Element: NPYElement>(_ name: String, _ values: [Element], shape: [Int]) throws {
        let header = NPYWriter.header(Element.self, shape: shape, count: values.count)
        try values.withUnsafeBytes { try add(name, header: header, bytes: $0) }
    }

    /// Adds one array whose elements are bytes already, for types that Swift has no number for.
    ///
    /// - Parameters:
    ///   - name: the key `numpy.load` will show.
    ///   - bytes: the elements in C order.
    ///   - typeDescriptor: NumPy's name of the type.
    ///   - shape: the extents, slowest first.
    package func add(_ name: String, bytes: [UInt8], typeDescriptor: String, shape: [Int]) throws {
        let header = NPYWriter.header(typeDescriptor: typeDescriptor, shape: shape)
        try bytes.withUnsafeBytes { try add(name, header: header, bytes: $0) }
    }

    /// Adds one array whose bytes come in pieces, so that it need not be in memory.
    ///
    /// - Parameters:
    ///   - name: the key `numpy.load` will show.
    ///   - typeDescriptor: NumPy's name of the type.
    ///   - shape: the extents, slowest first.
    ///   - pieces: hands all bytes in C order to the function it is given; called twice, because an archive has the
    ///     checksum of a member before the member.
    package func add(
        _ name: String, typeDescriptor: String, shape: [Int],
        pieces: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let header = NPYWriter.header(typeDescriptor: typeDescriptor, shape: shape)
        var checksum = header.withUnsafeBytes { ZIPFormat.checksum($0) }
        var byteCount = UInt64(header.count)
        try pieces { piece in
            checksum = ZIPFormat.checksum(piece, after: checksum)
            byteCount += UInt64(piece.count)
        }
        try begin(name, checksum: checksum, byteCount: byteCount)
        try write(header)
        try pieces { piece in
            try file.write(piece)
            position += UInt64(piece.count)
        }
    }

    private func add(_ name: String, header: [UInt8], bytes: UnsafeRawBufferPointer) throws {
        let checksum = header.withUnsafeBytes { ZIPFormat.checksum(bytes, after: ZIPFormat.checksum($0)) }
        try begin(name, checksum: checksum, byteCount: UInt64(header.count) + UInt64(bytes.count))
        try write(header)
        try file.write(bytes)
        position += UInt64(bytes.count)
    }

    /// Writes what comes before a member.
    private func begin(_ name: String, checksum: UInt32, byteCount: UInt64) throws {
        let fileName = Array((name + ".npy").utf8)
        precondition(!entries.contains { $0.name == fileName }, "two arrays named \(name)")
        let entry = Entry(name: fileName, checksum: checksum, byteCount: byteCount, offset: position)
        try write(localHeader(entry))
        entries.append(entry)
    }

    /// Writes the directory and makes the archive appear.
    package func finish() throws {
        try writeDirectory()
        try file.commit()
    }

    /// Writes the directory, after which the archive is whole.
    package func writeDirectory() throws {
        let directoryOffset = position
        for entry in entries { try write(centralHeader(entry)) }
        try write(endOfDirectory(offset: directoryOffset, size: position - directoryOffset))
    }

    private func write(_ bytes: [UInt8]) throws {
        try file.write(bytes)
        position += UInt64(bytes.count)
    }

    private func localHeader(_ entry: Entry) -> [UInt8] {
        let isLarge = entry.byteCount >= ZIPFormat.large
        var extra: [UInt8] = []
        if isLarge { extra = ZIPFormat.zip64Extra([entry.byteCount, entry.byteCount]) }
        // A padding field puts the array at a multiple of 64; NumPy and unzip skip fields they do not know.
        let unpadded = Int(entry.offset % 64) + 30 + entry.name.count + extra.count + 4
        let padding = (64 - unpadded % 64) % 64
        extra.append(littleEndian: ZIPFormat.paddingTag)
        extra.append(littleEndian: UInt16(padding))
        extra += [UInt8](repeating: 0, count: padding)
        var bytes: [UInt8] = []
        bytes.append(littleEndian: ZIPFormat.localSignature)
        appendCommonFields(entry, isLarge: isLarge, extraCount: extra.count, to: &bytes)
        return bytes + entry.name + extra
    }

    private func centralHeader(_ entry: Entry) -> [UInt8] {
        let isLarge = entry.byteCount >= ZIPFormat.large
        let isFar = entry.offset >= ZIPFormat.large
        var large = isLarge ? [entry.byteCount, entry.byteCount] : []
        if isFar { large.append(entry.offset) }
        let extra = large.isEmpty ? [] : ZIPFormat.zip64Extra(large)
        var bytes: [UInt8] = []
        bytes.append(littleEndian: ZIPFormat.centralSignature)
        bytes.append(littleEndian: ZIPFormat.version)
        appendCommonFields(entry, isLarge: isLarge, extraCount: extra.count, to: &bytes)
        // No comment, first disk, no attributes.
        bytes += [UInt8](repeating: 0, count: 10)
        bytes.append(littleEndian: isFar ? UInt32.max : UInt32(entry.offset))
        return bytes + entry.name + extra
    }

    /// What the local and the central header have in common.
    private func appendCommonFields(_ entry: Entry, isLarge: Bool, extraCount: Int, to bytes: inout [UInt8]) {
        bytes.append(littleEndian: ZIPFormat.version)
        // The flag says that names are UTF-8; method 0 is stored; the time is the format's own zero, 1980-01-01.
        bytes.append(littleEndian: UInt16(0x0800))
        bytes.append(littleEndian: UInt16(0))
        bytes.append(littleEndian: UInt16(0))
        bytes.append(littleEndian: UInt16(0x0021))
        bytes.append(littleEndian: entry.checksum)
        let size = isLarge ? UInt32.max : UInt32(entry.byteCount)
        bytes.append(littleEndian: size)
        bytes.append(littleEndian: size)
        bytes.append(littleEndian: UInt16(entry.name.count))
        bytes.append(littleEndian: UInt16(extraCount))
    }

    private func endOfDirectory(offset: UInt64, size: UInt64) -> [UInt8] {
        let count = UInt64(entries.count)
        var bytes: [UInt8] = []
        if offset >= ZIPFormat.large || size >= ZIPFormat.large || count >= 0xffff {
            bytes.append(littleEndian: ZIPFormat.zip64EndSignature)
            bytes.append(littleEndian: UInt64(44))
            bytes.append(littleEndian: ZIPFormat.version)
            bytes.append(littleEndian: ZIPFormat.version)
            bytes += [UInt8](repeating: 0, count: 8)
            for number in [count, count, size, offset] { bytes.append(littleEndian: number) }
            bytes.append(littleEndian: ZIPFormat.zip64LocatorSignature)
            bytes.append(littleEndian: UInt32(0))
            bytes.append(littleEndian: offset + size)
            bytes.append(littleEndian: UInt32(1))
        }
        bytes.append(littleEndian: ZIPFormat.endSignature)
        bytes += [0, 0, 0, 0]
        for _ in 0..<2 { bytes.append(littleEndian: UInt16(min(count, 0xffff))) }
        bytes.append(littleEndian: UInt32(min(size, UInt64(UInt32.max))))
        bytes.append(littleEndian: UInt32(min(offset, UInt64(UInt32.max))))
        bytes += [0, 0]
        return bytes
    }
}
