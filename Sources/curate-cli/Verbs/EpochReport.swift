import Curate

/// The last epoch beside the one that validation examples choose, as people read it.
struct EpochReport {
    let last: Evaluation
    let epochCount: Int
    let choice: EpochChoice

    func show(on console: Console) throws {
        try console.printLine()
        var table = Table([.text(""), .number("last epoch (\(epochCount))"), .number("best on validation")])
        for (name, value) in Self.rows {
            let (own, other) = (value(last), value(choice.evaluation))
            guard own != nil || other != nil else { continue }
            table.add([name, own ?? "-", other ?? "-"])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        let epochs = zip(last.seeds, choice.epochs).map { "\($1) (seed \($0))" }.joined(separator: ", ")
        try console.printProse(
            "best on validation is after epoch \(epochs); all that stands above is of the last epoch")
    }

    private typealias Row = (name: String, value: @Sendable (Evaluation) -> String?)

    private static let rows: [Row] = {
        var rows: [Row] = [
            ("accuracy", { text($0.accuracy.mean, $0.accuracy.standardDeviation) }),
            ("balanced accuracy", { text($0.meanOfClasses, nil) }),
            ("worst class", { evaluation in evaluation.worstClass.flatMap { text($0.mean, $0.standardDeviation) } }),
            (
                "worst group",
                { evaluation in evaluation.worst.flatMap { text($0.rate.mean, $0.rate.standardDeviation) } }
            ),
        ]
        for bin in FrequencyRule.Bin.allCases {
            rows.append(
                (
                    "\(bin.rawValue) training examples",
                    { evaluation in
                        let found = evaluation.frequencyBins.first { $0.bin == bin }?.accuracies
                        return found.flatMap { text($0.mean, $0.standardDeviation) }
                    }
                ))
        }
        for measure in Evaluation.Measure.allCases {
            rows.append(
                (
                    measure.title,
                    { evaluation in
                        evaluation.measures[measure].map { spread in
                            let deviation =
                                spread.standardDeviation.map { " ± \(NumberText.fixed($0, decimals: 4))" } ?? ""
                            return NumberText.fixed(spread.mean, decimals: 4) + deviation
                        }
                    }
                ))
        }
        return rows
    }()

    private static func text(_ mean: Double?, _ deviation: Double?) -> String? {
        mean.map { mean in
            NumberText.percent(mean, decimals: 2)
                + (deviation.map { " ± \(NumberText.fixed(100 * $0, decimals: 2))" } ?? "")
        }
    }
}
