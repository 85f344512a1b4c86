/// Where the logits of a log made elsewhere were taken.
package enum LogitProvenance: String, Sendable, CaseIterable {
    /// Not said: in-batch and clean metrics are both filled from them.
    case unspecified
    /// In training batches, in training mode, before the update.
    case inBatch
    /// In evaluation mode, on the plain example, after the epoch.
    case clean

    /// The places whose columns such logits fill.
    var filled: [DynamicsLog.Metric.Provenance] {
        switch self {
        case .unspecified: [.inBatch, .clean]
        case .inBatch: [.inBatch]
        case .clean: [.clean]
        }
    }
}

extension DynamicsLog {
    /// Makes a log from the logits of somebody else's training, one row per epoch and example.
    ///
    /// Every score but GraNd can then be computed. When the logits were recorded in one mode only, saying so keeps a
    /// score that is defined on the other mode from being computed on the wrong numbers.
    /// - Parameters:
    ///   - epochCount: the number of epochs; asked for in the order 1...epochCount.
    ///   - exampleCount: the number of examples; asked for in the order 0..<exampleCount within an epoch.
    ///   - classCount: the number of logits per row, at least 2.
    ///   - labels: the class of each example.
    ///   - seed: what the run is called in messages and files.
    ///   - provenance: where the logits were taken.
    ///   - epochName: what an epoch is called in errors, for instance the path of its file.
    ///   - logits: the row of one epoch and example; the buffer must stay valid until the next call.
    /// - Throws: `badData` for a label out of range, a row of another length, or a logit that is not finite; and
    ///   whatever `logits` throws.
    package init(
        epochCount: Int, exampleCount: Int, classCount: Int, labels: [Int32], seed: UInt64 = 0,
        provenance: LogitProvenance = .unspecified, epochName: (Int) -> String = { "epoch \($0)" },
        logits: (_ epoch: Int, _ example: Int) throws -> UnsafeBufferPointer<Float>
    ) throws {
        try Self.check(epochCount, exampleCount, classCount, labels)
        let metrics = provenance.filled.flatMap(Metric.measured)
        let quantities = Metric.Quantity.allCases.filter { quantity in metrics.contains { $0.quantity == quantity } }
        var columns: [ColumnKey: [Float]] = [:]
        for epoch in 1...epochCount {
            let recorded = QuantityColumns(quantities, exampleCount: exampleCount)
            for example in 0..<exampleCount {
                let row = try logits(epoch, example)
                guard row.count == classCount, let first = row.baseAddress else {
                    throw CurateError(
                        .badData, "example \(example) has \(row.count) logits and \(classCount) classes are expected",
                        at: epochName(epoch), remedy: "write one logit per class for every example")
                }
                let seen = LogitMetrics(logits: first, count: classCount, label: Int(labels[example]))
                guard seen.entropy.isFinite, seen.loss.isFinite, seen.logitMargin.isFinite else {
                    throw Self.badRow(row, example: example, at: epochName(epoch))
                }
                recorded.record(seen, at: example)
            }
            // The in-batch and the clean column of a quantity share their storage.
            let values = Dictionary(uniqueKeysWithValues: zip(quantities, recorded.columns))
            for metric in metrics { columns[ColumnKey(epoch: epoch, metric: metric)] = values[metric.quantity] }
        }
        self.init(exampleCount: exampleCount, epochCount: epochCount, seed: seed, columns: columns)
    }

    private static func check(_ epochCount: Int, _ exampleCount: Int, _ classCount: Int, _ labels: [Int32]) throws {
        guard epochCount >= 1 else {
            throw CurateError(.badData, "there are no epochs of logits", remedy: "give those of at least one epoch")
        }
        guard exampleCount >= 1 else {
            throw CurateError(.badData, "there are no examples", remedy: "give at least one row of logits")
        }
        guard classCount >= 2 else {
            throw CurateError(
                .badData, "rows of \(classCount) logits; a score needs at least two classes",
                remedy: "for a binary classifier with one output z, write the two logits 0 and z")
        }
        guard labels.count == exampleCount else {
            throw CurateError(
                .badData, "\(labels.count) labels for \(exampleCount) rows of logits",
                remedy: "give one label per row, in the order of the rows")
        }
        if let example = labels.firstIndex(where: { $0 < 0 || Int($0) >= classCount }) {
            throw CurateError(
                .badData, "the label of example \(example) is \(labels[example]), outside 0...\(classCount - 1)",
                remedy: "number the classes from 0 in the order of the logits")
        }
    }

    private static func badRow(_ row: UnsafeBufferPointer<Float>, example: Int, at location: String) -> CurateError {
        guard let place = row.firstIndex(where: { !$0.isFinite }) else {
            return CurateError(
                .badData, "the logits of example \(example) are too far apart for single precision", at: location,
                remedy: "check that these are logits; values beyond 1e38 come from a diverged training")
        }
        let what = row[place].isNaN ? "not a number" : "infinite"
        return CurateError(
            .badData, "the logit of class \(place) of example \(example) is \(what)", at: location,
            remedy: "leave out epochs after the training diverged; for a masked class write a large negative number")
    }
}
