extension StageKind {
    /// `evaluate`: accuracies of the runs of a `train` stage on held-out examples.
    package static let evaluate = StageKind(
        name: "evaluate",
        abstract:
            "Compares the predictions of some runs, after their last epoch, with the labels of held-out examples.",
        discussion: """
            Accuracy, the recall of each class, the accuracy of each value of each group column with the worst by name, \
            and the confusion matrix. Each number has a mean and standard deviation over the seeds and a 95 % Wilson \
            interval for the number of examples.
            """,
        gives: .report, codeVersion: EvaluateWork.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), isRequired: true, help: "The stage whose runs are evaluated.",
                knownElsewhereAs: ["train", "input", "from", "run"]),
            Parameter(
                "on", .word(["test", "validation"]), default: "test", help: "The examples to evaluate on.",
                shownAs: "part",
                knownElsewhereAs: ["partition", "split"]),
            Parameter(
                "by", .list(.text), absent: "every group column of the dataset",
                help: "The group columns to break accuracy down by.", shownAs: "column,...",
                knownElsewhereAs: ["group", "groups", "breakdown"]),
        ],
        prepare: { try EvaluateWork($0) })
}

/// An evaluation of some runs.
final class EvaluateWork: DocumentWork {
    /// Raised when the same predictions give other numbers.
    static let codeVersion = 1

    static let kind = StageKind.evaluate

    let parameters: JSONValue
    let facts: DatasetFacts
    private let train: TrainWork
    private let partition: Partition
    private let groups: [String]

    static let column = "evaluation"

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        facts = setting.facts
        partition = values.text("on") == "test" ? .test : .validation
        groups = values.isGiven("by") ? values.texts("by") : facts.groupNames
        parameters = values.identity(deciding: [
            "by": .array(groups.map { .string($0) }), "epoch": .int(train.epochCount),
        ])
        if facts.count(of: partition) == 0 {
            let other: Partition = partition == .test ? .validation : .test
            throw CurateError(
                .usage, "'\(facts.name)' has no \(partition.name) examples to evaluate on",
                remedy: facts.count(of: other) > 0
                    ? "evaluate on \(other.name), of which there are \(facts.count(of: other)): `on: \"\(other.name)\"`"
                    : "set some aside with `validation: 0.2` of the dataset for instance, and evaluate on validation")
        }
        for name in groups where !facts.groupNames.contains(name) {
            let guess = Suggestion.nearest(to: name, among: facts.groupNames)
            throw CurateError(
                .usage, "'\(facts.name)' has no group column '\(name)'",
                remedy: guess.map { "did you mean '\($0)'?" }
                    ?? (facts.groupNames.isEmpty
                        ? "name the column with `group` of the dataset"
                        : "there is \(facts.groupNames.joined(separator: ", "))"))
        }
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? { try train.resultKeys(in: store) }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(from: store)
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let runs = try train.outcomes(in: context).map(\.key)
        let predictions = try runs.map { key in
            guard
                let predicted = try RunCache.predictions(
                    of: key, on: partition, epoch: train.epochCount, store: context.store)
            else {
                throw CurateError(
                    .internalError, "the predictions of epoch \(train.epochCount) are not stored", at: key.description)
            }
            return predicted
        }
        let examples = ExampleTable(dataset: dataset, indices: dataset.indices(of: partition))
        let evaluation = Evaluation(
            of: predictions, on: partition, seeds: train.seeds, labels: examples.labels,
            classNames: examples.classNames,
            groups: groups.compactMap { name in examples.groups.first { $0.name == name } })
        try keep(evaluation.json, in: context)
    }

    /// The evaluation in a store.
    ///
    /// - Precondition: it is complete.
    func evaluation(from store: Store) throws -> Evaluation {
        guard let evaluation = Evaluation(try document(from: store)) else {
            throw CurateError(
                .badData, "an evaluation cannot be read", at: store.path,
                remedy: "use another `store`")
        }
        return evaluation
    }

    func report(from store: Store) throws -> StageReport {
        let evaluation = try evaluation(from: store)
        let accuracy = evaluation.accuracy
        var summary = "\(partition.name) accuracy " + DecimalText.percent(accuracy.mean ?? 0, places: 1)
        if let deviation = accuracy.standardDeviation { summary += " ± \(DecimalText.percent(deviation, places: 1))" }
        for group in evaluation.groups {
            guard let worst = group.worst, let mean = worst.mean else { continue }
            summary += ", worst \(group.name) \(worst.name) \(DecimalText.percent(mean, places: 1))"
        }
        return StageReport(summary: summary, json: evaluation.reportJSON)
    }
}
