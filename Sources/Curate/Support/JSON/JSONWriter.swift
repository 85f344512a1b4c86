extension JSONValue {
    /// The one canonical text of this value: no spaces, keys sorted by their bytes, shortest round-trip numbers.
    ///
    /// A number without fraction is written without one whether it was made as an integer or not (up to 2⁵³), so
    /// that a rate of `1` and of `1.0` are the same parameter. Negative zero is written `0`. Hashed into stage keys.
    ///
    /// - Precondition: every number is finite.
    package var canonicalText: String {
        var writer = JSONWriter(indented: false, nonFiniteIsNull: false)
        writer.write(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// This value on one line; numbers that are not finite become `null`, as JSON has no word for them.
    package var compactText: String {
        var writer = JSONWriter(indented: false, nonFiniteIsNull: true)
        writer.write(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// This value with two spaces of indentation per level and arrays of plain values on one line.
    ///
    /// Numbers that are not finite become `null`; there is no newline at the end.
    package var prettyText: String {
        var writer = JSONWriter(indented: true, nonFiniteIsNull: true)
        writer.write(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Appends values to a growing text.
private struct JSONWriter {
    let indented: Bool
    let nonFiniteIsNull: Bool
    var bytes: [UInt8] = []

    init(indented: Bool, nonFiniteIsNull: Bool) {
        self.indented = indented
        self.nonFiniteIsNull = nonFiniteIsNull
    }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let truth): bytes += (truth ? "true" : "false").utf8
        case .int(let number): bytes += String(number).utf8
        case .double(let number): write(number)
        case .string(let text): write(text)
        case .array(let elements): write(elements, depth: depth)
        case .object(let members): write(members, depth: depth)
        }
    }

    private mutating func write(_ elements: [JSONValue], depth: Int) {
        let broken = indented && elements.contains { $0.arrayValue != nil || $0.objectValue != nil }
        bytes += "[".utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += (indented && !broken ? ", " : ",").utf8 }
            if broken { breakLine(depth + 1) }
            write(element, depth: depth + 1)
        }
        if broken { breakLine(depth) }
        bytes += "]".utf8
    }

    private mutating func write(_ members: [String: JSONValue], depth: Int) {
        let broken = indented && !members.isEmpty
        bytes += "{".utf8
        // Bytewise order: `<` on strings follows Unicode equivalence, which other programs do not.
        let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (index, member) in sorted.enumerated() {
            if index > 0 { bytes += ",".utf8 }
            if broken { breakLine(depth + 1) }
            write(member.key)
            bytes += (indented ? ": " : ":").utf8
            write(member.value, depth: depth + 1)
        }
        if broken { breakLine(depth) }
        bytes += "}".utf8
    }

    private mutating func breakLine(_ depth: Int) {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { bytes += "  ".utf8 }
    }

    private mutating func write(_ number: Double) {
        guard number.isFinite else {
            precondition(nonFiniteIsNull, "\(number) cannot be part of a key")
            bytes += "null".utf8
            return
        }
        if abs(number) <= 0x1p53, let whole = Int(exactly: number) {
            bytes += String(whole).utf8
        } else {
            // The standard library prints the fewest digits that read back as the same number.
            bytes += number.description.utf8
        }
    }

    private mutating func write(_ text: String) { JSONValue.append(text, to: &bytes) }
}

extension JSONValue {
    /// Appends a string with its quotes, control characters escaped.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0..<0x20:
                bytes += "\\u00".utf8
                bytes += SHA256.hexadecimal([byte]).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
