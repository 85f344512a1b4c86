import CVector

/// 3x3, stride 1, padding 1 convolution by fused Winograd F(4x4, 3x3): forward, and backward to the input.
///
/// Blocks of tiles are transformed, multiplied and transformed back while they are in the cache, so the transformed
/// tensors never reach memory. Arithmetic per output falls from 9 to 2.25 multiply-adds, at a relative error of a few
/// 1e-6 (Lavin and Gray, CVPR 2016).
struct WinogradConvolution {
    /// Channels of the tensor read.
    let inputChannels: Int
    /// Channels of the tensor written.
    let outputChannels: Int
    /// Where the tiles lie.
    let tiling: WinogradTiling
    /// Tiles per block, a multiple of 16.
    let blockTiles: Int

    private static let points = WinogradTransforms.pointCount
    /// Extra floats per point, so that 36 streams do not share cache sets.
    private static let pad = 128

    /// Makes the kernel of one layer shape.
    init(height: Int, width: Int, inputChannels: Int, outputChannels: Int) {
        precondition(inputChannels % 16 == 0 && outputChannels % 16 == 0)
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        tiling = WinogradTiling(height: height, width: width)
        blockTiles = inputChannels <= 32 || inputChannels >= 256 ? 32 : 16
    }

    private var panelWidth: Int { TileMultiply.panelWidth(columns: outputChannels) }
    private var rowsPointStride: Int { blockTiles * inputChannels + Self.pad }
    private var productsPointStride: Int { blockTiles * panelWidth + Self.pad }
    private var panelPointStride: Int { inputChannels * panelWidth + Self.pad }
    private var panelStride: Int { Self.points * panelPointStride }

    /// Floats of transformed weights.
    var packedWeightCount: Int { outputChannels / panelWidth * panelStride }
    /// Floats of scratch memory per worker.
    var scratchCount: Int { Self.points * (rowsPointStride + productsPointStride) }
    /// Blocks in a batch: the tasks of `apply`, and the rows of its batch-norm statistics.
    func blockCount(batch: Int) -> Int { (batch * tiling.tilesPerMap + blockTiles - 1) / blockTiles }

    /// Transforms weights into the layout `apply` reads.
    ///
    /// - Parameters:
    ///   - weights: [3][3][inputChannels][outputChannels].
    ///   - rotated: walks the kernels backwards, as the gradient with respect to the input needs.
    ///   - packed: [outputChannels / width][36][inputChannels][width], `packedWeightCount` floats.
    func packWeights(
        _ weights: UnsafePointer<Float>, rotated: Bool, into packed: UnsafeMutablePointer<Float>, pool: WorkerPool
    ) {
        let width = panelWidth
        let tap = inputChannels * outputChannels / 16
        let panels = outputChannels / width
        let channelsPerTask = 16
        let tasksPerPanel = inputChannels / channelsPerTask
        let (panelStride, pointStride, outputs) = (panelStride, panelPointStride, outputChannels)
        pool.run(panels * tasksPerPanel) { task, _ in
            let panel = task / tasksPerPanel
            let firstChannel = (task - panel * tasksPerPanel) * channelsPerTask
            for channel in firstChannel..<firstChannel + channelsPerTask {
                for lane in 0..<width / 16 {
                    let source = (weights + channel * outputs + panel * width + lane * 16).lanes
                    WinogradTransforms.weight(
                        rotated ? source + 8 * tap : source, tapStride: rotated ? -tap : tap,
                        output: packed + panel * panelStride + channel * width + lane * 16, pointStride: pointStride)
                }
            }
        }
    }

    /// Convolves a batch.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels].
    ///   - packed: weights from `packWeights`.
    ///   - output: [batch][height][width][outputChannels].
    ///   - batch: the number of maps.
    ///   - epilogue: what happens to a vector before it is stored.
    func apply(
        input: ConvolutionInput, packed: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, batch: Int,
        epilogue: ConvolutionEpilogue, workspace: Workspace, pool: WorkerPool
    ) {
        pool.runNeighbours(blockCount(batch: batch)) { block, worker in
            apply(
                block: block, input: input, packed: packed, output: output, tileCount: batch * tiling.tilesPerMap,
                epilogue: epilogue, scratch: workspace.pointer(worker: worker))
        }
    }

    private func apply(
        block: Int, input: ConvolutionInput, packed: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        tileCount: Int, epilogue: ConvolutionEpilogue, scratch rows: UnsafeMutablePointer<Float>
    ) {
        let products = rows + Self.points * rowsPointStride
        let firstTile = block * blockTiles
        let count = min(blockTiles, tileCount - firstTile)
        tiling.transformInput(
            input, channels: inputChannels, firstTile: firstTile, count: count, octetStride: inputChannels * 8,
            groupStride: 128, into: rows, pointStride: rowsPointStride)
        // Rows are computed in groups; what lies beyond the last tile is computed and not stored.
        let group = panelWidth == 32 ? 8 : 16
        let rowCount = (count + group - 1) / group * group
        let next = firstTile + count..<min(tileCount, firstTile + 2 * count)
        for panel in 0..<outputChannels / panelWidth {
            let weights = packed + panel * panelStride
            for point in 0..<Self.points {
                // While the products keep the core busy, the memory fetches what is stored after them, and what the next
                // block reads.
                if point < count {
                    prefetchOutputs(
                        tile: firstTile &+ point, firstChannel: panel &* panelWidth, output: output, epilogue: epilogue)
                    if panel == 0 && point < next.count {
                        tiling.prefetch(tile: next.lowerBound &+ point, of: input.values, channels: inputChannels)
                    }
                }
                TileMultiply.multiply(
                    rows: rows + point &* rowsPointStride, panel: weights + point &* panelPointStride,
                    depth: inputChannels, rowCount: rowCount, width: panelWidth,
                    output: products + point &* productsPointStride, outputStride: panelWidth)
            }
            transformOutput(
                products, panel: panel, firstTile: firstTile, count: count, block: block, output: output,
                epilogue: epilogue)
        }
    }

    @inline(__always)
    private func prefetchOutputs(
        tile: Int, firstChannel: Int, output: UnsafeMutablePointer<Float>, epilogue: ConvolutionEpilogue
    ) {
        let (map, row, column) = tiling.origin(of: tile)
        let first = ((map &* tiling.height &+ row) &* tiling.width &+ column) &* outputChannels &+ firstChannel
        for line in 0..<min(4, tiling.height &- row) {
            for across in 0..<min(4, tiling.width &- column) {
                let offset = first &+ (line &* tiling.width &+ across) &* outputChannels
                for lane in stride(from: 0, to: panelWidth, by: 16) {
                    curate_prefetch_write(output + (offset &+ lane))
                    epilogue.prefetchReads(at: offset &+ lane)
                }
            }
        }
    }

    /// Transforms the products of one panel back and stores them.
    @inline(never)
    private func transformOutput(
        _ products: UnsafePointer<Float>, panel: Int, firstTile: Int, count: Int, block: Int,
        output: UnsafeMutablePointer<Float>, epilogue: ConvolutionEpilogue
    ) {
        for lane in 0..<panelWidth >> 4 {
            let channel = panel &* panelWidth &+ lane &* 16
            let tiles = WinogradOutputs(
                products: products + lane &* 16, pointStride: productsPointStride, tileStride: panelWidth,
                tiling: tiling, firstTile: firstTile, count: count, channel: channel, channels: outputChannels)
            epilogue.store(tiles, to: output, channel: channel, channels: outputChannels, block: block)
        }
    }
}

/// Sixteen channels of a run of tiles, transformed back: tile by tile, row by row.
struct WinogradOutputs: OutputVectors {
    /// The products of the first tile at the first point.
    let products: UnsafePointer<Float>
    /// Floats between two points.
    let pointStride: Int
    /// Floats between two tiles.
    let tileStride: Int
    let tiling: WinogradTiling
    let firstTile: Int
    let count: Int
    /// The first of the sixteen channels.
    let channel: Int
    /// Channels of the output.
    let channels: Int

    @inline(__always)
    func forEach(_ body: (_ value: Float16Lanes, _ offset: Int) -> Void) {
        let (height, width) = (tiling.height, tiling.width)
        let rowStride = width &* channels
        for tile in 0..<count {
            let (map, top, left) = tiling.origin(of: firstTile &+ tile)
            let first = ((map &* height &+ top) &* width &+ left) &* channels &+ channel
            let source = products + tile &* tileStride
            if top &+ 4 <= height && left &+ 4 <= width {
                WinogradTransforms.output(products: source, pointStride: pointStride) { row, vectors in
                    let offset = first &+ row &* rowStride
                    body(vectors.0, offset)
                    body(vectors.1, offset &+ channels)
                    body(vectors.2, offset &+ 2 &* channels)
                    body(vectors.3, offset &+ 3 &* channels)
                }
            } else {
                let rowCount = height &- top
                let columnCount = width &- left
                WinogradTransforms.output(products: source, pointStride: pointStride) { row, vectors in
                    if row >= rowCount { return }
                    let offset = first &+ row &* rowStride
                    body(vectors.0, offset)
                    if columnCount > 1 { body(vectors.1, offset &+ channels) }
                    if columnCount > 2 { body(vectors.2, offset &+ 2 &* channels) }
                    if columnCount > 3 { body(vectors.3, offset &+ 3 &* channels) }
                }
            }
        }
    }
}
