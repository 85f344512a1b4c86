import Curate
import Models

extension TrainOptions {
    /// `curate train`: trains what is missing, reports accuracies and writes the weights.
    static func run(_ invocation: Invocation, _ options: TrainOptions) throws {
        let console = invocation.console
        // Refused now rather than after the training.
        if let output = options.output { try AtomicFile.check(path: output, replacing: invocation.globals.force) }
        let dataset = try loadDataset(options.data, invocation)
        let outcome = try VerbPipeline.run(invocation, options.data, dataset, options.training)
        let recipe = outcome.recipe(of: "train")
        let epochs = options.training.epochs
        let outcomes = try outcome.runs(of: "train")
        if let output = options.output {
            let network = try outcome.network(of: "train")
            try network.save(
                toSafetensors: output, replacing: invocation.globals.force,
                metadata: ["network": recipe.network.description, "epochs": String(epochs)])
        }
        if console.wantsJSON {
            try console.printJSON(json(outcomes, dataset: dataset, recipe: recipe, epochs: epochs))
        } else {
            try print(outcomes, to: console)
            if let output = options.output { try console.printLine("weights  \(output)") }
            console.remark("next: curate score \(ShellText.quoted(options.data.path))")
        }
    }

    private static func print(_ outcomes: [RunCache.Outcome], to console: Console) throws {
        var table = Table([
            .number("seed"), .number("loss"), .number("train accuracy"), .number("validation"), .number("test"),
            .text("run"),
        ])
        for outcome in outcomes {
            table.add([
                String(outcome.seed), NumberText.fixed(outcome.losses.last ?? .nan, decimals: 4),
                NumberText.percent(outcome.accuracies.last ?? .nan, decimals: 2),
                outcome.validationAccuracy.map { NumberText.percent($0, decimals: 2) } ?? "-",
                outcome.testAccuracy.map { NumberText.percent($0, decimals: 2) } ?? "-", RunText.describe(outcome),
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        let tests = outcomes.compactMap(\.testAccuracy)
        if tests.count > 1 {
            let mean = tests.reduce(0, +) / Double(tests.count)
            let squares = tests.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = (squares / Double(tests.count - 1)).squareRoot()
            try console.printLine(
                "test accuracy \(NumberText.percent(mean, decimals: 2)) ± "
                    + "\(NumberText.percent(deviation, decimals: 2)) (mean ± sd of \(tests.count) seeds, last epoch)")
        }
    }

    private static func json(
        _ outcomes: [RunCache.Outcome], dataset: Dataset, recipe: Recipe, epochs: Int
    ) -> JSON {
        .object([
            ("dataset", .string(dataset.contentHash)), ("network", .string(recipe.network.description)),
            ("epochs", .integer(epochs)), ("runs", .array(outcomes.map(RunText.json))),
        ])
    }
}

/// Runs as people and programs read them.
enum RunText {
    /// Where a run came from: the store, or how many epochs of training.
    static func describe(_ outcome: RunCache.Outcome) -> String {
        if outcome.wasCached { return "in the store (\(NumberText.duration(outcome.seconds)) saved)" }
        let epochs = outcome.trainedEpochCount
        return epochs == 0 ? "evaluated" : "trained \(epochs) epoch\(epochs == 1 ? "" : "s")"
    }

    static func json(_ outcome: RunCache.Outcome) -> JSON {
        .object([
            ("key", .string(outcome.key.hexadecimal)), ("seed", .string(String(outcome.seed))),
            ("cached", .boolean(outcome.wasCached)), ("trained_epochs", .integer(outcome.trainedEpochCount)),
            ("seconds", .number(outcome.seconds)), ("losses", .array(outcome.losses.map { .number($0) })),
            ("train_accuracies", .array(outcome.accuracies.map { .number($0) })),
            ("validation_accuracy", outcome.validationAccuracy.map { .number($0) } ?? .null),
            ("test_accuracy", outcome.testAccuracy.map { .number($0) } ?? .null),
        ])
    }
}
