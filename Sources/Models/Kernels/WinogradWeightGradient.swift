/// Weight gradients of 3x3, stride 1, padding 1 convolutions by Winograd F(3x3, 4x4), summed over any run of tiles.
///
/// `dg = Gᵀ [ Σ_tiles (Bᵀ d B) ⊙ (A dY Aᵀ) ] G`: the sums stay in the transformed space, so one pair of transforms per
/// tile replaces 9/4 times as many products. Over one map the same sums give the gradient of one example.
struct WinogradWeightGradient {
    /// The layer.
    let shape: ConvolutionShape
    /// Where the tiles lie.
    let tiling: WinogradTiling
    /// Output channels computed by one call.
    let columns: Int
    /// Tiles transformed together, a multiple of 16.
    let blockTiles: Int

    private static let points = WinogradTransforms.pointCount
    private static let pad = 128

    /// Makes the kernel of one layer shape.
    ///
    /// - Parameters:
    ///   - shape: a layer for which `suitsWinograd` holds.
    ///   - columns: output channels per call, a multiple of 32 or all of them.
    init(shape: ConvolutionShape, columns: Int) {
        precondition(shape.suitsWinograd)
        self.shape = shape
        self.columns = columns
        tiling = WinogradTiling(height: shape.height, width: shape.width)
        blockTiles = 32
    }

    private var channels: Int { shape.inputChannels }
    private var panelWidth: Int { TileMultiply.panelWidth(columns: columns) }
    private var leftStride: Int { blockTiles * channels + Self.pad }
    private var rightStride: Int { blockTiles * columns + Self.pad }
    private var sumStride: Int { channels * columns + Self.pad }

    /// Floats of scratch memory per worker.
    var scratchCount: Int { Self.points * (leftStride + rightStride + sumStride) }

    /// Sums the products of some tiles and leaves them in `scratch`, to be read by `store` or `squaredNorm`.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the layer's input.
    ///   - gradient: [batch][height][width][outputChannels], with respect to the layer's output.
    ///   - tiles: the run of tiles, counted over the batch; an empty run leaves zeros.
    ///   - firstColumn: the first output channel of this call.
    ///   - scratch: `scratchCount` floats.
    func sum(
        input: ConvolutionInput, gradient: UnsafePointer<Float>, tiles: Range<Int>, firstColumn: Int,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let left = scratch
        let right = left + Self.points * leftStride
        let sums = right + Self.points * rightStride
        if tiles.isEmpty {
            sums.update(repeating: 0, count: Self.points * sumStride)
            return
        }
        var first = tiles.lowerBound
        while first < tiles.upperBound {
            let count = min(blockTiles, tiles.upperBound - first)
            tiling.transformInput(
                input, channels: channels, firstTile: first, count: count, octetStride: 128,
                groupStride: blockTiles * 16, into: left, pointStride: leftStride)
            transformGradient(gradient, firstTile: first, count: count, firstColumn: firstColumn, into: right)
            for point in 0..<Self.points {
                // While the products keep the core busy, the memory fetches the next block.
                let ahead = first &+ count &+ point
                if point < blockTiles && ahead < tiles.upperBound {
                    tiling.prefetch(tile: ahead, of: input.values, channels: channels)
                    tiling.prefetch(tile: ahead, of: gradient, channels: shape.outputChannels)
                }
                for panel in 0..<columns / panelWidth {
                    TileMultiply.accumulate(
                        left: left + point &* leftStride,
                        right: right + point &* rightStride + panel &* panelWidth &* blockTiles, length: count,
                        leftCount: channels, groupStride: blockTiles &* 16, panelStride: blockTiles &* 16,
                        width: panelWidth, sums: sums + point &* sumStride + panel &* panelWidth &* channels,
                        overwrite: first == tiles.lowerBound)
                }
            }
            first += count
        }
    }

    /// Turns the sums into weight gradients.
    ///
    /// - Parameters:
    ///   - scratch: what `sum` filled.
    ///   - firstColumn: the first output channel of the call.
    ///   - gradient: [3][3][inputChannels][outputChannels], of which this call's columns are written.
    func store(
        scratch: UnsafePointer<Float>, firstColumn: Int, into gradient: UnsafeMutablePointer<Float>
    ) {
        let tap = channels &* shape.outputChannels
        forEachRow(scratch) { channel, column, row, taps in
            let target = gradient + 3 &* row &* tap + channel &* shape.outputChannels + firstColumn + column
            target.lanes[0] = taps.0
            (target + tap).lanes[0] = taps.1
            (target + 2 &* tap).lanes[0] = taps.2
        }
    }

    /// The squared L2 norm of the weight gradient that the sums stand for.
    ///
    /// - Parameter scratch: what `sum` filled.
    func squaredNorm(scratch: UnsafePointer<Float>) -> Double {
        var total = 0.0
        var partial = Float16Lanes.zero
        forEachRow(scratch) { _, column, row, taps in
            partial.addProduct(taps.0, taps.0)
            partial.addProduct(taps.1, taps.1)
            partial.addProduct(taps.2, taps.2)
            // Single precision within one channel, double across them.
            if column == 0 && row == 2 {
                total += Double(partial.sum())
                partial = .zero
            }
        }
        return total + Double(partial.sum())
    }

    @inline(__always)
    private func forEachRow(
        _ scratch: UnsafePointer<Float>,
        _ body: (_ channel: Int, _ column: Int, _ row: Int, _ taps: ThreeVectors) -> Void
    ) {
        let sums = scratch + Self.points * (leftStride + rightStride)
        for channel in 0..<channels {
            for panel in 0..<columns / panelWidth {
                for lane in 0..<panelWidth >> 4 {
                    let source = sums + (panel &* channels &+ channel) &* panelWidth + lane &* 16
                    WinogradTransforms.weightGradient(sums: source, pointStride: sumStride) { row, taps in
                        body(channel, panel &* panelWidth &+ lane &* 16, row, taps)
                    }
                }
            }
        }
    }

    @inline(never)
    private func transformGradient(
        _ gradient: UnsafePointer<Float>, firstTile: Int, count: Int, firstColumn: Int,
        into right: UnsafeMutablePointer<Float>
    ) {
        let (height, width) = (tiling.height, tiling.width)
        let columnStride = shape.outputChannels >> 4
        let rowStride = columnStride &* width
        for tile in 0..<count {
            let (map, row, column) = tiling.origin(of: firstTile &+ tile)
            let source =
                gradient.lanes + (map &* height &+ row) &* rowStride + column &* columnStride + firstColumn >> 4
            for group in 0..<columns >> 4 {
                WinogradTransforms.gradient(
                    tile: source + group, rowStride: rowStride, columnStride: columnStride,
                    rowCount: min(4, height &- row), columnCount: min(4, width &- column),
                    output: right + (group &* blockTiles &+ tile) &* 16, pointStride: rightStride)
            }
        }
    }
}
