extension StageKind {
    /// `errorSet`: the training examples that a first training gets wrong, counting for more.
    package static let errorSet = StageKind(
        name: "errorSet",
        abstract: "Takes the training examples that a first training gets wrong, and lets them count for more.",
        discussion: """
            Just Train Twice (Liu et al., ICML 2021): a `train` stage whose `split` is this one is the second training. \
            With several runs an example is wrong when more than half of them get it wrong. The report says how much of \
            each class and group is in the set, what the set weighs, and what is doubtful about it; a set that is empty, \
            or that a model gives which answers one class to everything, is refused.
            """,
        gives: .split, codeVersion: ErrorSetWork.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), absent: "logits are given",
                help: "The stage of the first training.", knownElsewhereAs: ["train", "from", "input", "erm"]),
            Parameter(
                "logits", .each(.input), absent: "runs are given",
                help: """
                    Logits of the training examples, in their order, from a first training elsewhere: one .npy per epoch \
                    as a pattern, or one array of all epochs; several for several runs.
                    """, shownAs: "pattern"),
            Parameter(
                "at", .integer(1...largestEpoch), absent: "the last epoch",
                help: "T: how many epochs of the first training the set is taken after.", shownAs: "epoch",
                knownElsewhereAs: ["epoch", "finalEpoch", "inferNumEpochs"]),
            Parameter(
                "upweight", .number(.atLeast(1)), default: 20,
                help: "λ: what a member of the set counts, the others counting 1.", shownAs: "factor",
                knownElsewhereAs: ["lambda", "upWeight", "lambdaUp"]),
        ] + ErrorSetParameters.shared + [
            Parameter(
                "out", .file(endings: [".csv"]), absent: "the store only",
                help: "A file to write the members to, with what they count.",
                knownElsewhereAs: ["output", "export", "file"])
        ],
        check: { instance in
            var found = ErrorSetParameters.complaints(instance.values)
            let (hasRuns, hasLogits) = (instance.values.isGiven("runs"), instance.values.isGiven("logits"))
            if hasRuns == hasLogits {
                found.append(
                    StageComplaint(
                        hasRuns ? "logits" : "runs",
                        hasRuns ? "does not go with `runs`: both are a first training" : "is missing",
                        suggestion: hasRuns
                            ? "leave one of them out"
                            : "name a stage that trains, or give `logits` of a training elsewhere"))
            } else if hasRuns, let epoch = instance.values["at"]?.intValue,
                epoch > instance.input("runs").values.integer("epochs")
            {
                found.append(
                    StageComplaint(
                        "at",
                        "is \(epoch), and the first training has \(instance.input("runs").values.integer("epochs"))"
                            + " epochs", suggestion: "name an earlier one, or train longer"))
            }
            if hasLogits, ErrorSetParameters.rule(instance.values, upweight: 1).mode == .heldOut {
                found.append(
                    StageComplaint(
                        "mode", "held-out trains here, and `logits` come from elsewhere", suggestion: "use `runs`"))
            }
            return found
        },
        demand: { _, instance in ErrorSetWork.demand(of: instance) },
        files: { [$0["out"]?.stringValue].compactMap { $0 } },
        prepare: { try ErrorSetWork($0) })
}

/// An error set.
final class ErrorSetWork: SplitWork {
    /// Raised when the same first training gives another set.
    static let codeVersion = 1

    static let kind = StageKind.errorSet

    let parameters: JSONValue
    let facts: DatasetFacts
    let files: [String]
    let expectedCount: Int
    private let train: TrainWork?
    private let suspects: SuspectsWork?
    private let rule: ErrorSetRule
    private let patterns: [String]
    private let epoch: Int?
    private let foldCount: Int
    private var found: ErrorSet?

    private static let reportColumn = "report"

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        train = setting.optionalInput("runs", as: TrainWork.self)
        suspects = setting.optionalInput("suspects", as: SuspectsWork.self)
        facts = setting.facts
        files = setting.files
        expectedCount = facts.count(of: .train)
        rule = ErrorSetParameters.rule(values, upweight: values.number("upweight"))
        patterns = values.texts("logits")
        epoch = values["at"]?.intValue ?? train?.epochCount
        foldCount = values["folds"]?.intValue ?? ErrorSetParameters.defaultFoldCount
        var decided = ErrorSetParameters.decided(rule, foldCount: foldCount)
        decided["at"] = .optional(epoch)
        decided["groups"] = facts.groupIdentity()
        if !patterns.isEmpty { decided["logits"] = try ErrorSetParameters.contents(of: patterns) }
        parameters = values.identity(deciding: decided)
    }

    /// What taking the set needs of the first training's runs.
    static func demand(of instance: StageInstance) -> RunDemand {
        guard instance.values.isGiven("runs") else { return RunDemand() }
        let epoch = instance.values["at"]?.intValue ?? instance.input("runs").values.integer("epochs")
        return ErrorSetSource.demand(
            of: ErrorSetParameters.rule(instance.values, upweight: 1).mode, at: [epoch])
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? {
        guard let runs = try train.map({ try $0.resultKeys(in: store) }) ?? [] else { return nil }
        guard let suspects else { return runs }
        return try suspects.resultKeys(in: store).map { runs + $0 }
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        guard rule.mode == .heldOut, let train, let epoch else { return try meanSeconds(from: store) ?? 1 }
        return try RunCache.secondsPerExample(of: train.recipe, dataset: facts.contentHash, in: store).map {
            $0 * Double(facts.count(of: .train) * epoch * train.seeds.count * (foldCount - 1))
        }
    }

    private func source(_ train: TrainWork, in context: StageContext) throws -> ErrorSetSource {
        ErrorSetSource(
            recipe: try train.recipe(in: context), epochCount: train.epochCount, epoch: epoch ?? train.epochCount,
            mode: rule.mode, foldCount: foldCount)
    }

    func requests(in context: StageContext) throws -> [RunCache.Request] {
        guard let train, rule.mode == .heldOut else { return [] }
        let source = try source(train, in: context)
        let dataset = try context.dataset()
        let candidates = ExampleTable(dataset: dataset, indices: source.recipe.examples(of: dataset))
        return train.seeds.flatMap { source.requests(of: candidates, seed: $0) }
    }

    /// The set, taken once.
    func set(in context: StageContext) throws -> ErrorSet {
        if let found { return found }
        let dataset = try context.dataset()
        let recipe = try train?.recipe(in: context)
        let candidates = ExampleTable(
            dataset: dataset, indices: recipe?.examples(of: dataset) ?? dataset.indices(of: .train))
        let listed = try suspects.map { work in
            Set(try work.suspects(of: candidates, from: context.store).entries.map(\.position))
        }
        let votes: [ErrorSet.Evidence]
        if let train {
            let source = try source(train, in: context)
            let runs = try context.runs()
            votes = try train.outcomes(in: context).map {
                try source.evidence(
                    of: $0, in: runs, candidates: candidates, confidence: rule.confidence, suspects: listed)
            }
        } else {
            let files = try LogitFiles(
                patterns: patterns, labels: candidates.labels, classCount: dataset.classCount,
                of: "the training examples are")
            votes = try files.runs.indices.map { index in
                let log = try files.log(ofRun: index)
                let epoch = epoch ?? log.epochCount
                guard epoch <= log.epochCount else {
                    throw CurateError(
                        .usage, "`at` is \(epoch), and there are logits of \(log.epochCount) epochs",
                        at: files.runs[index].pattern, remedy: "name an earlier epoch")
                }
                var evidence = ErrorSet.Evidence(
                    log: log, epoch: epoch, mode: rule.mode, labels: candidates.labels,
                    confidence: rule.confidence, suspects: listed)
                evidence.isFromElsewhere = true
                return evidence
            }
        }
        let set = try ErrorSet(
            of: candidates, baseWeights: recipe?.subset?.weights, evidence: ErrorSet.Evidence(majorityOf: votes),
            rule: rule)
        found = set
        return set
    }

    func perform(in context: StageContext) throws {
        let set = try set(in: context)
        let training = try set.training()
        let isEverything = training.subset.weights == nil && training.subset.count == facts.count(of: .train)
        try keep(
            isEverything ? nil : training.subset, copies: training.sampler.copies, manifest: set.split.manifest,
            documents: [Self.reportColumn: ErrorSetReport(of: set).json], in: context)
    }

    /// What the set holds, as it was kept.
    ///
    /// - Precondition: it is complete.
    func setReport(from store: Store) throws -> ErrorSetReport {
        guard let key = try identity(in: store).key,
            let bytes = try store.columnBytes(artifact: key, epoch: 0, name: Self.reportColumn),
            let report = ErrorSetReport(try JSONValue(parsing: bytes, from: store.path))
        else {
            throw CurateError(
                .badData, "the report of an error set is not stored any more", at: store.path,
                remedy: "run the same command again")
        }
        return report
    }

    func report(from store: Store) throws -> StageReport {
        let report = try setReport(from: store)
        var members = report.json.objectValue ?? [:]
        members["files"] = .strings(files)
        return StageReport(summary: report.sentence, json: .object(members))
    }

    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws {
        try set(in: context).write(to: path, replacing: replacing)
    }
}
