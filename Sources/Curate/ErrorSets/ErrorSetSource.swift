/// Where an error set comes from: runs of a first training, and after which epoch of them.
///
/// Online and clean sets are queries over the log of a run that is there already, at any epoch; held-out sets train one
/// more run for every fold.
package struct ErrorSetSource: Sendable {
    /// The recipe of the first training, with what it is trained on.
    package let recipe: Recipe
    /// How many epochs the first training has.
    package let epochCount: Int
    /// T: the completed epochs of the first training that the set is taken after; online during the last of them.
    package let epoch: Int
    /// Whose predictions make the set.
    package let mode: ErrorSetRule.Mode
    /// The number of folds of held-out sets.
    package let foldCount: Int

    /// Describes a source.
    ///
    /// - Precondition: the epoch is within 1...epochCount.
    package init(recipe: Recipe, epochCount: Int, epoch: Int, mode: ErrorSetRule.Mode, foldCount: Int = 4) {
        precondition((1...epochCount).contains(epoch), "an epoch that is not trained")
        self.recipe = recipe
        self.epochCount = epochCount
        self.epoch = epoch
        self.mode = mode
        self.foldCount = foldCount
    }

    /// The columns of a run's log that sets of a mode are read from.
    private static func columns(of mode: ErrorSetRule.Mode, at epoch: Int) -> Set<DynamicsLog.ColumnKey> {
        let metrics: [DynamicsLog.Metric] =
            switch mode {
            case .online: [.batchCorrect, .batchProbability, .batchLoss]
            case .clean: [.cleanPrediction, .cleanProbability, .cleanLoss]
            case .heldOut: []
            }
        return Set(metrics.map { DynamicsLog.ColumnKey(epoch: epoch, metric: $0) })
    }

    /// What such sets need of the runs of the first training.
    package static func demand(of mode: ErrorSetRule.Mode, at epochs: [Int]) -> RunDemand {
        RunDemand(recording: epochs.reduce(into: []) { $0.formUnion(columns(of: mode, at: $1)) })
    }

    /// The judge of held-out sets: networks that have not seen the example.
    private func judge(seed: UInt64) -> SuspectsJob {
        SuspectsJob(
            recipe: recipe, seeds: [seed], epochCount: epochCount, epoch: epoch, method: .outOfFold,
            foldCount: foldCount)
    }

    /// The runs that a held-out set trains besides the first training.
    package func requests(of candidates: ExampleTable, seed: UInt64) -> [RunCache.Request] {
        mode == .heldOut ? judge(seed: seed).requests(of: candidates) : []
    }

    /// What one run says of the examples it was trained on.
    ///
    /// - Parameters:
    ///   - outcome: the run, with the columns of `demand`.
    ///   - runs: where runs are kept.
    ///   - candidates: the examples it was trained on.
    ///   - confidence: below which probability of its label an example is wrong; nil when it is by the prediction.
    ///   - suspects: positions whose labels are suspect; nil to ask the log.
    ///   - willTrain: is told what comes next, as a phrase.
    package func evidence(
        of outcome: RunCache.Outcome, in runs: RunCache, candidates: ExampleTable, confidence: Double?,
        suspects: Set<Int32>?, willTrain: (String) -> Void = { _ in }
    ) throws -> ErrorSet.Evidence {
        let hasLater = epochCount > epoch
        let correct = (1...epochCount).map { DynamicsLog.ColumnKey(epoch: $0, metric: .batchCorrect) }
        let log = try runs.log(
            of: outcome, exampleCount: candidates.count, epochCount: epochCount,
            columns: Self.columns(of: mode, at: epoch).union(hasLater ? correct : []))
        guard mode == .heldOut else {
            return ErrorSet.Evidence(
                log: log, epoch: epoch, mode: mode, labels: candidates.labels, confidence: confidence,
                suspects: suspects)
        }
        let probabilities = try judge(seed: outcome.seed).probabilities(in: runs, of: candidates, willTrain: willTrain)
        return ErrorSet.Evidence(
            probabilities: probabilities, log: log, epoch: epoch, labels: candidates.labels, confidence: confidence,
            suspects: suspects)
    }
}
