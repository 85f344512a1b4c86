import Foundation

/// Softmax cross-entropy against one class per example, or shares of all classes.
package enum ReferenceCrossEntropy {
    /// How the examples' losses become one number.
    package enum Reduction: Sendable {
        case mean
        case sum
    }

    /// The loss and its gradient with respect to the logits.
    package struct Result: Sendable {
        package let loss: Double
        package let exampleLosses: [Double]
        package let logitGradient: ReferenceTensor
    }

    /// The loss of a batch of logits; `labels` are class numbers.
    package static func loss(_ logits: ReferenceTensor, labels: [Int], reduction: Reduction) -> Result {
        let (count, classes) = (logits.shape.count, logits.shape.channels)
        let errors = errorVectors(logits, labels: labels)
        let losses = (0..<count).map { example in
            let row = logits.values[example * classes..<(example + 1) * classes]
            let largest = row.max() ?? 0
            return log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[row.startIndex + labels[example]]
        }
        let divisor = reduction == .mean ? Double(count) : 1
        return Result(
            loss: losses.reduce(0, +) / divisor, exampleLosses: losses,
            logitGradient: ReferenceTensor(logits.shape, errors.values.map { $0 / divisor }))
    }

    /// The sum of -Σ t log softmax over a batch of logits, for shares t of every class, row by row like the logits.
    ///
    /// Its gradient with respect to the logits is that of the formula as it stands: every term by itself.
    package static func loss(_ logits: ReferenceTensor, shares: [Double]) -> Result {
        let (count, classes) = (logits.shape.count, logits.shape.channels)
        precondition(shares.count == logits.values.count, "\(shares.count) shares for \(logits.values.count) logits")
        let probabilities = softmax(logits).values
        var losses = [Double](repeating: 0, count: count)
        var gradient = logits
        gradient.values = gradient.values.map { _ in 0 }
        for (index, share) in shares.enumerated() {
            let row = index / classes * classes
            losses[index / classes] -= share * log(probabilities[index])
            for c in row..<row + classes { gradient.values[c] += share * (probabilities[c] - (c == index ? 1 : 0)) }
        }
        return Result(loss: losses.reduce(0, +), exampleLosses: losses, logitGradient: gradient)
    }

    /// The probabilities of the classes.
    package static func softmax(_ logits: ReferenceTensor) -> ReferenceTensor {
        let classes = logits.shape.channels
        var result = logits
        for start in stride(from: 0, to: logits.values.count, by: classes) {
            let row = logits.values[start..<start + classes]
            let largest = row.max() ?? 0
            let sum = row.reduce(0) { $0 + exp($1 - largest) }
            for position in row.indices { result.values[position] = exp(row[position] - largest) / sum }
        }
        return result
    }

    /// The probabilities less one at the label: the gradient of each example's own loss.
    package static func errorVectors(_ logits: ReferenceTensor, labels: [Int]) -> ReferenceTensor {
        let classes = logits.shape.channels
        precondition(labels.count == logits.shape.count, "\(labels.count) labels for \(logits.shape.count) examples")
        precondition(labels.allSatisfy { (0..<classes).contains($0) }, "a label outside 0..<\(classes)")
        var errors = softmax(logits)
        for (example, label) in labels.enumerated() { errors.values[example * classes + label] -= 1 }
        return errors
    }

    /// EL2N: the Euclidean length of each example's error vector, not squared.
    package static func errorNorms(_ logits: ReferenceTensor, labels: [Int]) -> [Double] {
        let classes = logits.shape.channels
        let errors = errorVectors(logits, labels: labels).values
        return (0..<labels.count).map { example in
            errors[example * classes..<(example + 1) * classes].reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
    }
}
