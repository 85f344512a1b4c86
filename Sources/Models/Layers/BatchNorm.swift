/// Batch normalisation over channels, with an optional residual and rectifier behind it.
///
/// Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
/// ICML 2015. As PyTorch's: epsilon 1e-5, running statistics move by 0.1, the running variance is the unbiased one.
package final class BatchNorm {
    /// Channels, a multiple of 16.
    package let channels: Int
    /// The scale and shift of the last forward pass, [2][channels].
    package let affine: FloatBuffer
    /// The means of the last forward pass, [channels].
    package let mean: FloatBuffer

    private static let epsilon = 1e-5
    private static let runningShare = 0.1

    private let context: LayerContext
    private let scale: Int
    private let shift: Int
    private let runningMean: Int
    private let runningVariance: Int
    private let coefficients: FloatBuffer
    private var inverseDeviation: [Double]
    private var first: [Double]
    private var second: [Double]
    /// The positions whose statistics the last pass normalised with; nil for the running ones.
    private var batchPositions: Int?

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

    /// Whether the last pass normalised with the batch's own statistics, so that gradients flow through them.
    package var usesBatchStatistics: Bool { batchPositions != nil }

    /// Whether `pendingGradient` needs the gradient's sums over the batch first.
    ///
    /// For the gradients of scale and shift, or because every example depends on the whole batch.
    package func needsGradientSums(for sink: GradientSink) -> Bool { usesBatchStatistics || !sink.isPerExample }

    /// Takes the statistics of a batch, updates the running ones when these are to move, and prepares `affine`.
    ///
    /// - Parameters:
    ///   - moments: [blockCount][4][channels], as `BlockMoments` writes them.
    ///   - blockCount: the number of blocks.
    ///   - positions: the number of positions summed over.
    ///   - movesRunning: whether the running statistics move.
    package func useBatchStatistics(
        _ moments: UnsafePointer<Float>, blockCount: Int, positions: Int, movesRunning: Bool
    ) {
        BlockMoments.combine(
            moments, blockCount: blockCount, channels: channels, mean: &first, variance: &second)
        batchPositions = positions
        let count = Double(positions)
        let means = context.arena.pointer(runningMean)
        let variances = context.arena.pointer(runningVariance)
        for channel in 0..<channels {
            let average = first[channel]
            let variance = second[channel]
            if movesRunning {
                let unbiased = positions > 1 ? variance * count / (count - 1) : variance
                means[channel] = Float(
                    (1 - Self.runningShare) * Double(means[channel]) + Self.runningShare * average)
                variances[channel] = Float(
                    (1 - Self.runningShare) * Double(variances[channel]) + Self.runningShare * unbiased)
            }
            setAffine(channel, mean: average, variance: variance)
        }
    }

    /// Prepares `affine` from the running statistics.
    package func useRunningStatistics() {
        batchPositions = nil
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

    /// Takes the sums of a masked gradient over a batch: what `pendingGradient` needs, and the gradients of scale and shift.
    ///
    /// - Parameters:
    ///   - sums: [blockCount][2][channels], as `GradientStore` writes them.
    ///   - blockCount: the number of blocks.
    ///   - sink: what becomes of the parameters' gradient.
    package func useGradientSums(_ sums: UnsafePointer<Float>, blockCount: Int, sink: GradientSink) {
        NormalizationKernels.total(
            sums, blockCount: blockCount, channels: channels, first: &first, second: &second)
        if sink.isPerExample { return }
        for channel in 0..<channels {
            context.arena.gradient(shift)[channel] = Float(first[channel])
            context.arena.gradient(scale)[channel] = Float(second[channel] * inverseDeviation[channel])
        }
    }

    /// The gradient whose sums were taken last, if they were needed, to be carried back to the batch norm's input.
    ///
    /// For a sink per example, `addExampleSquaredNorms` is for when it was carried back, and the layer context's partial
    /// sums are in use until then.
    ///
    /// - Parameters:
    ///   - gradient: [batch][positions][channels], masked by the rectifier.
    ///   - values: [batch][positions][channels], the input of the forward pass; gets the gradient with respect to it.
    ///   - batch: the number of examples.
    ///   - positions: positions per example.
    ///   - sink: what becomes of the parameters' gradient.
    package func pendingGradient(
        _ gradient: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>, batch: Int, positions: Int,
        sink: GradientSink
    ) -> ConvolutionGradient {
        setCoefficients()
        var exampleSums: (mean: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>)?
        if sink.isPerExample {
            context.reservePartials(2 * batch * channels)
            exampleSums = (mean: UnsafePointer(mean.pointer), sums: context.partials.pointer)
        }
        return ConvolutionGradient(
            NormalizationGradient(
                gradient: gradient, values: values, coefficients: coefficients.pointer, exampleSums: exampleSums,
                positions: positions, channels: channels))
    }

    /// Adds each example's squared norm of the gradients of scale and shift.
    ///
    /// That of (Σ g x̂, Σ g); x̂ = (z - mean) / deviation, never (y - shift) / scale, because
    /// the scale may be zero.
    ///
    /// - Parameters:
    ///   - batch: the number of examples, all carried back.
    ///   - norms: [batch].
    func addExampleSquaredNorms(batch: Int, to norms: UnsafeMutablePointer<Double>) {
        let partials = UnsafePointer(context.partials.pointer)
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

    /// dz = scale / deviation · (g - Σg / count - x̂ Σ(g x̂) / count), as a g + b z + c; running statistics do not depend
    /// on the batch, and only the first term is left.
    private func setCoefficients() {
        let target = coefficients.pointer
        for channel in 0..<channels {
            let inverse = inverseDeviation[channel]
            let a = Double(context.arena.pointer(scale)[channel]) * inverse
            var b = 0.0
            var c = 0.0
            if let batchPositions {
                let count = Double(batchPositions)
                b = -a * inverse * inverse * second[channel] / count
                c = -a * first[channel] / count - b * Double(mean.pointer[channel])
            }
            target[channel] = Float(a)
            target[channels + channel] = Float(b)
            target[2 * channels + channel] = Float(c)
        }
    }
}
