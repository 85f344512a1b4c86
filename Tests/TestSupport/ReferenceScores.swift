import Dispatch
import Synchronization

/// What one pass forward and back yields.
package struct ReferenceStep: Sendable {
    /// The mean of the examples' cross-entropies.
    package let loss: Double
    package let exampleLosses: [Double]
    /// Batch size by classes, row by row.
    package let logits: [Double]
    /// Of the mean loss, for every trained tensor by name.
    package let gradients: [String: [Double]]
    package let imageGradient: ReferenceTensor
    /// Running means and variances after the pass, by name.
    package let runningStatistics: [String: [Double]]
}

/// The lengths of each example's own gradient (GraNd).
package struct ReferenceExampleNorms: Sendable {
    /// Over all trained tensors; not squared, not divided by the batch size.
    package let norms: [Double]
    /// The squared length within each trained tensor, by name, one value per example.
    package let squaredNormsByTensor: [String: [Double]]
}

extension ReferenceNetwork {
    /// The forward pass, for callers with a loss of their own.
    package func pass(_ images: ReferenceTensor, weights: [String: [Double]], training: Bool) -> ReferencePass {
        ReferencePass(self, images: images, weights: weights, training: training)
    }

    /// The logits, batch size by classes, row by row.
    package func logits(_ images: ReferenceTensor, weights: [String: [Double]], training: Bool) -> [Double] {
        pass(images, weights: weights, training: training).logits.values
    }

    /// Mean cross-entropy and its gradients, in training mode (batch statistics) or evaluation mode.
    package func lossAndGradients(
        _ images: ReferenceTensor, labels: [Int], weights: [String: [Double]], training: Bool
    ) -> ReferenceStep {
        Self.step(pass(images, weights: weights, training: training), labels: labels)
    }

    private static func step(_ forward: ReferencePass, labels: [Int]) -> ReferenceStep {
        let result = ReferenceCrossEntropy.loss(forward.logits, labels: labels, reduction: .mean)
        let gradients = forward.backward(result.logitGradient)
        return ReferenceStep(
            loss: result.loss, exampleLosses: result.exampleLosses, logits: forward.logits.values,
            gradients: gradients.tensors, imageGradient: gradients.images,
            runningStatistics: forward.runningStatistics)
    }

    /// The gradient norm of each example by itself, in evaluation mode, each as a batch of one.
    package func exampleGradientNorms(
        _ images: ReferenceTensor, labels: [Int], weights: [String: [Double]]
    ) -> ReferenceExampleNorms {
        let count = images.shape.count
        precondition(count > 0 && labels.count == count, "\(labels.count) labels for \(count) examples")
        let taps = pass(images.example(0), weights: weights, training: false).taps
        let results = Mutex([[String: Double]](repeating: [:], count: count))
        DispatchQueue.concurrentPerform(iterations: count) { example in
            let forward = ReferencePass(
                self, images: images.example(example), weights: weights, training: false, taps: taps)
            let step = Self.step(forward, labels: [labels[example]])
            let squares = step.gradients.mapValues { values in
                var sum = 0.0
                for value in values { sum += value * value }
                return sum
            }
            results.withLock { $0[example] = squares }
        }
        let squares = results.withLock { $0 }
        let trained = tensors.filter(\.isTrained).map(\.name)
        let byTensor = trained.map { name in (name, squares.map { $0[name] ?? 0 }) }
        return ReferenceExampleNorms(
            // In the tensors' order, so that the sum does not depend on the order of a dictionary.
            norms: squares.map { example in trained.reduce(0) { $0 + (example[$1] ?? 0) }.squareRoot() },
            squaredNormsByTensor: Dictionary(uniqueKeysWithValues: byTensor))
    }

    /// EL2N of each example in evaluation mode: the length of softmax(logits) less the one-hot label.
    package func errorNorms(
        _ images: ReferenceTensor, labels: [Int], weights: [String: [Double]]
    ) -> [Double] {
        ReferenceCrossEntropy.errorNorms(
            pass(images, weights: weights, training: false).logits, labels: labels)
    }
}
