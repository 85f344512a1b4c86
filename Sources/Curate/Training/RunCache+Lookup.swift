/// What a store knows of runs, asked without their dataset.
extension RunCache {
    /// How much of a request is in a store.
    struct Standing {
        /// The key of the run.
        let key: ArtifactKey
        /// The epochs at which something is missing.
        let missing: Set<Int>
        /// Epochs trained so far.
        let trainedEpochCount: Int
        /// The seconds spent on the run so far.
        let seconds: Double
    }

    /// The identity of a recipe's run on the dataset with a content hash, under a numeric profile.
    static func identity(of recipe: Recipe, dataset: String, numericProfile: String) -> ArtifactIdentity {
        ArtifactIdentity(
            kind: "train", codeVersion: codeVersion, parameters: recipe.parameters, dataset: dataset,
            numericProfile: numericProfile)
    }

    /// How much of a request is in a store.
    ///
    /// - Parameters:
    ///   - request: the run.
    ///   - facts: what is known of the dataset.
    ///   - numericProfile: what of this machine and build the results depend on.
    ///   - store: the store.
    static func standing(
        of request: Request, on facts: DatasetFacts, numericProfile: String, in store: Store
    ) throws -> Standing {
        let key = identity(of: request.recipe, dataset: facts.contentHash, numericProfile: numericProfile).key
        let artifact = try store.artifact(key)
        let run = StoredRun(columns: artifact == nil ? [] : try store.columns(of: key))
        var missing = run.missing(for: request, heldOut: [.validation, .test].filter { facts.count(of: $0) > 0 })
        // Left by a run that was stopped between its last epoch and the mark that it is whole.
        if artifact?.state == .running { missing.insert(request.epochCount) }
        return Standing(
            key: key, missing: missing, trainedEpochCount: run.epochCount, seconds: artifact?.seconds ?? 0)
    }

    /// How a request that is complete is answered from the store.
    static func outcome(
        _ request: Request, key: ArtifactKey, wasCached: Bool = true, trainedEpochCount: Int = 0, store: Store
    ) throws -> Outcome {
        let summaries = try (1...request.epochCount).map { epoch in
            try store.column(artifact: key, epoch: epoch, name: StoredRun.summaryColumn) ?? [.nan, .nan]
        }
        let heldOut = try store.column(artifact: key, epoch: request.epochCount, name: StoredRun.heldOutColumn)
        func accuracy(_ index: Int) -> Double? {
            guard let value = heldOut?[index], value.isFinite else { return nil }
            return Double(value)
        }
        return Outcome(
            key: key, seed: request.recipe.seed, trainedEpochCount: trainedEpochCount, wasCached: wasCached,
            seconds: try store.artifact(key)?.seconds ?? 0, losses: summaries.map { Double($0[0]) },
            accuracies: summaries.map { Double($0[1]) }, testAccuracy: accuracy(1), validationAccuracy: accuracy(0))
    }

    /// The classes a run predicted for the examples of a partition after an epoch; nil when they are not stored.
    static func predictions(
        of key: ArtifactKey, on partition: Partition, epoch: Int, store: Store
    ) throws -> [Int32]? {
        try store.column(artifact: key, epoch: epoch, name: StoredRun.predictionColumn(partition))?.map { Int32($0) }
    }

    /// The mean seconds that an epoch of a network on a dataset takes per example, over the runs in a store; nil when
    /// there are none.
    static func secondsPerExample(of recipe: Recipe, dataset: String, in store: Store) throws -> Double? {
        let network = recipe.parameters["network"]
        let runs = try store.artifacts(kind: "train").filter {
            $0.identity.dataset == dataset && $0.identity.parameters["network"] == network && $0.seconds > 0
        }
        // The latest say best how fast this machine is now.
        let costs = try runs.suffix(4).compactMap { run -> Double? in
            let columns = try store.columns(of: run.key)
            let epochs = StoredRun(columns: columns).epochCount
            let examples = columns.first { $0.name == DynamicsLog.Metric.batchCorrect.rawValue }?.count ?? 0
            return epochs > 0 && examples > 0 ? run.seconds / Double(epochs * examples) : nil
        }
        return costs.isEmpty ? nil : costs.reduce(0, +) / Double(costs.count)
    }
}
