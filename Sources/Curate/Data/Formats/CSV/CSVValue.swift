/// What one field of a table says: a number, nothing, or some text.
package enum CSVValue {
    /// Whether the field says that the value is not known: empty, NA, NaN, ? or null, in any case.
    package static func isMissing(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if hasOuterSpace(bytes) { return isMissing(trimmed(bytes)) }
        switch bytes.count {
        case 0: return true
        case 1: return bytes[0] == UInt8(ascii: "?")
        case 2: return equals(bytes, "na")
        case 3: return equals(bytes, "nan")
        case 4: return equals(bytes, "null")
        default: return false
        }
    }

    /// Whether a text says that the value is not known.
    static func isMissing(text: String) -> Bool {
        var text = text
        return text.withUTF8 { isMissing(UnsafeRawBufferPointer($0)) }
    }

    /// The number the whole field is in decimal notation, or nothing; `inf` and `infinity` are numbers too.
    ///
    /// Spaces and tabs around it, which a quoted field may have, do not count.
    package static func number(_ bytes: UnsafeRawBufferPointer) -> Double? {
        if hasOuterSpace(bytes) { return number(trimmed(bytes)) }
        var position = 0
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { position += 1 }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "i") {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
            guard equals(rest, "inf") || equals(rest, "infinity") else { return nil }
            return isNegative ? -.infinity : .infinity
        }
        var mantissa: UInt64 = 0
        var digitCount = 0
        var exponent = 0
        var isExact = true
        func take(_ digit: UInt8) {
            digitCount += 1
            // 18 digits fit; a longer number is left to the library below.
            if mantissa < 100_000_000_000_000_000 { mantissa = mantissa * 10 + UInt64(digit) } else { isExact = false }
        }
        while position < bytes.count, let digit = digit(bytes[position]) {
            take(digit)
            position += 1
        }
        if position < bytes.count && bytes[position] == UInt8(ascii: ".") {
            position += 1
            while position < bytes.count, let digit = digit(bytes[position]) {
                take(digit)
                exponent -= 1
                position += 1
            }
        }
        guard digitCount > 0 else { return nil }
        if position < bytes.count && bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            guard let written = writtenExponent(bytes, &position) else { return nil }
            exponent += written
        }
        guard position == bytes.count else { return nil }
        // Powers of ten up to 22 and mantissas up to 2^53 are exact in double precision, so one rounding remains.
        if isExact && mantissa <= 1 << 53 && abs(exponent) <= 22 {
            let magnitude =
                exponent < 0 ? Double(mantissa) / powersOfTen[-exponent] : Double(mantissa) * powersOfTen[exponent]
            return isNegative ? -magnitude : magnitude
        }
        return Double(String(decoding: bytes, as: UTF8.self))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func hasOuterSpace(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        return isSpace(first) || isSpace(last)
    }

    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return UnsafeRawBufferPointer(rebasing: bytes[..<0]) }
        return UnsafeRawBufferPointer(rebasing: bytes[first...last])
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    private static func writtenExponent(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        var isNegative = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+") {
            isNegative = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        var value = 0
        var digitCount = 0
        while position < bytes.count, let digit = digit(bytes[position]) {
            // Anything beyond is zero or infinity already.
            value = min(value * 10 + Int(digit), 100_000)
            digitCount += 1
            position += 1
        }
        guard digitCount > 0 else { return nil }
        return isNegative ? -value : value
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        let value = byte &- 0x30
        return value <= 9 ? value : nil
    }

    private static func equals(_ bytes: UnsafeRawBufferPointer, _ lowerCase: StaticString) -> Bool {
        guard bytes.count == lowerCase.utf8CodeUnitCount else { return false }
        return bytes.indices.allSatisfy { bytes[$0] | 0x20 == lowerCase.utf8Start[$0] }
    }
}
