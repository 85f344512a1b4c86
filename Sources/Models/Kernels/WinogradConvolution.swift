/// 3x3, stride 1, padding 1 convolution by fused Winograd F(4x4, 3x3): forward, and backward to the input.
///
/// Blocks of tiles are transformed, multiplied and transformed back in three parts while they are in the cache, so the
/// transformed tensors never reach memory. Arithmetic per output falls from 9 to 2.25 multiply-adds, at a relative error of a few
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
    private static let partPoints = WinogradTransforms.partPointCount
    /// Extra floats per point, so that the streams do not share cache sets.
    private static let pad = 16
    /// Floats of sixteen channels of one tile that wait for the last part: rows 0, 5, 1 and 2 of four vectors each.
    private static let waitingCount = 256

    /// Makes the kernel of one layer shape.
    init(height: Int, width: Int, inputChannels: Int, outputChannels: Int) {
        precondition(inputChannels % 16 == 0 && outputChannels % 16 == 0)
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        tiling = WinogradTiling(height: height, width: width)
        blockTiles = inputChannels <= 16 ? 16 : 32
    }

    private var panelWidth: Int { TileMultiply.panelWidth(columns: outputChannels) }
    private var rowsPointStride: Int { blockTiles * inputChannels + Self.pad }
    private var productsPointStride: Int { blockTiles * panelWidth + Self.pad }
    private var panelPointStride: Int { inputChannels * panelWidth + Self.pad }
    private var panelStride: Int { Self.points * panelPointStride }

    /// Floats of transformed weights.
    var packedWeightCount: Int { outputChannels / panelWidth * panelStride }
    /// Floats of scratch memory per worker.
    var scratchCount: Int { waitingOffset + blockTiles * outputChannels / 16 * Self.waitingCount }
    private var productsOffset: Int { Self.partPoints * rowsPointStride }
    private var waitingOffset: Int { Self.partPoints * (rowsPointStride + productsPointStride) }
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
        let products = rows + productsOffset
        let firstTile = block * blockTiles
        let count = min(blockTiles, tileCount - firstTile)
        // Rows are computed in groups; what lies beyond the last tile is computed and not stored.
        let group = panelWidth == 32 ? 8 : 16
        let rowCount = (count + group - 1) / group * group
        let tiles = firstTile..<firstTile + count
        let next = tiles.upperBound..<min(tileCount, tiles.upperBound + count)
        let panels = outputChannels / panelWidth
        let partSteps = Self.partPoints * rowCount / group * inputChannels
        var queue = PrefetchQueue(idle: rows, steps: 0)
        for part in WinogradPart.allCases {
            tiling.transformInput(
                part, input, channels: inputChannels, firstTile: firstTile, count: count,
                octetStride: inputChannels * 8, groupStride: 128, into: rows, pointStride: rowsPointStride)
            for panel in 0..<panels {
                // With one panel all steps of the block take part; with more, what a panel stores is fetched during its
                // last part, and the next block's input during one more.
                if panels == 1 ? part == .outer : part == .far {
                    queue = PrefetchQueue(idle: rows, steps: panels == 1 ? 3 * partSteps : partSteps)
                    addOutputs(of: tiles, panel: panel, output: output, epilogue: epilogue, to: &queue)
                    if panels == 1 { addInput(of: next, input, to: &queue) }
                } else if part == .near && panels > 1 && panel == panels - 1 {
                    queue = PrefetchQueue(idle: rows, steps: partSteps)
                    addInput(of: next, input, to: &queue)
                }
                let weights =
                    packed + panel * panelStride + part.rawValue * Self.partPoints * panelPointStride
                for point in 0..<Self.partPoints {
                    TileMultiply.multiply(
                        rows: rows + point &* rowsPointStride, panel: weights + point &* panelPointStride,
                        depth: inputChannels, rowCount: rowCount, width: panelWidth,
                        output: products + point &* productsPointStride, outputStride: panelWidth, ahead: &queue)
                }
                let waiting = rows + waitingOffset + panel * panelWidth / 16 * blockTiles * Self.waitingCount
                if part == .far {
                    transformOutput(
                        products, waiting: waiting, panel: panel, tiles: tiles, block: block, output: output,
                        epilogue: epilogue)
                } else {
                    keepRows(of: products, count: count, in: waiting + part.rawValue * 128)
                }
            }
        }
    }

    /// Adds what a block reads.
    private func addInput(of tiles: Range<Int>, _ input: ConvolutionInput, to queue: inout PrefetchQueue) {
        let elements = tiling.elements(of: tiles, halo: 1)
        queue.add(input.values + elements.lowerBound * inputChannels, lines: elements.count * inputChannels / 16)
    }

    /// Adds what is written, and read beside it, when one panel of a block is stored.
    private func addOutputs(
        of tiles: Range<Int>, panel: Int, output: UnsafeMutablePointer<Float>, epilogue: ConvolutionEpilogue,
        to queue: inout PrefetchQueue
    ) {
        let elements = tiling.elements(of: tiles, halo: 0)
        for lane in 0..<panelWidth / 16 {
            let first = elements.lowerBound * outputChannels + panel * panelWidth + lane * 16
            queue.add(output + first, lines: elements.count, stride: outputChannels)
            epilogue.forEachRead {
                queue.add($0 + first, lines: elements.count, stride: outputChannels)
            }
        }
    }

    /// Transforms two rows of the products of one panel along the rows, to wait for the others.
    private func keepRows(
        of products: UnsafePointer<Float>, count: Int, in waiting: UnsafeMutablePointer<Float>
    ) {
        for lane in 0..<panelWidth >> 4 {
            for tile in 0..<count {
                WinogradTransforms.keepRows(
                    products: products + (tile &* panelWidth &+ lane &* 16), pointStride: productsPointStride,
                    into: (waiting + (lane &* blockTiles &+ tile) &* Self.waitingCount).lanes)
            }
        }
    }

    /// Transforms the products of one panel back and stores them.
    @inline(never)
    private func transformOutput(
        _ products: UnsafePointer<Float>, waiting: UnsafePointer<Float>, panel: Int, tiles: Range<Int>, block: Int,
        output: UnsafeMutablePointer<Float>, epilogue: ConvolutionEpilogue
    ) {
        for lane in 0..<panelWidth >> 4 {
            let channel = panel &* panelWidth &+ lane &* 16
            let outputs = WinogradOutputs(
                products: products + lane &* 16, pointStride: productsPointStride, tileStride: panelWidth,
                waiting: waiting + lane &* blockTiles &* Self.waitingCount, waitingStride: Self.waitingCount,
                tiling: tiling, firstTile: tiles.lowerBound, count: tiles.count, channel: channel,
                channels: outputChannels)
            epilogue.store(outputs, to: output, channel: channel, channels: outputChannels, block: block)
        }
    }
}

/// Sixteen channels of a run of tiles, transformed back: tile by tile, column by column.
struct WinogradOutputs: OutputVectors {
    /// The last part's products of the first tile.
    let products: UnsafePointer<Float>
    /// Floats between two points.
    let pointStride: Int
    /// Floats between two tiles.
    let tileStride: Int
    /// The first tile's rows 0, 5, 1 and 2 of four vectors each.
    let waiting: UnsafePointer<Float>
    /// Floats between two tiles' rows.
    let waitingStride: Int
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
        tiling.forEachOrigin(firstTile: firstTile, count: count) { tile, map, top, left in
            let first = ((map &* height &+ top) &* width &+ left) &* channels &+ channel
            let rows = (waiting + tile &* waitingStride).lanes
            let far = WinogradTransforms.outputRows(
                products: products + tile &* tileStride, pointStride: pointStride)
            if top &+ 4 <= height && left &+ 4 <= width {
                WinogradTransforms.output(outer: rows, near: rows + 8, far: far) { column, vectors in
                    let offset = first &+ column &* channels
                    body(vectors.0, offset)
                    body(vectors.1, offset &+ rowStride)
                    body(vectors.2, offset &+ 2 &* rowStride)
                    body(vectors.3, offset &+ 3 &* rowStride)
                }
            } else {
                let rowCount = height &- top
                let columnCount = width &- left
                WinogradTransforms.output(outer: rows, near: rows + 8, far: far) { column, vectors in
                    if column >= columnCount { return }
                    let offset = first &+ column &* channels
                    body(vectors.0, offset)
                    if rowCount > 1 { body(vectors.1, offset &+ rowStride) }
                    if rowCount > 2 { body(vectors.2, offset &+ 2 &* rowStride) }
                    if rowCount > 3 { body(vectors.3, offset &+ 3 &* rowStride) }
                }
            }
        }
    }
}
