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
    /// The largest average of each class, of the biased network and of this one.
    private var largest: [(biased: Float, own: Float)]
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
        largest = [(biased: Float, own: Float)](repeating: (0, 0), count: classCount)
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
        let (biased, own) = (averages.pointer, averages.pointer + labels.count)
        for row in 0..<count {
            let example = rowExamples[row]
            Self.move(&biased[example], by: biasedLosses[row])
            Self.move(&own[example], by: Float(losses[row]))
        }
        for label in largest.indices { largest[label] = (0, 0) }
        for (example, label) in labels.enumerated() {
            let before = largest[Int(label)]
            largest[Int(label)] = (max(before.biased, biased[example]), max(before.own, own[example]))
        }
        for row in 0..<count {
            let example = rowExamples[row]
            let top = largest[Int(labels[example])]
            let (b, d) = (Self.share(biased[example], of: top.biased), Self.share(own[example], of: top.own))
            weights.pointer[row] = Float(b / (b + d + 1e-8) * (given.map { Double($0[row]) } ?? 1))
        }
        return UnsafePointer(weights.pointer)
    }

    private static func move(_ average: inout Float, by loss: Float) {
        average = average < 0 ? loss : kept * average + (1 - kept) * loss
    }

    /// A class without any loss has nothing to be divided by.
    private static func share(_ average: Float, of largest: Float) -> Double {
        largest > 0 ? Double(average) / Double(largest) : 0
    }
}
