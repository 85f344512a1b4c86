extension StageKind {
    /// `suspects`: training examples whose labels are probably wrong.
    static let suspects = StageKind(
        name: "suspects", abstract: "Lists the training examples whose labels are probably wrong.",
        discussion: """
            Confident learning on class probabilities: of the runs themselves, which are best stopped early, before \
            they know wrong labels by heart; or out of fold, from further runs that have not seen the example. A stage \
            prune leaves the suspects out with `exclude`.
            """,
        codeVersion: SuspectsWork.codeVersion,
        parameters: [
            StageParameter(
                "runs", .stage(kinds: ["train"]), isRequired: true,
                help: "The stage whose networks judge, or whose recipe is trained without each fold.",
                knownElsewhereAs: ["train", "from", "input"]),
            StageParameter(
                "method", .word(SuspectsJob.Method.allCases.map(\.rawValue)), default: "clean",
                help: "Where the probabilities come from.", knownElsewhereAs: ["by"]),
            StageParameter(
                "folds", .integer(2...100), default: 4,
                help: "With out-of-fold: how many parts, each judged by runs on the others.",
                knownElsewhereAs: ["k", "cv", "cvFolds"]),
            StageParameter(
                "at", .integer(1...1_000_000), absent: "the last epoch of the runs",
                help: "Judge by the networks as they stood after this epoch.", knownElsewhereAs: ["epoch"]),
            StageParameter(
                "out", .file(endings: [".csv"]), absent: "the store only", help: "A file to write the list to.",
                knownElsewhereAs: ["output", "export", "file"]),
        ],
        check: { instance in
            var found: [StageComplaint] = []
            let values = instance.values
            let epochs = instance.input("runs").values.integer("epochs")
            if let epoch = values["at"]?.intValue, epoch > epochs {
                found.append(
                    StageComplaint(
                        "at", "is \(epoch), after the last epoch of '\(instance.input("runs").label)', \(epochs)",
                        suggestion: "judge earlier, or train for \(epoch) epochs"))
            }
            if values.isGiven("folds"), values.text("method") != SuspectsJob.Method.outOfFold.rawValue {
                found.append(
                    StageComplaint(
                        "folds", "has no effect without method: \"out-of-fold\"",
                        suggestion: "add it, or leave folds out"))
            }
            return found
        },
        prepare: { SuspectsWork($0) })
}

/// A list of label suspects.
final class SuspectsWork: StageWork {
    /// Raised when the same runs give another list.
    static let codeVersion = 1

    let parameters: JSONValue
    let files: [String]
    private let train: TrainWork
    private let facts: DatasetFacts
    private let method: SuspectsJob.Method
    private let foldCount: Int
    private let epoch: Int

    private static let column = "suspects"

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

    /// What the list is kept under; nil while it is not known what the runs are trained on.
    func identity(in store: Store) throws -> ArtifactIdentity? {
        try train.runKeys(in: store).map { runs in
            ArtifactIdentity(
                kind: "suspects", codeVersion: Self.codeVersion, parameters: parameters, inputs: runs,
                dataset: facts.contentHash)
        }
    }

    func standing(in store: Store) throws -> StageStanding {
        guard let identity = try identity(in: store) else { return .waitsForSplit }
        let isStored = try store.artifact(identity.key)?.state == .complete
        return StageStanding(missing: isStored ? nil : "nothing of it is in the store", isBegun: false, cost: [:])
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        guard method == .outOfFold else {
            return try meanSeconds(of: .suspects, dataset: facts.contentHash, from: store)
        }
        guard
            let each = try RunCache.secondsPerExample(of: train.recipe, dataset: facts.contentHash, in: store)
        else { return nil }
        return each * Double(facts.count(of: .train) * epoch * train.seeds.count * (foldCount - 1))
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let job = SuspectsJob(
            recipe: try train.recipe(in: context), seeds: train.seeds, epoch: epoch, method: method,
            foldCount: foldCount)
        var part = ""
        let runs = try RunCache(
            store: context.store, dataset: dataset, pool: context.pool, monitor: context.monitor.naming { part })
        let (suspects, candidates) = try job.suspects(in: runs, on: dataset) { part = $0 }
        guard let identity = try identity(in: context.store) else {
            throw CurateError(
                .workFailed, "the split to train on was removed by another process", at: context.store.path,
                remedy: "run the same command again")
        }
        let text = suspects.json(candidates).canonicalText
        try context.store.transaction {
            let artifact = try context.store.beginArtifact(identity, createdAt: context.monitor.timestamp())
            // Another process may have made the same meanwhile.
            if artifact.state == .complete { return }
            try context.store.putColumn(artifact: identity.key, epoch: 0, name: Self.column, bytes: Array(text.utf8))
            try context.store.completeArtifact(identity.key)
        }
    }

    private func stored(in store: Store) throws -> JSONValue {
        guard let identity = try identity(in: store),
            let bytes = try store.columnBytes(artifact: identity.key, epoch: 0, name: Self.column)
        else {
            throw CurateError(
                .badData, "a list of label suspects is not stored any more", at: store.path,
                remedy: "run the same command again")
        }
        return try JSONValue(parsing: bytes, from: store.path)
    }

    /// The suspects among some candidates of the dataset.
    ///
    /// - Precondition: the list is complete.
    func suspects(of candidates: PruningCandidates, from store: Store) throws -> LabelSuspects {
        try LabelSuspects(stored(in: store), of: candidates, at: store.path)
    }

    /// The suspects among the examples of the runs.
    func result(in context: StageContext) throws -> (suspects: LabelSuspects, candidates: PruningCandidates) {
        let dataset = try context.dataset()
        let candidates = PruningCandidates(
            dataset: dataset, indices: try train.recipe(in: context).examples(of: dataset))
        return (try suspects(of: candidates, from: context.store), candidates)
    }

    func forget(in store: Store) throws {
        if let identity = try identity(in: store) { try store.removeArtifact(identity.key) }
    }

    func report(from store: Store) throws -> StageReport {
        let json = try stored(in: store)
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
