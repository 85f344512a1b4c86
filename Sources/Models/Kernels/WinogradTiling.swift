import CVector

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

    /// The map, first row and first column of a tile.
    @inline(__always)
    func origin(of tile: Int) -> (map: Int, row: Int, column: Int) {
        let map = tile / tilesPerMap
        let within = tile &- map &* tilesPerMap
        let down = within / tilesAcross
        return (map, 4 &* down, 4 &* (within &- down &* tilesAcross))
    }
}

extension WinogradTiling {
    /// Asks for the 4x4 elements of a tile, to be read soon.
    ///
    /// - Parameters:
    ///   - tile: counted over the batch.
    ///   - values: [batch][height][width][channels].
    ///   - channels: a multiple of 16.
    @inline(__always)
    func prefetch(tile: Int, of values: UnsafePointer<Float>, channels: Int) {
        let (map, row, column) = origin(of: tile)
        let first = values + ((map &* height &+ row) &* width &+ column) &* channels
        for line in 0..<min(4, height &- row) {
            let start = first + line &* width &* channels
            for offset in stride(from: 0, to: min(4, width &- column) &* channels, by: 16) {
                curate_prefetch_read(start + offset)
            }
        }
    }

    /// Transforms the input patches of a run of tiles.
    ///
    /// - Parameters:
    ///   - input: [batch][height][width][channels].
    ///   - channels: a multiple of 16.
    ///   - firstTile: the first tile, counted over the batch.
    ///   - count: the number of tiles.
    ///   - octetStride: floats between two groups of eight tiles; tiles of a group are 16 floats apart.
    ///   - groupStride: floats between two groups of sixteen channels.
    ///   - target: 36 points, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(never)
    func transformInput(
        _ input: ConvolutionInput, channels: Int, firstTile: Int, count: Int, octetStride: Int, groupStride: Int,
        into target: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        let groups = channels >> 4
        if let affine = input.affine {
            forEachPatch(input.values.lanes, groups, firstTile, count, octetStride, into: target) {
                patch, group, output in
                let scale = affine.lanes[group]
                let shift = affine.lanes[groups &+ group]
                WinogradTransforms.input(
                    patch: patch, group: group, output: output + group &* groupStride, pointStride: pointStride
                ) { $0.normalizedAndRectified(scale, shift) }
            }
        } else {
            forEachPatch(input.values.lanes, groups, firstTile, count, octetStride, into: target) {
                patch, group, output in
                WinogradTransforms.input(
                    patch: patch, group: group, output: output + group &* groupStride, pointStride: pointStride
                ) { $0 }
            }
        }
    }

    @inline(__always)
    private func forEachPatch(
        _ input: UnsafePointer<Float16Lanes>, _ groups: Int, _ firstTile: Int, _ count: Int, _ octetStride: Int,
        into target: UnsafeMutablePointer<Float>,
        _ body: (_ patch: InputPatch, _ group: Int, _ output: UnsafeMutablePointer<Float>) -> Void
    ) {
        let rowStride = groups &* width
        for tile in 0..<count {
            let (map, row, column) = origin(of: firstTile &+ tile)
            let patch = InputPatch(
                first: input + (map &* height &+ row &- 1) &* rowStride + (column &- 1) &* groups,
                rowStride: rowStride, columnStride: groups, firstRow: row == 0 ? 1 : 0,
                endRow: min(6, height &- row &+ 1), firstColumn: column == 0 ? 1 : 0,
                endColumn: min(6, width &- column &+ 1))
            let output = target + (tile >> 3) &* octetStride + (tile & 7) &* 16
            for group in 0..<groups { body(patch, group, output) }
        }
    }
}

/// The 6x6 inputs of one tile: where they lie and which of them exist.
struct InputPatch {
    /// The vector at the patch's first element, which may not exist.
    let first: UnsafePointer<Float16Lanes>
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

    /// For each column all ones, or 0 when it does not exist.
    @inline(__always)
    var columnMasks: (UInt16, UInt16, UInt16, UInt16, UInt16, UInt16) {
        (
            firstColumn == 0 ? .max : 0, endColumn > 1 ? .max : 0, endColumn > 2 ? .max : 0,
            endColumn > 3 ? .max : 0, endColumn > 4 ? .max : 0, endColumn > 5 ? .max : 0
        )
    }
}
