/// Convolutions of inputs whose channels do not fill a vector: the first layer of a network.
///
/// The few channels of a picture are read one number at a time, straight from a padded copy of the map in the cache, and
/// multiplied with sixteen output channels at once; nothing is unfolded. The taps of one kernel row are neighbours in
/// memory (kernel · channels of them), so all loops but the outermost run over consecutive numbers.
struct StemConvolution {
    /// The layer.
    let shape: ConvolutionShape

    /// Makes the kernel of one layer shape.
    init(shape: ConvolutionShape) { self.shape = shape }

    /// Positions of one output row computed together.
    private static let positionGroup = 16
    /// Taps of a kernel row summed together: more registers than most rows need cost less than another pass.
    private var tapGroup: Int { rowTaps <= 8 ? 8 : 16 }
    private var rowTaps: Int { shape.kernel * shape.inputChannels }
    private var tapGroups: Int { (rowTaps + tapGroup - 1) / tapGroup }
    private var paddedWidth: Int { (shape.width + 2 * shape.padding) * shape.inputChannels }
    private var paddedHeight: Int { shape.height + 2 * shape.padding }

    /// Reads go beyond the last row by a group of positions, or of taps.
    private var paddedCount: Int {
        let slack = Self.positionGroup * (shape.stride + 1) * shape.inputChannels + 32
        return (paddedHeight * paddedWidth + slack + 15) / 16 * 16
    }
    private var sumCount: Int { shape.kernel * tapGroups * tapGroup * 16 }

    /// Floats of scratch memory per worker.
    var scratchCount: Int {
        paddedCount + (shape.positionCount + Self.positionGroup) * 16 + sumCount * shape.outputChannels / 16
    }

    /// Blocks in a batch, one per example: the tasks of `forward`, and the rows of its batch-norm statistics.
    func blockCount(batch: Int) -> Int { batch }

    /// Copies one map into the middle of zeros.
    private func pad(_ map: UnsafePointer<Float>, into padded: UnsafeMutablePointer<Float>) {
        padded.update(repeating: 0, count: paddedCount)
        let (count, channels) = (shape.width * shape.inputChannels, shape.inputChannels)
        for row in 0..<shape.height {
            (padded + ((row + shape.padding) * paddedWidth + shape.padding * channels))
                .update(from: map + row * count, count: count)
        }
    }

    /// Convolves a batch.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels].
    ///   - weights: [kernel][kernel][inputChannels][outputChannels].
    ///   - output: [batch][outputHeight][outputWidth][outputChannels].
    ///   - batch: the number of maps.
    ///   - epilogue: what happens to a vector before it is stored.
    func forward(
        input: UnsafePointer<Float>, weights: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, batch: Int,
        epilogue: ConvolutionEpilogue, workspace: Workspace, pool: WorkerPool
    ) {
        pool.run(batch) { example, worker in
            let padded = workspace.pointer(worker: worker)
            let sums = padded + paddedCount
            pad(input + example * shape.inputCount, into: padded)
            for channel in stride(from: 0, to: shape.outputChannels, by: 16) {
                for row in 0..<shape.outputHeight {
                    // The last group of a row may run into the next one, which is computed after it.
                    for column in stride(from: 0, to: shape.outputWidth, by: Self.positionGroup) {
                        multiply(
                            padded
                                + (row &* shape.stride &* paddedWidth
                                    &+ column &* shape.stride &* shape.inputChannels),
                            weights + channel, into: sums.lanes + (row &* shape.outputWidth &+ column))
                    }
                }
                let vectors = StoredVectors(
                    values: sums, stride: 16, offset: example &* shape.outputCount &+ channel,
                    offsetStride: shape.outputChannels, count: shape.positionCount)
                epilogue.store(
                    vectors, to: output, channel: channel, channels: shape.outputChannels, block: example)
            }
        }
    }

    /// Sixteen neighbouring positions of one output row.
    @inline(never)
    private func multiply(
        _ patch: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float16Lanes>
    ) {
        var near = InlineArray<8, Float16Lanes>(repeating: .zero)
        var far = InlineArray<8, Float16Lanes>(repeating: .zero)
        let step = shape.stride &* shape.inputChannels
        let count = rowTaps
        var w = weights
        for line in 0..<shape.kernel {
            var a = patch + line &* paddedWidth
            for _ in 0..<count {
                let weight = w.lanes[0]
                for p in 0..<8 {
                    near[p].addProduct(Float16Lanes.all(a[p &* step]), weight)
                    far[p].addProduct(Float16Lanes.all(a[(p &+ 8) &* step]), weight)
                }
                a += 1
                w += shape.outputChannels
            }
        }
        for p in 0..<8 {
            sums[p] = near[p]
            sums[p &+ 8] = far[p]
        }
    }

    /// Sums the weight gradient over some examples and leaves it in `scratch`, to be read by `store` or `squaredNorm`.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the layer's input.
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels], with respect to the layer's output.
    ///   - examples: which, carried back here; an empty run leaves zeros.
    ///   - scratch: `scratchCount` floats.
    func sum(
        input: UnsafePointer<Float>, gradient: ConvolutionGradient, examples: Range<Int>,
        scratch padded: UnsafeMutablePointer<Float>
    ) {
        let sums = padded + paddedCount
        sums.update(repeating: 0, count: sumCount * shape.outputChannels / 16)
        for example in examples {
            gradient.carryBack(example * shape.positionCount..<(example + 1) * shape.positionCount)
            pad(input + example * shape.inputCount, into: padded)
            for channel in stride(from: 0, to: shape.outputChannels, by: 16) {
                let source = gradient.values + (example &* shape.outputCount &+ channel)
                for line in 0..<shape.kernel {
                    for group in 0..<tapGroups {
                        let patch = padded + (line &* paddedWidth &+ group &* tapGroup)
                        let target = place(channel: channel, line: line, group: group, in: sums)
                        if tapGroup == 8 {
                            accumulate8(patch, source, into: target)
                        } else {
                            accumulate16(patch, source, into: target)
                        }
                    }
                }
            }
        }
    }

    /// [outputChannels / 16][kernel][tapGroups][tapGroup][16].
    private func place(
        channel: Int, line: Int, group: Int, in sums: UnsafeMutablePointer<Float>
    ) -> UnsafeMutablePointer<Float16Lanes> {
        (sums + (((channel >> 4) &* shape.kernel &+ line) &* tapGroups &+ group) &* tapGroup &* 16).lanes
    }

    @inline(never)
    private func accumulate8(
        _ patch: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
        into sums: UnsafeMutablePointer<Float16Lanes>
    ) {
        // Two positions at a time into sums of their own: eight would wait for one another.
        var even = InlineArray<8, Float16Lanes>(repeating: .zero)
        var odd = InlineArray<8, Float16Lanes>(repeating: .zero)
        let step = shape.stride &* shape.inputChannels
        var g = gradient
        for row in 0..<shape.outputHeight {
            var a = patch + row &* shape.stride &* paddedWidth
            var left = shape.outputWidth
            while left >= 2 {
                let g0 = g.lanes[0]
                let g1 = (g + shape.outputChannels).lanes[0]
                for t in 0..<8 {
                    even[t].addProduct(Float16Lanes.all(a[t]), g0)
                    odd[t].addProduct(Float16Lanes.all(a[step &+ t]), g1)
                }
                a += 2 &* step
                g += 2 &* shape.outputChannels
                left &-= 2
            }
            if left == 1 {
                let g0 = g.lanes[0]
                for t in 0..<8 { even[t].addProduct(Float16Lanes.all(a[t]), g0) }
                g += shape.outputChannels
            }
        }
        for t in 0..<8 { sums[t] += even[t] + odd[t] }
    }

    @inline(never)
    private func accumulate16(
        _ patch: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
        into sums: UnsafeMutablePointer<Float16Lanes>
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        let step = shape.stride &* shape.inputChannels
        var g = gradient
        for row in 0..<shape.outputHeight {
            var a = patch + row &* shape.stride &* paddedWidth
            for _ in 0..<shape.outputWidth {
                let g0 = g.lanes[0]
                for t in 0..<8 {
                    low[t].addProduct(Float16Lanes.all(a[t]), g0)
                    high[t].addProduct(Float16Lanes.all(a[t &+ 8]), g0)
                }
                a += step
                g += shape.outputChannels
            }
        }
        for t in 0..<8 {
            sums[t] += low[t]
            sums[t &+ 8] += high[t]
        }
    }

    /// Copies the sums to their places in the weight gradient.
    ///
    /// - Parameters:
    ///   - scratch: what `sum` filled.
    ///   - gradient: [kernel][kernel][inputChannels][outputChannels].
    func store(scratch: UnsafeMutablePointer<Float>, into gradient: UnsafeMutablePointer<Float>) {
        forEachTap(scratch) { tap, channel, vector in
            (gradient + (tap &* shape.outputChannels &+ channel)).lanes[0] = vector
        }
    }

    /// The squared L2 norm of the sums.
    ///
    /// - Parameter scratch: what `sum` filled.
    func squaredNorm(scratch: UnsafeMutablePointer<Float>) -> Double {
        var total = 0.0
        forEachTap(scratch) { _, _, vector in
            let squares = vector * vector
            total += Double(squares.sum())
        }
        return total
    }

    @inline(__always)
    private func forEachTap(
        _ scratch: UnsafeMutablePointer<Float>, _ body: (_ tap: Int, _ channel: Int, _ vector: Float16Lanes) -> Void
    ) {
        let sums = scratch + paddedCount
        for channel in stride(from: 0, to: shape.outputChannels, by: 16) {
            for line in 0..<shape.kernel {
                for tap in 0..<rowTaps {
                    let group = tap / tapGroup
                    let source = place(channel: channel, line: line, group: group, in: sums)
                    body(line &* rowTaps &+ tap, channel, source[tap &- group &* tapGroup])
                }
            }
        }
    }
}
