extension JSONValue {
    /// Reads one JSON document, strictly by RFC 8259.
    ///
    /// Besides what the standard forbids, these are errors rather than guesses: a name that occurs twice in an object,
    /// an integer beyond 64 bits, a number beyond the range of a double, and nesting deeper than 128 levels.
    ///
    /// - Parameters:
    ///   - text: the document.
    ///   - source: the file it came from, for messages.
    /// - Throws: `CurateError` of kind `badData` with line and column (counted in bytes).
    public init(parsing text: String, from source: String = "JSON") throws {
        try self.init(parsing: Array(text.utf8), from: source)
    }

    /// Reads one JSON document from its UTF-8 bytes, as `init(parsing: String, from:)` does.
    public init(parsing bytes: [UInt8], from source: String = "JSON") throws {
        var parser = JSONParser(bytes: bytes, source: source)
        self = try parser.document()
    }

    /// Reads one JSON document from a file.
    ///
    /// - Throws: as `init(parsing:from:)`, and `CurateError` when the file cannot be read.
    package init(file path: String) throws {
        let input = try InputBytes(contentsOf: path)
        // The bytes go with their owner.
        try self.init(parsing: withExtendedLifetime(input) { Array(input.bytes) }, from: path)
    }
}

/// A recursive-descent parser over bytes; `position` is the next byte not yet read.
private struct JSONParser {
    let bytes: [UInt8]
    let source: String
    var position = 0

    static let deepestLevel = 128

    init(bytes: [UInt8], source: String) {
        self.bytes = bytes
        self.source = source
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() throws -> JSONValue {
        let value = try value(level: 0)
        skipSpace()
        guard current == nil else { throw failure("something follows the end of the document") }
        return value
    }

    private mutating func value(level: Int) throws -> JSONValue {
        skipSpace()
        guard level <= Self.deepestLevel else { throw failure("nested deeper than \(Self.deepestLevel) levels") }
        switch current {
        case UInt8(ascii: "{"): return .object(try object(level: level))
        case UInt8(ascii: "["): return .array(try array(level: level))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
        case nil: throw failure("the document ends where a value is expected")
        default: throw failure("a value is expected")
        }
    }

    private mutating func object(level: Int) throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw failure("a name in double quotes is expected") }
            let start = position
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("':' is expected after a name") }
            let value = try value(level: level + 1)
            guard members.updateValue(value, forKey: name) == nil else {
                throw failure("the name \"\(name)\" occurs twice in one object", at: start)
            }
            skipSpace()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw failure("',' or '}' is expected") }
        }
    }

    private mutating func array(level: Int) throws -> [JSONValue] {
        var elements: [JSONValue] = []
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try value(level: level + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw failure("',' or ']' is expected") }
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { throw failure("'\(word)' is expected") }
        }
        return value
    }

    private mutating func number() throws -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger {
            guard let number = Int(text) else {
                throw failure("the integer \(text) needs more than 64 bits", at: start)
            }
            return .int(number)
        }
        guard let number = Double(text), number.isFinite else {
            throw failure("the number \(text) is out of range", at: start)
        }
        return .double(number)
    }

    private mutating func digits() throws {
        let start = position
        while let byte = current, isDigit(byte) { position += 1 }
        guard position > start else { throw failure("a digit is expected") }
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func string() throws -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while true {
            guard let byte = current else { throw failure("the string is not closed", at: start) }
            guard byte >= 0x20 else { throw failure("a control character in a string must be escaped") }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                content += String(Character(try escape())).utf8
            } else {
                content.append(byte)
            }
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw failure("the string is not valid UTF-8", at: start)
        }
        return text
    }

    /// The character after a backslash, surrogate pairs joined.
    private mutating func escape() throws -> Unicode.Scalar {
        let start = position - 1
        guard let byte = current else { throw failure("the string is not closed", at: start) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimalUnit()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            guard unit < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                throw failure("half of a surrogate pair", at: start)
            }
            let low = try hexadecimalUnit()
            guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair", at: start) }
            let joined = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
            guard let scalar = Unicode.Scalar(joined) else { throw failure("half of a surrogate pair", at: start) }
            return scalar
        default: throw failure("an unknown escape", at: start)
        }
    }

    private mutating func hexadecimalUnit() throws -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("four hexadecimal digits are expected")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func failure(_ message: String, at offset: Int? = nil) -> CurateError {
        let before = bytes[..<(offset ?? position)]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = (before.lastIndex(of: 0x0A) ?? -1) + 1
        return CurateError(.badData, message, at: "\(source):\(line):\(before.count - lineStart + 1)")
    }
}
