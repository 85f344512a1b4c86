import Curate

/// The grid, the error set of the chosen cell, the methods beside it, and the verdict.
struct JTTReport {
    private let summary: JTTSummary
    private var result: JTTResult { summary.result }

    init(_ summary: JTTSummary) { self.summary = summary }

    func show(on console: Console) throws {
        try showGrid(on: console)
        if let chosen = result.chosen, let first = result.cells[chosen].errorSets.first {
            try console.printLine()
            try ErrorSetTable(first, title: "error set at T = \(result.cells[chosen].epoch), first seed")
                .show(on: console)
        }
        try console.printLine()
        try showMethods(on: console)
        if summary.rows.contains(where: \.isTooSmallToJudge) {
            try console.printLine(
                "? fewer than \(Evaluation.Group.judgedFrom) examples, too few to judge: --min-group leaves such groups out"
            )
        }
        for (name, reason) in result.missing.sorted(by: { $0.key < $1.key }) {
            console.remark("note: \(name) was left out: \(reason)")
        }
        for refusal in result.refusals {
            console.remark("warning: no cell at T = \(refusal.epoch): \(refusal.reason): \(refusal.advice)")
        }
        try console.printLine()
        try console.printLine(console.style.bold(summary.sentence))
    }

    private static func percent(_ share: Double?) -> String { share.map { NumberText.percent($0, decimals: 1) } ?? "-" }

    private func showGrid(on console: Console) throws {
        guard !result.cells.isEmpty else { return }
        let what =
            switch result.selection {
            case .worstGroup: "lower bound of the worst group"
            case .worstClass: "lower bound of the worst class"
            case .pseudoGroups: "worst pseudo-group"
            }
        try console.printLine()
        try console.printLine(console.style.bold("validation, chosen by the \(what)"))
        var table = Table([
            .number("T"), .number("λ"), .number("error set"), .number("its weight"), .number(summary.subject),
            .number("average"), .number("chosen by"), .text(""),
        ])
        for (place, cell) in result.cells.enumerated() {
            func mean(_ value: (ErrorSetReport) -> Double) -> Double {
                cell.errorSets.map(value).reduce(0, +) / Double(max(1, cell.errorSets.count))
            }
            table.add([
                String(cell.epoch), cell.upweight.map { NumberText.significant($0) } ?? "balanced",
                Self.percent(mean { Double($0.memberCount) / Double($0.exampleCount) }),
                Self.percent(mean(\.weightShare)), Self.percent(cell.validation?.lowest?.rate.mean),
                Self.percent(cell.validation?.accuracy.mean), Self.percent(cell.worth(by: result.selection)),
                place == result.chosen ? "<" : "",
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }

    private func showMethods(on console: Console) throws {
        guard let first = result.methods.first else { return }
        let part = first.evaluation.partition?.name ?? "examples"
        try console.printLine(
            console.style.bold("\(part), \(NumberText.grouped(first.evaluation.accuracy.count)) examples, last epoch"))
        var table = Table([
            .text("method"), .text("groups"), .number(summary.subject), .number("± sd"),
            .text("which", mayShrink: true),
            .number("average"), .number("gain"), .number("95 %"),
        ])
        for row in summary.rows {
            table.add([
                row.method.name, row.method.usesGroups ? "of train" : "none", Self.percent(row.worstOfSeeds.mean),
                Self.percent(row.worstOfSeeds.deviation), (row.isTooSmallToJudge ? "? " : "") + (row.worst ?? "-"),
                Self.percent(row.method.evaluation.accuracy.mean),
                row.gain.map { CurveSummary.signed($0.mean) } ?? "",
                row.gain?.interval.map {
                    "\(CurveSummary.signed($0.lowerBound)) to \(CurveSummary.signed($0.upperBound))"
                } ?? "",
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }
}

/// How much of each class and group is in an error set.
struct ErrorSetTable {
    private let report: ErrorSetReport
    private let title: String

    private static func percent(_ share: Double?) -> String { share.map { NumberText.percent($0) } ?? "-" }

    init(_ report: ErrorSetReport, title: String) {
        self.report = report
        self.title = title
    }

    func show(on console: Console) throws {
        try console.printLine(
            console.style.bold(title) + ": \(NumberText.grouped(report.memberCount)) of "
                + "\(NumberText.grouped(report.exampleCount)) examples, each \(NumberText.significant(report.multiplier)) "
                + "times; \(NumberText.percent(report.weightShare)) of the weight, as good as "
                + "\(NumberText.grouped(Int(report.effectiveCount.rounded()))) equal examples")
        var table = Table([
            .text("class or group", mayShrink: true), .number("examples"), .number("in the set"), .number("recall"),
            .number("precision"), .number("lift"), .number("95 %"), .number("AUROC of loss"),
        ])
        for part in report.classes + report.groups {
            let overlap = report.overlap(of: part)
            table.add([
                part.column.map { "\($0): \(part.name)" } ?? part.name, NumberText.grouped(part.count),
                NumberText.grouped(part.memberCount), Self.percent(overlap.recall), Self.percent(overlap.precision),
                overlap.lift.map { NumberText.fixed($0, decimals: 2) } ?? "-",
                overlap.liftInterval.map {
                    "\(NumberText.fixed($0.lowerBound, decimals: 2)) to \(NumberText.fixed($0.upperBound, decimals: 2))"
                } ?? "-", part.lossArea.map { NumberText.fixed($0.value, decimals: 3) } ?? "-",
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        if report.suspectCount > 0 {
            try console.printLine(
                "\(NumberText.grouped(report.suspectCount)) of the wrong are \(report.suspicion)")
        }
        for warning in report.warnings { console.remark("warning: \(warning)") }
    }
}
