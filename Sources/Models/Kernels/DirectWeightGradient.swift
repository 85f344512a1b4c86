/// Weight gradients of any convolution by direct sums over parts of the input that are copied to the cache.
///
/// Over one map the same sums are the gradient of one example.
struct DirectWeightGradient {
    /// The layer.
    let shape: ConvolutionShape
    /// Output channels computed by one call.
    let columns: Int
    private let blocks: DirectBlocks

    /// Makes the kernel of one layer shape.
    ///
    /// - Parameters:
    ///   - shape: the layer.
    ///   - columns: output channels per call, a multiple of 32 or all of them.
    init(shape: ConvolutionShape, columns: Int) {
        self.shape = shape
        self.columns = columns
        blocks = DirectBlocks(shape: shape)
    }

    /// Inputs of one output, a multiple of 16.
    private var depth: Int { shape.patchCount }
    private var panelWidth: Int { TileMultiply.panelWidth(columns: columns) }

    /// Floats of scratch memory per worker.
    var scratchCount: Int { blocks.copyCount + depth * columns }

    /// Sums the products of some maps and leaves them in `scratch`, to be read by `store` or `squaredNorm`.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the layer's input.
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels], with respect to the layer's output.
    ///   - maps: which, carried back here; none leaves zeros.
    ///   - next: maps after these that are summed soon after, by this worker as likely as not; their first part is
    ///     fetched while the last of these is summed.
    ///   - firstColumn: the first output channel of this call.
    ///   - scratch: `scratchCount` floats.
    func sum(
        input: ConvolutionInput, gradient: ConvolutionGradient, maps: Range<Int>, next: Int = 0,
        firstColumn: Int, scratch copy: UnsafeMutablePointer<Float>
    ) {
        let sums = copy + blocks.copyCount
        if maps.isEmpty {
            sums.update(repeating: 0, count: depth * columns)
            return
        }
        let blockCount = blocks.count(maps: maps.count)
        let group = panelWidth == 32 ? 8 : 16
        let tiles = columns / panelWidth * depth / group
        for index in 0..<blockCount {
            let block = blocks.block(index, of: maps)
            blocks.copy(block, of: input, into: copy)
            let first = block.map * shape.positionCount + block.row * shape.outputWidth
            let positions = block.mapCount * block.rowCount * shape.outputWidth
            gradient.carryBack(first..<first + positions)
            // What the next part reads.
            var queue = PrefetchQueue(idle: copy, steps: tiles * positions)
            let isLast = index + 1 == blockCount
            if !isLast || next > 0 {
                let after =
                    isLast
                    ? blocks.block(0, of: maps.upperBound..<maps.upperBound + next) : blocks.block(index + 1, of: maps)
                let source = blocks.source(after)
                queue.add(input.values + source.lowerBound, lines: source.count / 16)
                let end = first + positions
                gradient.prefetch(
                    end..<end + after.mapCount * after.rowCount * shape.outputWidth, channels: shape.outputChannels,
                    in: &queue)
            }
            for panel in 0..<columns / panelWidth {
                let values = gradient.values + first * shape.outputChannels + firstColumn + panel * panelWidth
                for line in 0..<shape.kernel {
                    let taps = copy + line * blocks.copyWidth * shape.inputChannels
                    let target =
                        sums + (panel * depth + line * shape.kernel * shape.inputChannels) * panelWidth
                    for tap in stride(from: 0, to: shape.kernel * shape.inputChannels, by: group) {
                        accumulate(
                            taps + tap, values, block, into: (target + tap &* panelWidth).lanes, overwrite: index == 0,
                            ahead: &queue)
                    }
                }
            }
        }
    }

    @inline(__always)
    private func accumulate(
        _ taps: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ block: DirectBlocks.Block,
        into sums: UnsafeMutablePointer<Float16Lanes>, overwrite: Bool, ahead: inout PrefetchQueue
    ) {
        if panelWidth == 32 {
            accumulate8x32(taps, gradient, block, sums, overwrite, &ahead)
        } else {
            accumulate16x16(taps, gradient, block, sums, overwrite, &ahead)
        }
    }

    @inline(never)
    private func accumulate8x32(
        _ taps: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ block: DirectBlocks.Block,
        _ sums: UnsafeMutablePointer<Float16Lanes>, _ overwrite: Bool, _ ahead: inout PrefetchQueue
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        let step = blocks.stride &* shape.inputChannels
        let rowStep = step &* blocks.copyWidth
        let (across, outputs) = (shape.outputWidth, shape.outputChannels)
        var g = gradient
        for map in 0..<block.mapCount {
            var line = taps + map &* blocks.mapStride
            var soon = ahead.take(steps: block.rowCount &* across)
            for _ in 0..<block.rowCount {
                var a = line
                for _ in 0..<across {
                    soon.ask()
                    let g0 = g.lanes[0]
                    let g1 = g.lanes[1]
                    for t in 0..<8 {
                        let x = Float16Lanes.all(a[t])
                        low[t].addProduct(x, g0)
                        high[t].addProduct(x, g1)
                    }
                    a += step
                    g += outputs
                }
                line += rowStep
            }
        }
        for t in 0..<8 {
            if overwrite {
                sums[2 &* t] = low[t]
                sums[2 &* t &+ 1] = high[t]
            } else {
                sums[2 &* t] += low[t]
                sums[2 &* t &+ 1] += high[t]
            }
        }
    }

    @inline(never)
    private func accumulate16x16(
        _ taps: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ block: DirectBlocks.Block,
        _ sums: UnsafeMutablePointer<Float16Lanes>, _ overwrite: Bool, _ ahead: inout PrefetchQueue
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        let step = blocks.stride &* shape.inputChannels
        let rowStep = step &* blocks.copyWidth
        let (across, outputs) = (shape.outputWidth, shape.outputChannels)
        var g = gradient
        for map in 0..<block.mapCount {
            var line = taps + map &* blocks.mapStride
            var soon = ahead.take(steps: block.rowCount &* across)
            for _ in 0..<block.rowCount {
                var a = line
                for _ in 0..<across {
                    soon.ask()
                    let g0 = g.lanes[0]
                    for t in 0..<8 {
                        low[t].addProduct(Float16Lanes.all(a[t]), g0)
                        high[t].addProduct(Float16Lanes.all(a[t &+ 8]), g0)
                    }
                    a += step
                    g += outputs
                }
                line += rowStep
            }
        }
        for t in 0..<8 {
            if overwrite {
                sums[t] = low[t]
                sums[t &+ 8] = high[t]
            } else {
                sums[t] += low[t]
                sums[t &+ 8] += high[t]
            }
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
        let sums = scratch + blocks.copyCount
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
        let sums = (scratch + blocks.copyCount).lanes
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
