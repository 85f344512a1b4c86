/// What a store holds of one run.
struct StoredRun {
    /// The mean loss and in-batch accuracy of an epoch.
    static let summaryColumn = "summary"
    /// The accuracies on validation and test examples after an epoch.
    static let heldOutColumn = "heldOut"
    /// The predicted class of each example of a partition after an epoch.
    static func predictionColumn(_ partition: Partition) -> String { "prediction.\(partition.name)" }
    /// Weights, statistics and momentum after an epoch.
    static let stateColumn = "state"
    /// How far the epoch that is being trained has come, with the state it had reached.
    static let partialEpochColumn = "partialEpoch"
    /// How far the clean pass after an epoch has come.
    static let partialPassColumn = "partialPass"
    /// The column by which a clean pass is recognised.
    static let cleanMarker = DynamicsLog.Metric.cleanErrorNorm.rawValue

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
            .union(request.cleanEpochs).union(request.stateEpochs)
    }

    /// The epochs at which something is missing.
    func missing(for request: RunCache.Request, heldOut: [Partition]) -> Set<Int> {
        var work: Set<Int> = []
        if request.epochCount > epochCount { work.formUnion(epochCount + 1...request.epochCount) }
        work.formUnion(request.cleanEpochs.filter { !contains(Self.cleanMarker, epoch: $0) })
        let norms = DynamicsLog.Metric.cleanGradientNorm.rawValue
        work.formUnion(request.gradientNormEpochs.filter { !contains(norms, epoch: $0) })
        work.formUnion(request.stateEpochs.subtracting(stateEpochs))
        if !hasHeldOut(heldOut, at: request.epochCount) { work.insert(request.epochCount) }
        return work
    }

    /// Whether accuracies and predictions on some partitions are stored for an epoch.
    func hasHeldOut(_ partitions: [Partition], at epoch: Int) -> Bool {
        let needed = partitions.isEmpty ? [] : [Self.heldOutColumn] + partitions.map(Self.predictionColumn)
        return names[epoch, default: []].isSuperset(of: needed)
    }
}
