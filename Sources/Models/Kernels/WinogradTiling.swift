/// Where the 4x4 output tiles of a batch lie.
struct WinogradTiling: Sendable {
    /// Rows of the map.
    let height: Int
    /// Columns of the map.
    let width: Int
    /// Tiles across one map.
    let tilesAcross: Int
    /// Tiles in one map.
    let tilesPerMap: Int

    /// Makes the tiling of a map of `height` x `width`.
    init(height: Int, width: Int) {
        self.height = height
        self.width = width
        tilesAcross = (width + 3) / 4
        tilesPerMap = (height + 3) / 4 * tilesAcross
    }

    /// Calls `body` with the map, first row and first column of each of a run of tiles.
    ///
    /// Counts on from the first tile: two divisions for each of them took a tenth of a convolution of 16 channels.
    @inline(__always)
    func forEachOrigin(
        firstTile: Int, count: Int, _ body: (_ index: Int, _ map: Int, _ row: Int, _ column: Int) -> Void
    ) {
        var map = firstTile / tilesPerMap
        let within = firstTile &- map &* tilesPerMap
        var row = within / tilesAcross &* 4
        var column = within % tilesAcross &* 4
        for index in 0..<count {
            body(index, map, row, column)
            column &+= 4
            if column >= width {
                column = 0
                row &+= 4
                if row >= height {
                    row = 0
                    map &+= 1
                }
            }
        }
    }
}

extension WinogradTiling {
    /// What a run of tiles adds to what the tiles before it touched, in the order elements lie in memory.
    ///
    /// A run that begins in the middle of a row of tiles found the lines of that row fetched, and needs those of the row it
    /// ends in; so every run fetches as many elements as its share of the map, one row of tiles ahead. At the end of a
    /// batch that is beyond the last map, where asking does no harm.
    ///
    /// - Parameter halo: rows that are read below a tile, 1 of an input.
    func elements(of tiles: Range<Int>, halo: Int) -> Range<Int> {
        let positions = height * width
        let ahead = (4 + halo) * width
        return tiles.lowerBound * positions / tilesPerMap + ahead..<tiles.upperBound * positions / tilesPerMap + ahead
    }

    /// The positions, counted over the batch, of the rows of tiles up to the one that a run of tiles ends in.
    func positions(before end: Int) -> Int {
        let last = end - 1
        let map = last / tilesPerMap
        let row = (last - map * tilesPerMap) / tilesAcross
        return (map * height + min(height, 4 * row + 4)) * width
    }

    /// Transforms the input patches of a run of tiles into two rows of products each.
    ///
    /// - Parameters:
    ///   - part: which rows.
    ///   - input: [batch][height][width][channels].
    ///   - channels: a multiple of 16.
    ///   - firstTile: the first tile, counted over the batch.
    ///   - count: the number of tiles.
    ///   - octetStride: floats between two groups of eight tiles; tiles of a group are 16 floats apart.
    ///   - groupStride: floats between two groups of sixteen channels.
    ///   - target: 12 points, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    func transformInput(
        _ part: WinogradPart, _ input: ConvolutionInput, channels: Int, firstTile: Int, count: Int, octetStride: Int,
        groupStride: Int, into target: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        let groups = channels >> 4
        let rowStride = groups &* width
        forEachOrigin(firstTile: firstTile, count: count) { tile, map, row, column in
            var patch = InputPatch(
                first: input.values.lanes + (map &* height &+ row &- 1) &* rowStride + (column &- 1) &* groups,
                rowStride: rowStride, columnStride: groups, firstRow: row == 0 ? 1 : 0,
                endRow: min(6, height &- row &+ 1), firstColumn: column == 0 ? 1 : 0,
                endColumn: min(6, width &- column &+ 1))
            var output = target + (tile >> 3) &* octetStride + (tile & 7) &* 16
            var affine = input.affine?.lanes
            for _ in 0..<groups {
                WinogradTransforms.input(
                    part, patch: patch, affine: affine, groups: groups, output: output, pointStride: pointStride)
                patch.first += 1
                output += groupStride
                affine = affine.map { $0 + 1 }
            }
        }
    }
}

/// The 6x6 inputs of one tile: where they lie and which of them exist.
struct InputPatch {
    /// Sixteen channels of the patch's first element, which may not exist.
    var first: UnsafePointer<Float16Lanes>
    /// Vectors between two rows.
    let rowStride: Int
    /// Vectors between two columns.
    let columnStride: Int
    /// The first row that exists.
    let firstRow: Int
    /// The end of the rows that exist.
    let endRow: Int
    /// The first column that exists.
    let firstColumn: Int
    /// The end of the columns that exist.
    let endColumn: Int

    /// Whether all of it exists.
    @inline(__always)
    var isWhole: Bool { firstRow == 0 && endRow == 6 && firstColumn == 0 && endColumn == 6 }

    /// For each row all ones, or 0 when it does not exist.
    @inline(__always)
    var rowMasks: (UInt16, UInt16, UInt16, UInt16, UInt16, UInt16) {
        (
            firstRow == 0 ? .max : 0, endRow > 1 ? .max : 0, endRow > 2 ? .max : 0, endRow > 3 ? .max : 0,
            endRow > 4 ? .max : 0, endRow > 5 ? .max : 0
        )
    }
}
