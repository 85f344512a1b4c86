/// What a store knows of runs, asked without their dataset.
extension RunCache {
    /// The identity of a recipe's run on the dataset with a content hash, under a numeric profile.
    static func identity(of recipe: Recipe, dataset: String, numericProfile: String) -> ArtifactIdentity {
        ArtifactIdentity(
            kind: artifactKind, codeVersion: codeVersion, parameters: recipe.parameters, dataset: dataset,
            numericProfile: numericProfile)
    }

    /// How a request that is complete is answered from the store.
    static func outcome(
        _ request: Request, key: ArtifactKey, wasCached: Bool = true, trainedEpochCount: Int = 0, store: Store
    ) throws -> Outcome {
        let stored = StoredRun(columns: try store.columns(of: key))
        // Loss and accuracy; NaN where nothing is stored.
        func summaries(_ name: String) throws -> [[Float]] {
            try (1...request.epochCount).map { epoch in
                guard stored.contains(name, epoch: epoch) else { return [.nan, .nan] }
                return try store.column(artifact: key, epoch: epoch, name: name) ?? [.nan, .nan]
            }
        }
        func number(_ value: Float?) -> Double? { value.flatMap { $0.isFinite ? Double($0) : nil } }
        let training = try summaries(StoredRun.summaryColumn)
        let validation = try summaries(StoredRun.summaryColumn(.validation))
        let heldOut = try store.column(artifact: key, epoch: request.epochCount, name: StoredRun.heldOutColumn)
        return Outcome(
            key: key, seed: request.recipe.seed, trainedEpochCount: trainedEpochCount, wasCached: wasCached,
            seconds: try store.artifact(key)?.seconds ?? 0, losses: training.map { Double($0[0]) },
            accuracies: training.map { Double($0[1]) }, testAccuracy: number(heldOut?[1]),
            validationAccuracy: number(heldOut?[0]), validationLosses: validation.map { number($0[0]) },
            validationAccuracies: validation.map { number($0[1]) })
    }

    /// The classes a run predicted for the examples of a partition after an epoch; nil when they are not stored.
    static func predictions(
        of key: ArtifactKey, on partition: Partition, epoch: Int, store: Store
    ) throws -> [Int32]? {
        try store.column(artifact: key, epoch: epoch, name: StoredRun.predictionColumn(partition))?.map { Int32($0) }
    }

    /// The mean seconds that a pass of a network over a dataset takes per example, over the runs in a store; nil when there
    /// are none.
    static func secondsPerExample(of recipe: Recipe, dataset: String, in store: Store) throws -> Double? {
        let network = recipe.parameters["network"]
        let runs = try store.artifacts(kind: artifactKind).filter {
            $0.identity.dataset == dataset && $0.identity.parameters["network"] == network && $0.seconds > 0
                // An epoch of copies or of a part is no pass over the examples, two networks are no measure for one.
                && $0.identity.parameters["sampler"] == nil
                && ["weights", nil].contains($0.identity.parameters["balance"]?["by"])
                && $0.identity.parameters["objective"]?["risk"] != "failures"
                // Sharpness-aware steps cost two.
                && ($0.identity.parameters["sharpness"] == nil) == (recipe.sharpness == nil)
        }
        // The latest say best how fast this machine is now.
        let costs = try runs.suffix(4).compactMap { run -> Double? in
            let columns = try store.columns(of: run.key)
            let passes = StoredRun(columns: columns).passCount
            let examples = columns.first { $0.name == DynamicsLog.Metric.batchCorrect.name }?.count ?? 0
            return passes > 0 && examples > 0 ? run.seconds / (passes * Double(examples)) : nil
        }
        return costs.isEmpty ? nil : costs.reduce(0, +) / Double(costs.count)
    }
}
