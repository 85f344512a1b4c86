extension StageKind {
    /// `suspects`: training examples whose labels are probably wrong.
    package static let suspects = StageKind(
        name: "suspects", abstract: "Lists the training examples whose labels are probably wrong.",
        discussion: """
            Confident learning on class probabilities: of the runs themselves, which are best stopped early, before \
            they know wrong labels by heart; or out of fold, from further runs that have not seen the example. Or areas \
            under the margin: two further runs per seed, in each of which some examples get a class that does not \
            exist, and suspects are those whose label fits no better. A stage prune leaves the suspects out with \
            `exclude`.
            """,
        gives: .suspects, codeVersion: SuspectsWork.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), isRequired: true,
                help: "The stage whose networks judge, or whose recipe the further runs have.",
                knownElsewhereAs: ["train", "from", "input"]),
            Parameter(
                "method", .word(SuspectsJob.Method.allCases.map(\.rawValue)),
                absent: "out-of-fold with `folds`, else clean",
                help: """
                    How suspects are found: confident learning on clean passes of the runs or out of fold, by further \
                    runs that have not seen the example; or areas under the margin (aum), by two further runs per seed \
                    with threshold samples.
                    """, shownAs: "name", knownElsewhereAs: ["by"]),
            Parameter(
                "folds", .integer(2...100), absent: "4 with out-of-fold",
                help: "Train on all but one of so many parts, and judge each part by those that did not see it.",
                knownElsewhereAs: ["k", "cv", "cvFolds"]),
            Parameter(
                "at", .integer(1...1_000_000), absent: "the last epoch of the runs",
                help: "Judge by the networks as they stood after this epoch; with aum by the epochs up to it, best "
                    + "those before the learning rate drops.", knownElsewhereAs: ["epoch"]),
            Parameter(
                "out", .file(endings: [".csv"]), absent: "the store only", help: "A file to write the list to.",
                knownElsewhereAs: ["output", "export", "file"]),
        ],
        check: { instance in
            var found: [StageComplaint] = []
            let values = instance.values
            if let complaint = StageComplaint.unfitEpoch(of: instance) { found.append(complaint) }
            if values.isGiven("folds"), let method = values["method"]?.stringValue,
                method != SuspectsJob.Method.outOfFold.rawValue
            {
                found.append(
                    StageComplaint(
                        "folds", "does not go with `method: \"\(method)\"`",
                        suggestion: "leave one of the two out, or use `method: \"out-of-fold\"`"))
            }
            return found
        },
        demand: { _, instance in SuspectsWork.demand(of: instance) },
        files: { [$0["out"]?.stringValue].compactMap { $0 } },
        prepare: { SuspectsWork($0) })
}

/// A list of label suspects.
final class SuspectsWork: DocumentWork {
    /// Raised when the same runs give another list.
    static let codeVersion = 1

    static let kind = StageKind.suspects

    let parameters: JSONValue
    let facts: DatasetFacts
    let files: [String]
    private let train: TrainWork
    private let method: SuspectsJob.Method
    private let foldCount: Int
    private let epoch: Int

    static let column = "suspects"

    init(_ setting: StageSetting) {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        facts = setting.facts
        method = Self.method(values)
        foldCount = values["folds"]?.intValue ?? 4
        epoch = values["at"]?.intValue ?? train.epochCount
        files = setting.files
        parameters = values.identity(deciding: [
            "at": .int(epoch), "method": .string(method.rawValue),
            "folds": method == .outOfFold ? .int(foldCount) : .null,
        ])
    }

    /// The method that is named, or the one that the number of folds implies.
    private static func method(_ values: StageValues) -> SuspectsJob.Method {
        values["method"]?.stringValue.flatMap { SuspectsJob.Method(rawValue: $0) }
            ?? (values.isGiven("folds") ? .outOfFold : .clean)
    }

    /// What judging needs of its runs, so that it is taken while they are trained.
    static func demand(of instance: StageInstance) -> RunDemand {
        SuspectsJob.demand(
            of: method(instance.values),
            epoch: instance.values["at"]?.intValue ?? instance.input("runs").values.integer("epochs"))
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? { try train.resultKeys(in: store) }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        let passCount: Int
        switch method {
        case .clean: return try meanSeconds(from: store)
        case .outOfFold: passCount = foldCount - 1
        case .aum: passCount = 2
        }
        guard
            let each = try RunCache.secondsPerExample(of: train.recipe, dataset: facts.contentHash, in: store)
        else { return nil }
        return each * Double(facts.count(of: .train) * epoch * train.seeds.count * passCount)
    }

    private func job(in context: StageContext) throws -> SuspectsJob {
        SuspectsJob(
            recipe: try train.recipe(in: context), seeds: train.seeds, epochCount: train.epochCount, epoch: epoch,
            method: method, foldCount: foldCount)
    }

    func requests(in context: StageContext) throws -> [RunCache.Request] {
        let dataset = try context.dataset()
        let job = try job(in: context)
        return job.requests(of: ExampleTable(dataset: dataset, indices: job.recipe.examples(of: dataset)))
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        var part = ""
        let runs = try RunCache(
            store: context.store, dataset: dataset, pool: context.pool, monitor: context.monitor.naming { part })
        let (suspects, candidates) = try job(in: context).suspects(in: runs, on: dataset) { part = $0 }
        try keep(suspects.json(candidates), in: context)
    }

    /// The suspects among some candidates of the dataset.
    ///
    /// - Precondition: the list is complete.
    func suspects(of candidates: ExampleTable, from store: Store) throws -> LabelSuspects {
        try LabelSuspects(document(from: store), of: candidates, at: store.path)
    }

    /// The suspects among the examples of the runs.
    func result(in context: StageContext) throws -> (suspects: LabelSuspects, candidates: ExampleTable) {
        let dataset = try context.dataset()
        let candidates = ExampleTable(
            dataset: dataset, indices: try train.recipe(in: context).examples(of: dataset))
        return (try suspects(of: candidates, from: context.store), candidates)
    }

    func report(from store: Store) throws -> StageReport {
        let json = try document(from: store)
        let count = json["index"]?.arrayValue?.count ?? 0
        let method = json["method"]?.stringValue ?? ""
        let total = try train.exampleCount(in: store)
        let alarm = count * 2 > total ? " (more than half: look at the runs and at what is read as class)" : ""
        return StageReport(
            summary: "\(count) of \(total) labels are suspect\(alarm): \(method)",
            json: [
                "suspects": .int(count), "method": .string(method), "files": .array(files.map { .string($0) }),
            ])
    }

    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws {
        let (suspects, candidates) = try result(in: context)
        try suspects.write(candidates, to: path, replacing: replacing)
    }
}
