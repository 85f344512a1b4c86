import Curate

/// The whole report of an `evaluate` stage of a pipeline, as `curate evaluate` shows one, with what it is compared with.
struct EvaluationStageReport {
    private let label: String
    private let outcome: PipelineOutcome

    init(_ label: String, of outcome: PipelineOutcome) {
        self.label = label
        self.outcome = outcome
    }

    func show(on console: Console) throws {
        let evaluation = try outcome.evaluation(of: label)
        let dataset = try outcome.dataset()
        try console.printLine()
        try console.printLine(
            console.style.bold(TerminalText.printable(label)) + ": "
                + "\(NumberText.grouped(evaluation.accuracy.count)) \(evaluation.partition?.name ?? "") examples")
        try EvaluationReport(evaluation, classNames: dataset.classNames, hasRule: true).show(on: console)
        guard let contrast = try outcome.contrast(of: label) else { return }
        try console.printLine()
        var table = Table([
            .text("minus '\(TerminalText.printable(contrast.label))', seed by seed"), .number("points"),
            .number("95 %"),
            .number("seeds"),
        ])
        func points(_ share: Double) -> String { (share >= 0 ? "+" : "") + NumberText.fixed(100 * share, decimals: 1) }
        for row in contrast.contrast.rows {
            table.add([
                row.name, points(row.difference.mean),
                row.difference.interval.map { "\(points($0.lowerBound)) to \(points($0.upperBound))" } ?? "-",
                String(row.difference.count),
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }
}
