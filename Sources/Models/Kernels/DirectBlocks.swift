/// The parts of a batch that the direct kernels work on at a time, and their copies in the cache.
///
/// A part is some whole maps, or some rows of a large one. It is copied once, with the zeros that the padding stands for
/// and normalised and rectified where its reader asks for it; then every tap of a position lies at a fixed distance from
/// the position, those of one kernel row side by side, and nothing is unfolded.
struct DirectBlocks {
    /// The layer.
    let shape: ConvolutionShape
    /// Every how many rows and columns of the input one is copied.
    private let step: Int
    /// The distance of two neighbouring positions in the copy, in rows or columns.
    let stride: Int
    /// Columns of the copy.
    let copyWidth: Int
    /// Output rows of a part.
    let rowsPerBlock: Int
    /// Maps of a part; 1 unless the part has all their rows.
    let mapsPerBlock: Int

    /// One part of a batch.
    struct Block {
        /// The first map.
        let map: Int
        /// How many maps.
        let mapCount: Int
        /// The first output row.
        let row: Int
        /// How many output rows, of each map.
        let rowCount: Int
    }

    /// Copies of this size and the weights beside them stay in the second-level cache.
    private static let copyBytes = 448 * 1024
    /// Positions per part that make up for reading the weights again.
    private static let enoughPositions = 128

    /// Divides batches of one layer's input.
    ///
    /// - Precondition: the input channels fill vectors.
    init(shape: ConvolutionShape) {
        precondition(shape.suitsVectors)
        self.shape = shape
        // A kernel of one tap reads only the positions themselves.
        let skips = shape.kernel == 1 && shape.padding == 0
        step = skips ? shape.stride : 1
        stride = skips ? 1 : shape.stride
        copyWidth = (shape.outputWidth - 1) * stride + shape.kernel
        let rowBytes = copyWidth * shape.inputChannels * 4
        let mapBytes = ((shape.outputHeight - 1) * stride + shape.kernel) * rowBytes
        let bands = min(shape.outputHeight, (mapBytes + Self.copyBytes - 1) / Self.copyBytes)
        rowsPerBlock = (shape.outputHeight + bands - 1) / bands
        mapsPerBlock =
            bands > 1 ? 1 : Self.mapsTogether(ofBytes: mapBytes, positions: shape.positionCount)
    }

    /// How many small maps are worked on together.
    ///
    /// - Parameters:
    ///   - byteCount: what one map takes in the cache.
    ///   - positions: output positions of a map.
    static func mapsTogether(ofBytes byteCount: Int, positions: Int) -> Int {
        max(1, min(enoughPositions / positions, copyBytes / byteCount))
    }

    private var bandsPerMap: Int { (shape.outputHeight + rowsPerBlock - 1) / rowsPerBlock }
    /// Rows of the copy of one map of a part.
    var copyHeight: Int { (rowsPerBlock - 1) * stride + shape.kernel }
    /// Floats between the copies of two maps.
    var mapStride: Int { copyHeight * copyWidth * shape.inputChannels }
    /// Floats of a copy.
    var copyCount: Int { mapsPerBlock * mapStride }
    /// Output positions of a part, at most.
    var positionsPerBlock: Int { mapsPerBlock * rowsPerBlock * shape.outputWidth }

    /// How many parts some maps have.
    func count(maps: Int) -> Int { (maps + mapsPerBlock - 1) / mapsPerBlock * bandsPerMap }

    /// One part of some maps.
    func block(_ index: Int, of maps: Range<Int>) -> Block {
        let group = index / bandsPerMap
        let map = maps.lowerBound + group * mapsPerBlock
        let row = (index - group * bandsPerMap) * rowsPerBlock
        return Block(
            map: map, mapCount: min(mapsPerBlock, maps.upperBound - map), row: row,
            rowCount: min(rowsPerBlock, shape.outputHeight - row))
    }

    /// The input that a part reads, in floats; what it shares with its neighbours is counted for one of them.
    func source(_ block: Block) -> Range<Int> {
        let line = shape.width * shape.inputChannels
        let first = block.map * shape.height + block.row * shape.stride
        let rows = block.rowCount == shape.outputHeight ? shape.height * block.mapCount : block.rowCount * shape.stride
        return first * line..<min((block.map + block.mapCount) * shape.height, first + rows) * line
    }

    /// Where each position of a part starts in the copy, in floats, in the order of the output; `multiple` divides their
    /// number, the last one is repeated.
    func offsets(multiple: Int) -> [Int] {
        var offsets: [Int] = []
        for map in 0..<mapsPerBlock {
            for row in 0..<rowsPerBlock {
                for column in 0..<shape.outputWidth {
                    offsets.append(
                        map * mapStride + (row * copyWidth + column) * stride * shape.inputChannels)
                }
            }
        }
        while offsets.count % multiple != 0 { offsets.append(offsets[offsets.count - 1]) }
        return offsets
    }

    /// Copies what a part reads.
    ///
    /// - Parameters:
    ///   - block: the part.
    ///   - input: [batch][height][width][inputChannels].
    ///   - copy: `copyCount` floats.
    func copy(_ block: Block, of input: ConvolutionInput, into copy: UnsafeMutablePointer<Float>) {
        let rowCount = (block.rowCount - 1) * stride + shape.kernel
        for map in 0..<block.mapCount {
            var target = copy + map &* mapStride
            for row in 0..<rowCount {
                let y = (block.row &* stride &+ row) &* step &- shape.padding
                copyRow(y, ofMap: block.map &+ map, of: input, into: target)
                target += copyWidth &* shape.inputChannels
            }
        }
    }

    @inline(__always)
    private func copyRow(
        _ y: Int, ofMap map: Int, of input: ConvolutionInput, into target: UnsafeMutablePointer<Float>
    ) {
        let channels = shape.inputChannels
        guard y >= 0 && y < shape.height else {
            target.update(repeating: 0, count: copyWidth &* channels)
            return
        }
        let before = min(shape.padding, copyWidth)
        let columns = min(copyWidth &- before, (shape.width &+ step &- 1) / step)
        let after = copyWidth &- before &- columns
        let source = input.values + (map &* shape.height &+ y) &* shape.width &* channels
        let goal = target + before &* channels
        target.update(repeating: 0, count: before &* channels)
        if let affine = input.affine {
            let groups = channels >> 4
            for group in 0..<groups {
                let scale = affine.lanes[group]
                let shift = affine.lanes[groups &+ group]
                var (from, to) = (group, group)
                for _ in 0..<columns {
                    goal.lanes[to] = source.lanes[from].normalizedAndRectified(scale, shift)
                    from &+= step &* groups
                    to &+= groups
                }
            }
        } else if step == 1 {
            goal.update(from: source, count: columns &* channels)
        } else {
            for column in 0..<columns {
                (goal + column &* channels).update(from: source + column &* step &* channels, count: channels)
            }
        }
        (goal + columns &* channels).update(repeating: 0, count: after &* channels)
    }
}
