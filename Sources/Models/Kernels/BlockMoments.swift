/// Count, sum and sum of squares of sixteen channels, taken about the first value seen.
///
/// Sums about zero would lose the variance of channels whose mean is large against their deviation.
package struct BlockMoments {
    /// Rows per block: pivot, Σ (x - pivot), Σ (x - pivot)², count.
    package static let rowCount = 4

    private var pivot = Float16Lanes.zero
    private var sum = Float16Lanes.zero
    private var squares = Float16Lanes.zero
    private var count = 0

    @inline(__always)
    init() {}

    /// Adds a value; the first one becomes the pivot.
    @inline(__always)
    mutating func add(_ value: Float16Lanes) {
        if count == 0 { pivot = value }
        count &+= 1
        let deviation = value - pivot
        sum += deviation
        squares.addProduct(deviation, deviation)
    }

    /// Writes the rows of one block.
    ///
    /// - Parameters:
    ///   - target: the block's first row at these channels.
    ///   - stride: floats between two rows.
    @inline(__always)
    func store(to target: UnsafeMutablePointer<Float>, stride: Int) {
        target.lanes[0] = pivot
        (target + stride).lanes[0] = sum
        (target + 2 &* stride).lanes[0] = squares
        (target + 3 &* stride).lanes[0] = Float16Lanes.all(Float(count))
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
