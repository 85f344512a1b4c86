/// How the numbers of a column are written.
enum NumberStyle: CaseIterable {
    /// `1234.5`, `-1e-3`.
    case plain
    /// `12.5 %`: the number before the sign.
    case percent
    /// `0,5` and `1.234,5`: a comma before the decimals, and perhaps points between thousands.
    case decimalComma
    /// `1,234.5`: commas between thousands.
    case grouped

    /// What it is called in notes.
    var phrase: String {
        switch self {
        case .plain: "plain numbers"
        case .percent: "percent signs"
        case .decimalComma: "decimal commas"
        case .grouped: "commas between thousands"
        }
    }

    /// The number that a field is when it is written so; nil when it is not.
    func number(_ bytes: UnsafeRawBufferPointer) -> Double? {
        switch self {
        case .plain: return CSVValue.number(bytes)
        case .percent:
            guard bytes.last == UInt8(ascii: "%") else { return nil }
            return CSVValue.number(UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
        case .decimalComma:
            guard let end = Self.mantissaEnd(bytes) else { return nil }
            let comma = bytes[..<end].firstIndex(of: UInt8(ascii: ",")) ?? end
            guard Self.isGrouped(bytes[..<comma], by: UInt8(ascii: ".")) else { return nil }
            return Self.number(bytes, without: UInt8(ascii: "."), point: UInt8(ascii: ","))
        case .grouped:
            guard let end = Self.mantissaEnd(bytes) else { return nil }
            let point = bytes[..<end].firstIndex(of: UInt8(ascii: ".")) ?? end
            guard Self.isGrouped(bytes[..<point], by: UInt8(ascii: ",")) else { return nil }
            return Self.number(bytes, without: UInt8(ascii: ","), point: UInt8(ascii: "."))
        }
    }

    /// Where the power of ten begins, or the end; nil for what begins like no number.
    private static func mantissaEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let isNumberLike = bytes.first.map { (0x30...0x39).contains($0) || "+-.,".utf8.contains($0) } ?? false
        guard isNumberLike else { return nil }
        return bytes.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? bytes.count
    }

    /// Whether the digits before the decimals stand in threes between marks, or without marks.
    private static func isGrouped(_ digits: Slice<UnsafeRawBufferPointer>, by mark: UInt8) -> Bool {
        let unsigned =
            digits.first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } == true
            ? digits.dropFirst() : digits
        let groups = unsigned.split(separator: mark, omittingEmptySubsequences: false)
        guard groups.count > 1 else { return true }
        return (1...3).contains(groups[0].count) && groups.dropFirst().allSatisfy { $0.count == 3 }
    }

    /// The number in a field after marks are removed and the decimal sign is a point; nil for marks among decimals.
    private static func number(_ bytes: UnsafeRawBufferPointer, without mark: UInt8, point: UInt8) -> Double? {
        var plain: [UInt8] = []
        var isWhole = true
        for byte in bytes {
            if byte == point { isWhole = false }
            if byte == mark {
                guard isWhole else { return nil }
                continue
            }
            plain.append(byte == point ? UInt8(ascii: ".") : byte)
        }
        return plain.withUnsafeBytes { CSVValue.number($0) }
    }
}

extension CSVValue {
    /// Words and errors of spreadsheets that stand for a missing value where all others are numbers, in small letters.
    private static let wordsAmongNumbers: Set<String> = [
        "n/a", "n.a.", "n.a", "n/d", "nd", "#n/a", "#n/a n/a", "#na", "<na>", "none", "nil", "null", "nan", "-nan",
        "nat",
        "-", "--", "---", ".", "..", "...", "*", "missing", "unknown", "(missing)", "1.#ind", "-1.#ind", "1.#qnan",
        "-1.#qnan", "#value!", "#div/0!", "#ref!", "#num!", "#name?", "#null!", "\u{2013}", "\u{2014}", "\u{2212}",
    ]

    /// Whether a text that is no number means that the number is not known.
    static func isMissingNumber(_ text: String) -> Bool {
        wordsAmongNumbers.contains(text.lowercased().trimmingSpaces())
    }
}
