/// What is needed of training runs besides training, gathered so that they are trained once with everything.
package struct RunDemand: Sendable, Equatable {
    /// Epochs after which every training example is evaluated.
    package var cleanEpochs: Set<Int>
    /// Epochs after which the gradient norm of every training example is taken, with the evaluation.
    package var gradientNormEpochs: Set<Int>
    /// Epochs whose weights are wanted.
    package var stateEpochs: Set<Int>
    /// Epochs after which logits or features are wanted, and of which examples.
    package var rows: [Int: Set<ExampleRows.Column>]

    /// Makes a demand; nothing by default.
    package init(
        cleanEpochs: Set<Int> = [], gradientNormEpochs: Set<Int> = [], stateEpochs: Set<Int> = [],
        rows: [Int: Set<ExampleRows.Column>] = [:]
    ) {
        self.cleanEpochs = cleanEpochs.union(gradientNormEpochs)
        self.gradientNormEpochs = gradientNormEpochs
        self.stateEpochs = stateEpochs
        self.rows = rows
    }

    /// The passes that record some columns; training itself records those of its batches.
    init(recording columns: Set<DynamicsLog.ColumnKey>) {
        self.init(
            cleanEpochs: Set(columns.filter { $0.metric.provenance == .clean }.map(\.epoch)),
            gradientNormEpochs: Set(columns.filter { $0.metric == .cleanGradientNorm }.map(\.epoch)))
    }

    /// The epochs at which anything is wanted.
    var epochs: Set<Int> { cleanEpochs.union(gradientNormEpochs).union(stateEpochs).union(rows.keys) }

    /// What rows are wanted of the examples of a partition after an epoch.
    func contents(of partition: Partition, epoch: Int) -> Set<ExampleRows.Content> {
        Set(rows[epoch, default: []].filter { $0.partition == partition }.map(\.content))
    }

    /// Adds what something else needs.
    package mutating func formUnion(_ other: RunDemand) {
        cleanEpochs.formUnion(other.cleanEpochs)
        gradientNormEpochs.formUnion(other.gradientNormEpochs)
        stateEpochs.formUnion(other.stateEpochs)
        rows.merge(other.rows) { $0.union($1) }
    }
}
