import Curate

/// `curate curve DATA`: trains what is missing and shows what pruning does to accuracy.
package enum CurveVerb {
    package static let train = TrainingOptions.exposure(seeds: 3)
    package static let curve = Exposure(.curve, as: "curve") { parameter in
        guard parameter.name == "by" else { return }
        // The sets that are always drawn may be named beside the scores.
        parameter.type = .list(.word(ScoreName.allCases.map(\.rawValue) + randomSets))
        parameter.initial = ["el2n"]
    }
    package static let probe = Exposure(.train, as: "probe", only: ["epochs", "seeds"]) { parameter in
        parameter.option = "score-\(parameter.option)"
        parameter.knownElsewhereAs = ["probe-\(parameter.name)"]
        if parameter.name == "epochs" {
            parameter.initial = nil
            parameter.absent = "4, or `epochs` if that is less"
            parameter.help = "The epochs that are trained for the scores: the beginning of trainings on all data."
        } else {
            parameter.initial = 3
            parameter.help = "How many runs the scores are means over."
        }
    }
    private static let randomSets = [CurveRun.Method.random, .classBalanced].map(\.policy)

    package static let command = Command(
        name: "curve",
        abstract: "Show how much can be dropped: train on kept sets and compare.",
        discussion: [
            """
            Trains on what each score keeps, on random sets of the same size and on all data, with the same seeds, \
            and shows accuracy, the worst class, the balance of the kept set and the paired difference to random \
            sets with a 95 % interval. Ends with one sentence: the largest share that can be dropped, or that none \
            can.
            """,
            """
            Every training is a run in the store: after Ctrl-C the same command goes on where it stopped, and more \
            shares or scores train only what is new.
            """,
        ],
        arguments: [DataOptions.path],
        optionGroups: [
            OptionGroup("CURVE OPTIONS", curve.options + probe.options), TrainingOptions.group(train),
            DataOptions.group,
        ],
        examples: [
            Example(
                "curate curve fashion-mnist/ --by el2n,grand --keep 0.3,0.5,0.7 --epochs 5 --schedule cosine",
                "Accuracy by the two scores over what is kept."),
            Example(
                "curate curve fashion-mnist/ --policy hardest,ccs --drop-hardest 0.1 --out curve.svg",
                "The hardest against a sample of all strata, as a plot."),
        ],
        run: run)

    /// The stages that a command line describes.
    package static func stages(_ arguments: ParsedArguments) -> [String: JSONValue] {
        var stages = VerbPipeline.training(train, arguments)
        let scores = arguments.texts(curve.option("by")).filter { !randomSets.contains($0) }
        var others: [String: JSONValue] = ["runs": "train", "by": .strings(scores)]
        if !scores.isEmpty {
            others["scores"] = "scores"
            stages["scores"] = ["score": ["runs": "probe", "by": .strings(scores)]]
            stages["probe"] = train.described(arguments, adding: probeValues(arguments))
        }
        stages["curve"] = curve.described(arguments, adding: others)
        return stages
    }

    /// What is different for the runs that the scores come from.
    ///
    /// They are the beginnings of runs on all data: what those have trained already is not trained again.
    private static func probeValues(_ arguments: ParsedArguments) -> [String: JSONValue] {
        let epochs = arguments.integer(train.option("epochs"))
        let scoreEpochs = arguments[probe.option("epochs")]?.intValue ?? min(4, epochs)
        var values = probe.values(arguments)
        values["epochs"] = .int(scoreEpochs)
        if arguments.text(train.option("schedule")) == "cosine" || arguments[train.option("samFrom")] != nil {
            let horizon = arguments[train.option("scheduleEpochs")]?.intValue ?? epochs
            values["scheduleEpochs"] = .int(max(horizon, scoreEpochs))
        }
        return values
    }

    @Sendable private static func run(_ invocation: Invocation) throws {
        let console = invocation.console
        let pipeline = try VerbPipeline(invocation, [curve, train, probe])
        defer { pipeline.showProfile() }
        let outcome = try pipeline.run(stages(invocation.arguments))
        let summary = CurveSummary(try outcome.curve(of: "curve"))
        if console.wantsJSON {
            return try console.printJSON(["curve": summary.json, "files": .strings(outcome.files)])
        }
        try console.printLine(
            console.style.bold("\(summary.result.datasetName): \(try TrainingOptions.phrase(outcome))")
                + ", accuracy on \(NumberText.grouped(summary.result.heldOutClassCounts.reduce(0, +))) "
                + "\(summary.result.partition) examples")
        try CurveReport(summary).show(on: console)
        try console.printLines(outcome.fileLines)
    }
}
