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
    package init(parsing text: String, from source: String = "JSON") throws {
        try self.init(parsing: Array(text.utf8), from: source)
    }

    /// Reads one JSON document from its UTF-8 bytes, as `init(parsing: String, from:)` does.
    package init(parsing bytes: [UInt8], from source: String = "JSON") throws {
        do {
            self = try JSONParser(bytes, .json).value
        } catch {
            let before = bytes[..<error.offset]
            let lineStart = (before.lastIndex(of: 0x0A) ?? -1) + 1
            throw CurateError(
                .badData, error.message, at: "\(source):\(error.line(in: bytes)):\(before.count - lineStart + 1)")
        }
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

/// Reads JSON, or JSON5 with the line of each of its parts, with a stack of its own, so that no nesting can exhaust the
/// program's.
struct JSONParser {
    /// What may be written.
    enum Dialect {
        /// JSON by RFC 8259.
        case json
        /// JSON5: comments, names without quotes, trailing commas, either quotes, hexadecimal numbers.
        case json5

        /// The most levels of nesting; a person writes fewer than a program.
        var deepestLevel: Int { self == .json ? 128 : 32 }
    }

    /// A place in a document: names and, for elements of arrays, positions.
    typealias Path = [String]

    /// A name that an object has already.
    struct Repetition: Equatable {
        let path: Path
        let line: Int
        let firstLine: Int
    }

    /// Where the text is not a document.
    struct Failure: Error, Equatable {
        /// The byte it is noticed at.
        let offset: Int
        let message: String

        /// The line of that byte, from 1.
        func line(in bytes: [UInt8]) -> Int { bytes[..<offset].count { $0 == 0x0A } + 1 }
    }

    /// The document.
    private(set) var value = JSONValue.null
    /// The line of each key and element of a JSON5 document.
    private(set) var lines: [Path: Int] = [:]
    /// The names that occur more than once in one object of a JSON5 document.
    private(set) var repetitions: [Repetition] = []

    let bytes: [UInt8]
    let dialect: Dialect
    /// The next byte not yet read.
    var position = 0
    private var path: Path = []
    private var levels: [Level] = []
    /// The line of the byte that `lineEnd` says.
    private var line = 1
    private var lineEnd = 0

    /// An object or array whose end has not been reached.
    private struct Level {
        let isObject: Bool
        var members: [String: JSONValue] = [:]
        var elements: [JSONValue] = []
        /// The name whose value comes next.
        var name = ""
        var count = 0
    }

    /// Reads a document from its UTF-8 text.
    ///
    /// - Throws: `Failure` at the first place where it is none.
    init(_ bytes: [UInt8], _ dialect: Dialect) throws(Failure) {
        self.bytes = bytes
        self.dialect = dialect
        try skipSpace()
        if position == bytes.count, dialect == .json5 { throw failure("the file is empty") }
        try element()
        // Nothing of a level but what it is: a copy of its parts would make every change copy them.
        while let isObject = levels.last?.isObject {
            try skipSpace()
            guard try nextPart(closing: isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { continue }
            if isObject {
                try name()
            } else if dialect == .json5 {
                path[path.count - 1] = String(levels[levels.count - 1].count)
                lines[path] = lineHere(position)
            }
            levels[levels.count - 1].count += 1
            try element()
        }
        try skipSpace()
        if position < bytes.count { throw failure("something follows the end of the document") }
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    func failure(_ message: String, at offset: Int? = nil) -> Failure {
        Failure(offset: offset ?? position, message: message)
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    /// The line of a byte, not before any that was asked for.
    private mutating func lineHere(_ offset: Int) -> Int {
        line += bytes[lineEnd..<offset].count { $0 == 0x0A }
        lineEnd = offset
        return line
    }

    /// Reads a value; of an object or array only the beginning.
    private mutating func element() throws(Failure) {
        switch current {
        case UInt8(ascii: "{"): try enter(isObject: true)
        case UInt8(ascii: "["): try enter(isObject: false)
        case nil: throw failure("the document ends where a value is expected")
        default: put(try scalar())
        }
    }

    private mutating func enter(isObject: Bool) throws(Failure) {
        guard levels.count < dialect.deepestLevel else {
            throw failure("nested deeper than \(dialect.deepestLevel) levels")
        }
        position += 1
        levels.append(Level(isObject: isObject))
        path.append("")
    }

    private mutating func leave() {
        position += 1
        path.removeLast()
        let level = levels.removeLast()
        put(level.isObject ? .object(level.members) : .array(level.elements))
    }

    /// Puts a finished value where it belongs.
    private mutating func put(_ finished: JSONValue) {
        guard !levels.isEmpty else {
            value = finished
            return
        }
        let top = levels.count - 1
        if levels[top].isObject {
            levels[top].members[levels[top].name] = finished
        } else {
            levels[top].elements.append(finished)
        }
    }

    /// Passes the comma before the next part of the innermost container; false when the container ended here.
    private mutating func nextPart(closing: UInt8) throws(Failure) -> Bool {
        if current == closing {
            leave()
            return false
        }
        guard levels[levels.count - 1].count > 0 else { return true }
        guard take(UInt8(ascii: ",")) else {
            throw failure("',' or '\(Unicode.Scalar(closing))' is expected")
        }
        try skipSpace()
        guard dialect == .json5, current == closing else { return true }
        leave()
        return false
    }

    /// Reads the name of a member and the colon after it.
    private mutating func name() throws(Failure) {
        let start = position
        let name = try memberName()
        let top = levels.count - 1
        levels[top].name = name
        if dialect == .json5 {
            note(name, at: start)
        } else if levels[top].members[name] != nil {
            throw failure("the name \"\(name)\" occurs twice in one object", at: start)
        }
        try skipSpace()
        guard take(UInt8(ascii: ":")) else { throw failure("':' is expected after the name '\(name)'") }
        try skipSpace()
    }

    /// Keeps the line of a name, or that it is there already.
    private mutating func note(_ name: String, at start: Int) {
        path[path.count - 1] = name
        let own = lineHere(start)
        guard let first = lines[path] else {
            lines[path] = own
            return
        }
        // What is inside a repeated object is not worth a word of its own.
        let isInside = repetitions.last.map { path.count > $0.path.count && path.starts(with: $0.path) } ?? false
        if !isInside { repetitions.append(Repetition(path: path, line: own, firstLine: first)) }
    }
}
