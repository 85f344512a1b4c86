/// How a field of a CSV file is written: as it is, or quoted when some reader would otherwise take it apart.
package enum CSVField {
    /// Appends a field.
    ///
    /// Quoted are delimiters, quotes and control characters; `#`, because pandas with `comment='#'` cuts an unquoted line
    /// there; and outer blanks, which some readers drop.
    ///
    /// - Parameters:
    ///   - text: the content.
    ///   - buffer: what it is appended to.
    ///   - delimiter: the byte between fields.
    ///   - isText: whether it is quoted whatever it holds.
    ///   - isAlone: whether the line has no other field, so that an empty one would be passed over as blank.
    package static func append(
        _ text: String, to buffer: inout [UInt8], delimiter: UInt8 = UInt8(ascii: ","), isAlone: Bool = false,
        isText: Bool = false
    ) {
        let (quote, space, mark) = (UInt8(ascii: "\""), UInt8(ascii: " "), UInt8(ascii: "#"))
        var text = text
        text.withUTF8 { bytes in
            var isPlain = !isText && bytes.first != space && bytes.last != space && !(isAlone && bytes.isEmpty)
            for byte in bytes where byte < space || byte == quote || byte == mark || byte == delimiter {
                isPlain = false
            }
            if isPlain {
                buffer.append(contentsOf: bytes)
                return
            }
            buffer.append(quote)
            for byte in bytes {
                if byte == quote { buffer.append(quote) }
                buffer.append(byte)
            }
            buffer.append(quote)
        }
    }
}
