/// Words, numbers, texts and what lies between them.
extension JSONParser {
    /// Reads a value that has no parts.
    mutating func scalar() throws(Failure) -> JSONValue {
        let byte = bytes[position]
        if byte == UInt8(ascii: "\"") || dialect == .json5 && byte == UInt8(ascii: "'") { return .string(try string()) }
        if dialect == .json5 { return try word() }
        switch byte {
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        default: throw failure("a value is expected")
        }
    }

    /// Reads the name of a member, in JSON5 with or without quotes.
    mutating func memberName() throws(Failure) -> String {
        if current == UInt8(ascii: "\"") || dialect == .json5 && current == UInt8(ascii: "'") { return try string() }
        guard dialect == .json5 else { throw failure("a name in double quotes is expected") }
        guard current != nil else { throw failure("the file ends within an object") }
        let start = position
        let name = undelimited()
        guard let first = name.unicodeScalars.first else { throw failure("a name is expected") }
        func isMark(_ scalar: Unicode.Scalar) -> Bool { scalar == "$" || scalar == "_" }
        guard isMark(first) || first.properties.isIDStart,
            name.unicodeScalars.dropFirst().allSatisfy({ isMark($0) || $0.properties.isIDContinue })
        else { throw failure("'\(name.prefix(40))' is a name only in quotes", at: start) }
        return name
    }

    /// The text up to the next delimiter; the document is valid UTF-8, and delimiters are ASCII.
    private mutating func undelimited() -> String {
        let start = position
        while let byte = current, byte > 0x20, !"{}[]:,\"'/".utf8.contains(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        for offset in 0..<word.utf8CodeUnitCount {
            guard take(word.utf8Start[offset]) else { throw failure("'\(word)' is expected") }
        }
        return value
    }

    /// Reads a number as JSON writes it.
    private mutating func number() throws(Failure) -> JSONValue {
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

    private mutating func digits() throws(Failure) {
        let start = position
        while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw failure("a digit is expected") }
    }

    /// Reads a literal or a number as JSON5 writes them; whole numbers are integers however they are written.
    private mutating func word() throws(Failure) -> JSONValue {
        let start = position
        let word = undelimited()
        switch word {
        case "": throw failure("a value is expected")
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default: break
        }
        guard Self.isNumber(bytes[start..<position]) else {
            throw failure("'\(word.prefix(40))' is neither a number nor true, false, null or text in quotes", at: start)
        }
        if let whole = Int(word) { return .int(whole) }
        let isNegative = word.hasPrefix("-")
        let unsigned = word.drop { $0 == "-" || $0 == "+" }
        var number: Double?
        if unsigned.lowercased().hasPrefix("0x") {
            number = UInt64(unsigned.dropFirst(2), radix: 16).map { Double($0) }
        } else {
            number = Double(unsigned)
        }
        guard let number, number.isFinite else { throw failure("the number '\(word)' is out of range", at: start) }
        let signed = isNegative ? -number : number
        return Int(exactly: signed).map { .int($0) } ?? .double(signed)
    }

    /// Whether some bytes are a number as JSON5 writes it.
    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        var rest = word
        func dropDigits() -> Int {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        if rest.elementsEqual("Infinity".utf8) || rest.elementsEqual("NaN".utf8) { return true }
        if rest.starts(with: "0x".utf8) || rest.starts(with: "0X".utf8) {
            let digits = rest.dropFirst(2)
            return !digits.isEmpty
                && digits.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x46).contains($0 & 0xDF) }
        }
        let startsWithZero = rest.first == 0x30
        let whole = dropDigits()
        if startsWithZero && whole > 1 { return false }
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = dropDigits()
        }
        guard whole + fraction > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            if dropDigits() == 0 { return false }
        }
        return rest.isEmpty
    }

    /// Reads a text in quotes of the kind that is here.
    private mutating func string() throws(Failure) -> String {
        let (quote, start) = (bytes[position], position)
        position += 1
        var content: [UInt8] = []
        while true {
            guard let byte = current else { throw failure("the string is not closed", at: start) }
            if byte < 0x20 {
                guard dialect == .json5 else { throw failure("a control character in a string must be escaped") }
                if byte == 0x0A || byte == 0x0D { throw failure("the string is not closed", at: start) }
            }
            position += 1
            if byte == quote { break }
            if byte == UInt8(ascii: "\\") {
                if let scalar = try escape() { content += String(Character(scalar)).utf8 }
            } else {
                content.append(byte)
            }
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw failure("the string is not valid UTF-8", at: start)
        }
        return text
    }

    /// The character after a backslash, surrogate pairs joined; nil for the end of a line, which continues the text.
    private mutating func escape() throws(Failure) -> Unicode.Scalar? {
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
        case UInt8(ascii: "u"): return try surrogatesJoined(from: start)
        default: break
        }
        guard dialect == .json5 else { throw failure("an unknown escape", at: start) }
        switch byte {
        case 0x0A: return nil
        case 0x0D:
            _ = take(0x0A)
            return nil
        case UInt8(ascii: "v"): return "\u{0B}"
        case UInt8(ascii: "0"): return "\u{00}"
        case UInt8(ascii: "x"): return Unicode.Scalar(UInt8(truncatingIfNeeded: try hexadecimal(2)))
        case UInt8(ascii: "1")...UInt8(ascii: "9"): throw failure("an unknown escape", at: start)
        default:
            // Any other character means itself.
            position -= 1
            let character = String(decoding: bytes[position...].prefix(4), as: UTF8.self).unicodeScalars.first ?? "?"
            position += String(Character(character)).utf8.count
            return character
        }
    }

    private mutating func surrogatesJoined(from start: Int) throws(Failure) -> Unicode.Scalar {
        let unit = try hexadecimal(4)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw failure("half of a surrogate pair", at: start)
        }
        let low = try hexadecimal(4)
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair", at: start) }
        let joined = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
        guard let scalar = Unicode.Scalar(joined) else { throw failure("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func hexadecimal(_ count: Int) throws(Failure) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<count {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("\(count) hexadecimal digits are expected")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    /// Passes blanks and, in JSON5, comments.
    mutating func skipSpace() throws(Failure) {
        while let byte = current {
            switch byte {
            case 0x0A, 0x20, 0x09, 0x0D: position += 1
            case 0x0B where dialect == .json5, 0x0C where dialect == .json5: position += 1
            case UInt8(ascii: "/") where dialect == .json5: try skipComment()
            default:
                guard dialect == .json5, let length = unicodeSpace() else { return }
                position += length
            }
        }
    }

    private mutating func skipComment() throws(Failure) {
        let start = position
        switch position + 1 < bytes.count ? bytes[position + 1] : 0 {
        case UInt8(ascii: "/"):
            while let byte = current, byte != 0x0A, byte != 0x0D, !isLineSeparator { position += 1 }
        case UInt8(ascii: "*"):
            position += 2
            while position + 1 < bytes.count {
                if bytes[position] == UInt8(ascii: "*"), bytes[position + 1] == UInt8(ascii: "/") {
                    position += 2
                    return
                }
                position += 1
            }
            throw failure("the comment is not closed", at: start)
        default: throw failure("'/' begins a comment only as '//' or '/*'")
        }
    }

    /// Whether one of the two ends of lines beyond ASCII is here.
    private var isLineSeparator: Bool {
        bytes[position...].starts(with: [0xE2, 0x80, 0xA8]) || bytes[position...].starts(with: [0xE2, 0x80, 0xA9])
    }

    /// The length of a no-break space, line or paragraph separator or byte-order mark here.
    private func unicodeSpace() -> Int? {
        let next = bytes[position...].prefix(3)
        if next.starts(with: [0xC2, 0xA0]) { return 2 }
        let spaces: [[UInt8]] = [[0xEF, 0xBB, 0xBF], [0xE2, 0x80, 0xA8], [0xE2, 0x80, 0xA9]]
        return spaces.contains(Array(next)) ? 3 : nil
    }
}
