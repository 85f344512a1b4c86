extension StageKind {
    /// `suspects`: training examples whose labels are probably wrong.
    static let suspects = StageKind(
        name: "suspects", abstract: "Lists the training examples whose labels are probably wrong.",
        discussion: """
            Confident learning on class probabilities: of the runs themselves, which are best stopped early, before \
            they know wrong labels by heart; or out of fold, from further runs that have not seen the example. Or areas \
            under the margin: two further runs per seed, in each of which some examples get a class that does not \
            exist, and suspects are those whose label fits no better. A stage prune leaves the suspects out with \
            `exclude`.
            """,
        codeVersion: SuspectsWork.codeVersion,
        parameters: [
            StageParameter(
                "runs", .stage(kinds: ["train"]), isRequired: true,
                help: "The stage whose networks judge, or whose recipe the further runs have.",
                knownElsewhereAs: ["train", "from", "input"]),
            StageParameter(
                "method", .word(SuspectsJob.Method.allCases.map(\.rawValue)), default: "clean",
                help: "How suspects are found: clean passes of the runs, folds, or areas under the margin.",
                knownElsewhereAs: ["by"]),
            StageParameter(
                "folds", .integer(2...100), default: 4,
                help: "With out-of-fold: how many parts, each judged by runs on the others.",
                knownElsewhereAs: ["k", "cv", "cvFolds"]),
            StageParameter(
                "at", .integer(1...1_000_000), absent: "the last epoch of the runs",
                help: "Judge by the networks as they stood after this epoch; with aum by the epochs up to it, best "
                    + "those before the learning rate drops.", knownElsewhereAs: ["epoch"]),
            StageParameter(
                "out", .file(endings: [".csv"]), absent: "the store only", help: "A file to write the list to.",
                knownElsewhereAs: ["output", "export", "file"]),
        ],
        check: { instance in
            var found: [StageComplaint] = []
            let values = instance.values
            if let complaint = StageComplaint.lateEpoch(of: instance) { found.append(complaint) }
            if values.isGiven("folds"), values.text("method") != SuspectsJob.Method.outOfFold.rawValue {
                found.append(
                    StageComplaint(
                        "folds", "has no effect without method: \"out-of-fold\"",
                        suggestion: "add it, or leave folds out"))
            }
            return found
        },
        demand: { _, instance in SuspectsWork.demand(of: instance) }, prepare: { SuspectsWork($0) })
}

/// A list of label suspects.
final class SuspectsWork: DocumentWork {
    /// Raised when the same runs give another list.
    static let codeVersion = 1

    let parameters: JSONValue
    let files: [String]
    private let train: TrainWork
    private let facts: DatasetFacts
    private let method: SuspectsJob.Method
    private let foldCount: Int
    private let epoch: Int

    static let column = "suspects"

    init(_ setting: StageSetting) {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        facts = setting.facts
        method = SuspectsJob.Method(rawValue: values.text("method")) ?? .clean
        foldCount = values.integer("folds")
        epoch = values["at"]?.intValue ?? train.epochCount
        files = [values["out"]?.stringValue].compactMap { $0 }
        parameters = values.identity(deciding: [
            "at": .int(epoch), "folds": method == .outOfFold ? .int(foldCount) : .null,
        ])
    }

    /// What judging needs of its runs, so that it is taken while they are trained.
    static func demand(of instance: StageInstance) -> RunDemand {
        SuspectsJob.demand(
            of: SuspectsJob.Method(rawValue: instance.values.text("method")) ?? .clean,
            epoch: instance.values["at"]?.intValue ?? instance.input("runs").values.integer("epochs"))
    }

    /// What the list is kept under; nil while it is not known what the runs are trained on.
    func documentIdentity(in store: Store) throws -> ArtifactIdentity? {
        try train.runKeys(in: store).map { runs in
            ArtifactIdentity(
                kind: "suspects", codeVersion: Self.codeVersion, parameters: parameters, inputs: runs,
                dataset: facts.contentHash)
        }
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        let passCount: Int
        switch method {
        case .clean: return try meanSeconds(of: .suspects, dataset: facts.contentHash, from: store)
        case .outOfFold: passCount = foldCount - 1
        case .aum: passCount = 2
        }
        guard
            let each = try RunCache.secondsPerExample(of: train.recipe, dataset: facts.contentHash, in: store)
        else { return nil }
        return each * Double(facts.count(of: .train) * epoch * train.seeds.count * passCount)
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let job = SuspectsJob(
            recipe: try train.recipe(in: context), seeds: train.seeds, epochCount: train.epochCount, epoch: epoch,
            method: method, foldCount: foldCount)
        var part = ""
        let runs = try RunCache(
            store: context.store, dataset: dataset, pool: context.pool, monitor: context.monitor.naming { part })
        let (suspects, candidates) = try job.suspects(in: runs, on: dataset) { part = $0 }
        try keep(suspects.json(candidates), in: context)
    }

    /// The suspects among some candidates of the dataset.
    ///
    /// - Precondition: the list is complete.
    func suspects(of candidates: PruningCandidates, from store: Store) throws -> LabelSuspects {
        try LabelSuspects(document(from: store), of: candidates, at: store.path)
    }

    /// The suspects among the examples of the runs.
    func result(in context: StageContext) throws -> (suspects: LabelSuspects, candidates: PruningCandidates) {
        let dataset = try context.dataset()
        let candidates = PruningCandidates(
            dataset: dataset, indices: try train.recipe(in: context).examples(of: dataset))
        return (try suspects(of: candidates, from: context.store), candidates)
    }

    func report(from store: Store) throws -> StageReport {
        let json = try document(from: store)
        let count = json["index"]?.arrayValue?.count ?? 0
        let method = json["method"]?.stringValue ?? ""
        return StageReport(
            summary: "\(count) of \(try train.exampleCount(in: store)) labels are suspect: \(method)",
            json: [
                "suspects": .int(count), "method": .string(method), "files": .array(files.map { .string($0) }),
            ])
    }

    func export(to path: String, replacing: Bool, in context: StageContext) throws {
        let (suspects, candidates) = try result(in: context)
        try suspects.write(candidates, to: path, replacing: replacing)
    }
}
