extension InputBytes {
    /// Where the bytes stop being UTF-8, and how long the part before is; nil when all are.
    ///
    /// Whatever is no UTF-8 would be repaired to one and the same sign, and names that differ there would be one.
    private var firstByteThatIsNoText: Int? {
        var position = 0
        while position < count {
            // Eight plain bytes at a time, none of which is zero: files are nearly all that.
            while position + 8 <= count {
                let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let isPlain = word & 0x8080_8080_8080_8080 == 0
                let hasZero = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 != 0
                guard isPlain, !hasZero else { break }
                position += 8
            }
            guard position < count else { return nil }
            let length = lengthOfCharacter(at: position)
            if length == 0 { return position }
            position += length
        }
        return nil
    }

    /// The bytes of the UTF-8 character at a position (Unicode 15, table 3-7); 0 when there is none.
    private func lengthOfCharacter(at position: Int) -> Int {
        let first = bytes[position]
        if first == 0 { return 0 }
        if first < 0x80 { return 1 }
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch first {
            case 0xc2...0xdf: (2, 0x80...0xbf)
            case 0xe0: (3, 0xa0...0xbf)
            case 0xed: (3, 0x80...0x9f)
            case 0xe1...0xef: (3, 0x80...0xbf)
            case 0xf0: (4, 0x90...0xbf)
            case 0xf1...0xf3: (4, 0x80...0xbf)
            case 0xf4: (4, 0x80...0x8f)
            default: (0, 0x80...0xbf)
            }
        guard length > 0, position + length <= count, second.contains(bytes[position + 1]) else { return 0 }
        for offset in 2..<max(2, length) where bytes[position + offset] & 0xc0 != 0x80 { return 0 }
        return length
    }

    /// Refuses text that is not UTF-8, wherever in the file it is.
    ///
    /// - Throws: `CurateError(.badData)` with the line, and with the command that converts the file.
    package func requireUTF8() throws {
        if hasPrefix([0xff, 0xfe]) || hasPrefix([0xfe, 0xff]) {
            throw badData("the table is UTF-16 text", byte: 0, remedy: conversion(from: "UTF-16"))
        }
        guard let position = firstByteThatIsNoText else { return }
        if bytes[position] == 0 {
            // Every other byte of Latin text in UTF-16 is zero.
            let encoding = position % 2 == 0 ? "UTF-16BE" : "UTF-16LE"
            throw badData(
                "the table has a zero byte, so that it is \(encoding) text or none at all", byte: position,
                remedy: conversion(from: encoding))
        }
        let line = bytes[..<position].reduce(into: 1) { $0 += $1 == 0x0a ? 1 : 0 }
        let digits = String(bytes[position], radix: 16, uppercase: true)
        // What Windows has in this range, Latin-1 leaves to control characters.
        let isWindows = bytes.contains { (0x80...0x9f).contains($0) }
        let (name, encoding) = isWindows ? ("Windows-1252", "WINDOWS-1252") : ("Latin-1", "ISO-8859-1")
        throw CurateError(
            .badData, "the byte 0x\(digits) is no UTF-8: the text is in another encoding, probably \(name)",
            at: "\(path):\(line)", remedy: conversion(from: encoding))
    }

    /// The line to type, which makes another file.
    private func conversion(from encoding: String) -> String {
        let name = DirectoryListing.split(path).name
        let isCompressed = name.hasSuffix(".gz")
        let command = "iconv -f \(encoding) -t UTF-8"
        return isCompressed
            ? "convert it: zcat '\(name)' | \(command) | gzip > 'utf8-\(name)'"
            : "convert it: \(command) '\(name)' > 'utf8-\(name)'"
    }
}
