import Glibc

/// Numbers as people read them.
package enum NumberText {
    /// 1234567 as `1,234,567`.
    package static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (position, digit) in digits.enumerated() {
            if position > 0 && (digits.count - position) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// A number with a fixed count of decimals; `nan`, `inf` and `-inf` by name.
    package static func fixed(_ number: Double, decimals: Int) -> String {
        formatted(number, "%.\(max(0, decimals))f")
    }

    /// A number with a count of significant digits, without trailing zeros, in powers of ten when far from 1.
    package static func significant(_ number: Double, digits: Int = 4) -> String {
        formatted(number, "%.\(max(1, digits))g")
    }

    /// 0.347 as `34.7 %`.
    package static func percent(_ fraction: Double, decimals: Int = 1) -> String {
        DecimalText.percent(fraction, places: decimals)
    }

    /// A duration in words: `0.42 s`, `12.3 s`, `4m 05s`, `2h 07m`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e15 else { return "unknown" }
        if seconds < 0.9995 { return fixed(max(0, seconds), decimals: 2) + " s" }
        if seconds < 59.95 { return fixed(seconds, decimals: 1) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60)m \(twoDigits(whole % 60))s" }
        return "\(whole / 3600)h \(twoDigits(whole / 60 % 60))m"
    }

    /// A duration as a clock shows it: `00:41`, `1:02:03`.
    package static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "--:--" }
        let whole = Int(seconds)
        let tail = "\(twoDigits(whole / 60 % 60)):\(twoDigits(whole % 60))"
        return whole < 3600 ? tail : "\(whole / 3600):\(tail)"
    }

    /// A count of bytes: `512 B`, `1.5 KiB`, `2.0 GiB`.
    package static func bytes(_ count: Int) -> String {
        if count < 1024 { return "\(count) B" }
        var value = Double(count) / 1024
        var units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][...]
        while value >= 1023.95, units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        return "\(fixed(value, decimals: 1)) \(units.first ?? "")"
    }

    /// A count per second: `427`, `1,204`, `3.1`.
    package static func rate(_ perSecond: Double) -> String {
        guard perSecond.isFinite, perSecond < 1e15 else { return "?" }
        return perSecond < 9.95 ? fixed(perSecond, decimals: 1) : grouped(Int(perSecond.rounded()))
    }

    /// 1, 2, 3, 7 as `1-3, 7`.
    package static func ranges(of numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound == number - 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ", ")
    }

    /// A number as one would type it: no `.0` after whole numbers, the fewest digits that mean the same value.
    package static func plain<Number>(_ number: Number) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func formatted(_ number: Double, _ format: String) -> String {
        if number.isNaN { return "nan" }
        // 310 digits before the point is the longest a Double gets; the formats used ask for few after it.
        var buffer = [CChar](repeating: 0, count: 400)
        let length = withVaList([number]) { vsnprintf(&buffer, buffer.count, format, $0) }
        let bytes = buffer.prefix(max(0, min(Int(length), buffer.count - 1))).map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        // "-0.00" is a rounding artefact, not a finding.
        return text.hasPrefix("-") && !text.contains(where: { ("1"..."9").contains($0) || $0 == "i" })
            ? String(text.dropFirst()) : text
    }
}
