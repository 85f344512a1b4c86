/// Finds the line of every key and element of a JSON5 document, names that occur twice, and where its structure breaks.
///
/// The values themselves are read by Foundation, which tells neither lines nor repeated names. This scanner goes over the
/// same text with a stack of its own, so that no nesting can exhaust the program's.
struct JSON5Locator {
    /// A place in a document: names and, for elements of arrays, positions.
    typealias Path = [String]

    /// A name that an object has already.
    struct Repetition: Equatable {
        let path: Path
        let line: Int
        let firstLine: Int
    }

    /// Where the text is not a JSON5 document.
    struct Failure: Error, Equatable {
        let line: Int
        let message: String
    }

    /// The line of each key and element.
    private(set) var lines: [Path: Int] = [:]
    /// Where comments are, so that the reader need not agree about their ends.
    private(set) var comments: [Range<Int>] = []
    /// The names that occur more than once in one object.
    private(set) var repetitions: [Repetition] = []

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var path: Path = []
    private var levels: [Level] = []

    /// More levels than any pipeline has.
    static let deepestLevel = 32

    /// An object or array whose end has not been reached.
    private struct Level {
        let isObject: Bool
        var count = 0
    }

    /// Scans a document.
    ///
    /// - Throws: `Failure` at the first place where it is none.
    init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        try skipSpace()
        guard position < bytes.count else { throw Failure(line: line, message: "the file is empty") }
        try value()
        while let level = levels.last {
            try skipSpace()
            try level.isObject ? member() : element()
        }
        try skipSpace()
        if position < bytes.count { throw failure("something follows the end of the document") }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Begins a value: a container is entered, anything else is passed.
    private mutating func value() throws(Failure) {
        switch current {
        case UInt8(ascii: "{"): try enter(isObject: true)
        case UInt8(ascii: "["): try enter(isObject: false)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = try string()
        case nil: throw failure("the file ends where a value is expected")
        default: try word()
        }
    }

    private mutating func enter(isObject: Bool) throws(Failure) {
        guard levels.count < Self.deepestLevel else {
            throw failure("nested deeper than \(Self.deepestLevel) levels")
        }
        position += 1
        levels.append(Level(isObject: isObject))
        path.append("")
    }

    private mutating func leave() {
        position += 1
        levels.removeLast()
        path.removeLast()
    }

    /// Passes the comma before the next part of the innermost container; false when the container ended here.
    private mutating func nextPart(closing: UInt8) throws(Failure) -> Bool {
        if current == closing {
            leave()
            return false
        }
        if levels[levels.count - 1].count > 0 {
            let end = String(Unicode.Scalar(closing))
            guard current == UInt8(ascii: ",") else { throw failure("',' or '\(end)' is expected") }
            position += 1
            try skipSpace()
            if current == closing {
                leave()
                return false
            }
        }
        return true
    }

    private mutating func member() throws(Failure) {
        guard try nextPart(closing: UInt8(ascii: "}")) else { return }
        let start = line
        let name: String
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): name = try string()
        case nil: throw failure("the file ends within an object")
        default: name = try identifier()
        }
        path[path.count - 1] = name
        if let first = lines[path] {
            // What is inside a repeated object is not worth a word of its own.
            let isInside = repetitions.last.map { path.count > $0.path.count && path.starts(with: $0.path) } ?? false
            if !isInside { repetitions.append(Repetition(path: path, line: start, firstLine: first)) }
        } else {
            lines[path] = start
        }
        try skipSpace()
        guard current == UInt8(ascii: ":") else { throw failure("':' is expected after the name '\(name)'") }
        position += 1
        try skipSpace()
        levels[levels.count - 1].count += 1
        try value()
    }

    private mutating func element() throws(Failure) {
        guard try nextPart(closing: UInt8(ascii: "]")) else { return }
        path[path.count - 1] = String(levels[levels.count - 1].count)
        lines[path] = line
        levels[levels.count - 1].count += 1
        try value()
    }
}

extension JSON5Locator {
    /// A name without quotes: anything up to a delimiter.
    ///
    /// What Foundation does not take for a name it refuses.
    private mutating func identifier() throws(Failure) -> String {
        let start = position
        while let byte = current, !Self.isDelimiter(byte) { position += 1 }
        guard position > start else { throw failure("a name is expected") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A number or literal.
    ///
    /// Numbers are checked to the last character, because Foundation's reader traps on some that are none ("1e+").
    private mutating func word() throws(Failure) {
        let start = position
        while let byte = current, !Self.isDelimiter(byte) { position += 1 }
        guard position > start else { throw failure("a value is expected") }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        let isLiteral = ["null", "true", "false"].contains(word)
        guard isLiteral || Self.isNumber(bytes[start..<position]) else {
            throw failure("'\(word.prefix(40))' is neither a number nor true, false, null or text in quotes")
        }
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

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        byte <= 0x20 || "{}[]:,\"'/".utf8.contains(byte)
    }

    /// A string in either kind of quotes, with the simple escapes resolved.
    private mutating func string() throws(Failure) -> String {
        let (quote, start) = (bytes[position], line)
        var content: [UInt8] = []
        position += 1
        while let byte = current {
            position += 1
            if byte == quote { return String(decoding: content, as: UTF8.self) }
            if byte == 0x0A { throw Failure(line: start, message: "the string is not closed") }
            guard byte == UInt8(ascii: "\\") else {
                content.append(byte)
                continue
            }
            try escape(into: &content)
        }
        throw Failure(line: start, message: "the string is not closed")
    }

    private mutating func escape(into content: inout [UInt8]) throws(Failure) {
        guard let byte = current else { throw failure("the string is not closed") }
        position += 1
        switch byte {
        case 0x0A: line += 1
        case 0x0D:
            if current == 0x0A { position += 1 }
            line += 1
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "u"), UInt8(ascii: "x"):
            let digits = bytes[position...].prefix(byte == UInt8(ascii: "u") ? 4 : 2)
            guard let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
                throw failure("an escape in a string needs hexadecimal digits")
            }
            position += digits.count
            // Half of a pair cannot be shown; it stays apart from every other name all the same.
            content += Unicode.Scalar(code).map { Array(String(Character($0)).utf8) } ?? Array("\\u\(code)".utf8)
        default: content.append(byte)
        }
    }

    /// Passes blanks and comments.
    private mutating func skipSpace() throws(Failure) {
        while let byte = current {
            switch byte {
            case 0x0A:
                line += 1
                position += 1
            case 0x20, 0x09, 0x0B, 0x0C, 0x0D: position += 1
            case UInt8(ascii: "/"): try skipComment()
            default:
                guard let length = unicodeSpace() else { return }
                position += length
            }
        }
    }

    private mutating func skipComment() throws(Failure) {
        let (start, first) = (line, position)
        switch position + 1 < bytes.count ? bytes[position + 1] : 0 {
        case UInt8(ascii: "/"):
            while let byte = current, byte != 0x0A, byte != 0x0D, !isLineSeparator { position += 1 }
            comments.append(first..<position)
        case UInt8(ascii: "*"):
            position += 2
            while position + 1 < bytes.count {
                if bytes[position] == UInt8(ascii: "*"), bytes[position + 1] == UInt8(ascii: "/") {
                    position += 2
                    comments.append(first..<position)
                    return
                }
                if bytes[position] == 0x0A { line += 1 }
                position += 1
            }
            throw Failure(line: start, message: "the comment is not closed")
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

    private func failure(_ message: String) -> Failure { Failure(line: line, message: message) }
}
