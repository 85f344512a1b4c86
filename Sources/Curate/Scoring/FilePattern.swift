import Glibc

/// File name patterns as the shell has them, and the order of numbered files.
package enum FilePattern {
    /// The files that match, `epoch2` before `epoch10`.
    ///
    /// A path that exists as it is written matches itself alone, whatever characters it has.
    /// - Throws: `CurateError` of kind `missingInput` when nothing matches.
    package static func files(matching pattern: String) throws -> [String] {
        if access(pattern, F_OK) == 0 { return [pattern] }
        var found = glob_t()
        defer { globfree(&found) }
        let status = glob(pattern, 0, nil, &found)
        guard status == 0 || status == GLOB_NOMATCH else {
            throw CurateError(
                .missingInput, "the directories of the pattern cannot be read", at: pattern,
                remedy: "check that they are readable")
        }
        let paths = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
        guard !paths.isEmpty else {
            throw CurateError(
                .missingInput, "no file matches the pattern", at: pattern,
                remedy: "check the spelling, and quote the pattern so that the shell does not expand it: "
                    + "`logits: run0/epoch*.npy`")
        }
        return paths.sorted(by: precedes)
    }

    /// Whether one name comes before another when the numbers in them count as numbers.
    ///
    /// Names that differ only in leading zeros are ordered by their bytes, as is everything between numbers.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        let (leftParts, rightParts) = (parts(left), parts(right))
        for (one, other) in zip(leftParts, rightParts) where one != other {
            // Of two numbers without leading zeros, the longer is larger.
            if one.isNumber && other.isNumber && one.bytes.count != other.bytes.count {
                return one.bytes.count < other.bytes.count
            }
            return one.bytes.lexicographicallyPrecedes(other.bytes)
        }
        if leftParts.count != rightParts.count { return leftParts.count < rightParts.count }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// A number without leading zeros, or what stands between two.
    private struct Part: Equatable {
        var isNumber: Bool
        var bytes: [UInt8] = []
    }

    private static func parts(_ name: String) -> [Part] {
        var parts: [Part] = []
        for byte in name.utf8 {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if parts.last?.isNumber != isDigit { parts.append(Part(isNumber: isDigit)) }
            let end = parts.count - 1
            if isDigit && parts[end].bytes == [UInt8(ascii: "0")] { parts[end].bytes = [] }
            parts[end].bytes.append(byte)
        }
        return parts
    }
}
