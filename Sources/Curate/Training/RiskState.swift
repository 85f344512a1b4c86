import Models

/// What a run's objective carries from batch to batch when it is another than the mean: shares of groups, or a second
/// network and what both think of every example.
final class RiskState {
    /// What makes weights of the losses of a batch.
    let weights: any AdaptiveWeights

    private let kind: Kind

    private enum Kind {
        case groups(WorstGroupWeights, of: [Int32])
        case tail
        case failures(FailureWeights, rival: BiasedNetwork)
    }

    /// Begins with what the recipe's objective begins with; nil when that carries nothing.
    ///
    /// - Parameters:
    ///   - recipe: the recipe.
    ///   - examples: what it trains on, by index in the dataset.
    ///   - dataset: the dataset.
    ///   - network: makes another network for that dataset.
    /// - Throws: `CurateError` when the groups are not to be had, or one of them has no examples.
    init?(_ recipe: Recipe, of examples: [Int], in dataset: Dataset, network: () -> Network) throws {
        switch recipe.objective.risk {
        case .mean: return nil
        case .worstGroup(let step, let adjustment):
            let cells = try ExampleCells(groupsOf: examples, by: recipe.groups, in: dataset)
            let (masses, copies) = (recipe.subset?.weights, recipe.sampler.copies)
            let sizes = try cells.sizes { Double(masses?[$0] ?? 1) * Double(copies?[$0] ?? 1) }
            let groups = WorstGroupWeights(
                step: step, adjustment: adjustment, groupSizes: sizes, largestBatch: recipe.batchSize)
            (weights, kind) = (groups, .groups(groups, of: cells.values))
        case .tail(let share): (weights, kind) = (TailWeights(share: share, largestBatch: recipe.batchSize), .tail)
        case .failures:
            let failures = FailureWeights(
                labels: examples.map { dataset.labels[$0] }, classCount: dataset.classCount,
                largestBatch: recipe.batchSize)
            (weights, kind) = (failures, .failures(failures, rival: BiasedNetwork(network(), recipe: recipe)))
        }
    }

    /// What has to be kept of it so that a run can be gone on with.
    var buffers: [FloatBuffer] {
        switch kind {
        case .groups(let weights, _): [weights.shares]
        case .tail: []
        case .failures(let weights, let rival):
            [
                weights.averages, rival.network.arena.values, rival.network.arena.statistics,
                rival.network.arena.momentum,
            ]
        }
    }

    /// Says that the buffers were written.
    func didRestore() {
        guard case .failures(let weights, let rival) = kind else { return }
        weights.averagesDidChange()
        rival.network.weightsDidChange()
    }

    /// Prepares for a batch, and trains on it whatever is trained beside the run's own network.
    ///
    /// - Parameters:
    ///   - positions: the batch's examples, by their positions among those that are trained on.
    ///   - batch: the batch.
    ///   - labels: [count], the examples' own labels.
    ///   - learningRate: the rate of this step.
    /// - Returns: whether the loss of what is trained beside is a number.
    func prepare(
        for positions: ArraySlice<Int>, _ batch: TrainingBatch, labels: UnsafePointer<Int32>, learningRate: Float
    ) -> Bool {
        switch kind {
        case .groups(let weights, let groups):
            for (row, position) in positions.enumerated() { weights.rowGroups[row] = groups[position] }
        case .tail: break
        case .failures(let weights, let rival):
            for (row, position) in positions.enumerated() { weights.rowExamples[row] = position }
            return rival.train(
                on: batch, labels: labels, learningRate: learningRate, losses: weights.biasedLosses
            ).isFinite
        }
        return true
    }
}

/// The network of learning from failure that is trained to be biased: what it learns early it believes all the more.
///
/// Nam et al. 2020 minimise the generalized cross-entropy with q = 0.7, here as its paper has it, with the gradient
/// p^q (softmax - onehot). The authors' code multiplies that by q once more, which is a smaller learning rate of this
/// network.
private struct BiasedNetwork {
    let network: Network
    private let step: TrainingStep

    /// The exponent of the generalized cross-entropy.
    private static let exponent = 0.7

    init(_ network: Network, recipe: Recipe) {
        self.network = network
        // Two networks that begin alike would fail alike.
        var random = KeyedRandom(seed: recipe.seed, stream: .initialisation, epoch: 1)
        network.initialise(seed: random.next())
        step = TrainingStep(
            objective: Objective(
                reduction: recipe.objective.reduction, risk: .mean, generalizedExponent: Self.exponent),
            optimizer: recipe.optimizer)
    }

    /// Updates the network, and writes the plain cross-entropy of every row as it was before.
    func train(
        on batch: TrainingBatch, labels: UnsafePointer<Int32>, learningRate: Float,
        losses: UnsafeMutablePointer<Float>
    ) -> Double {
        let classCount = network.classCount
        return step.update(network, on: batch, learningRate: learningRate) { rows, logits in
            for row in rows {
                losses[row] =
                    LogitMetrics(logits: logits + row * classCount, count: classCount, label: Int(labels[row])).loss
            }
        }.loss
    }
}
