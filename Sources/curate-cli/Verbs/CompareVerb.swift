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
