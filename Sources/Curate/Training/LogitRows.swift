import Glibc

/// The raw logits of some examples, a row for each.
public struct LogitRows: Sendable, Equatable {
    /// [examples][classes].
    public let values: [Float]
    /// The number of classes.
    public let classCount: Int
    /// The number of examples.
    public var count: Int { values.count / classCount }

    /// Takes rows one after the other.
    ///
    /// - Precondition: the values fill whole rows.
    public init(_ values: [Float], classCount: Int) {
        precondition(classCount > 0 && values.count % classCount == 0, "rows of one length")
        self.values = values
        self.classCount = classCount
    }

    /// The softmax of every row: [examples][classes].
    public var probabilities: [Float] {
        var probabilities = [Float](repeating: 0, count: values.count)
        var powers = [Double](repeating: 0, count: classCount)
        for first in stride(from: 0, to: values.count, by: classCount) {
            let row = values[first..<first + classCount]
            let largest = row.reduce(-Float.infinity) { max($0, $1) }
            // In Double, so that what is rounded is the quotient alone.
            for (label, logit) in row.enumerated() { powers[label] = exp(Double(logit - largest)) }
            let sum = powers.reduce(0, +)
            for label in 0..<classCount { probabilities[first + label] = Float(powers[label] / sum) }
        }
        return probabilities
    }
}
