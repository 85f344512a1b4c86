/// Weight gradients of any convolution by packed patches, summed over any run of output positions.
///
/// Over the positions of one map the same sums are the gradient of one example.
struct PatchWeightGradient {
    /// The layer.
    let shape: ConvolutionShape
    /// Output channels computed by one call.
    let columns: Int
    /// Positions gathered together, a multiple of 16.
    let blockPositions: Int

    /// Makes the kernel of one layer shape.
    ///
    /// - Parameters:
    ///   - shape: the layer.
    ///   - columns: output channels per call, a multiple of 32 or all of them.
    init(shape: ConvolutionShape, columns: Int) {
        self.shape = shape
        self.columns = columns
        precondition(shape.suitsVectors)
        blockPositions = 128
    }

    /// Inputs of one output, a multiple of 16.
    private var depth: Int { shape.patchCount }
    private var panelWidth: Int { TileMultiply.panelWidth(columns: columns) }

    /// Floats of scratch memory per worker.
    var scratchCount: Int { blockPositions * (depth + columns) + depth * columns }

    /// Sums the products of some positions and leaves them in `scratch`, to be read by `store` or `squaredNorm`.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the layer's input.
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels], with respect to the layer's output.
    ///   - positions: the run of positions, counted over the batch; an empty run leaves zeros.
    ///   - firstColumn: the first output channel of this call.
    ///   - scratch: `scratchCount` floats.
    func sum(
        input: ConvolutionInput, gradient: UnsafePointer<Float>, positions: Range<Int>, firstColumn: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let left = scratch
        let right = left + blockPositions * depth
        let sums = right + blockPositions * columns
        if positions.isEmpty {
            sums.update(repeating: 0, count: depth * columns)
            return
        }
        var first = positions.lowerBound
        while first < positions.upperBound {
            let count = min(blockPositions, positions.upperBound - first)
            Patches.gather(
                input, shape: shape, firstPosition: first, count: count, octetStride: 128,
                groupStride: blockPositions * 16, into: left)
            for position in 0..<count {
                let source = (gradient + (first + position) * shape.outputChannels + firstColumn).lanes
                for group in 0..<columns >> 4 {
                    (right + (group &* blockPositions &+ position) &* 16).lanes[0] = source[group]
                }
            }
            for panel in 0..<columns / panelWidth {
                TileMultiply.accumulate(
                    left: left, right: right + panel * panelWidth * blockPositions, length: count, leftCount: depth,
                    groupStride: blockPositions * 16, panelStride: blockPositions * 16, width: panelWidth,
                    sums: sums + panel * panelWidth * depth, overwrite: first == positions.lowerBound)
            }
            first += count
        }
    }

    /// Copies the sums to their places in the weight gradient.
    ///
    /// - Parameters:
    ///   - scratch: what `sum` filled.
    ///   - firstColumn: the first output channel of the call.
    ///   - gradient: [kernel · kernel · inputChannels][outputChannels], of which this call's columns are written.
    func store(
        scratch: UnsafePointer<Float>, firstColumn: Int, into gradient: UnsafeMutablePointer<Float>
    ) {
        let sums = scratch + blockPositions * (depth + columns)
        for panel in 0..<columns / panelWidth {
            for row in 0..<depth {
                for lane in 0..<panelWidth >> 4 {
                    let target = gradient + row * shape.outputChannels + firstColumn + panel * panelWidth + lane * 16
                    target.lanes[0] = (sums + (panel * depth + row) * panelWidth + lane * 16).lanes[0]
                }
            }
        }
    }

    /// The squared L2 norm of the sums.
    ///
    /// - Parameter scratch: what `sum` filled.
    func squaredNorm(scratch: UnsafePointer<Float>) -> Double {
        let sums = (scratch + blockPositions * (depth + columns)).lanes
        var total = 0.0
        let vectors = depth * columns / 16
        var first = 0
        while first < vectors {
            var partial = Float16Lanes.zero
            for index in first..<min(first + 64, vectors) { partial.addProduct(sums[index], sums[index]) }
            total += Double(partial.sum())
            first += 64
        }
        return total
    }
}
