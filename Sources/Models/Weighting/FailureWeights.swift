/// Weights of learning from failure: an example counts as far as a biased network does worse at it than this one.
///
/// Learning from Failure: Training Debiased Classifier from Biased Classifier (Nam, Cha, Ahn, Lee, Shin, 2020; algorithm 1
/// and the authors' code). Of every example both networks' cross-entropies are kept as moving averages, a <- 0.7 a +
/// 0.3 l, the first loss being the first average. Each average is divided by the largest of its class, and
/// W = b / (b + d + 1e-8), b of the biased network and d of this one, multiplies the example's loss.
package final class FailureWeights: AdaptiveWeights {
    /// The averages of every example, of the biased network and then of this one, [2][examples], -1 before the first:
    /// what is carried from batch to batch.
    package let averages: FloatBuffer
    /// The examples of the rows of the batch that comes next, [largestBatch]; to be written before it.
    package let rowExamples: UnsafeMutablePointer<Int>
    /// The biased network's cross-entropy of these rows, [largestBatch]; to be written before it, from any thread.
    package let biasedLosses: UnsafeMutablePointer<Float>

    private let labels: [Int32]
    /// The examples of each class.
    private let members: [[Int]]
    /// The largest average of each class, of the biased network and of this one, [2][classes]; where stale, a bound of it.
    private var largest: [Float]
    /// Where the example with the largest average has got a smaller one since.
    private var isStale: [Bool]
    private let weights: FloatBuffer

    /// What of an average stays when an example is seen again.
    private static let kept: Float = 0.7

    /// Begins without averages.
    ///
    /// - Parameters:
    ///   - labels: the class of each example.
    ///   - classCount: the number of classes.
    ///   - largestBatch: rows of a batch at most.
    package init(labels: [Int32], classCount: Int, largestBatch: Int) {
        self.labels = labels
        averages = FloatBuffer(count: 2 * labels.count)
        averages.pointer.update(repeating: -1, count: 2 * labels.count)
        var members = [[Int]](repeating: [], count: classCount)
        for (example, label) in labels.enumerated() { members[Int(label)].append(example) }
        self.members = members
        largest = [Float](repeating: -1, count: 2 * classCount)
        isStale = [Bool](repeating: false, count: 2 * classCount)
        weights = FloatBuffer(count: largestBatch)
        rowExamples = .allocate(capacity: largestBatch)
        rowExamples.initialize(repeating: 0, count: largestBatch)
        biasedLosses = .allocate(capacity: largestBatch)
        biasedLosses.initialize(repeating: 0, count: largestBatch)
    }

    deinit {
        rowExamples.deallocate()
        biasedLosses.deallocate()
    }

    package func weigh(
        _ losses: UnsafePointer<Double>, given: UnsafePointer<Float>?, count: Int
    ) -> UnsafePointer<Float> {
        for row in 0..<count {
            let example = rowExamples[row]
            move(0, of: example, by: biasedLosses[row])
            move(1, of: example, by: Float(losses[row]))
        }
        for row in 0..<count {
            let (b, d) = (share(0, of: rowExamples[row]), share(1, of: rowExamples[row]))
            weights.pointer[row] = Float(b / (b + d + 1e-8) * (given.map { Double($0[row]) } ?? 1))
        }
        return UnsafePointer(weights.pointer)
    }

    /// Says that the averages were changed from outside.
    package func averagesDidChange() {
        for slot in largest.indices { (largest[slot], isStale[slot]) = (.infinity, true) }
    }

    /// Moves the average of an example by one of the networks.
    private func move(_ network: Int, of example: Int, by loss: Float) {
        let place = averages.pointer + network * labels.count + example
        let before = place.pointee
        let after = before < 0 ? loss : Self.kept * before + (1 - Self.kept) * loss
        place.pointee = after
        let slot = network * members.count + Int(labels[example])
        if after >= largest[slot] {
            (largest[slot], isStale[slot]) = (after, false)
        } else if before == largest[slot] {
            isStale[slot] = true
        }
    }

    /// The average of an example by one of the networks, as a share of the largest of its class.
    private func share(_ network: Int, of example: Int) -> Double {
        let first = averages.pointer + network * labels.count
        let slot = network * members.count + Int(labels[example])
        if isStale[slot] {
            largest[slot] = members[Int(labels[example])].reduce(-1) { max($0, first[$1]) }
            isStale[slot] = false
        }
        // A class without any loss has nothing to be divided by.
        return largest[slot] > 0 ? Double(first[example]) / Double(largest[slot]) : 0
    }
}
