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
    private static let partPoints = WinogradTransforms.partPointCount
    /// Extra floats per point, so that the streams do not share cache sets.
    private static let pad = 16

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
    var scratchCount: Int { Self.partPoints * (leftStride + rightStride) + Self.points * sumStride }
    private var sumsOffset: Int { Self.partPoints * (leftStride + rightStride) }

    /// Sums the products of some tiles and leaves them in `scratch`, to be read by `store` or `squaredNorm`.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels], the layer's input.
    ///   - gradient: [batch][height][width][outputChannels], with respect to the layer's output.
    ///   - tiles: the run of tiles, counted over the batch; an empty run leaves zeros. A gradient that is still to be
    ///     carried back is so here, and then the run is of whole maps.
    ///   - next: tiles after these that are summed soon after, by this worker as likely as not; their first ones are
    ///     fetched while the last of these are summed.
    ///   - firstColumn: the first output channel of this call.
    ///   - scratch: `scratchCount` floats.
    func sum(
        input: ConvolutionInput, gradient: ConvolutionGradient, tiles: Range<Int>, next: Int = 0, firstColumn: Int,
        scratch left: UnsafeMutablePointer<Float>
    ) {
        let right = left + Self.partPoints * leftStride
        let sums = left + sumsOffset
        if tiles.isEmpty {
            sums.update(repeating: 0, count: Self.points * sumStride)
            return
        }
        let perMap = tiling.tilesPerMap
        precondition(
            gradient.pending == nil
                || columns == shape.outputChannels && tiles.lowerBound % perMap == 0
                    && tiles.upperBound % perMap == 0,
            "another task reads the same positions")
        var carried = tiles.lowerBound / perMap * shape.positionCount
        var first = tiles.lowerBound
        while first < tiles.upperBound {
            let count = min(blockTiles, tiles.upperBound - first)
            let end = first + count
            let read = tiling.positions(before: end)
            gradient.carryBack(carried..<read)
            carried = read
            var queue = prefetches(
                of: end..<min(end + blockTiles, tiles.upperBound + next), input: input, gradient: gradient,
                firstColumn: firstColumn, idle: left)
            for part in WinogradPart.allCases {
                tiling.transformInput(
                    part, input, channels: channels, firstTile: first, count: count, octetStride: 128,
                    groupStride: blockTiles * 16, into: left, pointStride: leftStride)
                transformGradient(
                    part, gradient.values, firstTile: first, count: count, firstColumn: firstColumn, into: right)
                for point in 0..<Self.partPoints {
                    let target = sums + (part.rawValue &* Self.partPoints &+ point) &* sumStride
                    for panel in 0..<columns / panelWidth {
                        TileMultiply.accumulate(
                            left: left + point &* leftStride,
                            right: right + point &* rightStride + panel &* panelWidth &* blockTiles, length: count,
                            leftCount: channels, groupStride: blockTiles &* 16, panelStride: blockTiles &* 16,
                            width: panelWidth, sums: target + panel &* panelWidth &* channels,
                            overwrite: first == tiles.lowerBound, ahead: &queue)
                    }
                }
            }
            first = end
        }
    }

    /// What a block of tiles will read.
    private func prefetches(
        of tiles: Range<Int>, input: ConvolutionInput, gradient: ConvolutionGradient, firstColumn: Int,
        idle: UnsafePointer<Float>
    ) -> PrefetchQueue {
        var queue = PrefetchQueue(
            idle: idle, steps: Self.points * columns / panelWidth * channels / (panelWidth == 32 ? 8 : 16) * blockTiles)
        let inputs = tiling.elements(of: tiles, halo: 1)
        queue.add(input.values + inputs.lowerBound * channels, lines: inputs.count * channels / 16)
        let elements = tiling.elements(of: tiles, halo: 0)
        let outputs = shape.outputChannels
        if columns == outputs {
            gradient.prefetch(elements, channels: outputs, in: &queue)
        } else {
            let values = gradient.values + elements.lowerBound * outputs + firstColumn
            for lane in 0..<columns / 16 { queue.add(values + lane * 16, lines: elements.count, stride: outputs) }
        }
        return queue
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
        let sums = scratch + sumsOffset
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

    private func transformGradient(
        _ part: WinogradPart, _ gradient: UnsafePointer<Float>, firstTile: Int, count: Int, firstColumn: Int,
        into right: UnsafeMutablePointer<Float>
    ) {
        let (height, width) = (tiling.height, tiling.width)
        let columnStride = shape.outputChannels >> 4
        let rowStride = columnStride &* width
        tiling.forEachOrigin(firstTile: firstTile, count: count) { tile, map, row, column in
            let source =
                gradient.lanes + (map &* height &+ row) &* rowStride + column &* columnStride + firstColumn >> 4
            for group in 0..<columns >> 4 {
                WinogradTransforms.gradient(
                    part, tile: source + group, rowStride: rowStride, columnStride: columnStride,
                    rowCount: min(4, height &- row), columnCount: min(4, width &- column),
                    output: right + (group &* blockTiles &+ tile) &* 16, pointStride: rightStride)
            }
        }
    }
}
