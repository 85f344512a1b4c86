/// The directory of a ZIP archive in memory, and its members' bytes: stored or deflated, with 64-bit sizes.
package struct ZIPArchive {
    /// One file inside the archive, as the central directory describes it.
    package struct Member {
        /// The name, directories included.
        package let name: String
        fileprivate let isDeflated: Bool
        fileprivate let checksum: UInt32
        fileprivate let compressedCount: Int
        fileprivate let byteCount: Int
        fileprivate let headerOffset: Int
    }

    /// The members in directory order.
    package let members: [Member]

    private let input: InputBytes
    private static let remedy = "the archive is damaged or was cut short; write it again with numpy.savez"

    /// Whether the bytes start like an archive.
    package static func recognises(_ input: InputBytes) -> Bool {
        input.hasPrefix([0x50, 0x4b, 3, 4]) || input.hasPrefix([0x50, 0x4b, 5, 6])
    }

    /// Reads the central directory.
    package init(parsing input: InputBytes) throws {
        guard Self.recognises(input) else {
            throw input.badData(
                "this is not an NPZ (ZIP) archive", byte: 0, remedy: "write it with numpy.savez")
        }
        self.input = input
        let directory = try Self.directory(of: input)
        var members: [Member] = []
        var offset = directory.offset
        for _ in 0..<directory.count {
            let (member, next) = try Self.member(at: offset, end: directory.end, in: input)
            if let member { members.append(member) }
            offset = next
        }
        self.members = members
    }

    /// The content of a member, checked against its size and checksum; stored members are not copied.
    package func content(of member: Member) throws -> InputBytes {
        let path = "\(input.path)[\(member.name)]"
        let header = member.headerOffset
        guard input.littleEndian(UInt32.self, at: header) == ZIPFormat.localSignature,
            let nameCount = input.littleEndian(UInt16.self, at: header + 26),
            let extraCount = input.littleEndian(UInt16.self, at: header + 28)
        else {
            throw input.badData("member \(member.name) is not where it should be", byte: header, remedy: Self.remedy)
        }
        let start = header + 30 + Int(nameCount) + Int(extraCount)
        guard start <= input.count && member.compressedCount <= input.count - start else {
            throw input.badData("member \(member.name) is cut short", byte: start, remedy: Self.remedy)
        }
        var content = input.slice(start..<(start + member.compressedCount), path: path)
        if member.isDeflated {
            content = try Gzip.inflate(content, format: .raw, byteCount: member.byteCount)
        }
        guard checksum(of: content) == member.checksum else {
            throw CurateError(.badData, "the checksum does not match", at: path, remedy: Self.remedy)
        }
        return content
    }

    /// The checksum, block by block, so that a mapped archive does not stay in memory.
    private func checksum(of content: InputBytes) -> UInt32 {
        var checksum: UInt32 = 0
        var start = 0
        while start < content.count {
            let end = min(start + FeatureMatrix.blockByteCount, content.count)
            let block = UnsafeRawBufferPointer(rebasing: content.bytes[start..<end])
            checksum = ZIPFormat.checksum(block, after: checksum)
            (content.owner as? MappedFile)?.release(block)
            start = end
        }
        return checksum
    }

    private static func directory(of input: InputBytes) throws -> (offset: Int, count: Int, end: Int) {
        guard let end = endOffset(of: input),
            let count = input.littleEndian(UInt16.self, at: end + 10),
            let size = input.littleEndian(UInt32.self, at: end + 12),
            let offset = input.littleEndian(UInt32.self, at: end + 16)
        else { throw input.badData("the archive's directory is missing at its end", remedy: remedy) }
        var fields = (offset: UInt64(offset), count: UInt64(count), size: UInt64(size))
        if count == .max || size == .max || offset == .max, let large = largeDirectory(before: end, in: input) {
            fields = large
        }
        // Each entry has at least 46 bytes, so a directory that fits bounds the count as well.
        guard fields.offset <= end, fields.size <= UInt64(end) - fields.offset, fields.count <= fields.size / 46 else {
            throw input.badData("the archive's directory does not fit it", byte: end, remedy: remedy)
        }
        return (Int(fields.offset), Int(fields.count), Int(fields.offset + fields.size))
    }

    /// The end record is the last thing but for a comment of at most 65,535 bytes.
    private static func endOffset(of input: InputBytes) -> Int? {
        var offset = input.count - 22
        let lowest = max(0, offset - 0xffff)
        while offset >= lowest {
            if input.littleEndian(UInt32.self, at: offset) == ZIPFormat.endSignature,
                let commentCount = input.littleEndian(UInt16.self, at: offset + 20),
                offset + 22 + Int(commentCount) == input.count
            {
                return offset
            }
            offset -= 1
        }
        return nil
    }

    private static func largeDirectory(
        before end: Int, in input: InputBytes
    ) -> (offset: UInt64, count: UInt64, size: UInt64)? {
        guard input.littleEndian(UInt32.self, at: end - 20) == ZIPFormat.zip64LocatorSignature,
            let place = input.littleEndian(UInt64.self, at: end - 12), let record = Int(exactly: place),
            record <= input.count - 56,
            input.littleEndian(UInt32.self, at: record) == ZIPFormat.zip64EndSignature,
            let count = input.littleEndian(UInt64.self, at: record + 32),
            let size = input.littleEndian(UInt64.self, at: record + 40),
            let offset = input.littleEndian(UInt64.self, at: record + 48)
        else { return nil }
        return (offset, count, size)
    }

    /// One entry of the directory, or nothing for a folder; and where the next one starts.
    private static func member(at offset: Int, end: Int, in input: InputBytes) throws -> (member: Member?, next: Int) {
        let broken = input.badData("an entry of the archive's directory is damaged", byte: offset, remedy: remedy)
        guard offset <= end - 46,
            input.littleEndian(UInt32.self, at: offset) == ZIPFormat.centralSignature,
            let flags = input.littleEndian(UInt16.self, at: offset + 8),
            let method = input.littleEndian(UInt16.self, at: offset + 10),
            let checksum = input.littleEndian(UInt32.self, at: offset + 16),
            let compressedCount = input.littleEndian(UInt32.self, at: offset + 20),
            let byteCount = input.littleEndian(UInt32.self, at: offset + 24),
            let nameCount = input.littleEndian(UInt16.self, at: offset + 28),
            let extraCount = input.littleEndian(UInt16.self, at: offset + 30),
            let commentCount = input.littleEndian(UInt16.self, at: offset + 32),
            let headerOffset = input.littleEndian(UInt32.self, at: offset + 42)
        else { throw broken }
        let extraStart = offset + 46 + Int(nameCount)
        let next = extraStart + Int(extraCount) + Int(commentCount)
        guard next <= end else { throw broken }
        let name = String(decoding: input.bytes[(offset + 46)..<extraStart], as: UTF8.self)
        if name.hasSuffix("/") { return (nil, next) }
        guard flags & 1 == 0 else {
            throw input.badData("member \(name) is encrypted", byte: offset, remedy: "save it without a password")
        }
        guard method == 0 || method == 8 else {
            throw input.badData(
                "member \(name) uses compression method \(method)", byte: offset,
                remedy: "write it with numpy.savez or numpy.savez_compressed")
        }
        var sizes = [UInt64(byteCount), UInt64(compressedCount), UInt64(headerOffset)]
        if sizes.contains(UInt64(UInt32.max)) {
            let extra = input.slice(extraStart..<(extraStart + Int(extraCount)))
            guard widen(&sizes, from: extra) else { throw broken }
        }
        guard let large = Int(exactly: sizes[0]), let compressed = Int(exactly: sizes[1]),
            let place = Int(exactly: sizes[2]), compressed <= input.count, place <= input.count - 30,
            method == 8 || large == compressed
        else { throw broken }
        let member = Member(
            name: name, isDeflated: method == 8, checksum: checksum, compressedCount: compressed, byteCount: large,
            headerOffset: place)
        return (member, next)
    }

    /// Replaces the sizes that did not fit 32 bits by those of the 64-bit field, in its order.
    private static func widen(_ sizes: inout [UInt64], from extra: InputBytes) -> Bool {
        var offset = 0
        while let tag = extra.littleEndian(UInt16.self, at: offset),
            let count = extra.littleEndian(UInt16.self, at: offset + 2)
        {
            if tag == ZIPFormat.zip64Tag {
                var position = offset + 4
                for index in sizes.indices where sizes[index] == UInt64(UInt32.max) {
                    guard position + 8 <= offset + 4 + Int(count),
                        let size = extra.littleEndian(UInt64.self, at: position)
                    else { return false }
                    sizes[index] = size
                    position += 8
                }
                return true
            }
            offset += 4 + Int(count)
        }
        return false
    }
}
