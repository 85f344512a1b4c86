import Models

/// Steps on labels and weights that are arrays, which most tests have.
extension Network {
    /// The loss and gradient of a batch of as many examples as there are labels.
    func lossAndGradient(
        inputs: UnsafePointer<Float>, labels: [Int32], weights: [Float]? = nil, mode: ForwardMode = .training
    ) -> BatchResult {
        withBatch(inputs: inputs, labels: labels, weights: weights) { lossAndGradient($0, mode: mode) }
    }

    /// A step on a batch of as many examples as there are labels.
    func trainingStep(
        inputs: UnsafePointer<Float>, labels: [Int32], weights: [Float]? = nil, optimizer: SGD, learningRate: Float,
        sharpness: SharpnessAware? = nil, radius: Double = 0
    ) -> TrainingStep.Outcome {
        withBatch(inputs: inputs, labels: labels, weights: weights) {
            TrainingStep(optimizer: optimizer, sharpness: sharpness).update(
                self, on: $0, learningRate: learningRate, radius: radius)
        }
    }

    private func withBatch<Result>(
        inputs: UnsafePointer<Float>, labels: [Int32], weights: [Float]?, _ body: (TrainingBatch) -> Result
    ) -> Result {
        labels.withUnsafeBufferPointer { labels in
            guard let base = labels.baseAddress else { preconditionFailure("a batch has an example") }
            guard let weights else {
                return body(TrainingBatch(inputs: inputs, targets: .labels(base), count: labels.count))
            }
            return weights.withUnsafeBufferPointer { weights in
                body(
                    TrainingBatch(
                        inputs: inputs, targets: .labels(base), weights: weights.baseAddress, count: labels.count))
            }
        }
    }
}
