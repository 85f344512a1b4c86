/// What a store holds of one run.
struct StoredRun {
    /// The mean loss and in-batch accuracy of an epoch.
    static let summaryColumn = "summary"
    /// The mean loss and accuracy on the examples of a partition after an epoch.
    static func summaryColumn(_ partition: Partition) -> String { "summary.\(partition.name)" }
    /// The accuracies on validation and test examples after the last epoch of a request.
    static let heldOutColumn = "heldOut"
    /// The predicted class of each example of a partition after an epoch.
    static func predictionColumn(_ partition: Partition) -> String {
        DynamicsLog.Metric(.prediction, .heldOut(partition)).name
    }
    /// Weights, statistics and momentum after an epoch.
    static let stateColumn = "state"
    /// How far the epoch that is being trained has come, with the state it had reached.
    static let partialEpochColumn = "partialEpoch"
    /// How far the clean pass after an epoch has come.
    static let partialPassColumn = "partialPass"
    /// The column by which a clean pass is recognised.
    static let cleanMarker = DynamicsLog.Metric.cleanErrorNorm.name

    /// The names of the columns of each epoch.
    let names: [Int: Set<String>]
    /// Epochs trained without a gap.
    let epochCount: Int
    /// Epochs whose state is stored.
    let stateEpochs: Set<Int>
    /// Epochs that were left in the middle.
    let partialEpochs: Set<Int>

    init(columns: [StoredColumn]) {
        var names: [Int: Set<String>] = [:]
        for column in columns { names[column.epoch, default: []].insert(column.name) }
        self.names = names
        var count = 0
        while names[count + 1]?.contains(Self.summaryColumn) ?? false { count += 1 }
        epochCount = count
        func epochs(with column: String) -> Set<Int> { Set(names.keys.filter { names[$0]?.contains(column) ?? false }) }
        stateEpochs = epochs(with: Self.stateColumn)
        partialEpochs = epochs(with: Self.partialEpochColumn)
    }

    /// Whether a column is stored.
    func contains(_ name: String, epoch: Int) -> Bool { names[epoch]?.contains(name) ?? false }

    /// Epochs whose state is kept when later ones are trained: those that were scored, and those asked for.
    func milestones(for request: RunCache.Request) -> Set<Int> {
        stateEpochs.filter { contains(Self.cleanMarker, epoch: $0) }
            .union(request.demand.cleanEpochs).union(request.demand.stateEpochs)
    }

    /// The epochs at which something is missing.
    func missing(for request: RunCache.Request, heldOut: [Partition]) -> Set<Int> {
        let demand = request.demand
        var work: Set<Int> = []
        if request.epochCount > epochCount { work.formUnion(epochCount + 1...request.epochCount) }
        work.formUnion(demand.cleanEpochs.filter { !contains(Self.cleanMarker, epoch: $0) })
        let norms = DynamicsLog.Metric.cleanGradientNorm.name
        work.formUnion(demand.gradientNormEpochs.filter { !contains(norms, epoch: $0) })
        work.formUnion(demand.stateEpochs.subtracting(stateEpochs))
        work.formUnion(
            (1...request.epochCount).filter { hasMissingEvaluations(for: request, heldOut: heldOut, at: $0) })
        return work
    }

    /// Whether accuracies, predictions or rows of held-out examples are missing at an epoch.
    func hasMissingEvaluations(for request: RunCache.Request, heldOut: [Partition], at epoch: Int) -> Bool {
        !missingEvaluations(for: request, heldOut: heldOut, at: epoch).isEmpty
            || epoch == request.epochCount && !heldOut.isEmpty && !contains(Self.heldOutColumn, epoch: epoch)
    }

    /// The partitions that are still to be evaluated after an epoch: validation after every epoch, test after the last.
    ///
    /// What an earlier version did not evaluate is missing only where the weights are at hand: nothing is trained again for
    /// it.
    func missingEvaluations(for request: RunCache.Request, heldOut: [Partition], at epoch: Int) -> [Partition] {
        let isLast = epoch == request.epochCount
        return Partition.allCases.filter { partition in
            let rows = request.demand.rows[epoch, default: []].filter { $0.partition == partition }
            if rows.contains(where: { !contains($0.name, epoch: epoch) }) { return true }
            guard heldOut.contains(partition), isLast || partition == .validation else { return false }
            return isLast && !contains(Self.predictionColumn(partition), epoch: epoch)
                || stateEpochs.contains(epoch) && !contains(Self.summaryColumn(partition), epoch: epoch)
        }
    }

    /// How many epochs have to be trained, from the states that are there, before nothing is missing.
    ///
    /// - Parameter missing: the epochs at which something is.
    func trainingEpochCount(for missing: Set<Int>) -> Int {
        var (reached, count) = (0, 0)
        for epoch in missing.sorted() {
            let state = stateEpochs.filter { $0 <= min(epoch, epochCount) }.max() ?? 0
            count += max(0, epoch - max(reached, state))
            reached = max(reached, epoch)
        }
        return count
    }

    /// What the run has cost so far, as passes over its examples: an epoch counts 1, an evaluation of every example 1/3
    /// (forward alone, of forward and two products backward), gradient norms 1.
    var passCount: Double {
        let evaluations = names.keys.count { contains(Self.cleanMarker, epoch: $0) }
        let norms = names.keys.count { contains(DynamicsLog.Metric.cleanGradientNorm.name, epoch: $0) }
        return Double(epochCount) + Double(max(0, evaluations - norms)) / 3 + Double(norms)
    }
}
