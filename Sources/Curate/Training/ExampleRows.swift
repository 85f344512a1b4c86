import Glibc

/// Rows of equal length, one for each of some examples.
package struct ExampleRows: Sendable, Equatable {
    /// What an evaluation can give rows of.
    package enum Content: String, Sendable, CaseIterable {
        /// The raw logits: as many numbers as there are classes.
        case logits
        /// What the last layer reads: of convolutional networks the channels after global pooling, of perceptrons the last
        /// hidden layer, of a linear network its normalised input.
        case features
    }

    /// A column of rows that a run keeps when somebody asks for it.
    package struct Column: Sendable, Hashable {
        /// What is in the rows.
        package let content: Content
        /// The examples; of `train`, those that the run is trained on.
        package let partition: Partition

        /// The raw logits of the examples of a partition.
        package static func logits(_ partition: Partition) -> Column { Column(content: .logits, partition: partition) }

        /// The features of the examples of a partition.
        package static func features(_ partition: Partition) -> Column {
            Column(content: .features, partition: partition)
        }

        /// What the column is called in a store.
        package var name: String { "\(content.rawValue).\(partition.name)" }
    }

    /// [examples][width].
    package let values: [Float]
    /// The numbers of a row, at least 1.
    package let width: Int
    /// The number of examples.
    package var count: Int { values.count / width }

    /// Takes rows one after the other.
    ///
    /// - Precondition: the values fill whole rows.
    package init(_ values: [Float], width: Int) {
        precondition(width > 0 && values.count % width == 0, "rows of one length")
        self.values = values
        self.width = width
    }

    /// The softmax of every row, the probabilities of its classes when the rows are logits: [examples][width].
    package var softmax: [Float] {
        var probabilities = [Float](repeating: 0, count: values.count)
        var powers = [Double](repeating: 0, count: width)
        for first in stride(from: 0, to: values.count, by: width) {
            let row = values[first..<first + width]
            let largest = row.reduce(-Float.infinity) { max($0, $1) }
            // In Double, so that what is rounded is the quotient alone.
            for (label, logit) in row.enumerated() { powers[label] = exp(Double(logit - largest)) }
            let sum = powers.reduce(0, +)
            for label in 0..<width { probabilities[first + label] = Float(powers[label] / sum) }
        }
        return probabilities
    }
}
