/// A number as its decimal digits say, without rounding: `1`, `1.0`, `1e0` and ` 1` are one value, 2^53 and 2^53 + 1 two.
package struct ExactDecimal: Hashable, Comparable, Sendable {
    /// Whether the number is below zero.
    private let isNegative: Bool
    /// The digits without zeros at either end; none for zero.
    private let digits: [UInt8]
    /// The power of ten that 0.DIGITS is multiplied by; `Int.max` for infinity.
    private let exponent: Int

    /// The most digits that are written without a power of ten.
    private static let plainLimit = 40
    /// Beyond such a power of ten nobody means a number, and adding to it could overflow.
    private static let exponentLimit = 1_000_000_000

    /// Reads decimal notation with an optional power of ten, or `inf`; spaces and tabs around it do not count.
    ///
    /// - Returns: nil for a text that is no number.
    package init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        bytes = bytes.drop(while: isSpace)
        func take(_ candidates: StaticString) -> UInt8? {
            guard let first = bytes.first,
                UnsafeBufferPointer(start: candidates.utf8Start, count: candidates.utf8CodeUnitCount).contains(first)
            else { return nil }
            bytes.removeFirst()
            return first
        }
        func takeDigits() -> [UInt8] {
            let found = bytes.prefix { (0x30...0x39).contains($0) }
            bytes = bytes.dropFirst(found.count)
            return found.map { $0 - 0x30 }
        }
        let isNegative = take("+-") == UInt8(ascii: "-")
        if ["inf", "infinity"].contains(String(decoding: bytes, as: UTF8.self).lowercased()) {
            (self.isNegative, digits, exponent) = (isNegative, [], Int.max)
            return
        }
        let whole = takeDigits()
        let fraction = take(".") == nil ? [] : takeDigits()
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var power = 0
        if take("eE") != nil {
            let sign = take("+-")
            let written = takeDigits()
            guard !written.isEmpty else { return nil }
            for digit in written { power = min(power * 10 + Int(digit), Self.exponentLimit) }
            if sign == UInt8(ascii: "-") { power.negate() }
        }
        guard bytes.isEmpty else { return nil }
        let all = whole + fraction
        let leading = all.prefix { $0 == 0 }.count
        guard let end = all.lastIndex(where: { $0 != 0 }) else {
            (self.isNegative, digits, exponent) = (false, [], 0)
            return
        }
        self.isNegative = isNegative
        digits = Array(all[leading...end])
        exponent = whole.count - leading + power
    }

    /// The shortest decimals that mean the number; very large and very small ones with a power of ten.
    package var text: String {
        let sign = isNegative ? "-" : ""
        if exponent == Int.max { return sign + "inf" }
        if digits.isEmpty { return "0" }
        func written(_ digits: some Sequence<UInt8>) -> String {
            String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
        }
        if exponent >= digits.count, exponent <= Self.plainLimit {
            return sign + written(digits) + String(repeating: "0", count: exponent - digits.count)
        }
        if exponent > 0, exponent < digits.count {
            return sign + written(digits[..<exponent]) + "." + written(digits[exponent...])
        }
        if exponent <= 0, exponent > -6 {
            return sign + "0." + String(repeating: "0", count: -exponent) + written(digits)
        }
        let rest = digits.count > 1 ? "." + written(digits.dropFirst()) : ""
        return "\(sign)\(written(digits.prefix(1)))\(rest)e\(exponent - 1)"
    }

    package static func < (a: ExactDecimal, b: ExactDecimal) -> Bool {
        let (first, second) = (a.signum, b.signum)
        if first != second { return first < second }
        let isBelow = a.isNearerToZero(than: b)
        return a.isNegative ? b.isNearerToZero(than: a) : isBelow
    }

    private var signum: Int { digits.isEmpty && exponent != Int.max ? 0 : isNegative ? -1 : 1 }

    /// Compares two numbers of one sign without it.
    private func isNearerToZero(than other: ExactDecimal) -> Bool {
        exponent != other.exponent ? exponent < other.exponent : digits.lexicographicallyPrecedes(other.digits)
    }
}
