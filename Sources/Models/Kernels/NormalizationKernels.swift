/// The passes of batch norm over activations, on sixteen channels at a time.
///
/// Ioffe and Szegedy, "Batch Normalization", ICML 2015. Sums are taken per fixed block of positions and added in block
/// order in Float64, so they do not depend on the number of threads.
package enum NormalizationKernels {
    /// How a gradient is masked by the rectifier that followed.
    package enum Mask {
        /// No rectifier.
        case none
        /// The rectifier's input was `scale · z + shift`; recomputed, so that the output need not be read.
        case affine(UnsafePointer<Float>)
        /// The rectifier's output.
        case output(UnsafePointer<Float>)
    }

    /// Positions per block for a channel count: about 64 KiB of one tensor.
    package static func blockPositions(channels: Int) -> Int { max(8, 16_384 / channels) }

    /// Blocks of a tensor of `positions` x `channels`.
    package static func blockCount(positions: Int, channels: Int) -> Int {
        let block = blockPositions(channels: channels)
        return (positions + block - 1) / block
    }

    /// Adds per-block sums in block order.
    ///
    /// - Parameters:
    ///   - partials: [blockCount][2][channels].
    ///   - first: [channels], gets the totals of the first rows.
    ///   - second: [channels], gets the totals of the second rows.
    package static func total(
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
    package static func apply(
        input: UnsafePointer<Float>, affine: UnsafePointer<Float>, residual: UnsafePointer<Float>?, rectifies: Bool,
        output: UnsafeMutablePointer<Float>, positions: Int, channels: Int, pool: WorkerPool
    ) {
        let block = blockPositions(channels: channels)
        let groups = channels >> 4
        let floor = rectifies ? Float16Lanes.zero : Float16Lanes(repeating: -.infinity)
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

    /// Sums over positions of the masked gradient, and of its product with the centred input.
    ///
    /// - Parameters:
    ///   - gradient: [positions][channels], with respect to the rectified output; masked in place when
    ///     `writesMasked`.
    ///   - input: [positions][channels], the batch norm's input z.
    ///   - mean: [channels].
    ///   - mask: where the gradient passes.
    ///   - writesMasked: whether the masked gradient replaces `gradient`.
    ///   - partials: [blockCount][2][channels]: Σ g and Σ g (z - mean).
    package static func reduce(
        gradient: UnsafeMutablePointer<Float>, input: UnsafePointer<Float>, mean: UnsafePointer<Float>, mask: Mask,
        writesMasked: Bool, partials: UnsafeMutablePointer<Float>, positions: Int, positionsPerBlock: Int,
        channels: Int, pool: WorkerPool
    ) {
        let groups = channels >> 4
        pool.run((positions + positionsPerBlock - 1) / positionsPerBlock) { task, _ in
            let range = task &* positionsPerBlock..<min(positions, (task &+ 1) &* positionsPerBlock)
            for group in 0..<groups {
                let centre = mean.lanes[group]
                var sum = Float16Lanes.zero
                var product = Float16Lanes.zero
                var index = range.lowerBound &* groups &+ group
                for _ in range {
                    let z = input.lanes[index]
                    let g = masked(gradient.lanes[index], z: z, index: index, group: group, groups: groups, by: mask)
                    sum += g
                    product.addProduct(g, z - centre)
                    if writesMasked { gradient.lanes[index] = g }
                    index &+= groups
                }
                partials.lanes[2 &* task &* groups &+ group] = sum
                partials.lanes[(2 &* task &+ 1) &* groups &+ group] = product
            }
        }
    }

    /// The gradient with respect to the batch norm's input: `a · g + b · z + c` per channel.
    ///
    /// - Parameters:
    ///   - gradient: [positions][channels], with respect to the (rectified) output.
    ///   - input: [positions][channels], the batch norm's input z.
    ///   - coefficients: [3][channels]: a, b, c.
    ///   - mask: where the gradient passes; `.none` when it was masked already.
    ///   - output: [positions][channels]; may be `gradient`.
    package static func backward(
        gradient: UnsafePointer<Float>, input: UnsafePointer<Float>, coefficients: UnsafePointer<Float>, mask: Mask,
        output: UnsafeMutablePointer<Float>, positions: Int, channels: Int, pool: WorkerPool
    ) {
        let block = blockPositions(channels: channels)
        let groups = channels >> 4
        pool.run(blockCount(positions: positions, channels: channels)) { task, _ in
            let range = task &* block..<min(positions, (task &+ 1) &* block)
            for group in 0..<groups {
                let a = coefficients.lanes[group]
                let b = coefficients.lanes[groups &+ group]
                let c = coefficients.lanes[2 &* groups &+ group]
                var index = range.lowerBound &* groups &+ group
                for _ in range {
                    let z = input.lanes[index]
                    let g = masked(gradient.lanes[index], z: z, index: index, group: group, groups: groups, by: mask)
                    output.lanes[index] = c.addingProduct(b, z).addingProduct(a, g)
                    index &+= groups
                }
            }
        }
    }

    @inline(__always)
    private static func masked(
        _ gradient: Float16Lanes, z: Float16Lanes, index: Int, group: Int, groups: Int, by mask: Mask
    ) -> Float16Lanes {
        switch mask {
        case .none:
            return gradient
        case .affine(let affine):
            let value = affine.lanes[groups &+ group].addingProduct(z, affine.lanes[group])
            return gradient.replacing(with: Float16Lanes.zero, where: value .<= Float16Lanes.zero)
        case .output(let output):
            return gradient.replacing(with: Float16Lanes.zero, where: output.lanes[index] .<= Float16Lanes.zero)
        }
    }
}
