/// The gradient with respect to what a convolution computes, which batch norm may not have passed on yet.
///
/// Carrying a gradient back through batch norm is a pass over two tensors that are too large for the cache. The first
/// kernel that reads the result does it instead, a few rows at a time just before it reads them, and asks for the next
/// ones' memory while it multiplies.
package struct ConvolutionGradient {
    /// [batch][height][width][channels]; the gradient of positions that were carried back.
    package let values: UnsafePointer<Float>
    /// What is left to do; nil when all positions were carried back.
    let pending: NormalizationGradient?

    /// Makes a gradient that can be read as it is.
    package init(_ values: UnsafePointer<Float>) {
        self.values = values
        pending = nil
    }

    /// Makes a gradient that is still to be carried back.
    package init(_ pending: NormalizationGradient) {
        values = UnsafePointer(pending.values)
        self.pending = pending
    }

    /// Carries some positions, counted over the batch, back.
    ///
    /// Each is to be carried once, by the task that reads it, and those of one example in order.
    func carryBack(_ positions: Range<Int>) { pending?.carryBack(positions) }

    /// The same gradient after all positions were carried back, for kernels that share them among tasks.
    func carriedBack(batch: Int, pool: WorkerPool) -> ConvolutionGradient {
        guard let pending else { return self }
        let positions = pending.positions
        pool.run(batch) { example, _ in pending.carryBack(example * positions..<(example + 1) * positions) }
        return ConvolutionGradient(values)
    }

    /// Asks for some positions, and for what is needed to carry them back.
    ///
    /// - Parameters:
    ///   - positions: which, counted over the batch.
    ///   - channels: the channels of the map.
    ///   - queue: gets the lines.
    func prefetch(_ positions: Range<Int>, channels: Int, in queue: inout PrefetchQueue) {
        let lines = positions.count * channels / 16
        queue.add(values + positions.lowerBound * channels, lines: lines)
        if let pending { queue.add(pending.gradient + positions.lowerBound * channels, lines: lines) }
    }
}

/// A gradient on its way back through batch norm.
package struct NormalizationGradient {
    /// [batch][positions][channels], with respect to the batch norm's output, already masked by the rectifier.
    let gradient: UnsafePointer<Float>
    /// [batch][positions][channels], the batch norm's input z; gets the result.
    let values: UnsafeMutablePointer<Float>
    /// [3][channels]: a, b, c; the result is `a · g + b · z + c` per channel.
    let coefficients: UnsafePointer<Float>
    /// Where each example's sums go, [batch][2][channels], with the means, [channels]; nil when nobody needs them.
    let exampleSums: (mean: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>)?
    /// Positions of one example.
    let positions: Int
    /// Channels, a multiple of 16.
    let channels: Int

    /// Makes a gradient on its way.
    package init(
        gradient: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>, coefficients: UnsafePointer<Float>,
        exampleSums: (mean: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>)?, positions: Int, channels: Int
    ) {
        self.gradient = gradient
        self.values = values
        self.coefficients = coefficients
        self.exampleSums = exampleSums
        self.positions = positions
        self.channels = channels
    }

    /// Carries some positions, counted over the batch, back.
    func carryBack(_ chosen: Range<Int>) {
        guard let exampleSums else {
            NormalizationKernels.backward(
                gradient: gradient, values: values, coefficients: coefficients, positions: chosen, channels: channels)
            return
        }
        var first = chosen.lowerBound
        while first < chosen.upperBound {
            let example = first / positions
            let end = min(chosen.upperBound, (example + 1) * positions)
            NormalizationKernels.exampleBackward(
                gradient: gradient, values: values, mean: exampleSums.mean, coefficients: coefficients,
                sums: exampleSums.sums + 2 * example * channels, addsToSums: first > example * positions,
                positions: first..<end, channels: channels)
            first = end
        }
    }
}
