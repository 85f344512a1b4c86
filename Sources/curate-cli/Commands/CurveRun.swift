import Curate

extension CurveOptions {
    /// `curate curve`: trains what is missing and shows what pruning does to accuracy.
    static func run(_ invocation: Invocation, _ options: CurveOptions) throws {
        let console = invocation.console
        // An output that cannot be written is refused now rather than after the training.
        for file in options.files { _ = try AtomicFile(path: file.path, replacing: invocation.globals.force) }
        let dataset = try loadDataset(options.data, console: console)
        var stages: [String: JSONValue] = ["curve": options.curve]
        if !options.scores.isEmpty {
            stages["probe"] = options.probe
            stages["scores"] = [
                "score": ["runs": "probe", "by": .array(options.scores.map { .string($0.rawValue) })]
            ]
        }
        let outcome = try VerbPipeline.run(invocation, options.data, dataset, options.training, stages: stages)
        let summary = CurveSummary(try outcome.curve(of: "curve"))
        for file in options.files {
            try summary.write(to: file.path, format: file.format, replacing: invocation.globals.force)
        }
        if console.wantsJSON {
            return try console.printJSON(
                .object([
                    ("curve", JSON(summary.json)), ("files", .strings(options.files.map(\.path))),
                ]))
        }
        let training = options.training
        try console.printLine(
            console.style.bold("\(dataset.name): \(outcome.recipe(of: "train").network)")
                + ", \(training.epochs) epoch\(training.epochs == 1 ? "" : "s"), "
                + "\(training.seedCount) seed\(training.seedCount == 1 ? "" : "s"), "
                + "accuracy on \(NumberText.grouped(summary.result.heldOutClassCounts.reduce(0, +))) "
                + "\(summary.result.partition) examples")
        try CurveText(summary).show(on: console)
        for file in options.files { try console.printLine("wrote \(TerminalText.printable(file.path))") }
    }
}

/// A curve as people read it.
struct CurveText {
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
