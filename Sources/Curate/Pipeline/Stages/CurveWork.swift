/// The trainings of a curve.
final class CurveWork: DocumentWork {
    static let kind = StageKind.curve
    /// Raised when the same trainings give another curve; 2: easiest breaks ties in the opposite order of hardest.
    static let codeVersion = 2

    let parameters: JSONValue
    let facts: DatasetFacts
    let files: [String]
    private let train: TrainWork
    private let scores: ScoreWork?
    private let partition: Partition
    private let choices: [CurveChoice]
    private let budgets: [CurveRun.Budget]
    private let tolerance: Double
    private var chosen: [Training]?

    static let column = "curve"

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        scores = setting.optionalInput("scores", as: ScoreWork.self)
        facts = setting.facts
        files = setting.files
        tolerance = values.number("within")
        budgets = values.texts("budgets").compactMap { CurveRun.Budget(rawValue: $0) }
        let given = values["on"]?.stringValue
        partition =
            (given ?? (setting.facts.count(of: .test) > 0 ? "test" : "validation")) == "test" ? .test : .validation
        guard facts.count(of: partition) > 0 else {
            throw CurateError(
                .usage, "'\(facts.name)' has no \(given ?? "test or validation") examples to measure accuracy on",
                remedy: "set some aside, with `validation: 0.2` of the dataset for instance")
        }
        try facts.requireTrainedClasses(in: partition)
        let names = values.isGiven("by") ? values.texts("by") : scores?.names.map(\.rawValue) ?? []
        choices = CurveChoice.all(
            scores: names, policies: values.texts("policies").compactMap { PruningWords.PolicyName(rawValue: $0) },
            fractions: values.numbers("keep"), passedOver: values.number("dropHardest"))
        parameters = values.identity(deciding: [
            "by": .array(names.map { .string($0) }), "on": .string(partition.name), "epochs": .int(train.epochCount),
        ])
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? {
        guard let runs = try train.resultKeys(in: store) else { return nil }
        guard let scores else { return runs }
        return try scores.resultKeys(in: store).map { runs + $0 }
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

    /// One training on a kept set.
    private struct Training {
        let choice: CurveChoice
        let budget: CurveRun.Budget
        let kept: [Int]
        let request: RunCache.Request
    }

    /// The trainings on kept sets, in the order of the curve's points; the sets are chosen once.
    private func trainings(in context: StageContext) throws -> [Training] {
        if let chosen { return chosen }
        let dataset = try context.dataset()
        let scored = try scores?.result(in: context)
        let source = scored.map { CandidateScores($0, on: dataset) }
        let candidates = source?.candidates ?? ExampleTable(dataset: dataset)
        let trainCount = facts.count(of: .train)
        var found: [Training] = []
        for choice in choices {
            // A set that is not drawn is the same for every seed.
            var fixed: PruningSelection?
            for seed in train.seeds {
                let selection = try fixed ?? choice.selection(of: candidates, source, seed: seed)
                if !choice.isDrawn { fixed = selection }
                let kept = selection.split.indices.map { Int($0) }
                for budget in budgets {
                    let epochs = plan(of: kept.count, budget: budget, from: trainCount).epochs
                    var recipe = train.recipe
                    recipe.seed = seed
                    recipe.subset = kept.count == trainCount ? nil : TrainingSubset(indices: kept)
                    if budget == .steps {
                        recipe = recipe.stretched(by: Double(epochs) / Double(train.epochCount))
                    }
                    found.append(
                        Training(
                            choice: choice, budget: budget, kept: kept,
                            request: RunCache.Request(recipe: recipe, epochCount: epochs)))
                }
            }
        }
        chosen = found
        return found
    }

    func requests(in context: StageContext) throws -> [RunCache.Request] {
        try trainings(in: context).map(\.request)
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let all = dataset.indices(of: .train)
        let heldOut = dataset.indices(of: partition)
        var part = ""
        let runs = try RunCache(
            store: context.store, dataset: dataset, pool: context.pool, monitor: context.monitor.naming { part })
        func measured(_ request: RunCache.Request, _ choice: CurveChoice?, _ budget: CurveRun.Budget, kept: [Int])
            throws -> CurveRun
        {
            let outcome = try runs.fulfil(request)
            let correct = try correctCounts(of: outcome, after: request.epochCount, heldOut, in: context)
            let (recipe, epochs) = (request.recipe, request.epochCount)
            return CurveRun(
                method: choice?.method ?? .random, keptFraction: choice?.keptFraction ?? 1, keptCount: kept.count,
                budget: budget, seed: recipe.seed, epochs: epochs,
                steps: epochs * ((kept.count + recipe.batchSize - 1) / recipe.batchSize), correctCounts: correct,
                keptClassCounts: Self.counts(of: kept, dataset), key: outcome.key.hexadecimal)
        }

        let whole = try train.requests(in: context)
        let trainings = try trainings(in: context)
        let total = whole.count + trainings.count
        let full = try whole.enumerated().map { number, request in
            part = "\(number + 1) of \(total), all data"
            return try measured(request, nil, .epochs, kept: all)
        }
        let found = try trainings.enumerated().map { number, training in
            let share = DecimalText.percent(training.choice.keptFraction, places: 1)
            part = "\(whole.count + number + 1) of \(total), \(training.choice.method.name) \(share)"
            return try measured(training.request, training.choice, training.budget, kept: training.kept)
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

    /// For each class, the held-out examples that a run predicts right.
    private func correctCounts(
        of outcome: RunCache.Outcome, after epochs: Int, _ heldOut: [Int], in context: StageContext
    ) throws -> [Int] {
        let dataset = try context.dataset()
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
        return correct
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

    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws {
        guard let format = CurveFileFormat.allCases.first(where: { file.hasSuffix(".\($0.rawValue)") }) else {
            preconditionFailure("the ending of '\(file)' was not checked")
        }
        try CurveSummary(result(from: context.store)).write(to: path, format: format, replacing: replacing)
    }
}
