/// Columns in the making: some quantities of every example, written row by row from any thread.
///
/// The memory is allocated once. Rows that belong to different examples may be recorded at the same time, because each
/// writes only what belongs to its example.
final class QuantityColumns {
    typealias Quantity = DynamicsLog.Metric.Quantity

    /// What is kept of each example, in the order of the columns.
    let quantities: [Quantity]
    /// The number of examples in every column.
    let exampleCount: Int
    /// [quantities][examples], NaN where nothing was recorded.
    private let values: UnsafeMutablePointer<Float>

    /// Makes empty columns.
    init(_ quantities: [Quantity], exampleCount: Int) {
        self.quantities = quantities
        self.exampleCount = exampleCount
        values = .allocate(capacity: max(1, quantities.count * exampleCount))
        values.initialize(repeating: .nan, count: quantities.count * exampleCount)
    }

    deinit { values.deallocate() }

    /// Records what a row of logits tells of an example.
    @inline(__always)
    func record(_ metrics: LogitMetrics, at example: Int) {
        for (column, quantity) in quantities.enumerated() where quantity != .gradientNorm {
            values[column * exampleCount + example] = quantity.value(of: metrics)
        }
    }

    /// The memory of one column, which others write: norms are measured of whole batches.
    ///
    /// - Precondition: the quantity is kept.
    func pointer(to quantity: Quantity) -> UnsafeMutablePointer<Float> {
        guard let column = quantities.firstIndex(of: quantity) else { preconditionFailure("\(quantity) is not kept") }
        return values + column * exampleCount
    }

    /// One column.
    ///
    /// - Precondition: the quantity is kept.
    subscript(quantity: Quantity) -> [Float] {
        Array(UnsafeBufferPointer(start: pointer(to: quantity), count: exampleCount))
    }

    /// All columns, in their order.
    var columns: [[Float]] {
        get { quantities.map { self[$0] } }
        set {
            precondition(newValue.count == quantities.count, "columns of other quantities")
            for (column, numbers) in newValue.enumerated() {
                precondition(numbers.count == exampleCount, "a column of another length")
                for (example, value) in numbers.enumerated() { values[column * exampleCount + example] = value }
            }
        }
    }

    /// All columns, by the metrics they are at some place.
    func metrics(_ provenance: DynamicsLog.Metric.Provenance) -> [DynamicsLog.Metric: [Float]] {
        Dictionary(uniqueKeysWithValues: quantities.map { (DynamicsLog.Metric($0, provenance), self[$0]) })
    }
}
