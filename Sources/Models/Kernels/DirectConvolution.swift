/// Convolution of any kernel, stride and padding by direct sums over parts of the input that are copied to the cache.
///
/// Serves what Winograd does not: strided and 1x1 convolutions.
struct DirectConvolution {
    /// The layer.
    let shape: ConvolutionShape
    private let blocks: DirectBlocks
    private let offsets: [Int]
    private let places: [Int]

    /// Makes the kernel of one layer shape.
    init(shape: ConvolutionShape) {
        self.shape = shape
        blocks = DirectBlocks(shape: shape)
        offsets = blocks.offsets(multiple: AddressedTiles.rowCount)
        let width = TileMultiply.panelWidth(columns: shape.outputChannels)
        places = offsets.indices.map { $0 * width }
    }

    /// Inputs of one output, a multiple of 16.
    private var depth: Int { shape.patchCount }
    private var panelWidth: Int { TileMultiply.panelWidth(columns: shape.outputChannels) }

    /// Floats of packed weights.
    var packedWeightCount: Int { shape.weightCount }
    /// Floats of scratch memory per worker.
    var scratchCount: Int { blocks.copyCount + offsets.count * panelWidth }
    /// Parts of a batch: the tasks of `forward`, and the rows of its batch-norm statistics.
    func blockCount(batch: Int) -> Int { blocks.count(maps: batch) }

    /// Packs weights for `forward`.
    ///
    /// - Parameters:
    ///   - weights: [kernel · kernel · inputChannels][outputChannels].
    ///   - packed: [outputChannels / width][depth][width].
    func packWeights(
        _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, pool: WorkerPool
    ) {
        let (width, outputs, depth) = (panelWidth, shape.outputChannels, depth)
        pool.run(outputs / width) { panel, _ in
            let target = packed + panel * depth * width
            for row in 0..<depth {
                for lane in 0..<width / 16 {
                    (target + row * width + lane * 16).lanes[0] =
                        (weights + row * outputs + panel * width + lane * 16).lanes[0]
                }
            }
        }
    }

    /// Convolves a batch.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][inputChannels].
    ///   - packed: weights from `packWeights`.
    ///   - output: [batch][outputHeight][outputWidth][outputChannels].
    ///   - batch: the number of maps.
    ///   - epilogue: what happens to a vector before it is stored.
    func forward(
        input: ConvolutionInput, packed: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, batch: Int,
        epilogue: ConvolutionEpilogue, workspace: Workspace, pool: WorkerPool
    ) {
        offsets.withUnsafeBufferPointer { offsets in
            places.withUnsafeBufferPointer { places in
                guard let offsets = offsets.baseAddress, let places = places.baseAddress else { return }
                pool.runNeighbours(blockCount(batch: batch)) { part, worker in
                    forward(
                        part: part, input: input, packed: packed, output: output, batch: batch, epilogue: epilogue,
                        offsets: offsets, places: places, copy: workspace.pointer(worker: worker))
                }
            }
        }
    }

    private func forward(
        part: Int, input: ConvolutionInput, packed: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        batch: Int, epilogue: ConvolutionEpilogue, offsets: UnsafePointer<Int>, places: UnsafePointer<Int>,
        copy: UnsafeMutablePointer<Float>
    ) {
        let (width, channels) = (panelWidth, shape.outputChannels)
        let products = copy + blocks.copyCount
        let block = blocks.block(part, of: 0..<batch)
        blocks.copy(block, of: input, into: copy)
        let rows = AddressedTiles.Rows(
            values: copy, runs: shape.kernel, length: shape.kernel * shape.inputChannels,
            stride: blocks.copyWidth * shape.inputChannels)
        let count = block.mapCount * block.rowCount * shape.outputWidth
        let first = block.map * shape.positionCount + block.row * shape.outputWidth
        let panels = channels / width
        // What is stored after the products, and read beside it, and what the next part reads.
        var queue = PrefetchQueue(
            idle: copy, steps: panels * AddressedTiles.stepCount(count: count))
        queue.add(output + first * channels, lines: count * channels / 16)
        epilogue.forEachRead { queue.add($0 + first * channels, lines: count * channels / 16) }
        if part + 1 < blockCount(batch: batch) {
            let next = blocks.source(blocks.block(part + 1, of: 0..<batch))
            queue.add(input.values + next.lowerBound, lines: next.count / 16)
        }
        for panel in 0..<panels {
            AddressedTiles.multiply(
                rows, offsets: offsets, panel: packed + panel * depth * width, width: width, count: count,
                places: places, output: products, adds: false, ahead: &queue)
            for lane in 0..<width >> 4 {
                let channel = panel &* width &+ lane &* 16
                let vectors = StoredVectors(
                    values: products + lane &* 16, stride: width, offset: first &* channels &+ channel,
                    offsetStride: channels, count: count)
                epilogue.store(vectors, to: output, channel: channel, channels: channels, block: part)
            }
        }
    }
}
