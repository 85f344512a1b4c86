/// What training left behind for every example: one Float column per (epoch, metric) over the scored examples.
///
/// The log is the heart of the library: every score but GraNd is a pure function of it, whoever's trainer wrote it.
/// Columns are indexed like `exampleIndices`; epochs count from 1, and column e holds what was seen during epoch e
/// (in-batch metrics) or after it (clean metrics). An example that is presented several times in an epoch counts in
/// in-batch columns as it was seen first; one that is not presented is NaN there, and the column `presentations` says so.
package struct DynamicsLog: Sendable {
    /// One (epoch, metric) pair.
    package struct ColumnKey: Hashable, Sendable {
        /// The epoch, from 1.
        package let epoch: Int
        /// The quantity and where it was measured.
        package let metric: Metric

        /// Makes a key.
        package init(epoch: Int, metric: Metric) {
            self.epoch = epoch
            self.metric = metric
        }
    }

    /// The number of examples in every column.
    package let exampleCount: Int
    /// The number of epochs trained.
    package let epochCount: Int
    /// The run's seed; 0 for a log made elsewhere.
    package let seed: UInt64
    /// The columns recorded.
    package private(set) var columns: [ColumnKey: [Float]]
    /// What whoever reads scores of it must know of how it came about, as sentences without full stops.
    package var remarks: [String] = []

    /// Makes a log.
    package init(exampleCount: Int, epochCount: Int, seed: UInt64, columns: [ColumnKey: [Float]]) {
        precondition(columns.values.allSatisfy { $0.count == exampleCount }, "a column of another length")
        self.exampleCount = exampleCount
        self.epochCount = epochCount
        self.seed = seed
        self.columns = columns
    }

    /// The values of one metric at one epoch, or nil when they were not recorded.
    package subscript(metric: Metric, epoch epoch: Int) -> [Float]? {
        columns[ColumnKey(epoch: epoch, metric: metric)]
    }

    /// The epochs at which a metric was recorded, ascending.
    package func epochs(of metric: Metric) -> [Int] {
        columns.keys.filter { $0.metric == metric }.map(\.epoch).sorted()
    }

    /// The examples that were not presented in an epoch, ascending; none when every example was.
    package func unpresentedExamples(inEpoch epoch: Int) -> [Int] {
        self[.presentations, epoch: epoch].map { counts in counts.indices.filter { counts[$0] == 0 } } ?? []
    }
}
