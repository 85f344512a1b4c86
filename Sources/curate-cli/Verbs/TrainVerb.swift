import Curate
import Models

/// `curate train DATA`: trains what is missing, reports accuracies and writes the weights.
package enum TrainVerb {
    package static let train = Exposure(.train, as: "train")

    private static let showRecipe = Option(
        Parameter(
            "showRecipe", .flag,
            help: "Print what would be trained with, in full, as a stage of a pipeline file, and train nothing.",
            knownElsewhereAs: ["printRecipe", "dryRun", "printConfig"]))

    package static let command = Command(
        name: "train",
        abstract: "Train a network and keep what happened to every example.",
        discussion: [
            """
            A run that is in the store is not trained again; asking for more epochs or more seeds trains only what is \
            missing. After Ctrl-C the same command continues.
            """
        ],
        arguments: [DataOptions.optionalPath],
        optionGroups: [
            OptionGroup("TRAINING OPTIONS", [TrainingOptions.trainOn] + train.options + [showRecipe]),
            DataOptions.group,
        ],
        examples: [
            Example("curate train fashion-mnist/ --epochs 5", "Train a resnet8 and report its test accuracy."),
            Example(
                "curate train cifar10/ --network resnet18 --epochs 30 --schedule cosine --crop 4 --flip "
                    + "--out resnet18.safetensors",
                "Train with augmentation and write the weights for PyTorch."),
            Example(
                "curate train embeddings.npz --network linear --learning-rate 0.05",
                "Train a linear probe on vectors."),
            Example(
                "curate train fashion-mnist/ --train-on longtail/ --recipe ldam-drw --epochs 40",
                "Train on a long-tailed split by the recipe of a paper, for fewer epochs."),
            Example(
                "curate train --recipe vs --show-recipe", "Print a recipe in full, as a stage of a pipeline."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        if arguments[showRecipe]?.boolValue == true { return try RecipeReport(invocation).show(on: console) }
        guard arguments[DataOptions.optionalPath] != nil else {
            throw CurateError(
                .usage, "<\(DataOptions.path.name)> is missing",
                remedy: "give the dataset's path, or --show-recipe to see what would be trained with")
        }
        let pipeline = try VerbPipeline(invocation, [train])
        defer { pipeline.showProfile() }
        let outcome = try pipeline.run(VerbPipeline.training(train, arguments))
        let runs = try outcome.runs(of: "train")
        let balance = try outcome.splitBalance(of: "train") ?? outcome.classBalance(of: "train")
        for warning in balance?.warnings ?? [] { console.warn(PruneVerb.command.spelling.spelled(warning)) }
        if console.wantsJSON {
            return try console.printJSON([
                "dataset": .string(try outcome.dataset().contentHash),
                "network": .string(outcome.recipe(of: "train").network.description),
                "epochs": .int(runs.first?.losses.count ?? 0), "runs": .array(runs.map(\.json)),
                "files": .strings(outcome.files), "classBalance": balance?.json ?? .null,
            ])
        }
        if let balance { try SplitBalanceReport(balance).show(on: console) }
        try show(runs, on: console)
        try console.printLines(outcome.fileLines)
        console.remark(
            "next, with the same training options: curate score \(ShellText.join(try DataOptions.source(arguments).words))"
        )
    }

    private static func show(_ runs: [RunCache.Outcome], on console: Console) throws {
        var table = Table([
            .number("seed"), .number("loss"), .number("train accuracy"), .number("validation"), .number("test"),
            .text("run"),
        ])
        func percent(_ share: Double?) -> String { share.map { NumberText.percent($0, decimals: 2) } ?? "-" }
        for run in runs {
            table.add([
                String(run.seed), NumberText.fixed(run.losses.last ?? .nan, decimals: 4),
                NumberText.percent(run.accuracies.last ?? .nan, decimals: 2), percent(run.validationAccuracy),
                percent(run.testAccuracy), RunText.describe(run),
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        let tests = runs.compactMap(\.testAccuracy)
        if tests.count > 1 {
            let mean = tests.reduce(0, +) / Double(tests.count)
            let squares = tests.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let deviation = (squares / Double(tests.count - 1)).squareRoot()
            try console.printLine(
                "test accuracy \(percent(mean)) ± \(percent(deviation)) (mean ± sd of \(tests.count) seeds, last epoch)"
            )
        }
    }
}
