extension Predictions {
    /// Takes the predictions of runs in a store.
    ///
    /// - Parameters:
    ///   - prefixes: the first digits of keys: of runs, or of stages that trained or evaluated some.
    ///   - partition: the part that was predicted.
    ///   - dataset: the data the runs were trained on, divided into groups.
    ///   - store: the store.
    /// - Throws: `CurateError` of kind `usage` when a key is no run's, when a run is of other data, and when the store does
    ///   not hold predictions of that part.
    package static func ofRuns(
        _ prefixes: [String], on partition: Partition, dataset: Dataset, store: Store
    ) throws -> Predictions {
        precondition(!prefixes.isEmpty, "at least one key")
        let indices = dataset.indices(of: partition)
        guard !indices.isEmpty else {
            throw CurateError(.usage, "'\(dataset.name)' has no \(partition.name) examples", remedy: "choose with `on`")
        }
        var seen: Set<ArtifactKey> = []
        let runs = try prefixes.flatMap { prefix in
            try artifacts(withPrefix: prefix, in: store).filter { seen.insert($0.key).inserted }.map { artifact in
                try run(of: artifact, on: partition, count: indices.count, dataset: dataset, store: store)
            }
        }
        return Predictions(
            name: prefixes.joined(separator: ","), partition: partition, labels: indices.map { dataset.labels[$0] },
            classNames: dataset.classNames, groups: dataset.groups.map { $0.column(of: indices) },
            populations: dataset.groups.map { $0.populations(dataset.partitions) }, runs: runs)
    }

    /// The runs that a key stands for.
    private static func artifacts(withPrefix prefix: String, in store: Store) throws -> [StoredArtifact] {
        let item = try store.item(withPrefix: prefix)
        let runs = ([item] + (try store.inputs(of: item))).compactMap { item -> StoredArtifact? in
            guard case .artifact(let artifact) = item, artifact.identity.kind == RunCache.artifactKind else {
                return nil
            }
            return artifact
        }
        // What a run was made from is no part of what it stands for.
        if case .artifact(let own) = item, own.identity.kind == RunCache.artifactKind { return [own] }
        // Other stages are made from runs that they do not stand for: an error set, a grid of trainings, a curve.
        guard !runs.isEmpty, ["runs", "evaluate"].contains(item.kind) else {
            throw CurateError(
                .usage, "'\(prefix)' is of kind \(item.kind), which stands for no runs", at: store.path,
                remedy:
                    "give the key of a run, or of a stage that trains or evaluates; those of the trainings of a grid "
                    + "are in its JSON, under `runs`")
        }
        return runs
    }

    private static func run(
        of artifact: StoredArtifact, on partition: Partition, count: Int, dataset: Dataset, store: Store
    ) throws -> Run {
        let key = artifact.key
        guard artifact.identity.dataset == dataset.contentHash else {
            throw CurateError(
                .usage, "the run \(key.hexadecimal.prefix(8)) was trained on other data than '\(dataset.name)'",
                at: store.path, remedy: "give its data, with the same options of reading as when it was trained")
        }
        let name = StoredRun.predictionColumn(partition)
        let epoch = try store.columns(of: key).filter { $0.name == name }.map(\.epoch).max()
        guard let epoch, let classes = try RunCache.predictions(of: key, on: partition, epoch: epoch, store: store)
        else {
            throw CurateError(
                .usage, "the run \(key.hexadecimal.prefix(8)) has no predictions of \(partition.name) examples",
                at: store.path, remedy: "evaluate it, or choose another part with `on`")
        }
        guard classes.count == count else {
            throw CurateError(
                .badData, "the run \(key.hexadecimal.prefix(8)) has \(classes.count) predictions for \(count) examples",
                at: store.path, remedy: "use another `store`")
        }
        // Runs of an earlier version may have none, and a training that diverged none that are numbers.
        let loss = DynamicsLog.Metric(.loss, .heldOut(partition)).name
        let losses = try store.column(artifact: key, epoch: epoch, name: loss)
        let isKnown = losses.map { $0.count == count && $0.allSatisfy(\.isFinite) } ?? false
        return Run(
            seed: artifact.identity.parameters["seed"]?.unsignedValue ?? 0, classes: classes,
            losses: isKnown ? losses : nil)
    }
}
