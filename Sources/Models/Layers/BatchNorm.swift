/// Batch normalisation over channels, with an optional residual and rectifier behind it.
///
/// Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
/// ICML 2015. As PyTorch's: epsilon 1e-5, running statistics move by 0.1, the running variance is the unbiased one.
package final class BatchNorm {
    /// Channels, a multiple of 16.
    package let channels: Int
    /// The scale and shift of the last forward pass, [2][channels].
    package let affine: FloatBuffer

    private static let epsilon = 1e-5
    private static let runningShare = 0.1

    private let context: LayerContext
    private let scale: Int
    private let shift: Int
    private let runningMean: Int
    private let runningVariance: Int
    private let mean: FloatBuffer
    private let coefficients: FloatBuffer
    private var inverseDeviation: [Double]
    private var first: [Double]
    private var second: [Double]

    /// Adds a batch norm's tensors to the context's arena.
    package init(_ name: String, channels: Int, context: LayerContext) {
        self.channels = channels
        self.context = context
        scale = context.arena.add("\(name).weight", .vector(count: channels))
        shift = context.arena.add("\(name).bias", .vector(count: channels))
        runningMean = context.arena.add("\(name).running_mean", .vector(count: channels), isTrained: false)
        runningVariance = context.arena.add("\(name).running_var", .vector(count: channels), isTrained: false)
        affine = FloatBuffer(count: 2 * channels)
        mean = FloatBuffer(count: channels)
        coefficients = FloatBuffer(count: 3 * channels)
        inverseDeviation = Array(repeating: 0, count: channels)
        first = Array(repeating: 0, count: channels)
        second = Array(repeating: 0, count: channels)
    }

    /// Takes the statistics of a batch, updates the running ones and prepares `affine`.
    ///
    /// - Parameters:
    ///   - moments: [blockCount][4][channels], as `BlockMoments` writes them.
    ///   - blockCount: the number of blocks.
    ///   - positions: the number of positions summed over.
    package func useBatchStatistics(_ moments: UnsafePointer<Float>, blockCount: Int, positions: Int) {
        BlockMoments.combine(
            moments, blockCount: blockCount, channels: channels, mean: &first, variance: &second)
        let count = Double(positions)
        let means = context.arena.pointer(runningMean)
        let variances = context.arena.pointer(runningVariance)
        for channel in 0..<channels {
            let average = first[channel]
            let variance = second[channel]
            let unbiased = positions > 1 ? variance * count / (count - 1) : variance
            means[channel] = Float(
                (1 - Self.runningShare) * Double(means[channel]) + Self.runningShare * average)
            variances[channel] = Float(
                (1 - Self.runningShare) * Double(variances[channel]) + Self.runningShare * unbiased)
            setAffine(channel, mean: average, variance: variance)
        }
    }

    /// Prepares `affine` from the running statistics.
    package func useRunningStatistics() {
        let means = context.arena.pointer(runningMean)
        let variances = context.arena.pointer(runningVariance)
        for channel in 0..<channels {
            setAffine(channel, mean: Double(means[channel]), variance: Double(variances[channel]))
        }
    }

    private func setAffine(_ channel: Int, mean average: Double, variance: Double) {
        let inverse = 1 / (variance + Self.epsilon).squareRoot()
        let factor = Double(context.arena.pointer(scale)[channel]) * inverse
        inverseDeviation[channel] = inverse
        mean.pointer[channel] = Float(average)
        affine.pointer[channel] = Float(factor)
        affine.pointer[channels + channel] = Float(
            Double(context.arena.pointer(shift)[channel]) - average * factor)
    }

    /// Carries a gradient back to the batch norm's input and hands over the gradients of scale and shift.
    ///
    /// - Parameters:
    ///   - gradient: [batch][positions][channels], with respect to the rectified output; keeps the masked gradient when
    ///     `keepsMasked`.
    ///   - input: [batch][positions][channels], the input of the forward pass.
    ///   - mask: the rectifier.
    ///   - keepsMasked: whether the masked gradient replaces `gradient`, for a shortcut to use.
    ///   - output: [batch][positions][channels]; may be `gradient` unless `keepsMasked`.
    ///   - batch: the number of examples.
    ///   - positions: positions per example.
    ///   - usesBatchStatistics: whether the forward pass normalised with the batch's statistics.
    ///   - sink: what becomes of the gradients of scale and shift.
    package func backward(
        gradient: UnsafeMutablePointer<Float>, input: UnsafePointer<Float>, mask: NormalizationKernels.Mask,
        keepsMasked: Bool, output: UnsafeMutablePointer<Float>, batch: Int, positions: Int,
        usesBatchStatistics: Bool, sink: GradientSink
    ) {
        let total = batch * positions
        let perBlock: Int
        switch sink {
        case .batch: perBlock = NormalizationKernels.blockPositions(channels: channels)
        case .exampleSquaredNorms: perBlock = positions
        }
        let blockCount = (total + perBlock - 1) / perBlock
        context.reservePartials(blockCount * 2 * channels)
        NormalizationKernels.reduce(
            gradient: gradient, input: input, mean: mean.pointer, mask: mask, writesMasked: keepsMasked,
            partials: context.partials.pointer, positions: total, positionsPerBlock: perBlock, channels: channels,
            pool: context.pool)
        switch sink {
        case .batch:
            NormalizationKernels.total(
                context.partials.pointer, blockCount: blockCount, channels: channels, first: &first, second: &second)
            for channel in 0..<channels {
                context.arena.gradient(shift)[channel] = Float(first[channel])
                context.arena.gradient(scale)[channel] = Float(second[channel] * inverseDeviation[channel])
            }
        case .exampleSquaredNorms(let norms):
            addExampleSquaredNorms(context.partials.pointer, batch: batch, to: norms)
        }
        setCoefficients(count: usesBatchStatistics ? Double(total) : nil)
        NormalizationKernels.backward(
            gradient: gradient, input: input, coefficients: coefficients.pointer, mask: keepsMasked ? .none : mask,
            output: output, positions: total, channels: channels, pool: context.pool)
    }

    /// The squared norm of (Σ g x̂, Σ g) of each example; x̂ = (z - mean) / deviation, never (y - shift) / scale, because
    /// the scale may be zero.
    private func addExampleSquaredNorms(
        _ partials: UnsafePointer<Float>, batch: Int, to norms: UnsafeMutablePointer<Double>
    ) {
        for example in 0..<batch {
            let row = partials + 2 * example * channels
            var sum = 0.0
            for channel in 0..<channels {
                let shiftGradient = Double(row[channel])
                let scaleGradient = Double(row[channels + channel]) * inverseDeviation[channel]
                sum += shiftGradient * shiftGradient + scaleGradient * scaleGradient
            }
            norms[example] += sum
        }
    }

    /// dz = scale / deviation · (g - Σg / count - x̂ Σ(g x̂) / count), as a g + b z + c; without a count the statistics
    /// do not depend on the batch and only the first term is left.
    private func setCoefficients(count: Double?) {
        let target = coefficients.pointer
        for channel in 0..<channels {
            let inverse = inverseDeviation[channel]
            let a = Double(context.arena.pointer(scale)[channel]) * inverse
            var b = 0.0
            var c = 0.0
            if let count {
                b = -a * inverse * inverse * second[channel] / count
                c = -a * first[channel] / count - b * Double(mean.pointer[channel])
            }
            target[channel] = Float(a)
            target[channels + channel] = Float(b)
            target[2 * channels + channel] = Float(c)
        }
    }
}
