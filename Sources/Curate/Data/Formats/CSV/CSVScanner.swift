/// Splits a table into records and fields as RFC 4180 says, without copying.
///
/// Beyond the standard: lines may end in LF, CR LF or CR; blank lines are passed over; spaces and tabs around a
/// field are not part of it unless they are quoted; a byte-order mark at the start is skipped.
package struct CSVScanner {
    /// One field's place in the input.
    package struct Field {
        /// The first byte, after an opening quote.
        package var start: Int
        /// The byte after the last, before a closing quote.
        package var end: Int
        /// Whether `""` inside stands for one quote.
        package var hasDoubledQuotes = false
        /// Whether it is written between quotes.
        package var isQuoted = false
    }

    /// The table.
    package let input: InputBytes
    private let delimiter: UInt8
    private var position: Int
    private var line = 1

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    /// Starts at the first record, after a byte-order mark and a line `sep=;`.
    package init(_ input: InputBytes, delimiter: UInt8) {
        self.input = input
        self.delimiter = delimiter
        position = Self.start(of: input)
        if let declared = Self.declaration(in: input) {
            position = declared.end
            line = 2
        }
    }

    /// The delimiter that a table says of itself in its first line, `sep=;`, as Excel reads it; nil when it does not.
    static func declaredDelimiter(of input: InputBytes) -> UInt8? { declaration(in: input)?.delimiter }

    private static func start(of input: InputBytes) -> Int { input.hasPrefix([0xef, 0xbb, 0xbf]) ? 3 : 0 }

    private static func declaration(in input: InputBytes) -> (delimiter: UInt8, end: Int)? {
        let start = start(of: input)
        let word = Array("sep=".utf8)
        guard input.count > start + word.count + 1 else { return nil }
        let isDeclared = word.indices.allSatisfy { place in
            let byte = input.bytes[start + place]
            return byte == word[place] || byte | 0x20 == word[place]
        }
        guard isDeclared else { return nil }
        var end = start + word.count + 1
        let delimiter = input.bytes[end - 1]
        guard delimiter != lineFeed, delimiter != carriageReturn, delimiter != quote else { return nil }
        guard input.bytes[end] == lineFeed || input.bytes[end] == carriageReturn else { return nil }
        let isPair = input.bytes[end] == carriageReturn && end + 1 < input.count && input.bytes[end + 1] == lineFeed
        end += isPair ? 2 : 1
        return (delimiter, end)
    }

    /// Reads one record into `fields` and returns the line it starts on; nothing at the end.
    package mutating func next(into fields: inout [Field]) throws -> Int? {
        fields.removeAll(keepingCapacity: true)
        skipBlankLines()
        guard position < input.count else { return nil }
        let start = line
        while true {
            fields.append(try field())
            guard position < input.count else { return start }
            let byte = input.bytes[position]
            if byte == delimiter {
                position += 1
                // A delimiter as the last byte is followed by one more, empty field.
                if position == input.count { fields.append(Field(start: position, end: position)) }
                if position == input.count { return start }
            } else {
                endLine()
                return start
            }
        }
    }

    /// The bytes of a field as text, quotes undone.
    package func text(_ field: Field) -> String {
        let bytes = input.bytes[field.start..<field.end]
        guard field.hasDoubledQuotes else { return String(decoding: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        var wasQuote = false
        for byte in bytes {
            wasQuote = byte == Self.quote && !wasQuote
            if !wasQuote { plain.append(byte) }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// The error for something on a line.
    package func failure(_ message: String, line: Int, remedy: String? = nil) -> CurateError {
        CurateError(.badData, message, at: "\(input.path):\(line)", remedy: remedy)
    }

    /// Reads a field and stops at the delimiter, the end of the line, or the end of the input.
    private mutating func field() throws -> Field {
        skipSpaces()
        if position < input.count && input.bytes[position] == Self.quote { return try quotedField() }
        let start = position
        var end = position
        while position < input.count {
            let byte = input.bytes[position]
            if byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn { break }
            position += 1
            if byte != 0x20 && byte != 0x09 { end = position }
        }
        return Field(start: start, end: end)
    }

    private mutating func quotedField() throws -> Field {
        let openingLine = line
        position += 1
        var field = Field(start: position, end: position, isQuoted: true)
        while position < input.count {
            let byte = input.bytes[position]
            if byte == Self.quote {
                if position + 1 < input.count && input.bytes[position + 1] == Self.quote {
                    field.hasDoubledQuotes = true
                    position += 2
                    continue
                }
                field.end = position
                position += 1
                skipSpaces()
                guard position == input.count || isEndOfField(input.bytes[position]) else {
                    throw failure(
                        "something follows a closing quote", line: line,
                        remedy: "write a quote inside a quoted field twice")
                }
                return field
            }
            if byte == Self.lineFeed { line += 1 }
            position += 1
        }
        throw failure("a quote is never closed", line: openingLine, remedy: "close it, or write it twice inside quotes")
    }

    private func isEndOfField(_ byte: UInt8) -> Bool {
        byte == delimiter || byte == Self.lineFeed || byte == Self.carriageReturn
    }

    private mutating func skipSpaces() {
        while position < input.count {
            let byte = input.bytes[position]
            guard byte != delimiter && (byte == 0x20 || byte == 0x09) else { return }
            position += 1
        }
    }

    private mutating func skipBlankLines() {
        while position < input.count {
            let start = position
            skipSpaces()
            guard position < input.count else { return }
            let byte = input.bytes[position]
            guard byte == Self.lineFeed || byte == Self.carriageReturn else {
                position = start
                return
            }
            endLine()
        }
    }

    private mutating func endLine() {
        let isPair =
            input.bytes[position] == Self.carriageReturn && position + 1 < input.count
            && input.bytes[position + 1] == Self.lineFeed
        position += isPair ? 2 : 1
        line += 1
    }
}
