extension StageKind {
    /// `curve`: accuracy over kept fraction.
    static let curve = StageKind(
        name: "curve",
        abstract: "Trains on kept sets of several sizes, and compares them with random sets and all data.",
        discussion: """
            The trainings have the recipe and the seeds of a train stage, whose own runs are those on all data. Random \
            and class-balanced random sets are always trained on too, another draw for each seed. Every training is a \
            run in the store, so a longer curve trains only what is new. A fraction above what `dropHardest` leaves is \
            passed over.
            """,
        codeVersion: CurveWork.codeVersion,
        parameters: [
            StageParameter(
                "runs", .stage(kinds: ["train"]), isRequired: true,
                help: "The stage that trains on all data, whose recipe and seeds the others share.",
                knownElsewhereAs: ["train", "full", "from"]),
            StageParameter(
                "scores", .stage(kinds: ["score"]), absent: "random sets alone",
                help: "The stage whose scores sets are chosen by.", knownElsewhereAs: ["score"]),
            StageParameter(
                "by", .words(ScoreName.allCases.map(\.rawValue)), absent: "every score of the stage",
                help: "The scores to draw a curve for.", knownElsewhereAs: ["metric", "method"]),
            StageParameter(
                "policies", .words(CurveResult.policies.map(\.rawValue)), default: ["hardest"],
                help: "The policies to draw a curve for, with each score.", knownElsewhereAs: ["policy"]),
            StageParameter(
                "keep", .numbers(.above(0, to: 1)), default: [0.2, 0.4, 0.6, 0.8],
                help: "The shares to keep; all data is always there.", knownElsewhereAs: ["fractions", "fraction"]),
            StageParameter(
                "budgets", .words(CurveRun.Budget.allCases.map(\.rawValue)), default: ["epochs", "steps"],
                help: "What is held equal to the training on all data: the epochs, or the steps.",
                knownElsewhereAs: ["budget"]),
            StageParameter(
                "dropHardest", .number(.from(0, below: 1)), default: 0,
                help: "With ccs and window: never keep this share of the hardest.", knownElsewhereAs: ["offset"]),
            StageParameter(
                "within", .number(.atLeast(0)), default: 0.5,
                help: "How many points of accuracy may be lost for pruning to count as harmless.",
                knownElsewhereAs: ["tolerance"]),
            StageParameter(
                "on", .word(["test", "validation"]), absent: "test, or validation when there are no test examples",
                help: "The examples to measure accuracy on.", knownElsewhereAs: ["partition"]),
            StageParameter(
                "out", .file(endings: CurveFileFormat.allCases.map { ".\($0.rawValue)" }), absent: "the store only",
                help: "A file to write: a plot (.svg), the trainings (.csv) or the statistics (.json).",
                knownElsewhereAs: ["output", "plot", "file"]),
        ],
        check: { instance in
            var found: [StageComplaint] = []
            let values = instance.values
            if instance.input("runs").values.isGiven("split") {
                found.append(
                    StageComplaint(
                        "runs", "names a stage that trains on a split, and the curve starts from all data",
                        suggestion: "name a train stage without split"))
            }
            let available = values.isGiven("scores") ? instance.input("scores").values.texts("by") : []
            for name in values.texts("by") where !available.contains(name) {
                found.append(
                    StageComplaint(
                        "by", "names \(name), which is not computed",
                        suggestion: available.isEmpty
                            ? "add scores: NAME of a score stage" : "there is \(available.joined(separator: ", "))"))
            }
            let policies = values.texts("policies")
            if policies.contains("window"), values.number("dropHardest") == 0 {
                found.append(
                    StageComplaint("policies", "window needs dropHardest", suggestion: "add dropHardest: 0.05"))
            }
            for name in ["policies", "keep", "budgets"] where values[name]?.arrayValue?.isEmpty == true {
                found.append(StageComplaint(name, "names nothing", suggestion: "leave it out, or name one"))
            }
            return found
        },
        prepare: { try CurveWork($0) })
}

/// The trainings of a curve.
final class CurveWork: DocumentWork {
    /// Raised when the same trainings give another curve.
    static let codeVersion = 1

    let parameters: JSONValue
    let files: [String]
    private let train: TrainWork
    private let scores: ScoreWork?
    private let facts: DatasetFacts
    private let partition: Partition
    private let choices: [CurveChoice]
    private let budgets: [CurveRun.Budget]
    private let tolerance: Double

    static let column = "curve"

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        scores = values.isGiven("scores") ? setting.input("scores", as: ScoreWork.self) : nil
        facts = setting.facts
        files = [values["out"]?.stringValue].compactMap { $0 }
        tolerance = values.number("within")
        budgets = values.texts("budgets").compactMap { CurveRun.Budget(rawValue: $0) }
        let given = values["on"]?.stringValue
        partition =
            (given ?? (setting.facts.count(of: .test) > 0 ? "test" : "validation")) == "test" ? .test : .validation
        guard facts.count(of: partition) > 0 else {
            throw CurateError(
                .usage, "'\(facts.name)' has no \(given ?? "test or validation") examples to measure accuracy on",
                remedy: "set some aside with a validation share of 0.2 for instance")
        }
        let names = values.isGiven("by") ? values.texts("by") : scores?.names.map(\.rawValue) ?? []
        choices = CurveChoice.all(
            scores: names, policies: values.texts("policies").compactMap { PruningWords.PolicyName(rawValue: $0) },
            fractions: values.numbers("keep"), passedOver: values.number("dropHardest"))
        parameters = values.identity(deciding: [
            "by": .array(names.map { .string($0) }), "on": .string(partition.name),
        ])
    }

    func documentIdentity(in store: Store) throws -> ArtifactIdentity? {
        guard let runs = try train.runKeys(in: store) else { return nil }
        var inputs = runs
        if let scores {
            guard let keys = try scores.keys(in: store) else { return nil }
            inputs += keys
        }
        return ArtifactIdentity(
            kind: "curve", codeVersion: Self.codeVersion,
            parameters: ["curve": parameters, "epochs": .int(train.epochCount)], inputs: inputs,
            dataset: facts.contentHash)
    }

    /// As if nothing of it were there: which sets will be kept is not known before.
    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        guard
            let each = try RunCache.secondsPerExample(of: train.recipe, dataset: facts.contentHash, in: store)
        else { return nil }
        let trainCount = facts.count(of: .train)
        let passes = choices.reduce(0.0) { sum, choice in
            let count = Double(trainCount) * choice.keptFraction
            return sum
                + budgets.reduce(0.0) {
                    $0 + count * Double(plan(of: Int(count.rounded()), budget: $1, from: trainCount).epochs)
                }
        }
        return each * passes * Double(train.seeds.count)
    }

    /// The epochs and steps of a training on so many examples.
    private func plan(of count: Int, budget: CurveRun.Budget, from trainCount: Int) -> (epochs: Int, steps: Int) {
        func steps(_ count: Int) -> Int { max(1, (count + train.recipe.batchSize - 1) / train.recipe.batchSize) }
        let each = steps(count)
        switch budget {
        case .epochs: return (train.epochCount, each * train.epochCount)
        case .steps:
            let all = steps(trainCount) * train.epochCount
            let epochs = max(1, Int((Double(all) / Double(each)).rounded()))
            return (epochs, epochs * each)
        }
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let scored = try scores?.result(in: context)
        let candidates = PruningCandidates(dataset: dataset, indices: scored?.examples.indices)
        var part = ""
        let runs = try RunCache(
            store: context.store, dataset: dataset, pool: context.pool,
            monitor: context.monitor.naming { part })
        let heldOut = dataset.indices(of: partition)
        func result(
            of recipe: Recipe, _ epochs: Int, _ choice: CurveChoice?, _ budget: CurveRun.Budget, kept: [Int]
        ) throws -> CurveRun {
            let outcome = try runs.fulfil(
                RunCache.Request(recipe: recipe, epochCount: epochs))
            guard
                let predicted = try RunCache.predictions(
                    of: outcome.key, on: partition, epoch: epochs, store: context.store)
            else {
                throw CurateError(
                    .internalError, "the predictions of epoch \(epochs) are not stored", at: outcome.key.description)
            }
            var correct = [Int](repeating: 0, count: dataset.classCount)
            for (index, prediction) in zip(heldOut, predicted) where dataset.labels[index] == prediction {
                correct[Int(prediction)] += 1
            }
            return CurveRun(
                method: choice?.method ?? .random, keptFraction: choice?.keptFraction ?? 1, keptCount: kept.count,
                budget: budget, seed: recipe.seed, epochs: epochs,
                steps: epochs * ((kept.count + recipe.batchSize - 1) / recipe.batchSize), correctCounts: correct,
                keptClassCounts: Self.counts(of: kept, dataset), key: outcome.key.hexadecimal)
        }

        var full: [CurveRun] = []
        var found: [CurveRun] = []
        let total = (choices.count * budgets.count + 1) * train.seeds.count
        var number = 0
        func begin(_ name: String) {
            number += 1
            part = "\(number) of \(total), \(name)"
        }
        let all = dataset.indices(of: .train)
        for seed in train.seeds {
            begin("all data")
            var recipe = train.recipe
            recipe.seed = seed
            full.append(try result(of: recipe, train.epochCount, nil, .epochs, kept: all))
        }
        for choice in choices {
            // A set that is not drawn is the same for every seed.
            var fixed: PruningSelection?
            for seed in train.seeds {
                let selection = try fixed ?? choice.selection(of: candidates, scored, seed: seed)
                if !choice.isDrawn { fixed = selection }
                let kept = selection.split.indices.map { Int($0) }
                for budget in budgets {
                    begin("\(choice.method.name) \(TrainWork.percent(choice.keptFraction))")
                    let plan = plan(of: kept.count, budget: budget, from: all.count)
                    var recipe = train.recipe
                    recipe.seed = seed
                    recipe.subset = kept.count == all.count ? nil : TrainingSubset(indices: kept)
                    if budget == .steps {
                        recipe.schedule = recipe.schedule.stretched(by: Double(plan.epochs) / Double(train.epochCount))
                    }
                    found.append(try result(of: recipe, plan.epochs, choice, budget, kept: kept))
                }
            }
        }
        let fullPasses = Double(all.count * train.epochCount)
        let costs = try scores?.passCounts(in: context.store).mapValues { $0 / fullPasses } ?? [:]
        try keep(
            CurveResult(
                datasetName: dataset.name, datasetHash: dataset.contentHash, classNames: dataset.classNames,
                partition: partition.name, heldOutClassCounts: Self.counts(of: heldOut, dataset),
                trainCount: all.count, full: full, runs: found, scoringCosts: costs, tolerance: tolerance
            ).json, in: context)
    }

    private static func counts(of indices: [Int], _ dataset: Dataset) -> [Int] {
        var counts = [Int](repeating: 0, count: dataset.classCount)
        for index in indices { counts[Int(dataset.labels[index])] += 1 }
        return counts
    }

    /// The curve in a store.
    ///
    /// - Precondition: it is complete.
    func result(from store: Store) throws -> CurveResult {
        try CurveResult(document(from: store), at: store.path)
    }

    func report(from store: Store) throws -> StageReport {
        let result = try result(from: store)
        let summary = CurveSummary(result)
        // Without its full stop, as the report goes on.
        return StageReport(summary: String(summary.sentence.dropLast()), json: summary.json)
    }

    func export(to path: String, replacing: Bool, in context: StageContext) throws {
        guard let format = CurveFileFormat.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else {
            preconditionFailure("the ending of '\(path)' was not checked")
        }
        try CurveSummary(result(from: context.store)).write(to: path, format: format, replacing: replacing)
    }
}
