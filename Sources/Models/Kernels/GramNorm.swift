import COpenBLAS
import CVector

/// Per-example squared norms of convolution weight gradients from Gram matrices, without forming the gradient.
///
/// With U the unfolded input and G the output gradient of one example, ‖G Uᵀ‖² = Σ_{t,s} (UᵀU)_{ts} (GᵀG)_{ts}
/// (Goodfellow, "Efficient per-example gradient computations", 2015; Rochette, Manoel and Tramel, 2019). For stride 1
/// the unfolded Gram is a sum of shifted entries of the plain one, (UᵀU)_{ts} = Σ_o R_{t+o,s+o}, so nothing is
/// unfolded: the depth falls from 9 C to C. Pays when the map is small and the layer wide.
///
/// The two products are ours where vectors have 512 bits and OpenBLAS's elsewhere: the OpenBLAS that distributions ship
/// knows no CPU newer than itself, and runs there at an eighth of the speed.
struct GramNorm {
    /// The layer: stride 1, output the size of the input.
    let shape: ConvolutionShape

    /// Makes the kernel of one layer shape.
    ///
    /// - Precondition: `suits(shape)`.
    init(shape: ConvolutionShape) {
        precondition(Self.suits(shape))
        self.shape = shape
    }

    /// Whether the formula applies: stride 1 and "same" padding.
    static func suits(_ shape: ConvolutionShape) -> Bool {
        shape.stride == 1 && shape.kernel == 2 * shape.padding + 1
    }

    /// Floats of scratch memory per worker.
    var scratchCount: Int { packedOffset + stripWidth * max(shape.inputChannels, shape.outputChannels) }
    private var packedOffset: Int {
        (shape.inputCount + 2 * shape.positionCount * shape.positionCount + 15) / 16 * 16
    }
    /// Read at run time, so that the compiler sees a use for both.
    private var usesOwnProducts: Bool { curate_vector_bits == 512 }
    private var stripWidth: Int { ColumnStrip(0, columns: shape.positionCount).width }

    /// Multiply-adds per example.
    static func cost(_ shape: ConvolutionShape) -> Double {
        let positions = Double(shape.positionCount)
        let taps = Double(shape.kernel * shape.kernel)
        return positions * positions * (Double(shape.inputChannels + shape.outputChannels) + 4 * taps)
    }

    /// The squared L2 norm of one example's weight gradient.
    ///
    /// - Parameters:
    ///   - input: [height][width][inputChannels] of the example.
    ///   - gradient: [height][width][outputChannels] of the example.
    ///   - scratch: `scratchCount` floats.
    func squaredNorm(
        input: ConvolutionInput, gradient: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) -> Double {
        let positions = shape.positionCount
        let inputGram = scratch + shape.inputCount
        let gradientGram = inputGram + positions * positions
        let packed = scratch + packedOffset
        gram(rows(of: input, copyingTo: scratch), channels: shape.inputChannels, packed: packed, into: inputGram)
        gram(gradient, channels: shape.outputChannels, packed: packed, into: gradientGram)
        var total = 0.0
        for dy in -shape.padding...shape.padding {
            for dx in -shape.padding...shape.padding {
                total += shiftedProduct(inputGram, gradientGram, dy, dx)
            }
        }
        // Signed terms may cancel to a little below zero.
        return max(0, total)
    }

    /// The input as it is, or normalised and rectified into memory of its own.
    private func rows(
        of input: ConvolutionInput, copyingTo memory: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        guard let affine = input.affine else { return input.values }
        let groups = shape.inputChannels >> 4
        for group in 0..<groups {
            let scale = affine.lanes[group]
            let shift = affine.lanes[groups &+ group]
            var index = group
            for _ in 0..<shape.positionCount {
                memory.lanes[index] = input.values.lanes[index].normalizedAndRectified(scale, shift)
                index &+= groups
            }
        }
        return UnsafePointer(memory)
    }

    /// Every product of two rows.
    private func gram(
        _ rows: UnsafePointer<Float>, channels: Int, packed: UnsafeMutablePointer<Float>,
        into output: UnsafeMutablePointer<Float>
    ) {
        let positions = shape.positionCount
        guard usesOwnProducts else {
            let (count, depth) = (Int32(positions), Int32(channels))
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, count, count, depth, 1, rows, depth, rows, depth, 0, output,
                count)
            return
        }
        let left = DenseMultiply.Left(values: rows, rowStride: channels, depthStride: 1)
        for number in 0..<ColumnStrip.count(columns: positions) {
            let strip = ColumnStrip(number, columns: positions)
            DenseMultiply.packColumns(
                rows + strip.first * channels, depth: channels, columnStride: channels, strip: strip, into: packed)
            DenseMultiply.multiply(
                DenseMultiply.Product(
                    left: left, depth: channels, packed: packed, width: strip.width, output: output + strip.first,
                    outputStride: positions, columns: strip.count), rows: 0..<positions)
        }
    }

    /// Σ over t, s of R[t + o, s + o] · Q[t, s] for one offset o, with both shifted positions inside the map.
    private func shiftedProduct(
        _ r: UnsafePointer<Float>, _ q: UnsafePointer<Float>, _ dy: Int, _ dx: Int
    ) -> Double {
        let (height, width, positions) = (shape.height, shape.width, shape.positionCount)
        let rows = max(0, -dy)..<min(height, height &- dy)
        let columns = max(0, -dx)..<min(width, width &- dx)
        let shift = dy &* width &+ dx
        var total = 0.0
        for y in rows {
            for x in columns {
                let t = y &* width &+ x
                let rRow = r + ((t &+ shift) &* positions &+ shift)
                let qRow = q + t &* positions
                // Sums of even and odd rows, so that they do not wait for one another.
                var (even, odd) = (Float16Lanes.zero, Float16Lanes.zero)
                for first in stride(from: columns.lowerBound, to: columns.upperBound, by: 16) {
                    let count = min(16, columns.upperBound &- first)
                    for otherY in rows {
                        let s = otherY &* width &+ first
                        let a = Float16Lanes.load(first: count, at: rRow + s)
                        let b = Float16Lanes.load(first: count, at: qRow + s)
                        (even, odd) = (odd, even.addingProduct(a, b))
                    }
                }
                total += Double((even + odd).sum())
            }
        }
        return total
    }
}
