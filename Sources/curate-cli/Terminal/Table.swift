/// Rows under headings, in columns just wide enough.
package struct Table: Sendable {
    /// A column's heading and the side its cells lean to.
    package struct Column: Sendable {
        package enum Alignment: Sendable { case left, right }

        package let heading: String
        package let alignment: Alignment
        /// Whether cells may be cut when the table is wider than the terminal.
        package let mayShrink: Bool

        /// A column of words.
        package static func text(_ heading: String, mayShrink: Bool = false) -> Column {
            Column(heading: heading, alignment: .left, mayShrink: mayShrink)
        }

        /// A column of numbers.
        package static func number(_ heading: String) -> Column {
            Column(heading: heading, alignment: .right, mayShrink: false)
        }
    }

    private static let gap = 2
    private static let narrowest = 8

    package let columns: [Column]
    package private(set) var rows: [[String]] = []

    package init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; control characters in its cells become visible escapes.
    ///
    /// - Precondition: there is one cell per column.
    package mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row needs \(columns.count) cells")
        rows.append(cells.map(TerminalText.printable))
    }

    /// The heading and the rows as lines.
    ///
    /// - Parameters:
    ///   - maximumWidth: the columns of the terminal, or nil not to cut anything.
    ///   - style: how the heading is set off.
    package func lines(maximumWidth: Int? = nil, style: Style = .plain) -> [String] {
        let widths = fittedWidths(maximumWidth: maximumWidth)
        let heading = line(columns.map(\.heading), widths)
        return [style.bold(heading)] + rows.map { line($0, widths) }
    }

    /// The lines of a table that fits, and otherwise each row by itself with a line for every heading.
    ///
    /// - Parameters:
    ///   - maximumWidth: the columns of the terminal, or nil when there is no limit.
    ///   - style: how headings are set off.
    package func fittingLines(maximumWidth: Int?, style: Style = .plain) -> [String] {
        let needed = fittedWidths(maximumWidth: maximumWidth).reduce(0, +) + Self.gap * max(0, columns.count - 1)
        guard let maximumWidth, needed > maximumWidth else { return lines(maximumWidth: maximumWidth, style: style) }
        let indent = (columns.map { TerminalText.width(of: $0.heading) }.max() ?? 0) + Self.gap
        let room = max(1, maximumWidth - indent)
        let records = rows.map { row in
            zip(columns, row).filter { !$1.isEmpty }.flatMap { column, cell in
                TerminalText.wrapped(cell, to: room).enumerated().map { number, part in
                    let heading = TerminalText.padded(number == 0 ? column.heading : "", to: indent)
                    return (number == 0 ? style.bold(heading) : heading) + TerminalText.truncated(part, to: room)
                }
            }
        }
        return Array(records.joined(separator: [""]))
    }

    private func fittedWidths(maximumWidth: Int?) -> [Int] {
        var widths = columns.indices.map { column in
            ([columns[column].heading] + rows.map { $0[column] }).map { TerminalText.width(of: $0) }.max() ?? 0
        }
        guard let maximumWidth else { return widths }
        var excess = widths.reduce(0, +) + Self.gap * max(0, columns.count - 1) - maximumWidth
        while excess > 0 {
            let candidates = columns.indices.filter { columns[$0].mayShrink && widths[$0] > Self.narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            if column > 0 { line += String(repeating: " ", count: Self.gap) }
            let shown = TerminalText.truncated(cell, to: widths[column])
            let leansRight = columns[column].alignment == .right
            line += TerminalText.padded(shown, to: widths[column], onTheLeft: leansRight)
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
