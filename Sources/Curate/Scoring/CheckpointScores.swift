import Models

/// The scores that one set of weights gives, without training: somebody's checkpoint on a dataset.
package enum CheckpointScores {
    /// Evaluates every training example and gives the clean columns as a log of one epoch.
    ///
    /// Features are normalised by the training partition's own mean and deviation, as in our training; a checkpoint
    /// trained with other constants sees slightly shifted inputs.
    ///
    /// - Parameters:
    ///   - specification: the network the weights belong to.
    ///   - head: how it makes logits of its features.
    ///   - dataset: what to score.
    ///   - pool: the threads to use.
    ///   - includesGradientNorms: whether GraNd is wanted.
    ///   - monitor: whom to tell, and whom to ask whether to stop.
    ///   - load: gives the network its weights.
    /// - Throws: `CurateError`; what `load` throws.
    package static func log(
        of specification: NetworkSpecification, head: Head = .linear, on dataset: Dataset, pool: WorkerPool,
        includesGradientNorms: Bool,
        monitor: TrainingMonitor, load: (Network) throws -> Void
    ) throws -> DynamicsLog {
        var recipe = Recipe(
            network: specification, optimizer: SGD(momentum: 0, isNesterov: false, weightDecay: 0),
            schedule: LearningRateSchedule(learningRate: 1, shape: .constant, warmupEpochs: 0), batchSize: 1,
            augmentation: Augmentation(), seed: 0)
        recipe.head = head
        try recipe.check(on: dataset)
        let normalization = FeatureNormalization(
            of: dataset.features, indices: dataset.indices(of: .train), pool: pool)
        let run = try TrainingRun(
            recipe: recipe, dataset: dataset, normalization: normalization, pool: pool, monitor: monitor)
        try load(run.network)
        let columns = try run.cleanPass(includesGradientNorms: includesGradientNorms)
        return DynamicsLog(
            exampleCount: run.examples.count, epochCount: 1, seed: 0,
            columns: Dictionary(
                uniqueKeysWithValues: columns.map { (DynamicsLog.ColumnKey(epoch: 1, metric: $0.key), $0.value) }))
    }
}
