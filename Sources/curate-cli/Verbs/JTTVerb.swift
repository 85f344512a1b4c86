import Curate

/// `curate jtt DATA`: trains twice over a grid, beside what trains once, and says whether it was worth it.
package enum JTTVerb {
    package static let train = TrainingOptions.exposure(
        seeds: 3,
        without: ["objective", "balance", "balanceBy", "groups", "groupStep", "groupAdjustment", "tail"]
    ) { parameter in
        if parameter.name == "epochs" { parameter.initial = 10 }
    }
    package static let jtt = Exposure(.jtt, as: "jtt")
    package static let identify = Exposure(.train, as: "identify", only: ["learningRate", "weightDecay", "network"]) {
        $0.option = "stage1-\($0.option)"
        $0.absent = "that of the second training"
        $0.initial = nil
        $0.help = "Of the first training: \($0.help.prefix(1).lowercased() + $0.help.dropFirst())"
        $0.section = $0.name == "learningRate" ? nil : "THE FIRST TRAINING"
        $0.knownElsewhereAs = []
    }

    package static let command = Command(
        name: "jtt",
        abstract:
            "Train twice: weight up what the first training gets wrong, and see whether it lifts the worst group.",
        discussion: [
            """
            Just Train Twice (Liu et al., ICML 2021): takes the errors of a first training after T epochs, and trains \
            again with these counting λ times. Every T and λ is trained with every seed; the first training is trained \
            once. The cell is chosen on validation examples, and test examples are looked at for that cell alone.
            """,
            """
            Beside it, with the same recipe, seeds and epochs: training once (ERM), with balanced classes, and with \
            groups where the data names them. Ends with one sentence: whether JTT was worth it.
            """,
        ],
        arguments: [DataOptions.path],
        optionGroups: [
            OptionGroup("JTT OPTIONS", jtt.options + identify.options), TrainingOptions.group(train), DataOptions.group,
        ],
        examples: [
            Example(
                "curate jtt waterbirds/ --group 'place*label' --stage1-epochs 1,2,4 --upweight 5,20,50",
                "A grid of nine, chosen by the worst group of the validation examples."),
            Example(
                "curate jtt adult.csv --label income --group 'sex*label' --validation 0.2 --preset anniesch",
                "As the authors' code does it, on a table."),
            Example(
                "curate jtt photos/ --logits 'run0/epoch*.npy' --stage1-epochs 2 --upweight 20",
                "With the errors of a first training that happened elsewhere."),
        ],
        run: run)

    /// The stages that a command line describes.
    package static func stages(_ arguments: ParsedArguments) -> [String: JSONValue] {
        var stages = VerbPipeline.training(train, arguments)
        var others: [String: JSONValue] = ["runs": "train"]
        let own = identify.values(arguments).filter { arguments.isGiven(identify.option($0.key)) }
        if !own.isEmpty {
            var values = own
            if arguments.text(TrainingOptions.trainOn) != nil { values["split"] = "split" }
            stages["identify"] = train.described(arguments, adding: values)
            others["identify"] = "identify"
        }
        stages["jtt"] = jtt.described(arguments, adding: others)
        return stages
    }

    /// Fails, after everything was shown, when no cell could be trained.
    private static func checkIsTrained(_ summary: JTTSummary) throws {
        guard let refusal = summary.result.refusals.first, summary.jtt == nil else { return }
        throw CurateError(
            .workFailed, "no second training: \(refusal.reason)", at: "T = \(refusal.epoch)", remedy: refusal.advice)
    }

    @Sendable private static func run(_ invocation: Invocation) throws {
        let console = invocation.console
        let pipeline = try VerbPipeline(invocation, [jtt, train, identify])
        defer { pipeline.showProfile() }
        let outcome = try pipeline.run(stages(invocation.arguments))
        let summary = JTTSummary(try outcome.jtt(of: "jtt"))
        if console.wantsJSON {
            try console.printJSON(["jtt": summary.json])
            return try checkIsTrained(summary)
        }
        try console.printLine(
            console.style.bold("\(summary.result.datasetName): \(try TrainingOptions.phrase(outcome))"))
        try JTTReport(summary).show(on: console)
        try checkIsTrained(summary)
    }
}
