import Models

/// A pass over examples under way: what is logged of them so far, and where it goes on.
///
/// A training epoch is recorded in the order its sampler gives, an evaluation in the order of its examples. The memory
/// is allocated at the beginning of the pass.
final class PassRecorder {
    /// What is logged of each example.
    let columns: QuantityColumns
    /// Presentations done; those of the batch under way are not.
    private(set) var completedCount = 0
    /// The sum over the presentations done of what was minimised; 0 in an evaluation.
    private(set) var totalLoss = 0.0
    /// How many of the presentations done were right.
    private(set) var correctCount = 0

    private let classCount: Int
    /// The order of a training epoch; nil when the pass goes through its examples as they stand.
    private let order: EpochOrder?
    /// Whether each row of the batch under way is right.
    private let isRight: UnsafeMutablePointer<Bool>

    /// Begins a pass, or goes on with one.
    ///
    /// - Parameters:
    ///   - quantities: what is logged, in the order in which an unfinished pass keeps its columns.
    ///   - exampleCount: the number of examples, whether presented or not.
    ///   - classCount: logits per row.
    ///   - largestBatch: rows of a batch at most.
    ///   - order: of a training epoch; nil for an evaluation.
    ///   - unfinished: how far the pass had come.
    init(
        _ quantities: [DynamicsLog.Metric.Quantity], exampleCount: Int, classCount: Int, largestBatch: Int,
        order: EpochOrder? = nil, resuming unfinished: UnfinishedPass? = nil
    ) {
        columns = QuantityColumns(quantities, exampleCount: exampleCount)
        self.classCount = classCount
        self.order = order
        isRight = .allocate(capacity: largestBatch)
        isRight.initialize(repeating: false, count: largestBatch)
        if let unfinished {
            columns.columns = unfinished.columns
            completedCount = unfinished.completedCount
            totalLoss = unfinished.totalLoss
            correctCount = unfinished.correctCount
        }
    }

    deinit { isRight.deallocate() }

    /// Logs some rows of the batch under way, from any thread: rows of one call belong to no other.
    ///
    /// What is logged is always the plain cross-entropy, margin and so on of the raw logits and the example's own label,
    /// whatever is minimised.
    ///
    /// - Parameters:
    ///   - rows: rows of the batch.
    ///   - logits: [batch][classes], raw.
    ///   - labels: [batch], the examples' own labels.
    func record(_ rows: Range<Int>, of logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>) {
        for row in rows {
            let seen = LogitMetrics(logits: logits + row * classCount, count: classCount, label: Int(labels[row]))
            isRight[row] = seen.isCorrect
            let presentation = completedCount + row
            guard let order else {
                columns.record(seen, at: presentation)
                continue
            }
            // An example counts as it was seen first in its epoch.
            if order.repetitions[presentation] == 0 { columns.record(seen, at: order.positions[presentation]) }
        }
    }

    /// Counts a batch of which every row was logged.
    ///
    /// - Parameters:
    ///   - count: the rows of the batch.
    ///   - loss: the mean over the batch of what was minimised.
    func finishBatch(of count: Int, loss: Double = 0) {
        for row in 0..<count where isRight[row] { correctCount += 1 }
        totalLoss += loss * Double(count)
        completedCount += count
    }

    /// How far the pass has come, to go on with it elsewhere.
    var snapshot: UnfinishedPass {
        UnfinishedPass(
            completedCount: completedCount, columns: columns.columns, totalLoss: totalLoss, correctCount: correctCount)
    }
}
