/// A stage that says which examples to train on.
///
/// It keeps them in the store under the key of its own artifact. Runs are not keyed by that artifact but by the examples
/// themselves, so two stages that keep the same examples share their runs, and a change that keeps the same examples
/// trains nothing.
protocol SplitWork: StageWork {
    /// How many examples it will be, as far as that can be said beforehand.
    var expectedCount: Int { get }
}

/// The examples of a split that is in the store.
struct MadeSplit {
    /// The examples; nil when they are all training examples, each counting alike.
    let subset: TrainingSubset?
    /// Where the split comes from.
    let manifest: SplitManifest
    /// How often an epoch presents each example.
    var sampler = Sampler()
}

extension SplitWork {
    private static var manifestColumn: String { "manifest" }
    private static var copiesColumn: String { "copies" }

    /// The split, or nil when it is not in the store.
    func made(in store: Store) throws -> MadeSplit? {
        guard let key = try identity(in: store).key, try store.artifact(key)?.state == .complete else { return nil }
        guard let subset = try store.subset(of: key),
            let manifest = try store.columnBytes(artifact: key, epoch: 0, name: Self.manifestColumn)
        else {
            throw CurateError(
                .badData, "split \(key.short) has lost its examples", at: store.path,
                remedy: "'curate store verify' says what is damaged")
        }
        let isEverything = subset.weights == nil && subset.count == facts.count(of: .train)
        var made = MadeSplit(
            subset: isEverything ? nil : subset,
            manifest: try SplitManifest(
                parsing: try JSONValue(parsing: manifest, from: store.path), at: store.path))
        if let copies = try store.column(artifact: key, epoch: 0, name: Self.copiesColumn) {
            guard copies.count == subset.count, copies.allSatisfy({ $0 >= 0 && $0 == $0.rounded() && $0 < 16_777_216 })
            else {
                throw CurateError(
                    .badData, "the numbers of copies of split \(key.short) cannot be read", at: store.path,
                    remedy: "'curate store verify' says what is damaged")
            }
            made.sampler = Sampler(copies: copies.map { Int($0) })
        }
        return made
    }

    /// Puts a split in the store.
    func keep(_ split: Split, in context: StageContext) throws {
        try keep(
            try TrainingSubset(split, of: try context.dataset()), manifest: split.manifest, in: context)
    }

    /// Puts what is trained on in the store.
    ///
    /// - Parameters:
    ///   - subset: the examples with their weights; nil for all, each counting alike.
    ///   - copies: how often an epoch presents each of them, in their order; nil for once.
    ///   - manifest: where it comes from.
    ///   - documents: more columns of text that belong to it, by name.
    func keep(
        _ subset: TrainingSubset?, copies: [Int]? = nil, manifest description: SplitManifest,
        documents: [String: JSONValue] = [:], in context: StageContext
    ) throws {
        let dataset = try context.dataset()
        let store = context.store
        let identity = try knownIdentity(in: store)
        let manifest = Array(description.json(fileDigests: [:]).canonicalText.utf8)
        try store.transaction {
            try store.registerDataset(dataset, createdAt: context.monitor.timestamp())
            let artifact = try store.beginArtifact(identity, createdAt: context.monitor.timestamp())
            // Another process may have made the same meanwhile.
            if artifact.state == .complete { return }
            try store.putSubset(
                subset ?? TrainingSubset(indices: dataset.indices(of: .train)), artifact: identity.key)
            try store.putColumn(artifact: identity.key, epoch: 0, name: Self.manifestColumn, bytes: manifest)
            if let copies {
                try store.putColumn(
                    artifact: identity.key, epoch: 0, name: Self.copiesColumn, floats: copies.map { Float($0) })
            }
            for (name, document) in documents.sorted(by: { $0.key < $1.key }) {
                try store.putColumn(
                    artifact: identity.key, epoch: 0, name: name, bytes: Array(document.canonicalText.utf8))
            }
            try store.completeArtifact(identity.key)
        }
    }

    func standing(in store: Store) throws -> StageStanding {
        guard let key = try identity(in: store).key else { return .waitsForInputs }
        let isStored = try store.artifact(key)?.state == .complete
        return StageStanding(missing: isStored ? nil : "nothing of it is in the store", isBegun: false, cost: [:])
    }

    func forget(in store: Store) throws {
        if let key = try identity(in: store).key { try store.removeArtifact(key) }
    }

    /// The report of a split: how many of how many, and by what.
    func report(of what: String, from store: Store) throws -> StageReport {
        guard let made = try made(in: store) else {
            throw CurateError(
                .workFailed, "the split was removed by another process", at: store.path,
                remedy: "run the same command again")
        }
        let manifest = made.manifest
        return StageReport(
            summary: "\(manifest.keptCount) of \(manifest.candidateCount) examples\(what)"
                + (manifest.warnings.isEmpty ? "" : "; warning: \(manifest.warnings.joined(separator: "; "))"),
            json: manifest.reportJSON(files: files))
    }
}
