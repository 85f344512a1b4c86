import Curate

/// A curve as people read it.
struct CurveReport {
    private let summary: CurveSummary

    init(_ summary: CurveSummary) { self.summary = summary }

    func show(on console: Console) throws {
        for budget in summary.budgets {
            try console.printLine()
            try console.printLine(console.style.bold("equal \(budget.rawValue)"))
            var table = Table([
                .text("method", mayShrink: true), .number("kept"), .number("accuracy"), .number("± sd"),
                .number("to random"), .number("95 %"), .number("worst class"), .number("imbalance"),
            ])
            add(summary.full, named: "all data", to: &table)
            for point in summary.points where point.budget == budget {
                add(point, named: point.method.name, to: &table)
            }
            try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        }
        try console.printLine()
        for (score, cost) in summary.result.scoringCosts.sorted(by: { $0.key < $1.key }) {
            try console.printLine(
                "\(score) costs \(NumberText.fixed(cost, decimals: 1)) full trainings" + breakEven(score))
        }
        try console.printLine(console.style.bold(summary.sentence))
    }

    private func add(_ point: CurvePoint, named name: String, to table: inout Table) {
        func percent(_ share: Double?) -> String { share.map { NumberText.percent($0, decimals: 2) } ?? "-" }
        let worst = point.worstClass.map {
            "\(summary.result.classNames[$0]) \(percent(point.worstClassRecall))"
        }
        table.add([
            name, NumberText.percent(point.keptFraction, decimals: 0), percent(point.mean), percent(point.deviation),
            point.againstRandom.map { CurveSummary.signed($0.mean) } ?? "",
            point.againstRandom?.interval.map {
                "\(CurveSummary.signed($0.lowerBound)) to \(CurveSummary.signed($0.upperBound))"
            } ?? "",
            worst ?? "-", point.imbalance.isFinite ? NumberText.fixed(point.imbalance, decimals: 1) : "class lost",
        ])
    }

    /// When the score has paid for itself, at each share: `; paid for after 13 trainings at 80 %, 7 at 60 %`.
    private func breakEven(_ score: String) -> String {
        var seen: Set<Double> = []
        let parts = summary.points.compactMap { point -> String? in
            guard point.method.score == score, let count = point.breakEven, seen.insert(point.keptFraction).inserted
            else { return nil }
            return
                "\(count)\(seen.count == 1 ? " trainings" : "") at \(NumberText.percent(point.keptFraction, decimals: 0))"
        }
        return parts.isEmpty ? "" : "; paid for after " + parts.joined(separator: ", ")
    }
}
