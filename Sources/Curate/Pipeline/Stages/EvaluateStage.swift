extension StageKind {
    /// `evaluate`: accuracies of the runs of a `train` stage on held-out examples.
    package static let evaluate = StageKind(
        name: "evaluate",
        abstract:
            "Compares the predictions of some runs, after their last epoch, with the labels of held-out examples.",
        discussion: """
            Accuracy, the recall of each class, and of each group the accuracy, loss and share, with the worst group by \
            name and an interval that corrects for its being the worst; averages weighted by examples, by training \
            examples and by groups; the mean recall over classes with many, medium and few training examples, which are \
            counted in the split that was trained on, whatever they weigh; macro-F1, AUROC, calibration error, Brier score; the confusion matrix. Each number \
            has a mean and standard deviation over the seeds, each accuracy a 95 % Wilson interval for the number of \
            examples. [Groups](groups.md) reads it line by line.
            """,
        gives: .report, codeVersion: EvaluateWork.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), isRequired: true, help: "The stage whose runs are evaluated.",
                knownElsewhereAs: ["train", "input", "from", "run"]),
            Parameter(
                "against", .stage(giving: .runs), absent: "nothing to compare with",
                help: "The stage whose runs of the same seeds these are compared with, on the same examples.",
                knownElsewhereAs: ["baseline", "versus", "compareWith"]),
            Parameter(
                "on", .word(["test", "validation"]), default: "test", help: "The examples to evaluate on.",
                shownAs: "part",
                knownElsewhereAs: ["partition", "split"]),
            Parameter(
                "by", .list(.text), absent: "every group of the dataset",
                help:
                    "The groups to break results down by: some of those that `group` of the dataset defines, by name.",
                shownAs: "name,...", knownElsewhereAs: ["group", "groups", "breakdown"]),
            Parameter(
                "minGroup", .integer(1...Int(Int32.max)), default: 1,
                help: """
                    Groups of fewer examples are shown but left out of the minimum. Below \(Evaluation.Group.judgedFrom) \
                    a group is flagged as too small to judge whatever this is.
                    """, knownElsewhereAs: ["minGroupSize", "minSize", "minimumGroup", "minN"]),
            Parameter(
                "frequencyRule", .word(FrequencyRule.allCases.map(\.rawValue)),
                default: .string(FrequencyRule.oltr.rawValue),
                help: """
                    By which rule classes have many, medium or few training examples: more than 100 and fewer than 20 \
                    (oltr), or 20 or fewer (glmc); more than 1000 and fewer than 200 (focal-sam); thirds of the classes.
                    """, shownAs: "name", knownElsewhereAs: ["shots", "bins", "manyShot", "fewShot"]),
            Parameter(
                "bestOnValidation", .boolean, default: false,
                help: """
                    Whether to report also on each run after the epoch with its highest accuracy on validation, beside \
                    the last. The store then keeps logits of every epoch.
                    """, knownElsewhereAs: ["best", "bestEpoch", "earlyStopping", "checkpoint"]),
        ],
        check: { instance in
            guard instance.values.isGiven("against"),
                instance.input("runs").values["seeds"] != instance.input("against").values["seeds"]
                    || instance.input("runs").values["seed"] != instance.input("against").values["seed"]
            else { return [] }
            return [
                StageComplaint(
                    "against", "has other seeds than `runs`, and runs are compared seed by seed",
                    suggestion: "give both the same `seeds`")
            ]
        },
        demand: { parameter, instance in
            let last = instance.input(parameter).values.integer("epochs")
            let epochs = parameter == "runs" && instance.values.truth("bestOnValidation") ? 1...last : last...last
            return RunDemand(
                rows: Dictionary(
                    uniqueKeysWithValues: epochs.map { ($0, [.logits(StageKind.partition(instance.values))]) }))
        },
        prepare: { try EvaluateWork($0) })

    /// The examples to evaluate on.
    fileprivate static func partition(_ values: StageValues) -> Partition {
        values.text("on") == "test" ? .test : .validation
    }
}

/// An evaluation of some runs.
final class EvaluateWork: DocumentWork {
    /// Raised when the same predictions give other numbers.
    ///
    /// 2: losses, simultaneous intervals of groups, averages, AUROC, calibration and Brier scores.
    /// 3: training examples of each class, the rule that divides them, and epochs that validation chooses.
    static let codeVersion = 3

    static let kind = StageKind.evaluate

    let parameters: JSONValue
    let facts: DatasetFacts
    private let train: TrainWork
    private let other: (work: TrainWork, label: String)?
    private let partition: Partition
    private let groups: [String]
    private let minimumGroupSize: Int
    private let rule: FrequencyRule
    private let choosesEpoch: Bool

    static let column = "evaluation"

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        other = setting.optionalInput("against", as: TrainWork.self).map {
            ($0, setting.instance.input("against").label)
        }
        facts = setting.facts
        partition = StageKind.partition(values)
        minimumGroupSize = values.integer("minGroup")
        rule = FrequencyRule(rawValue: values.text("frequencyRule")) ?? .oltr
        choosesEpoch = values.truth("bestOnValidation")
        groups = values.isGiven("by") ? values.texts("by") : facts.groupNames
        parameters = values.identity(deciding: [
            "by": .array(groups.map { .string($0) }), "epoch": .int(train.epochCount),
            // A condition may be another under the same name.
            "groups": facts.groupIdentity(of: groups),
        ])
        if facts.count(of: partition) == 0 {
            let other: Partition = partition == .test ? .validation : .test
            throw CurateError(
                .usage, "'\(facts.name)' has no \(partition.name) examples to evaluate on",
                remedy: facts.count(of: other) > 0
                    ? "evaluate on \(other.name), of which there are \(facts.count(of: other)): `on: \"\(other.name)\"`"
                    : "set some aside with `validation: 0.2` of the dataset for instance, and evaluate on validation")
        }
        try facts.requireTrainedClasses(in: partition)
        if choosesEpoch { try checkChoice() }
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

    private func checkChoice() throws {
        guard partition != .validation else {
            throw CurateError(
                .usage, "`bestOnValidation` chooses epochs by the very examples that are evaluated", at: facts.name,
                remedy: "evaluate `on: \"test\"`, or leave it out")
        }
        guard facts.count(of: .validation) > 0 else {
            throw CurateError(
                .usage, "'\(facts.name)' has no validation examples to choose an epoch by",
                remedy: "set some aside with `validation: 0.1` of the dataset for instance")
        }
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? {
        guard let own = try train.resultKeys(in: store) else { return nil }
        guard let other else { return own }
        return try other.work.resultKeys(in: store).map { own + $0 }
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(from: store)
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let indices = dataset.indices(of: partition)
        let labels = indices.map { dataset.labels[$0] }
        let outcomes = try train.outcomes(in: context)
        var trainingCounts = [Int](repeating: 0, count: dataset.classCount)
        for index in try train.recipe(in: context).examples(of: dataset) {
            trainingCounts[Int(dataset.labels[index])] += 1
        }
        let columns = groups.compactMap { name in dataset.groups.first { $0.name == name } }
        func evaluation(of outcomes: [RunCache.Outcome], after epochs: [Int]) throws -> Evaluation {
            let runs = try zip(outcomes, epochs).map { run, epoch in
                Predictions.Run(
                    seed: run.seed, logits: try context.runs().rows(.logits(partition), of: run, epoch: epoch),
                    labels: labels)
            }
            let predictions = Predictions(
                name: dataset.name, partition: partition, labels: labels, classNames: dataset.classNames,
                groups: columns.map { $0.column(of: indices) },
                populations: columns.map { $0.populations(dataset.partitions) }, trainingCounts: trainingCounts,
                runs: runs)
            return Evaluation(of: predictions, minimumGroupSize: minimumGroupSize, rule: rule)
        }
        var document = try evaluation(of: outcomes, after: outcomes.map { _ in train.epochCount }).json
        if choosesEpoch {
            // Of epochs that an earlier version trained nothing may be known; of the last one there is.
            let epochs = outcomes.map { EpochChoice.best(of: $0.validationAccuracies) ?? train.epochCount }
            let choice = EpochChoice(epochs: epochs, evaluation: try evaluation(of: outcomes, after: epochs))
            document = document.merging([Self.choiceKey: choice.json])
        }
        if let other {
            let others = try other.work.outcomes(in: context)
            document = document.merging([
                Self.otherKey: try evaluation(of: others, after: others.map { _ in other.work.epochCount }).json
            ])
        }
        try keep(document, in: context)
    }

    private static let choiceKey = "bestOnValidation"
    private static let otherKey = "against"

    /// The differences in a store to the runs compared with, and what their stage is called; nil without any.
    ///
    /// - Precondition: the evaluation is complete.
    func contrast(from store: Store) throws -> (contrast: EvaluationContrast, label: String)? {
        guard let other else { return nil }
        guard let others = try document(from: store)[Self.otherKey].flatMap({ Evaluation($0) }) else {
            throw Self.unreadable(in: store)
        }
        return (EvaluationContrast(of: try evaluation(from: store), against: others), other.label)
    }

    /// The evaluation in a store of each run after its best epoch on validation; nil when that was not asked for.
    ///
    /// - Precondition: the evaluation is complete.
    func choice(from store: Store) throws -> EpochChoice? {
        guard choosesEpoch else { return nil }
        guard let choice = try document(from: store)[Self.choiceKey].flatMap({ EpochChoice($0) }) else {
            throw Self.unreadable(in: store)
        }
        return choice
    }

    private static func unreadable(in store: Store) -> CurateError {
        CurateError(.badData, "an evaluation cannot be read", at: store.path, remedy: "use another `store`")
    }

    /// The evaluation in a store.
    ///
    /// - Precondition: it is complete.
    func evaluation(from store: Store) throws -> Evaluation {
        guard let evaluation = Evaluation(try document(from: store)) else { throw Self.unreadable(in: store) }
        return evaluation
    }

    func report(from store: Store) throws -> StageReport {
        let evaluation = try evaluation(from: store)
        let accuracy = evaluation.accuracy
        var summary = "\(partition.name) accuracy " + DecimalText.percent(accuracy.mean ?? 0, places: 1)
        if let deviation = accuracy.standardDeviation { summary += " ± \(DecimalText.percent(deviation, places: 1))" }
        if let worst = evaluation.worst, let mean = worst.rate.mean {
            summary += ", worst group \(worst.fullName) \(DecimalText.percent(mean, places: 1))"
        }
        let choice = try choice(from: store)
        if let choice, let mean = choice.evaluation.accuracy.mean {
            let epochs = choice.epochs.map { "\($0)" }.joined(separator: ", ")
            summary += ", best on validation (epoch \(epochs)) \(DecimalText.percent(mean, places: 1))"
        }
        let contrast = try contrast(from: store)
        if let (contrast, label) = contrast, let row = contrast.rows.first(where: { $0.name == "balanced accuracy" }) {
            func points(_ share: Double) -> String { DecimalText.fixed(100 * share, places: 1) }
            summary += ", balanced accuracy \(points(row.difference.mean)) points against '\(label)'"
            if let interval = row.difference.interval {
                summary += " (95 % \(points(interval.lowerBound)) to \(points(interval.upperBound)))"
            }
        }
        return StageReport(
            summary: summary,
            json: evaluation.reportJSON.merging([
                "epoch": .int(train.epochCount), Self.choiceKey: choice?.reportJSON ?? .null,
            ]).merging(
                contrast.map {
                    [Self.otherKey: ["stage": .string($0.label), "differences": $0.contrast.json]]
                } ?? [:]))
    }
}
