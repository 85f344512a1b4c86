/// Batch normalisation over (example, row, column), as `torch.nn.BatchNorm2d` computes it.
package enum ReferenceBatchNorm {
    /// What is added to the variance before the square root.
    package static let epsilon = 1e-5
    /// The share of the new batch in the running statistics.
    package static let momentum = 0.1

    /// What a forward pass leaves behind.
    package struct Pass: Sendable {
        package let output: ReferenceTensor
        /// The input less its mean, over its standard deviation: the output before scale and shift.
        package let normalised: ReferenceTensor
        /// One over the standard deviation, for each channel.
        package let inverseDeviation: [Double]
        /// Whether mean and variance came from the batch, and so depend on the input.
        package let usesBatchStatistics: Bool
        /// The running mean after the pass; unchanged in evaluation mode.
        package let runningMean: [Double]
        /// The running variance after the pass; unchanged in evaluation mode.
        package let runningVariance: [Double]
    }

    /// The gradients of the three inputs that are trained or passed on.
    package struct Gradients: Sendable {
        package let input: ReferenceTensor
        package let weight: [Double]
        package let bias: [Double]
    }

    /// Normalises by the batch's own mean and biased variance, and moves the running statistics.
    ///
    /// The running variance moves toward the *unbiased* variance of the batch, as PyTorch's does.
    package static func trainingForward(
        _ input: ReferenceTensor, weight: [Double], bias: [Double], runningMean: [Double], runningVariance: [Double]
    ) -> Pass {
        let count = Double(input.shape.positions)
        precondition(count > 1, "the variance of one value is not defined")
        let mean = channelSums(input).map { $0 / count }
        var centred = input
        forEachValue(input.shape) { position, channel in centred.values[position] -= mean[channel] }
        let squares = channelSums(ReferenceTensor(input.shape, centred.values.map { $0 * $0 }))
        let normalised = normalise(
            input, mean: mean, variance: squares.map { $0 / count }, weight: weight, bias: bias)
        return Pass(
            output: normalised.output, normalised: normalised.normalised,
            inverseDeviation: normalised.inverseDeviation, usesBatchStatistics: true,
            runningMean: zip(runningMean, mean).map { (1 - momentum) * $0 + momentum * $1 },
            runningVariance: zip(runningVariance, squares).map { old, squares in
                (1 - momentum) * old + momentum * squares / (count - 1)
            })
    }

    /// Normalises by the running statistics, which stay as they are.
    package static func evaluationForward(
        _ input: ReferenceTensor, weight: [Double], bias: [Double], runningMean: [Double], runningVariance: [Double]
    ) -> Pass {
        let normalised = normalise(
            input, mean: runningMean, variance: runningVariance, weight: weight, bias: bias)
        return Pass(
            output: normalised.output, normalised: normalised.normalised,
            inverseDeviation: normalised.inverseDeviation, usesBatchStatistics: false,
            runningMean: runningMean, runningVariance: runningVariance)
    }

    /// The gradients from the gradient of the output.
    ///
    /// With batch statistics the input's gradient loses its mean and its component along the normalised input, since
    /// the output does not change when the input is shifted or scaled.
    package static func backward(_ outputGradient: ReferenceTensor, pass: Pass, weight: [Double]) -> Gradients {
        let shape = outputGradient.shape
        let products = zip(outputGradient.values, pass.normalised.values).map { $0 * $1 }
        let weightGradient = channelSums(ReferenceTensor(shape, products))
        let biasGradient = channelSums(outputGradient)
        let count = Double(shape.positions)
        var input = outputGradient
        forEachValue(shape) { position, channel in
            var gradient = outputGradient.values[position]
            if pass.usesBatchStatistics {
                gradient -= biasGradient[channel] / count
                gradient -= pass.normalised.values[position] * weightGradient[channel] / count
            }
            input.values[position] = gradient * weight[channel] * pass.inverseDeviation[channel]
        }
        return Gradients(input: input, weight: weightGradient, bias: biasGradient)
    }

    private static func normalise(
        _ input: ReferenceTensor, mean: [Double], variance: [Double], weight: [Double], bias: [Double]
    ) -> (output: ReferenceTensor, normalised: ReferenceTensor, inverseDeviation: [Double]) {
        let inverseDeviation = variance.map { 1 / ($0 + epsilon).squareRoot() }
        var normalised = input
        var output = input
        forEachValue(input.shape) { position, channel in
            let value = (input.values[position] - mean[channel]) * inverseDeviation[channel]
            normalised.values[position] = value
            output.values[position] = weight[channel] * value + bias[channel]
        }
        return (output, normalised, inverseDeviation)
    }

    /// The sum of each channel over examples, rows and columns.
    private static func channelSums(_ tensor: ReferenceTensor) -> [Double] {
        var sums = [Double](repeating: 0, count: tensor.shape.channels)
        forEachValue(tensor.shape) { position, channel in sums[channel] += tensor.values[position] }
        return sums
    }

    private static func forEachValue(
        _ shape: ReferenceTensor.Shape, _ body: (_ position: Int, _ channel: Int) -> Void
    ) {
        for pixel in 0..<shape.positions {
            for channel in 0..<shape.channels { body(pixel * shape.channels + channel, channel) }
        }
    }
}
