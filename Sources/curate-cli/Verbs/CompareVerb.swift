import Curate

/// `curate compare A B`: how two sorts of runs differ on the same examples.
package enum CompareVerb {
    static let first = Argument(
        Parameter(
            "first", .list(.text), isRequired: true,
            help: "A .csv file of predictions, or several with commas between them; with <data> keys of runs."))
    static let second = Argument(
        Parameter("second", .list(.text), isRequired: true, help: "Those to compare with the first."))
    static let data: Argument = {
        var parameter = DataOptions.optionalPath.parameter
        parameter.help = "The dataset that the runs were trained on, when they are runs of the store."
        return Argument(parameter)
    }()

    /// What it has in common with `curate evaluate`.
    static let evaluate = Exposure(.evaluate, as: "evaluate", only: ["on", "minGroup"]) { parameter in
        if parameter.name == "on" { parameter.help = "The examples to compare on." }
        if parameter.name == "minGroup" { parameter.help = "Groups of fewer examples are left out." }
    }

    package static let command = Command(
        name: "compare",
        abstract: "Compare two runs, or predictions of any tool, on the same examples, by group.",
        discussion: [
            """
            A change is the second minus the first, in points. It has a 95 % interval of pairs: both are compared \
            example by example, which tells apart what the intervals of two accuracies do not. Several runs a side are \
            averaged. McNemar's test is that of one run against one.
            """,
            """
            The worst groups are compared too, whichever they are, with an interval that knows that they are picked \
            for being the worst.
            """,
        ],
        arguments: [first, second, data],
        optionGroups: [
            OptionGroup("COMPARE OPTIONS", evaluate.options + [EvaluateVerb.predicted, EvaluateVerb.probabilities]),
            DataOptions.group,
        ],
        examples: [
            Example(
                "curate compare before.csv after.csv --group place*label",
                "Compare two files of predictions by group; groups are those of the first."),
            Example(
                "curate compare plain-0.csv,plain-1.csv weighted-0.csv,weighted-1.csv --group sex",
                "Compare two runs with two others."),
            Example(
                "curate compare 3fa9 77b2 people.csv --group sex --split part",
                "Compare runs of the store, by the first digits of their keys."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        let sides = [first, second].map { arguments[$0]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        let predictions = try arguments[data] == nil ? ofFiles(invocation, sides) : ofRuns(invocation, sides)
        let comparison = try PredictionComparison(
            predictions[0], predictions[1], minimumGroupSize: arguments.integer(evaluate.option("minGroup")))
        if console.wantsJSON { return try console.printJSON(comparison.json) }
        try ComparisonReport(comparison).show(on: console)
        if comparison.groups.isEmpty {
            console.remark("next: compare by group, for instance with --group COLUMN or --group COLUMN*label")
        }
    }

    private static func ofFiles(_ invocation: Invocation, _ sides: [[String]]) throws -> [Predictions] {
        let options = try PredictionArguments.options(invocation.arguments, part: evaluate.option("on"))
        do {
            let (predictions, notes) = try Predictions.reading(sides: sides, options: options)
            for note in notes { invocation.console.remark("note: \(note)") }
            return predictions
        } catch let error as CurateError where error.kind == .missingInput {
            throw CurateError(
                error.kind, error.message, at: error.location,
                remedy: "give files of predictions; or of runs in the store their keys, and after them <data>")
        }
    }

    private static func ofRuns(_ invocation: Invocation, _ sides: [[String]]) throws -> [Predictions] {
        let arguments = invocation.arguments
        if let stray = arguments.firstGiven(of: [EvaluateVerb.predicted, EvaluateVerb.probabilities]) {
            throw CurateError(
                .usage, "--\(stray.name) goes with files of predictions", remedy: "leave out --\(stray.name), or <data>"
            )
        }
        let store = try invocation.openStore(.read)
        let dataset = try loadDataset(DataOptions.source(arguments), invocation)
        let partition = arguments.text(evaluate.option("on")).flatMap { Partition(word: $0) } ?? .test
        return try sides.map {
            try Predictions.ofRuns($0, on: partition, dataset: dataset, store: store)
        }
    }
}

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
