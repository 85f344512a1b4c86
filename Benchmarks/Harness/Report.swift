/// One JSON object on one line, its keys in the order they were added.
struct JSONLine {
    private var fields: [String] = []

    mutating func add(_ key: String, _ value: String) {
        let escaped = value.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        fields.append("\"\(key)\": \"\(escaped)\"")
    }

    mutating func add(_ key: String, _ value: Int) { fields.append("\"\(key)\": \(value)") }

    mutating func add(_ key: String, _ value: Double) {
        fields.append("\"\(key)\": \(value.isFinite ? value.description : "null")")
    }

    var text: String { "{\(fields.joined(separator: ", "))}" }
}

/// A number with a fixed count of digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    if digits == 0 { return "\(sign)\(whole)" }
    let fraction = String(whole % scale)
    return "\(sign)\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

/// A row of a Markdown table.
func markdownRow(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
