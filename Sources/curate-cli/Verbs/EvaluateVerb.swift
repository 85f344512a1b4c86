import Curate

/// `curate evaluate DATA`: trains what is missing and compares predictions with labels.
package enum EvaluateVerb {
    static let train = TrainingOptions.exposure(seeds: 3)
    static let evaluate = Exposure(.evaluate, as: "evaluate")

    package static let command = Command(
        name: "evaluate",
        abstract: "Report how well short runs predict held-out examples, by class and by group.",
        discussion: [
            """
            Trains a few runs, or finds them in the store. Each number comes with its standard deviation over the \
            seeds and with a 95 % interval for the number of examples. Runs are evaluated after their last epoch.
            """
        ],
        arguments: [DataOptions.path],
        optionGroups: [
            evaluate.group("EVALUATE OPTIONS"), TrainingOptions.group(train), DataOptions.group,
        ],
        examples: [
            Example("curate evaluate fashion-mnist/ --epochs 5", "Accuracy and recalls of three runs."),
            Example(
                "curate evaluate people.csv --group sex,site --by sex --validation 0.2 --on validation",
                "Accuracy by sex on examples that are set aside."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        let pipeline = try VerbPipeline(invocation, [evaluate, train])
        defer { pipeline.showProfile() }
        var stages = VerbPipeline.training(train, arguments)
        stages["evaluate"] = evaluate.described(arguments, adding: ["runs": "train"])
        let outcome = try pipeline.run(stages)
        let evaluation = try outcome.evaluation(of: "evaluate")
        let dataset = try outcome.dataset()
        if console.wantsJSON {
            return try console.printJSON([
                "dataset": .string(dataset.contentHash),
                "runs": .array(try outcome.runs(of: "train").map(\.json)), "evaluation": evaluation.reportJSON,
                "classNames": .strings(dataset.classNames),
            ])
        }
        try console.printLine(
            console.style.bold("\(dataset.name): \(try TrainingOptions.phrase(outcome))") + ", "
                + "\(NumberText.grouped(evaluation.accuracy.count)) \(evaluation.partition.name) examples")
        try EvaluationReport(evaluation, classNames: dataset.classNames).show(on: console)
    }
}
