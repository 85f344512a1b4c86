/// The trainings of a grid of T and λ, and those beside it.
final class JTTWork: DocumentWork {
    /// Raised when the same trainings give another result.
    static let codeVersion = 1

    static let kind = StageKind.jtt

    let parameters: JSONValue
    let facts: DatasetFacts
    let train: TrainWork
    let first: TrainWork?
    let suspects: SuspectsWork?
    let rules: [ErrorSetRule]
    let epochs: [Int]
    let patterns: [String]
    let foldCount: Int
    private let selection: JTTResult.Selection
    let baselines: [JTTBaseline]
    let minimumGroupSize: Int
    /// The name of the groups that the methods beside it are told; nil when there are none.
    let groups: String?
    var trainings: Trainings?

    static let column = "jtt"

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        patterns = values.texts("logits")
        first = patterns.isEmpty ? setting.optionalInput("identify", as: TrainWork.self) ?? train : nil
        suspects = setting.optionalInput("suspects", as: SuspectsWork.self)
        facts = setting.facts
        let isBalanced = values.truth("balanced")
        rules = (isBalanced ? [1] : values.numbers("upweight").sorted()).map {
            ErrorSetParameters.rule(values, upweight: $0)
        }
        epochs = Self.epochs(values, of: first?.epochCount ?? train.epochCount)
        foldCount = values["folds"]?.intValue ?? ErrorSetParameters.defaultFoldCount
        let hasGroups = !facts.groupNames.isEmpty
        minimumGroupSize = values.integer("minGroup")
        groups = values["groups"]?.stringValue ?? facts.groupNames.first
        if let groups, !facts.groupNames.contains(groups) {
            throw CurateError(
                .usage, "'\(facts.name)' has no groups '\(groups)'",
                remedy: Suggestion.nearest(to: groups, among: facts.groupNames).map { "did you mean '\($0)'?" }
                    ?? (hasGroups
                        ? "there is \(facts.groupNames.joined(separator: ", "))"
                        : "name them with `group` of the dataset"))
        }
        selection =
            values["select"]?.stringValue.flatMap { JTTResult.Selection(rawValue: $0) }
            ?? (hasGroups ? .worstGroup : .pseudoGroups)
        let asked =
            values["baselines"] == nil ? nil : values.texts("baselines").compactMap { JTTBaseline(rawValue: $0) }
        baselines = asked ?? JTTBaseline.allCases.filter { !$0.usesGroups || hasGroups }
        try Self.check(facts, selection, asked ?? [], cellCount: rules.count * epochs.count)
        var decided = ErrorSetParameters.decided(rules[0], foldCount: foldCount)
        decided["stage1Epochs"] = .array(epochs.map { .int($0) })
        decided["upweight"] = isBalanced ? .null : .array(rules.map { .double($0.upweight ?? 1) })
        decided["select"] = .string(selection.rawValue)
        decided["baselines"] = .strings(baselines.map(\.rawValue))
        decided["groups"] = .optional(groups)
        decided["reported"] = facts.groupIdentity()
        decided["logits"] = patterns.isEmpty ? .null : try ErrorSetParameters.contents(of: patterns)
        parameters = values.identity(deciding: decided)
    }

    /// The Ts, ascending: those that are given, or 1, 2 and half of the first training.
    private static func epochs(_ values: StageValues, of epochCount: Int) -> [Int] {
        let given = values.integers("stage1Epochs")
        return (given.isEmpty ? Set([1, 2, epochCount / 2]).filter { (1...epochCount).contains($0) } : Set(given))
            .sorted()
    }

    private static func check(
        _ facts: DatasetFacts, _ selection: JTTResult.Selection, _ asked: [JTTBaseline], cellCount: Int
    ) throws {
        guard facts.hasHeldOutExamples else {
            throw CurateError(
                .usage, "'\(facts.name)' has no validation and no test examples to measure the worst group on",
                remedy: "set some aside, with `validation: 0.2` of the dataset for instance")
        }
        for partition in [Partition.validation, .test] { try facts.requireTrainedClasses(in: partition) }
        if facts.count(of: .validation) == 0, cellCount > 1 {
            throw CurateError(
                .usage, "'\(facts.name)' has no validation examples to choose among \(cellCount) cells on",
                remedy: "set some aside, with `validation: 0.2` of the dataset, or name one `stage1Epochs` and one "
                    + "`upweight`")
        }
        guard facts.groupNames.isEmpty else { return }
        if selection == .worstGroup {
            throw CurateError(
                .usage, "'\(facts.name)' has no groups to choose by",
                remedy: "name them with `group` of the dataset, or use `select: \"pseudo-groups\"`")
        }
        if let needy = asked.first(where: \.usesGroups) {
            throw CurateError(
                .usage, "\(needy.rawValue) needs groups, and '\(facts.name)' has none",
                remedy: "name them with `group` of the dataset, or leave it out")
        }
    }

    /// What the stage needs of the runs that a parameter names.
    static func demand(of parameter: String, _ instance: StageInstance) -> RunDemand {
        let values = instance.values
        let isFirst =
            parameter == "identify" || (parameter == "runs" && !values.isGiven("identify") && !values.isGiven("logits"))
        guard isFirst else { return RunDemand() }
        let epochs = epochs(values, of: instance.input(parameter).values.integer("epochs"))
        return ErrorSetSource.demand(of: ErrorSetParameters.rule(values, upweight: 1).mode, at: epochs)
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? {
        guard let runs = try train.resultKeys(in: store) else { return nil }
        var keys = runs
        if let first, first !== train {
            guard let more = try first.resultKeys(in: store) else { return nil }
            keys += more
        }
        guard let suspects else { return keys }
        return try suspects.resultKeys(in: store).map { keys + $0 }
    }

    /// As if nothing of it were there: what the error sets will be is not known before.
    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        let each = try RunCache.secondsPerExample(of: train.recipe, dataset: facts.contentHash, in: store)
        let count = rules.count * epochs.count + baselines.count
        return each.map { $0 * Double(facts.count(of: .train) * train.epochCount * train.seeds.count * count) }
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        var part = ""
        let runs = try RunCache(
            store: context.store, dataset: dataset, pool: context.pool, monitor: context.monitor.naming { part })
        let planned = try planned(in: context)
        let total = planned.cells.flatMap(\.requests).count + planned.baselines.flatMap(\.requests).count
        var number = 0
        func fulfil(_ requests: [RunCache.Request], _ what: String) throws -> [RunCache.Outcome] {
            try requests.map { request in
                number += 1
                part = "\(number) of \(total), \(what)"
                return try runs.fulfil(request)
            }
        }
        let hasValidation = facts.count(of: .validation) > 0
        let reported: Partition = facts.count(of: .test) > 0 ? .test : .validation
        func evaluation(_ outcomes: [RunCache.Outcome], on partition: Partition) throws -> Evaluation {
            let indices = dataset.indices(of: partition)
            let runs = try outcomes.map {
                Predictions.Run(
                    seed: $0.seed, classes: try predictions($0, on: partition, after: train.epochCount, in: context))
            }
            let given = Predictions(
                name: dataset.name, partition: partition, labels: indices.map { dataset.labels[$0] },
                classNames: dataset.classNames, groups: dataset.groups.map { $0.column(of: indices) },
                populations: dataset.groups.map { $0.populations(dataset.partitions) }, runs: runs)
            return Evaluation(of: given, minimumGroupSize: minimumGroupSize)
        }
        let tested = ExampleTable(dataset: dataset, indices: dataset.indices(of: reported))
        let columns =
            tested.groups.isEmpty
            ? [GroupColumn(name: "class", valueNames: tested.classNames, values: tested.labels)] : tested.groups
        let sets = GroupSets(columns, exampleCount: tested.count).cells
        var ermOutcomes: RepeatedOutcomes?
        func method(_ name: String, usesGroups: Bool, _ outcomes: [RunCache.Outcome]) throws -> JTTResult.Method {
            let right = RepeatedOutcomes(
                of: try outcomes.map { try predictions($0, on: reported, after: train.epochCount, in: context) },
                labels: tested.labels)
            // It is of all groups there are.
            let isComplete = sets.subsets.allSatisfy { $0.count >= minimumGroupSize }
            let difference =
                isComplete ? ermOutcomes.flatMap { MinimumDifference(of: right, minus: $0, in: sets) } : nil
            if name == JTTResult.erm { ermOutcomes = right }
            return JTTResult.Method(
                name: name, usesGroups: usesGroups, evaluation: try evaluation(outcomes, on: reported),
                validation: hasValidation ? try evaluation(outcomes, on: .validation) : nil,
                sampling: difference?.interval, keys: outcomes.map(\.key.hexadecimal))
        }
        var methods = [try method(JTTResult.erm, usesGroups: false, try train.outcomes(in: context))]
        for (baseline, requests) in planned.baselines {
            methods.append(
                try method(baseline.name, usesGroups: baseline.usesGroups, try fulfil(requests, baseline.name)))
        }
        var outcomes: [[RunCache.Outcome]] = []
        let cells = try planned.cells.map { cell -> JTTResult.Cell in
            let factor = cell.rule.upweight.map { "λ \(NumberText.significant($0))" } ?? "balanced"
            let own = try fulfil(cell.requests, "T \(cell.epoch), \(factor)")
            outcomes.append(own)
            return JTTResult.Cell(
                epoch: cell.epoch, upweight: cell.rule.upweight, errorSets: cell.sets,
                validation: hasValidation ? try evaluation(own, on: .validation) : nil,
                pseudoGroups: try pseudoGroups(
                    of: own, errors: planned.validationErrors[cell.epoch] ?? [], dataset, in: context),
                keys: own.map(\.key.hexadecimal))
        }
        let worths = cells.map { $0.worth(by: selection) ?? -.infinity }
        let chosen = cells.indices.max { worths[$0] < worths[$1] || (worths[$0] == worths[$1] && $0 > $1) }
        if let chosen { methods.append(try method(JTTResult.jtt, usesGroups: false, outcomes[chosen])) }
        try keep(
            JTTResult(
                datasetName: dataset.name, datasetHash: dataset.contentHash, rule: rules[0].json, selection: selection,
                cells: cells, refusals: planned.refusals, chosen: chosen, methods: methods, missing: planned.missing
            ).json, in: context)
    }

    /// For each seed the accuracy, on validation examples, of the worst group that the first training makes.
    private func pseudoGroups(
        of outcomes: [RunCache.Outcome], errors: [[Bool]], _ dataset: Dataset, in context: StageContext
    ) throws -> [Double] {
        guard errors.count == outcomes.count else { return [] }
        let labels = dataset.indices(of: .validation).map { dataset.labels[$0] }
        return try zip(outcomes, errors).map { outcome, wrong in
            let predicted = try predictions(outcome, on: .validation, after: train.epochCount, in: context)
            var counts = [Int](repeating: 0, count: 2 * dataset.classCount)
            var right = counts
            for (position, label) in labels.enumerated() {
                let group = 2 * Int(label) + (wrong[position] ? 1 : 0)
                counts[group] += 1
                if predicted[position] == label { right[group] += 1 }
            }
            return zip(right, counts).filter { $1 > 0 }.map { Double($0) / Double($1) }.min() ?? 0
        }
    }

    /// The result in a store.
    ///
    /// - Precondition: it is complete.
    func result(from store: Store) throws -> JTTResult { try JTTResult(document(from: store), at: store.path) }

    func report(from store: Store) throws -> StageReport {
        let summary = JTTSummary(try result(from: store))
        return StageReport(summary: String(summary.sentence.dropLast()), json: summary.json)
    }
}
