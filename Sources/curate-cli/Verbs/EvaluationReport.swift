import Curate

/// An evaluation as people read it.
struct EvaluationReport {
    private let evaluation: Evaluation
    private let classNames: [String]

    /// A matrix of more classes than this is not read but computed with.
    private static let largestMatrix = 12

    init(_ evaluation: Evaluation, classNames: [String]) {
        self.evaluation = evaluation
        self.classNames = classNames
    }

    func show(on console: Console) throws {
        try printRates("class", "recall", [evaluation.accuracy] + evaluation.classes, on: console)
        if let mean = evaluation.meanOfClasses {
            try console.printLine("mean of classes \(NumberText.percent(mean, decimals: 2))")
        }
        for group in evaluation.groups {
            try console.printLine()
            try printRates(group.name, "accuracy", group.values, on: console)
            if let mean = group.meanOfValues, let worst = group.worst, let rate = worst.mean {
                try console.printLine(
                    "mean of values \(NumberText.percent(mean, decimals: 2)), worst \(worst.name) "
                        + NumberText.percent(rate, decimals: 2))
            }
        }
        if classNames.count <= Self.largestMatrix { try printConfusion(on: console) }
    }

    private func printRates(
        _ what: String, _ measure: String, _ rates: [Evaluation.Rate], on console: Console
    ) throws {
        var table = Table([
            .text(what, mayShrink: true), .number("examples"), .number(measure), .number("± sd"), .number("95 %"),
        ])
        for rate in rates {
            func percent(_ share: Double?) -> String { share.map { NumberText.percent($0, decimals: 2) } ?? "-" }
            let interval = rate.interval.map {
                "\(NumberText.percent($0.lower, decimals: 1)) to \(NumberText.percent($0.upper, decimals: 1))"
            }
            table.add([
                rate.name, NumberText.grouped(rate.count), percent(rate.mean), percent(rate.standardDeviation),
                interval ?? "-",
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }

    private func printConfusion(on console: Console) throws {
        try console.printLine()
        var table = Table(
            [.text("label \\ predicted", mayShrink: true)] + classNames.indices.map { .number(String($0)) })
        for (label, row) in evaluation.confusion.enumerated() {
            table.add(["\(label) \(classNames[label])"] + row.map { String($0) })
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }
}
