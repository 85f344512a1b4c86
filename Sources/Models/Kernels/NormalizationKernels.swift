/// The passes of batch norm over activations, on sixteen channels at a time.
///
/// Ioffe and Szegedy, "Batch Normalization", ICML 2015. Sums are taken per fixed block of positions and added in block
/// order in Float64, so they do not depend on the number of threads.
enum NormalizationKernels {
    /// Positions per block for a channel count: about 64 KiB of one tensor.
    static func blockPositions(channels: Int) -> Int { max(8, 16_384 / channels) }

    /// Blocks of a tensor of `positions` x `channels`.
    static func blockCount(positions: Int, channels: Int) -> Int {
        let block = blockPositions(channels: channels)
        return (positions + block - 1) / block
    }

    /// Adds per-block sums in block order.
    ///
    /// - Parameters:
    ///   - partials: [blockCount][2][channels].
    ///   - first: [channels], gets the totals of the first rows.
    ///   - second: [channels], gets the totals of the second rows.
    static func total(
        _ partials: UnsafePointer<Float>, blockCount: Int, channels: Int, first: inout [Double],
        second: inout [Double]
    ) {
        first.withUnsafeMutableBufferPointer { first in
            second.withUnsafeMutableBufferPointer { second in
                for channel in 0..<channels {
                    first[channel] = 0
                    second[channel] = 0
                }
                for block in 0..<blockCount {
                    let row = partials + 2 &* block &* channels
                    for channel in 0..<channels {
                        first[channel] += Double(row[channel])
                        second[channel] += Double(row[channels &+ channel])
                    }
                }
            }
        }
    }

    /// `y = max(0, scale · z + shift + residual)`, each part optional.
    ///
    /// - Parameters:
    ///   - input: [positions][channels].
    ///   - affine: [2][channels]: scale, then shift.
    ///   - residual: [positions][channels], or nil.
    ///   - rectifies: whether negative values become zero.
    ///   - output: [positions][channels]; may be the input or the residual.
    static func apply(
        input: UnsafePointer<Float>, affine: UnsafePointer<Float>, residual: UnsafePointer<Float>?, rectifies: Bool,
        output: UnsafeMutablePointer<Float>, positions: Int, channels: Int, pool: WorkerPool
    ) {
        let block = blockPositions(channels: channels)
        let groups = channels >> 4
        let floor = rectifies ? Float16Lanes.zero : Float16Lanes.all(-.infinity)
        pool.run(blockCount(positions: positions, channels: channels)) { task, _ in
            let range = task &* block..<min(positions, (task &+ 1) &* block)
            for group in 0..<groups {
                let scale = affine.lanes[group]
                let shift = affine.lanes[groups &+ group]
                var index = range.lowerBound &* groups &+ group
                if let residual {
                    for _ in range {
                        let value = shift.addingProduct(input.lanes[index], scale) + residual.lanes[index]
                        output.lanes[index] = value.larger(floor)
                        index &+= groups
                    }
                } else {
                    for _ in range {
                        output.lanes[index] = shift.addingProduct(input.lanes[index], scale).larger(floor)
                        index &+= groups
                    }
                }
            }
        }
    }

    /// Σ g and Σ g (z - mean) of each example.
    ///
    /// - Parameters:
    ///   - gradient: [batch][positions][channels].
    ///   - input: [batch][positions][channels], the batch norm's input z.
    ///   - mean: [channels].
    ///   - partials: [batch][2][channels], gets the sums.
    static func gradientSums(
        gradient: UnsafePointer<Float>, input: UnsafePointer<Float>, mean: UnsafePointer<Float>,
        partials: UnsafeMutablePointer<Float>, batch: Int, positions: Int, channels: Int, pool: WorkerPool
    ) {
        let groups = channels >> 4
        pool.run(batch) { example, _ in
            for group in 0..<groups {
                let centre = mean.lanes[group]
                var sum = Float16Lanes.zero
                var product = Float16Lanes.zero
                var index = example &* positions &* groups &+ group
                for _ in 0..<positions {
                    sum += gradient.lanes[index]
                    product.addProduct(gradient.lanes[index], input.lanes[index] - centre)
                    index &+= groups
                }
                partials.lanes[2 &* example &* groups &+ group] = sum
                partials.lanes[(2 &* example &+ 1) &* groups &+ group] = product
            }
        }
    }

    /// The gradient with respect to the batch norm's input, `a · g + b · z + c` per channel, in place of z.
    ///
    /// - Parameters:
    ///   - gradient: [batch · positions][channels], with respect to the output, already masked by the rectifier.
    ///   - values: [batch · positions][channels], the batch norm's input z; gets the result.
    ///   - coefficients: [3][channels]: a, b, c.
    ///   - positions: which.
    static func backward(
        gradient: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>, coefficients: UnsafePointer<Float>,
        positions: Range<Int>, channels: Int
    ) {
        let groups = channels >> 4
        for group in 0..<groups {
            let a = coefficients.lanes[group]
            let b = coefficients.lanes[groups &+ group]
            let c = coefficients.lanes[2 &* groups &+ group]
            var index = positions.lowerBound &* groups &+ group
            for _ in positions {
                values.lanes[index] =
                    c.addingProduct(b, values.lanes[index]).addingProduct(a, gradient.lanes[index])
                index &+= groups
            }
        }
    }

    /// The same with each example's sums of the gradient over its positions.
    ///
    /// - Parameters:
    ///   - gradient: [batch][positions][channels], already masked by the rectifier.
    ///   - values: [batch][positions][channels], the batch norm's input z; gets the result.
    ///   - mean: [channels].
    ///   - coefficients: [3][channels]: a, b, c.
    ///   - sums: [2][channels], gets Σ g and Σ g (z - mean).
    ///   - addsToSums: whether these are added to what is there, as when an example is carried back in parts.
    ///   - positions: which.
    static func exampleBackward(
        gradient: UnsafePointer<Float>, values: UnsafeMutablePointer<Float>, mean: UnsafePointer<Float>,
        coefficients: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>, addsToSums: Bool,
        positions: Range<Int>, channels: Int
    ) {
        let groups = channels >> 4
        for group in 0..<groups {
            let a = coefficients.lanes[group]
            let b = coefficients.lanes[groups &+ group]
            let c = coefficients.lanes[2 &* groups &+ group]
            let centre = mean.lanes[group]
            var sum = addsToSums ? sums.lanes[group] : .zero
            var product = addsToSums ? sums.lanes[groups &+ group] : .zero
            var index = positions.lowerBound &* groups &+ group
            for _ in positions {
                let g = gradient.lanes[index]
                let z = values.lanes[index]
                sum += g
                product.addProduct(g, z - centre)
                values.lanes[index] = c.addingProduct(b, z).addingProduct(a, g)
                index &+= groups
            }
            sums.lanes[group] = sum
            sums.lanes[groups &+ group] = product
        }
    }
}
