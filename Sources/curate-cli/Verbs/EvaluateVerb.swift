import Curate

/// `curate evaluate DATA`: trains what is missing and compares predictions with labels; or those of a file.
package enum EvaluateVerb {
    static let train = TrainingOptions.exposure(seeds: 3)
    static let evaluate = Exposure(.evaluate, as: "evaluate")

    private static var frequencyRule: Option { evaluate.option("frequencyRule") }
    private static let elsewhere = "TRAINED ELSEWHERE"

    static let predictions = Option(
        Parameter(
            "predictions", .each(.input),
            help: """
                Evaluate the predictions in this .csv file instead of training: a row for each example with its label, \
                its predicted class or the probability of each class (p_CLASS), and any columns to group by. Several \
                runs are several columns (pred_0, pred_1) or several files.
                """, section: elsewhere, knownElsewhereAs: ["preds", "predictionsFile"]))
    static let predicted = Option(
        Parameter(
            "predicted", .list(.text), absent: "prediction, pred, y_pred or pred_0, pred_1, ...",
            help: "The columns of --predictions that hold the predicted class, one for each run.",
            shownAs: "column,...",
            section: elsewhere, knownElsewhereAs: ["prediction", "predictionColumn", "predColumn"]))
    static let probabilities = Option(
        Parameter(
            "probabilities", .list(.text), absent: "p_CLASS, prob_CLASS, probability_CLASS, or probability",
            help: """
                The columns of --predictions that hold the probability of each class, or one with that of the second \
                of two.
                """, shownAs: "column,...", section: elsewhere, knownElsewhereAs: ["probability", "proba", "scores"]))
    static let trainingCounts = Option(
        Parameter(
            "trainCounts", .input, absent: "the training rows of --predictions, if it has any",
            help: """
                The training examples of each class of --predictions, a CSV file with the columns class and count; \
                without them, many, medium and few classes are not told apart.
                """, section: elsewhere, knownElsewhereAs: ["trainingCounts", "clsNumList", "classCounts"]))
    static let failUnder = Option(
        Parameter(
            "failUnder",
            .each(
                .checked(
                    placeholder: "a bound like worst=0.80",
                    words: EvaluationGate.Quantity.allCases.map { $0.rawValue + "=" }
                ) { text in
                    do {
                        _ = try EvaluationGate(parsing: text)
                        return nil
                    } catch let error as CurateError {
                        return ValueMismatch("cannot be used: \(error.message)", suggestion: error.remedy)
                    } catch {
                        preconditionFailure("bounds fail with something to tell")
                    }
                }),
            help: """
                Leave with exit code 2 when an accuracy is below a bound: worst, average, train-weighted, group-mean, \
                worst-class or balanced. Once per bound.
                """, shownAs: "worst=x", knownElsewhereAs: ["gate", "threshold", "assert", "minAccuracy"]))
    static let lowerBound = Option(
        Parameter(
            "lowerBound", .flag,
            help:
                "Hold the lower end of the 95 % interval against --fail-under, so that few examples do not pass by luck.",
            knownElsewhereAs: ["conservative", "ci"]))

    package static let command = Command(
        name: "evaluate",
        abstract: "Report how well runs predict held-out examples, by class and by group.",
        discussion: [
            """
            Trains a few runs, or finds them in the store. Each number comes with its standard deviation over the \
            seeds and with a 95 % interval for the number of examples. Runs are evaluated after their last epoch, and \
            with --best-on-validation also after the one that validation examples choose.
            """,
            """
            The worst group is named, with an interval that corrects for its being the worst. Predictions of any \
            other tool are evaluated from a file (--predictions), in which nothing is trained.
            """,
        ],
        arguments: [DataOptions.optionalPath],
        optionGroups: [
            OptionGroup(
                "EVALUATE OPTIONS",
                evaluate.options + [failUnder, lowerBound, predictions, predicted, probabilities, trainingCounts]),
            TrainingOptions.group(train), DataOptions.group,
        ],
        examples: [
            Example("curate evaluate fashion-mnist/ --epochs 5", "Accuracy and recalls of three runs."),
            Example(
                "curate evaluate people.csv --group sex,site --by sex --validation 0.2 --on validation",
                "Accuracy by sex on examples that are set aside."),
            Example(
                "curate evaluate --predictions preds.csv --group place*label --fail-under worst=0.80 --lower-bound",
                "Report on predictions of another tool, and fail when the worst group is not surely above 80 %."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let gates = try arguments.texts(failUnder).map { try EvaluationGate(parsing: $0) }
        if arguments.isOn(lowerBound), gates.isEmpty {
            throw CurateError(
                .usage, "--lower-bound goes with --fail-under", remedy: "add --fail-under worst=0.80, or leave it out")
        }
        let files = arguments.texts(predictions)
        if files.isEmpty {
            try ofRuns(invocation, gates)
        } else {
            try ofFiles(invocation, files, gates)
        }
    }

    private static func ofRuns(_ invocation: Invocation, _ gates: [EvaluationGate]) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        guard arguments[DataOptions.optionalPath] != nil else {
            throw CurateError(
                .usage, "<data> is missing", remedy: "give the dataset's path, or --predictions with a file")
        }
        if let stray = arguments.firstGiven(of: [predicted, probabilities, trainingCounts]) {
            throw CurateError(
                .usage, "--\(stray.name) goes with --predictions", remedy: "add --predictions, or leave it out")
        }
        let pipeline = try VerbPipeline(invocation, [evaluate, train])
        defer { pipeline.showProfile() }
        var stages = VerbPipeline.training(train, arguments)
        stages["evaluate"] = evaluate.described(arguments, adding: ["runs": "train"])
        let outcome = try pipeline.run(stages)
        let evaluation = try outcome.evaluation(of: "evaluate")
        let choice = try outcome.bestOnValidation(of: "evaluate")
        let epochCount = try outcome.runs(of: "train").first?.losses.count ?? 0
        let dataset = try outcome.dataset()
        let verdicts = try verdicts(gates, on: evaluation, invocation)
        if console.wantsJSON {
            try console.printJSON([
                "dataset": .string(dataset.contentHash),
                "runs": .array(try outcome.runs(of: "train").map(\.json)), "evaluation": evaluation.reportJSON,
                "epoch": .int(epochCount), "bestOnValidation": choice?.reportJSON ?? .null,
                "classNames": .strings(dataset.classNames), "gates": .array(verdicts.map(\.json)),
            ])
        } else {
            try console.printLine(
                console.style.bold("\(dataset.name): \(try TrainingOptions.phrase(outcome))") + ", "
                    + "\(NumberText.grouped(evaluation.accuracy.count)) \(evaluation.partition?.name ?? "") examples")
            try EvaluationReport(
                evaluation, classNames: dataset.classNames, hasRule: arguments.isGiven(frequencyRule)
            ).show(on: console)
            if let choice {
                try EpochReport(last: evaluation, epochCount: epochCount, choice: choice).show(on: console)
            }
            if evaluation.groups.isEmpty, dataset.format == .csv {
                console.remark("next: name groups, for instance with --group COLUMN or --group COLUMN*label")
            }
        }
        try conclude(verdicts, on: console)
    }

    private static func ofFiles(_ invocation: Invocation, _ files: [String], _ gates: [EvaluationGate]) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        guard arguments[DataOptions.optionalPath] == nil else {
            throw CurateError(
                .usage, "--predictions takes the place of <data>; both are given",
                remedy: "leave one of the two out; another file of predictions needs another --predictions")
        }
        let options = try PredictionArguments.options(
            arguments, adding: [evaluate.option("by")], part: evaluate.option("on"))
        var (predictions, notes) = try Predictions.reading(files, options: options)
        if let path = arguments.text(trainingCounts) {
            predictions = predictions.with(
                trainingCounts: try TrainingCounts.read(path: path, classNames: predictions.classNames))
        }
        if predictions.trainingCounts == nil, arguments.isGiven(frequencyRule) {
            notes.append(
                "how many training examples the classes have is not known: --train-counts takes a file of them")
        }
        for note in notes { console.remark("note: \(note)") }
        let evaluation = Evaluation(
            of: predictions, minimumGroupSize: arguments.integer(evaluate.option("minGroup")),
            rule: arguments.text(frequencyRule).flatMap(FrequencyRule.init(rawValue:)) ?? .oltr)
        let verdicts = try verdicts(gates, on: evaluation, invocation)
        if console.wantsJSON {
            try console.printJSON([
                "predictions": .strings(files), "evaluation": evaluation.reportJSON,
                "classNames": .strings(predictions.classNames), "gates": .array(verdicts.map(\.json)),
                "notes": .strings(notes.map(console.spelling.spelled)),
            ])
        } else {
            let runs = "\(predictions.runs.count) run\(predictions.runs.count == 1 ? "" : "s")"
            let part = predictions.partition.map { $0.name + " " } ?? ""
            try console.printLine(
                console.style.bold(TerminalText.printable(files.joined(separator: ", ")) + ": " + runs) + ", "
                    + "\(NumberText.grouped(predictions.count)) \(part)example\(predictions.count == 1 ? "" : "s")")
            try EvaluationReport(
                evaluation, classNames: predictions.classNames, hasRule: arguments.isGiven(frequencyRule)
            ).show(on: console)
        }
        try conclude(verdicts, on: console)
    }

    private static func verdicts(
        _ gates: [EvaluationGate], on evaluation: Evaluation, _ invocation: Invocation
    ) throws -> [EvaluationGate.Verdict] {
        try gates.map {
            try $0.verdict(on: evaluation, usesLowerBound: invocation.arguments.isOn(lowerBound))
        }
    }

    /// Says what the bounds led to, and fails when one was not reached.
    private static func conclude(_ verdicts: [EvaluationGate.Verdict], on console: Console) throws {
        let failed = verdicts.filter { !$0.passes }
        if !console.wantsJSON, !verdicts.isEmpty {
            try console.printLine()
            for verdict in verdicts where verdict.passes { try console.printProse(verdict.sentence) }
        }
        guard let first = failed.first else { return }
        throw CurateError(
            .checkFailed, failed.map(\.sentence).joined(separator: "; "),
            remedy: first.usesLowerBound
                ? "raise the accuracy, or evaluate on more examples" : "raise the accuracy, or lower the bound")
    }
}

/// What a command line says of files of predictions.
enum PredictionArguments {
    /// The parameters of data that files of predictions have too.
    private static let shared: Set<String> = ["label", "id", "group", "split", "header", "delimiter"]

    /// How the files are read.
    ///
    /// - Parameters:
    ///   - arguments: the command line.
    ///   - others: options of the verb that are for training alone.
    ///   - part: the verb's option for the part of the data.
    /// - Throws: `CurateError(.usage)` for options that do not go with files of predictions.
    static func options(
        _ arguments: ParsedArguments, adding others: [Option] = [], part: Option
    ) throws -> PredictionOptions {
        let training = [TrainingOptions.trainOn] + EvaluateVerb.train.options
        let stray = arguments.firstGiven(
            of: others + training + DataOptions.group.options.filter { !shared.contains($0.parameter.name) })
        if let stray {
            throw CurateError(
                .usage, "--\(stray.name) does not fit here: predictions of a file are not trained",
                remedy: "leave --\(stray.name) out")
        }
        var given: [String: JSONValue] = [:]
        for option in DataOptions.group.options { given[option.parameter.name] = arguments.given(option) }
        // Columns of labels, ids and partitions are named as those of data are, and roles are checked alike.
        let source = try DatasetSource(path: "", given)
        var options = PredictionOptions()
        options.csv = source.options.csv
        options.groups = try GroupDefinition.parsing(given["group"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        options.predicted = arguments.texts(EvaluateVerb.predicted)
        options.probabilities = arguments.texts(EvaluateVerb.probabilities)
        if let part = arguments.given(part)?.stringValue {
            options.partition = Partition(word: part)
        }
        return options
    }
}
