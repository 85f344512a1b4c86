extension JTTWork {
    /// The second trainings of a cell.
    struct CellTraining {
        let epoch: Int
        let rule: ErrorSetRule
        let sets: [ErrorSetReport]
        let requests: [RunCache.Request]
    }

    /// Everything that is trained besides ERM and the first training.
    struct Trainings {
        var cells: [CellTraining] = []
        var refusals: [JTTResult.Refusal] = []
        /// For each T and seed, whether the first training gets each validation example wrong; none when it is not known.
        var validationErrors: [Int: [[Bool]]] = [:]
        var baselines: [(baseline: JTTBaseline, requests: [RunCache.Request])] = []
        var missing: [String: String] = [:]
    }

    func requests(in context: StageContext) throws -> [RunCache.Request] {
        let all = try planned(in: context)
        return all.cells.flatMap(\.requests) + all.baselines.flatMap(\.requests)
    }

    /// The trainings, planned once: error sets are read from the first training, and nothing is trained.
    func planned(in context: StageContext) throws -> Trainings {
        if let trainings { return trainings }
        var found = Trainings()
        let dataset = try context.dataset()
        let recipe = try train.recipe(in: context)
        let firstRecipe = try first?.recipe(in: context) ?? recipe
        let candidates = ExampleTable(dataset: dataset, indices: firstRecipe.examples(of: dataset))
        guard firstRecipe.examples(of: dataset) == recipe.examples(of: dataset) else {
            throw CurateError(
                .usage, "the first training and the second are on different examples",
                remedy: "give both stages the same `split`")
        }
        try checkGroups(of: dataset)
        let listed = try suspects.map { work in
            Set(try work.suspects(of: candidates, from: context.store).entries.map(\.position))
        }
        let logs = try externalLogs(candidates, dataset)
        for epoch in epochs {
            var evidence: [ErrorSet.Evidence] = []
            for (place, _) in train.seeds.enumerated() {
                if let first {
                    let source = ErrorSetSource(
                        recipe: firstRecipe, epochCount: first.epochCount, epoch: epoch, mode: rules[0].mode,
                        foldCount: foldCount)
                    evidence.append(
                        try source.evidence(
                            of: try first.outcomes(in: context)[place], in: try context.runs(), candidates: candidates,
                            confidence: rules[0].confidence, suspects: listed))
                } else {
                    evidence.append(
                        try Self.evidence(
                            logs[logs.count == 1 ? 0 : place], epoch: epoch, rules[0], candidates, suspects: listed))
                }
            }
            found.validationErrors[epoch] = try validationErrors(after: epoch, dataset, in: context)
            do {
                for rule in rules {
                    let sets = try evidence.map {
                        try ErrorSet(of: candidates, baseWeights: recipe.subset?.weights, evidence: $0, rule: rule)
                    }
                    let requests = try zip(train.seeds, sets).map { seed, set in
                        try request(seed, recipe, training: set.training())
                    }
                    found.cells.append(
                        CellTraining(
                            epoch: epoch, rule: rule, sets: sets.map { ErrorSetReport(of: $0) }, requests: requests))
                }
            } catch let error as CurateError where error.kind == .workFailed {
                found.refusals.append(
                    JTTResult.Refusal(epoch: epoch, reason: error.message, advice: error.remedy ?? ""))
            }
        }
        try planBaselines(&found, recipe, dataset)
        trainings = found
        return found
    }

    /// Throws when a part on which the worst group is looked for has none to look at.
    private func checkGroups(of dataset: Dataset) throws {
        guard !dataset.groups.isEmpty else { return }
        let parts: [Partition] = [.validation, facts.count(of: .test) > 0 ? .test : .validation]
        for part in parts where facts.count(of: part) > 0 {
            let indices = dataset.indices(of: part)
            let sizes = GroupSets(dataset.groups.map { $0.column(of: indices) }, exampleCount: indices.count).groups
            guard !sizes.contains(where: { $0.count >= minimumGroupSize }) else { continue }
            throw CurateError(
                .usage,
                "no group has \(minimumGroupSize == 1 ? "an example" : "\(minimumGroupSize) examples")"
                    + " among the \(part.name) examples of '\(dataset.name)'",
                remedy: "name other groups with `group` of the dataset, or a smaller `minGroup`")
        }
    }

    private func request(
        _ seed: UInt64, _ recipe: Recipe, training: (subset: TrainingSubset, sampler: Sampler)
    ) -> RunCache.Request {
        var own = recipe
        own.seed = seed
        let isEverything = training.subset.weights == nil && training.subset.count == facts.count(of: .train)
        own.subset = isEverything ? nil : training.subset
        own.sampler = training.sampler
        return RunCache.Request(recipe: own, epochCount: train.epochCount)
    }

    private func externalLogs(_ candidates: ExampleTable, _ dataset: Dataset) throws -> [DynamicsLog] {
        guard !patterns.isEmpty else { return [] }
        guard patterns.count == 1 || patterns.count == train.seeds.count else {
            throw CurateError(
                .usage, "there are logits of \(patterns.count) first trainings and \(train.seeds.count) seeds",
                remedy: "give `logits` once, or once for each seed")
        }
        let files = try LogitFiles(
            patterns: patterns, labels: candidates.labels, classCount: dataset.classCount,
            of: "the training examples are")
        return try files.runs.indices.map { try files.log(ofRun: $0) }
    }

    private static func evidence(
        _ log: DynamicsLog, epoch: Int, _ rule: ErrorSetRule, _ candidates: ExampleTable, suspects: Set<Int32>?
    ) throws -> ErrorSet.Evidence {
        guard epoch <= log.epochCount else {
            throw CurateError(
                .usage, "`stage1Epochs` names \(epoch), and there are logits of \(log.epochCount) epochs",
                remedy: "name earlier ones")
        }
        var evidence = ErrorSet.Evidence(
            log: log, epoch: epoch, mode: rule.mode, labels: candidates.labels, confidence: rule.confidence,
            suspects: suspects)
        evidence.isFromElsewhere = true
        return evidence
    }

    /// What the first training of each seed gets wrong of the validation examples.
    private func validationErrors(after epoch: Int, _ dataset: Dataset, in context: StageContext) throws -> [[Bool]] {
        guard let first, facts.count(of: .validation) > 0 else { return [] }
        let labels = dataset.indices(of: .validation).map { dataset.labels[$0] }
        return try first.outcomes(in: context).map { outcome in
            zip(try predictions(outcome, on: .validation, after: epoch, in: context), labels).map { $0 != $1 }
        }
    }

    /// What a run predicts for the examples of a part.
    func predictions(
        _ outcome: RunCache.Outcome, on partition: Partition, after epoch: Int, in context: StageContext
    ) throws -> [Int32] {
        guard
            let predicted = try RunCache.predictions(of: outcome.key, on: partition, epoch: epoch, store: context.store)
        else {
            throw CurateError(
                .internalError, "the predictions of epoch \(epoch) are not stored", at: outcome.key.description)
        }
        return predicted
    }

    private func planBaselines(_ found: inout Trainings, _ recipe: Recipe, _ dataset: Dataset) throws {
        let told = dataset.groups.first { $0.name == groups }.map { Grouping($0) }
        for baseline in baselines {
            let own = try baseline.recipe(recipe, groups: told)
            if let reason = try JTTBaseline.obstacle(to: own, on: dataset) {
                found.missing[baseline.name] = reason
                continue
            }
            let requests = train.seeds.map { seed in
                var seeded = own
                seeded.seed = seed
                return RunCache.Request(recipe: seeded, epochCount: train.epochCount)
            }
            found.baselines.append((baseline, requests))
        }
    }
}
