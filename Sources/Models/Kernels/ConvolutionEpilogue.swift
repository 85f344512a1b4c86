/// What a convolution does to each output vector while it is still in a register.
///
/// Fusing these into the store saves one pass over the activations each; on small channel counts the passes would
/// cost as much as the arithmetic. One of three is asked for at a time: `statistics`, `affine` (with `residual` and
/// `rectifies`), or `accumulates`.
package struct ConvolutionEpilogue {
    /// Adds to what the output holds instead of replacing it.
    package var accumulates = false
    /// Per-block moments for batch norm, [blockCount][4][channels], as `BlockMoments` writes them.
    package var statistics: UnsafeMutablePointer<Float>?
    /// Per-channel factor and offset, [2][channels], applied before everything below; nil for none.
    package var affine: UnsafePointer<Float>?
    /// Added after the affine map, laid out like the output; nil for none.
    package var residual: UnsafePointer<Float>?
    /// Whether negative values become zero at the end.
    package var rectifies = false

    /// Stores the bare products.
    package init() {}

    /// The output vector for one product vector.
    ///
    /// - Parameters:
    ///   - value: sixteen channels of the convolution's result.
    ///   - scale: the affine factor of these channels (ignored without `affine`).
    ///   - shift: the affine offset of these channels.
    ///   - offset: where the vector will be stored, in floats from the start of the output.
    ///   - output: the output's first element.
    @inline(__always)
    func apply(
        _ value: Float16Lanes, scale: Float16Lanes, shift: Float16Lanes, offset: Int,
        output: UnsafeMutablePointer<Float>
    ) -> Float16Lanes {
        var value = value
        if affine != nil { value = shift.addingProduct(value, scale) }
        if accumulates { value += (output + offset).lanes[0] }
        if let residual { value += (residual + offset).lanes[0] }
        if rectifies { value = value.larger(Float16Lanes.zero) }
        return value
    }
}

/// Count, sum and sum of squares of sixteen channels, taken about the first value seen.
///
/// Sums about zero would lose the variance of channels whose mean is large against their deviation.
package struct BlockMoments {
    /// Rows per block: pivot, Σ (x - pivot), Σ (x - pivot)², count.
    package static let rowCount = 4

    private var pivot = Float16Lanes.zero
    private var sum = Float16Lanes.zero
    private var squares = Float16Lanes.zero

    @inline(__always)
    init() {}

    @inline(__always)
    mutating func begin(at value: Float16Lanes) {
        pivot = value
    }

    @inline(__always)
    mutating func add(_ value: Float16Lanes) {
        let deviation = value - pivot
        sum += deviation
        squares.addProduct(deviation, deviation)
    }

    /// Writes the rows of one block.
    ///
    /// - Parameters:
    ///   - target: the block's first row at these channels.
    ///   - stride: floats between two rows.
    ///   - count: how many values were added.
    @inline(__always)
    func store(to target: UnsafeMutablePointer<Float>, stride: Int, count: Int) {
        target.lanes[0] = pivot
        (target + stride).lanes[0] = sum
        (target + 2 &* stride).lanes[0] = squares
        (target + 3 &* stride).lanes[0] = Float16Lanes(repeating: Float(count))
    }

    /// Means and variances (biased) of all channels, blocks combined in order in Float64.
    ///
    /// Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance", 1983, equation 2.1.
    ///
    /// - Parameters:
    ///   - blocks: [blockCount][4][channels].
    ///   - mean: [channels], gets the means.
    ///   - variance: [channels], gets the variances.
    package static func combine(
        _ blocks: UnsafePointer<Float>, blockCount: Int, channels: Int, mean: inout [Double],
        variance: inout [Double]
    ) {
        mean.withUnsafeMutableBufferPointer { mean in
            variance.withUnsafeMutableBufferPointer { squares in
                for channel in 0..<channels {
                    mean[channel] = 0
                    squares[channel] = 0
                }
                var total = 0.0
                for block in 0..<blockCount {
                    let row = blocks + rowCount &* block &* channels
                    let count = Double(row[3 &* channels])
                    let share = count / (total + count)
                    for channel in 0..<channels {
                        let sum = Double(row[channels &+ channel])
                        let offset = sum / count
                        let difference = Double(row[channel]) + offset - mean[channel]
                        let own = Double(row[2 &* channels &+ channel]) - sum * offset
                        mean[channel] += difference * share
                        squares[channel] += own + difference * difference * total * share
                    }
                    total += count
                }
                for channel in 0..<channels { squares[channel] = max(0, squares[channel] / total) }
            }
        }
    }
}
