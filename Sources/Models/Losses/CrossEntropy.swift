import Glibc

/// Softmax cross-entropy of logits against class labels, and its gradient.
package enum CrossEntropy {
    /// Computes each example's loss and the gradient with respect to the logits.
    ///
    /// - Parameters:
    ///   - logits: [batch][classes].
    ///   - labels: [batch], each in 0..<classes.
    ///   - weights: [batch], multiply each example's loss and gradient; nil when all are 1.
    ///   - batch: the number of examples.
    ///   - classes: the number of classes.
    ///   - scale: multiplies the gradient: 1 / batch for the mean loss, 1 for each example's own.
    ///   - gradient: [batch][classes]: scale · weight · (softmax - onehot).
    ///   - losses: [batch], gets each example's loss times its weight, natural logarithm.
    ///   - pool: the threads to use.
    package static func lossAndGradient(
        logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>, weights: UnsafePointer<Float>? = nil, batch: Int,
        classes: Int, scale: Float, gradient: UnsafeMutablePointer<Float>, losses: UnsafeMutablePointer<Double>,
        pool: WorkerPool
    ) {
        pool.run((batch + block - 1) / block) { task, _ in
            for example in task * block..<min(batch, (task + 1) * block) {
                let row = logits + example * classes
                let target = gradient + example * classes
                var largest = row[0]
                for c in 1..<max(1, classes) where row[c] > largest { largest = row[c] }
                var sum = 0.0
                for c in 0..<classes {
                    let exponential = exp(Double(row[c] - largest))
                    target[c] = Float(exponential)
                    sum += exponential
                }
                let label = Int(labels[example])
                let weight = weights?[example] ?? 1
                losses[example] = (log(sum) - Double(row[label] - largest)) * Double(weight)
                for c in 0..<classes {
                    let probability = Double(target[c]) / sum
                    target[c] = Float(c == label ? probability - 1 : probability) * (scale * weight)
                }
            }
        }
    }

    /// Examples per task.
    private static let block = 16
}
