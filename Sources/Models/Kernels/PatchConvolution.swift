/// Convolution of any kernel, stride and padding by packed patches ("im2col" into registers' order, a block at a time).
///
/// A block of output positions is gathered into the layout the register tile reads, so the unfolded tensor exists only
/// in the cache. Serves what Winograd does not: 1x1 and strided convolutions.
struct PatchConvolution {
    /// The layer.
    let shape: ConvolutionShape
    /// Output positions per block, a multiple of 16.
    let blockPositions: Int

    /// Makes the kernel of one layer shape.
    init(shape: ConvolutionShape) {
        self.shape = shape
        precondition(shape.suitsVectors)
        blockPositions = shape.patchCount <= 1024 ? 64 : 32
    }

    /// Inputs of one output, a multiple of 16.
    private var depth: Int { shape.patchCount }
    private var panelWidth: Int { TileMultiply.panelWidth(columns: shape.outputChannels) }
    private var gradientPanelWidth: Int { TileMultiply.panelWidth(columns: depth) }

    /// Floats of packed weights, forward or backward.
    var packedWeightCount: Int { depth * shape.outputChannels }
    /// Floats of scratch memory per worker.
    var scratchCount: Int {
        blockPositions * (depth + shape.outputChannels) + mapsPerTask * shape.inputCount
    }
    /// Blocks in a batch: the tasks of `forward`, and the rows of its batch-norm statistics.
    func blockCount(batch: Int) -> Int {
        (batch * shape.positionCount + blockPositions - 1) / blockPositions
    }

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

    /// Packs transposed weights for `backward`.
    ///
    /// - Parameters:
    ///   - weights: [kernel · kernel · inputChannels][outputChannels], `inputChannels` a multiple of 16.
    ///   - packed: [depth / width][outputChannels][width].
    func packTransposedWeights(
        _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, pool: WorkerPool
    ) {
        let (width, outputs) = (gradientPanelWidth, shape.outputChannels)
        pool.run(depth / width) { panel, _ in
            let target = packed + panel * outputs * width
            // Sixteen outputs of one row at a time: whole cache lines are read.
            for output in stride(from: 0, to: outputs, by: 16) {
                for row in 0..<width {
                    let source = weights + (panel * width + row) * outputs + output
                    for k in 0..<16 { target[(output + k) * width + row] = source[k] }
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
        let positions = batch * shape.positionCount
        let width = panelWidth
        pool.run(blockCount(batch: batch)) { block, worker in
            let rows = workspace.pointer(worker: worker)
            let products = rows + blockPositions * depth
            let first = block * blockPositions
            let count = min(blockPositions, positions - first)
            Patches.gather(
                input, shape: shape, firstPosition: first, count: count, octetStride: depth * 8,
                groupStride: 128, into: rows)
            let group = width == 32 ? 8 : 16
            let rowCount = (count + group - 1) / group * group
            for panel in 0..<shape.outputChannels / width {
                TileMultiply.multiply(
                    rows: rows, panel: packed + panel * depth * width, depth: depth, rowCount: rowCount, width: width,
                    output: products, outputStride: width)
                store(products, panel: panel, first: first, count: count, block: block, output: output, epilogue)
            }
        }
    }

    private func store(
        _ products: UnsafePointer<Float>, panel: Int, first: Int, count: Int, block: Int,
        output: UnsafeMutablePointer<Float>, _ epilogue: ConvolutionEpilogue
    ) {
        let channels = shape.outputChannels
        for lane in 0..<panelWidth >> 4 {
            let channel = panel &* panelWidth &+ lane &* 16
            let vectors = StoredVectors(
                values: products + lane &* 16, stride: panelWidth, offset: first &* channels &+ channel,
                offsetStride: channels, count: count)
            epilogue.store(vectors, to: output, channel: channel, channels: channels, block: block)
        }
    }

    /// Maps per task of `backward`: whole ones, because patches of one map overlap and are added to the same places.
    private var mapsPerTask: Int { max(1, blockPositions / shape.positionCount) }

    /// Tasks of `backward`, and the blocks in which it takes sums.
    func gradientBlockCount(batch: Int) -> Int { (batch + mapsPerTask - 1) / mapsPerTask }

    /// Carries a gradient back to the input.
    ///
    /// - Parameters:
    ///   - gradient: [batch][outputHeight][outputWidth][outputChannels], with respect to the output.
    ///   - packed: weights from `packTransposedWeights`.
    ///   - inputGradient: [batch][height][width][inputChannels].
    ///   - batch: the number of maps.
    ///   - start: fills one map with what is added to; nil for zeros.
    ///   - store: what happens to a vector before it is stored.
    func backward(
        gradient: UnsafePointer<Float>, packed: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
        batch: Int, start: ((_ map: Int, _ values: UnsafeMutablePointer<Float>) -> Void)?, store: GradientStore,
        workspace: Workspace, pool: WorkerPool
    ) {
        let positions = shape.positionCount
        let (outputs, width, channels) = (shape.outputChannels, gradientPanelWidth, shape.inputChannels)
        pool.run(gradientBlockCount(batch: batch)) { task, worker in
            let rows = workspace.pointer(worker: worker)
            let patches = rows + blockPositions * outputs
            // The maps are summed here, in the cache, and stored once.
            let maps = patches + blockPositions * depth
            let firstMap = task * mapsPerTask
            let endMap = min(batch, firstMap + mapsPerTask)
            let total = (endMap - firstMap) * shape.inputCount
            if let start {
                for map in firstMap..<endMap { start(map, maps + (map - firstMap) * shape.inputCount) }
            } else {
                maps.update(repeating: 0, count: total)
            }
            var first = firstMap * positions
            while first < endMap * positions {
                let count = min(blockPositions, endMap * positions - first)
                for position in 0..<count {
                    let source = (gradient + (first + position) * outputs).lanes
                    let target = rows + (position >> 3) * outputs * 8 + (position & 7) * 16
                    for group in 0..<outputs >> 4 { (target + group &* 128).lanes[0] = source[group] }
                }
                let group = width == 32 ? 8 : 16
                let rowCount = (count + group - 1) / group * group
                for panel in 0..<depth / width {
                    TileMultiply.multiply(
                        rows: rows, panel: packed + panel * outputs * width, depth: outputs, rowCount: rowCount,
                        width: width, output: patches + panel * width, outputStride: depth)
                }
                Patches.scatter(
                    patches, shape: shape, firstPosition: first - firstMap * positions, count: count,
                    to: maps)
                first += count
            }
            for channel in stride(from: 0, to: channels, by: 16) {
                let vectors = StoredVectors(
                    values: maps + channel, stride: channels, offset: firstMap &* shape.inputCount &+ channel,
                    offsetStride: channels, count: total / channels)
                store.store(vectors, to: inputGradient, channel: channel, channels: channels, block: task)
            }
        }
    }
}
