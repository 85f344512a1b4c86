import Curate

/// How many values fall into each of some equal intervals.
package struct Histogram: Sendable, Equatable {
    /// The interval's ends; the upper one belongs to the last bin only.
    package struct Bin: Sendable, Equatable {
        package let lower: Double
        package let upper: Double
        package let count: Int
    }

    package let bins: [Bin]
    /// Values that are not numbers or not finite, which no bin holds.
    package let leftOut: Int

    /// Counts values into equal intervals between the smallest and the largest finite one.
    ///
    /// When all values are equal there is one bin.
    ///
    /// - Parameters:
    ///   - values: what to count.
    ///   - binCount: how many intervals, at least one.
    package init(_ values: [Float], binCount: Int) {
        precondition(binCount > 0, "a histogram needs a bin")
        var least = Double.infinity
        var largest = -Double.infinity
        var finite = 0
        for value in values where value.isFinite {
            least = min(least, Double(value))
            largest = max(largest, Double(value))
            finite += 1
        }
        leftOut = values.count - finite
        guard finite > 0 else {
            bins = []
            return
        }
        guard least < largest else {
            bins = [Bin(lower: least, upper: largest, count: finite)]
            return
        }
        var counts = [Int](repeating: 0, count: binCount)
        let scale = Double(binCount) / (largest - least)
        for value in values where value.isFinite {
            counts[min(binCount - 1, Int((Double(value) - least) * scale))] += 1
        }
        let step = (largest - least) / Double(binCount)
        bins = counts.indices.map { index in
            let upper = index == binCount - 1 ? largest : least + Double(index + 1) * step
            return Bin(lower: least + Double(index) * step, upper: upper, count: counts[index])
        }
    }

    /// One line per bin: its interval, a bar, the count and the share.
    ///
    /// - Parameters:
    ///   - columns: the width to fill.
    ///   - style: the bar's colour.
    ///   - supportsUnicode: whether eighths of blocks can be drawn; `#` otherwise.
    package func lines(columns: Int, style: Style = .plain, supportsUnicode: Bool = true) -> [String] {
        let total = bins.reduce(0) { $0 + $1.count }
        let decimals = Self.decimals(for: bins)
        let edges = bins.map { bin in
            (NumberText.fixed(bin.lower, decimals: decimals), NumberText.fixed(bin.upper, decimals: decimals))
        }
        let edgeWidth = edges.flatMap { [$0.0.count, $0.1.count] }.max() ?? 0
        let counts = bins.map { NumberText.grouped($0.count) }
        let countWidth = counts.map(\.count).max() ?? 0
        let dash = supportsUnicode ? "–" : "-"
        // Interval, two spaces, bar, two spaces, count, two spaces, "100.0 %".
        let barWidth = max(8, columns - (2 * edgeWidth + 3) - countWidth - 13)
        let most = bins.map(\.count).max() ?? 0
        var lines = bins.indices.map { index in
            let lower = TerminalText.padded(edges[index].0, to: edgeWidth, onTheLeft: true)
            let upper = TerminalText.padded(edges[index].1, to: edgeWidth, onTheLeft: true)
            let bar = Bar.text(
                Double(bins[index].count) / Double(most), columns: barWidth, supportsUnicode: supportsUnicode)
            let count = TerminalText.padded(counts[index], to: countWidth, onTheLeft: true)
            let share = NumberText.percent(Double(bins[index].count) / Double(total))
            return "\(lower) \(dash) \(upper)  \(style.cyan(bar))  \(count)  "
                + TerminalText.padded(share, to: 7, onTheLeft: true)
        }
        if leftOut > 0 { lines.append("not a finite number: \(NumberText.grouped(leftOut))") }
        if bins.isEmpty && leftOut == 0 { lines.append("no values") }
        return lines
    }

    /// Enough decimals for neighbouring edges to differ in two digits.
    private static func decimals(for bins: [Bin]) -> Int {
        guard let first = bins.first else { return 0 }
        var step = bins.count == 1 ? abs(first.lower) : first.upper - first.lower
        var decimals = 0
        while step > 0 && step < 10 && decimals < 9 {
            step *= 10
            decimals += 1
        }
        return decimals
    }
}

/// A horizontal bar.
package enum Bar {
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A bar over a fraction of some columns, padded to all of them.
    ///
    /// A fraction above zero shows at least its thinnest piece.
    package static func text(_ fraction: Double, columns: Int, supportsUnicode: Bool) -> String {
        let share = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        if !supportsUnicode {
            let full = share > 0 ? max(1, Int((share * Double(columns)).rounded(.down))) : 0
            return String(repeating: "#", count: full) + String(repeating: " ", count: columns - full)
        }
        let pieces = share > 0 ? max(1, Int((share * Double(columns * 8)).rounded(.down))) : 0
        var bar = String(repeating: "█", count: pieces / 8)
        if pieces % 8 > 0 { bar.append(eighths[pieces % 8 - 1]) }
        return TerminalText.padded(bar, to: columns)
    }
}
