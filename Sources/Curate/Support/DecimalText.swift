/// Numbers for sentences: few digits, always a decimal point, no locale.
package enum DecimalText {
    /// A value with a fixed number of decimals, rounded half away from zero.
    ///
    /// - Precondition: `places` is in 0...9.
    package static func fixed(_ value: Double, places: Int) -> String {
        precondition(places >= 0 && places <= 9, "too many decimals")
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value * scale).rounded()
        guard scaled.isFinite, abs(scaled) < 1e15 else { return "\(value)" }
        let digits = String(Int(abs(scaled)))
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = scaled < 0 ? "-" : ""
        return places == 0 ? sign + padded : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
    }

    /// A fraction as per cent with a fixed number of decimals, none unless told: `88 %`.
    package static func percent(_ fraction: Double, places: Int = 0) -> String {
        "\(fixed(100 * fraction, places: places)) %"
    }

    /// A fraction as per cent with as many of two decimals as it needs: `5 %`, `12.5 %`.
    package static func shortPercent(_ fraction: Double) -> String {
        var text = fixed(100 * fraction, places: 2)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text + " %"
    }
}
