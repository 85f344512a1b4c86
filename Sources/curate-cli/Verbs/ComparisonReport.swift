import Curate

/// A comparison as people read it.
struct ComparisonReport {
    private let comparison: PredictionComparison

    init(_ comparison: PredictionComparison) { self.comparison = comparison }

    private func points(_ share: Double) -> String { NumberText.fixed(100 * share, decimals: 1) }

    private func signed(_ share: Double) -> String {
        let text = points(share)
        return share > 0 && text != "0.0" ? "+" + text : text
    }

    private func interval(_ range: ClosedRange<Double>) -> String {
        "\(signed(range.lowerBound)) to \(signed(range.upperBound))"
    }

    func show(on console: Console) throws {
        func runs(_ count: Int) -> String { "\(count) run\(count == 1 ? "" : "s")" }
        let names = (
            TerminalText.printable(comparison.firstName), TerminalText.printable(comparison.secondName)
        )
        try console.printProse(
            "first \(names.0) (\(runs(comparison.firstRunCount))), second \(names.1) (\(runs(comparison.secondRunCount))), "
                + "\(NumberText.grouped(comparison.overall.count)) \(comparison.partition.map { $0.name + " " } ?? "")examples",
            emphasized: true)
        var columns: [Table.Column] = [
            .text("group", mayShrink: true), .number("n"), .number("first %"), .number("second %"), .number("change"),
            .number("95 %"),
        ]
        let hasTests = comparison.overall.test != nil
        if hasTests { columns.append(.number("McNemar p")) }
        var table = Table(columns)
        for change in [comparison.overall] + comparison.groups {
            var row = [
                mark(change) + change.name, NumberText.grouped(change.count), points(change.first),
                points(change.second), signed(change.change), interval(change.interval),
            ]
            if hasTests { row.append(change.test.map { probability($0.probability) } ?? "-") }
            table.add(row)
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        try printSentences(on: console)
    }

    private func mark(_ change: PredictionComparison.Change) -> String {
        guard change.simultaneous != nil, change.isSure else { return "" }
        return change.change > 0 ? "+ " : "- "
    }

    private func probability(_ value: Double) -> String {
        value < 0.0001 ? "<0.0001" : NumberText.fixed(value, decimals: 4)
    }

    private func printSentences(on console: Console) throws {
        try console.printLine()
        let overall = comparison.overall
        try console.printProse(
            "average \(signed(overall.change)) points (95 %: \(interval(overall.interval))): "
                + verdict(overall.change, overall.interval))
        if let losses = overall.losses {
            func number(_ value: Double) -> String { NumberText.fixed(value, decimals: 4) }
            func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + number(value) }
            let interval = losses.interval.map {
                " (95 %: \(signed($0.lowerBound)) to \(signed($0.upperBound))): "
                    + verdict(-losses.change, -$0.upperBound ... -$0.lowerBound)
            }
            try console.printProse(
                "loss \(number(losses.first)) to \(number(losses.second)): \(signed(losses.change))" + (interval ?? ""))
        }
        if let worst = comparison.worst {
            let same = worst.firstName == worst.secondName
            let names =
                same
                ? TerminalText.printable(worst.firstName)
                : "\(TerminalText.printable(worst.firstName)), then \(TerminalText.printable(worst.secondName))"
            try console.printProse(
                "worst group \(names), \(points(worst.first)) % to \(points(worst.second)) %: "
                    + "\(signed(worst.change)) points (95 %: \(interval(worst.interval))): "
                    + verdict(worst.change, worst.interval), emphasized: true)
        }
        if comparison.groups.contains(where: \.isSure) {
            try console.printProse(
                "+ or - stands before groups that differ with 95 % confidence for all groups at once")
        }
        let small = comparison.groups.filter { $0.count < Evaluation.Group.judgedFrom }
        if !small.isEmpty {
            try console.printProse(
                "fewer than \(Evaluation.Group.judgedFrom) examples, too few to judge: "
                    + small.map { "\(TerminalText.printable($0.name)) (\($0.count))" }.joined(separator: ", "))
        }
        let left = comparison.leftOut.filter { $0.count > 0 }
        if !left.isEmpty {
            try console.printProse(
                "left out, below \(NumberText.grouped(comparison.minimumGroupSize)): "
                    + left.map { "\(TerminalText.printable($0.name)) (\($0.count))" }.joined(separator: ", "))
        }
        if comparison.overall.test == nil {
            try console.printProse("McNemar's test compares one run with one; of several the intervals tell it")
        }
    }

    private func verdict(_ change: Double, _ interval: ClosedRange<Double>) -> String {
        if interval.contains(0) { return "not surely different" }
        return change > 0 ? "the second is better" : "the first is better"
    }
}
