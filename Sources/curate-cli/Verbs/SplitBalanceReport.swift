import Curate

/// The classes before and after a split, as `curate train --train-on` shows them.
struct SplitBalanceReport {
    private let balance: SplitBalance

    private static let classLimit = 20

    init(_ balance: SplitBalance) { self.balance = balance }

    private func text(_ ratio: Double?) -> String { ratio.map { NumberText.fixed($0, decimals: 1) } ?? "-" }

    /// The classes of what is trained on, when that is everything.
    private func showWhole(on console: Console) throws {
        var table = Table([
            .text("class", mayShrink: true), .number("examples"), .number("share"), .number("effective"),
            .number("LDAM margin"),
        ])
        for (line, shares, effective, margins) in balance.rows.prefix(Self.classLimit) {
            table.add([
                line.name, NumberText.grouped(line.before), NumberText.percent(shares.0),
                NumberText.fixed(effective.0, decimals: 0), NumberText.fixed(margins.0, decimals: 2),
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        if balance.classes.count > Self.classLimit {
            try console.printLine("... \(balance.classes.count - Self.classLimit) more; --json has all")
        }
        try console.printLine("imbalance factor \(text(balance.imbalanceBefore))")
        try console.printLine()
    }

    func show(on console: Console) throws {
        if balance.isWhole { return try showWhole(on: console) }
        let isWeighted = balance.classes.contains { $0.mass != Double($0.kept) }
        var table = Table(
            [.text("class", mayShrink: true), .number("before"), .number("kept")]
                + (isWeighted ? [.number("weight")] : [])
                + [.number("share"), .number("effective"), .number("LDAM margin")])
        func pair(_ values: (Double, Double), _ text: (Double) -> String) -> String {
            "\(text(values.0)) -> \(text(values.1))"
        }
        for (line, shares, effective, margins) in balance.rows.prefix(Self.classLimit) {
            table.add(
                [line.name, NumberText.grouped(line.before), NumberText.grouped(line.kept)]
                    + (isWeighted ? [NumberText.fixed(line.mass, decimals: 1)] : [])
                    + [
                        pair(shares) { NumberText.percent($0) }, pair(effective) { NumberText.fixed($0, decimals: 0) },
                        pair(margins) { NumberText.fixed($0, decimals: 2) },
                    ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        if balance.classes.count > Self.classLimit {
            try console.printLine("... \(balance.classes.count - Self.classLimit) more; --json has all")
        }
        try console.printLine(
            "imbalance factor \(text(balance.imbalanceBefore)) before, \(text(balance.imbalanceAfter)) after")
        try console.printLine()
    }
}
