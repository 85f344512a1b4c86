/// Text as a terminal shows it: its width, its wrapping, and what must not reach it.
package enum TerminalText {
    /// The number of columns a terminal needs for a string without colours.
    package static func width(of text: String) -> Int { text.reduce(0) { $0 + width(of: $1) } }

    /// The number of columns of one character: 0, 1 or 2.
    package static func width(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.isASCII { return first.value < 0x20 || first.value == 0x7F ? 0 : 1 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        let showsAsPicture = character.unicodeScalars.contains { $0.value == 0xFE0F }
        return showsAsPicture || first.properties.isEmojiPresentation || isWide(first.value) ? 2 : 1
    }

    /// East Asian scripts and symbols that take two columns.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }

    /// The string padded with spaces to a width; longer strings are returned as they are.
    package static func padded(_ text: String, to columns: Int, onTheLeft: Bool = false) -> String {
        let missing = String(repeating: " ", count: max(0, columns - width(of: text)))
        return onTheLeft ? missing + text : text + missing
    }

    /// The string cut to a width, with an ellipsis in place of what is missing.
    package static func truncated(_ text: String, to columns: Int, ellipsis: Character = "…") -> String {
        guard width(of: text) > columns else { return text }
        var kept = ""
        var used = 0
        for character in text {
            used += width(of: character)
            if used > columns - 1 { break }
            kept.append(character)
        }
        return columns > 0 ? kept + String(ellipsis) : ""
    }

    /// Words wrapped to a width; a word longer than a line gets its own.
    package static func wrapped(_ text: String, to columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ") {
            let needed = width(of: String(word))
            if used > 0 && used + 1 + needed > columns {
                lines.append(line)
                line = ""
                used = 0
            }
            if used > 0 {
                line += " "
                used += 1
            }
            line += word
            used += needed
        }
        if used > 0 { lines.append(line) }
        return lines
    }

    /// A sentence of help as the hint of an error, which ends without a full stop.
    package static func withoutFullStop(_ sentence: String) -> String {
        sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }

    /// The string with control characters written as escapes.
    ///
    /// Names from a user's file pass through here, so that a file cannot move the cursor or forge a line.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": safe += "\\n"
            case "\t": safe += "\\t"
            case "\r": safe += "\\r"
            case _ where isUnsafe(scalar): safe += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    /// Control characters, line separators, and the marks that reverse the direction of what follows.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

/// Text as a shell reads it.
package enum ShellText {
    /// The words as one command line, quoted where needed.
    package static func join(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// One word, in single quotes if the shell would read it otherwise.
    package static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:=,+%@".utf8.contains(byte)
            }
        }
        if isPlain && !word.isEmpty { return word }
        let escaped = word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        return "'\(escaped)'"
    }
}
