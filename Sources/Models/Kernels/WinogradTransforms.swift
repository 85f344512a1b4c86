// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016: F(4x4, 3x3) with the interpolation
// points 0, 1, -1, 2, -2 and infinity. With the 6x6 matrices B, G and A of the paper,
//     output tile   Y  = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//     weight grad.  dg = Gᵀ [ (Bᵀ d B) ⊙ (A dY Aᵀ) ] G      (the transpose of the same bilinear map)
// Every vector below is sixteen channels of one element.

/// Where the 4x4 output tiles of a batch lie.
package struct WinogradTiling: Sendable {
    /// Rows of the map.
    package let height: Int
    /// Columns of the map.
    package let width: Int
    /// Tiles across one map.
    package let tilesAcross: Int
    /// Tiles in one map.
    package let tilesPerMap: Int

    /// Makes the tiling of a map of `height` x `width`.
    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
        tilesAcross = (width + 3) / 4
        tilesPerMap = (height + 3) / 4 * tilesAcross
    }

    /// The map, first row and first column of a tile.
    @inline(__always)
    package func origin(of tile: Int) -> (map: Int, row: Int, column: Int) {
        let map = tile / tilesPerMap
        let within = tile &- map &* tilesPerMap
        let down = within / tilesAcross
        return (map, 4 &* down, 4 &* (within &- down &* tilesAcross))
    }
}

extension WinogradTiling {
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
    package func transformInput(
        _ input: ConvolutionInput, channels: Int, firstTile: Int, count: Int, octetStride: Int, groupStride: Int,
        into target: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        let groups = channels >> 4
        WinogradTransforms.withBorderPatch { border in
            if let affine = input.affine {
                forEachPatch(input.values.lanes, groups, firstTile, count, octetStride, into: target) {
                    patch, group, output in
                    let scale = affine.lanes[group]
                    let shift = affine.lanes[groups &+ group]
                    WinogradTransforms.input(
                        patch: patch, group: group, border: border, output: output + group &* groupStride,
                        pointStride: pointStride
                    ) { $0.normalizedAndRectified(scale, shift) }
                }
            } else {
                forEachPatch(input.values.lanes, groups, firstTile, count, octetStride, into: target) {
                    patch, group, output in
                    WinogradTransforms.input(
                        patch: patch, group: group, border: border, output: output + group &* groupStride,
                        pointStride: pointStride
                    ) { $0 }
                }
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
package struct InputPatch {
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
}

/// Six vectors that stay in registers.
package typealias SixVectors = (
    Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes
)
/// Four vectors that stay in registers.
package typealias FourVectors = (Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes)

/// The four transforms of F(4x4, 3x3), each on sixteen channels at a time.
package enum WinogradTransforms {
    /// The number of products per tile: 6 x 6.
    package static let pointCount = 36

    @inline(__always)
    private static func inputLine(
        _ d0: Float16Lanes, _ d1: Float16Lanes, _ d2: Float16Lanes, _ d3: Float16Lanes, _ d4: Float16Lanes,
        _ d5: Float16Lanes
    ) -> SixVectors {
        let even = d4.addingProduct(-4, d2)
        let odd = d3.addingProduct(-4, d1)
        let near = d4 - d2
        let far = d3 - d1
        return (
            d4.addingProduct(4, d0).addingProduct(-5, d2), even + odd, even - odd, near.addingProduct(2, far),
            near.addingProduct(-2, far), d5.addingProduct(4, d1).addingProduct(-5, d3)
        )
    }

    /// Memory for one patch, in which what does not exist is zero.
    @inline(__always)
    static func withBorderPatch(_ body: (UnsafeMutablePointer<Float16Lanes>) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: pointCount * 64, alignment: 64) { memory in
            // The size is a constant above zero.
            if let base = memory.baseAddress { body(base.assumingMemoryBound(to: Float16Lanes.self)) }
        }
    }

    /// `Bᵀ d B` of one 6x6 patch.
    ///
    /// - Parameters:
    ///   - patch: where it lies; elements that do not exist are zeros and are not read.
    ///   - group: which sixteen channels of it.
    ///   - border: memory from `withBorderPatch`: testing for each element whether it exists, between the loads, costs
    ///     more than copying the patch.
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    ///   - read: what is done to an element that exists.
    @inline(__always)
    static func input(
        patch: InputPatch, group: Int, border: UnsafeMutablePointer<Float16Lanes>, output: UnsafeMutablePointer<Float>,
        pointStride: Int, read: (Float16Lanes) -> Float16Lanes
    ) {
        let first = patch.first + group
        if patch.isWhole {
            input(output: output, pointStride: pointStride) { i, j in
                read(first[i &* patch.rowStride &+ j &* patch.columnStride])
            }
        } else {
            for index in 0..<pointCount { border[index] = .zero }
            for i in patch.firstRow..<patch.endRow {
                let row = first + i &* patch.rowStride
                for j in patch.firstColumn..<patch.endColumn {
                    border[i &* 6 &+ j] = read(row[j &* patch.columnStride])
                }
            }
            input(output: output, pointStride: pointStride) { i, j in border[i &* 6 &+ j] }
        }
    }

    @inline(__always)
    private static func input(
        output: UnsafeMutablePointer<Float>, pointStride: Int, element: (_ row: Int, _ column: Int) -> Float16Lanes
    ) {
        @inline(__always)
        func column(_ j: Int) -> SixVectors {
            inputLine(element(0, j), element(1, j), element(2, j), element(3, j), element(4, j), element(5, j))
        }
        @inline(__always)
        func store(_ i: Int, _ line: SixVectors) {
            let target = output + 6 &* i &* pointStride
            target.lanes[0] = line.0
            (target + pointStride).lanes[0] = line.1
            (target + 2 &* pointStride).lanes[0] = line.2
            (target + 3 &* pointStride).lanes[0] = line.3
            (target + 4 &* pointStride).lanes[0] = line.4
            (target + 5 &* pointStride).lanes[0] = line.5
        }
        let (c0, c1, c2, c3, c4, c5) = (column(0), column(1), column(2), column(3), column(4), column(5))
        store(0, inputLine(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
        store(1, inputLine(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1))
        store(2, inputLine(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2))
        store(3, inputLine(c0.3, c1.3, c2.3, c3.3, c4.3, c5.3))
        store(4, inputLine(c0.4, c1.4, c2.4, c3.4, c4.4, c5.4))
        store(5, inputLine(c0.5, c1.5, c2.5, c3.5, c4.5, c5.5))
    }

    @inline(__always)
    private static func outputLine(
        _ m0: Float16Lanes, _ m1: Float16Lanes, _ m2: Float16Lanes, _ m3: Float16Lanes, _ m4: Float16Lanes,
        _ m5: Float16Lanes
    ) -> FourVectors {
        let nearSum = m1 + m2
        let nearDifference = m1 - m2
        let farSum = m3 + m4
        let farDifference = m3 - m4
        return (
            m0 + nearSum + farSum, nearDifference.addingProduct(2, farDifference), nearSum.addingProduct(4, farSum),
            (nearDifference + m5).addingProduct(8, farDifference)
        )
    }

    /// `Aᵀ m A` of the 36 products of one tile: the 4x4 outputs, row by row.
    ///
    /// The rows are handed on as values rather than in an array: an array that is indexed by a variable anywhere lives
    /// in memory everywhere (measured: twice the time of the whole convolution).
    ///
    /// - Parameters:
    ///   - products: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    ///   - row: gets the number and the four vectors of each row.
    @inline(__always)
    package static func output(
        products: UnsafePointer<Float>, pointStride: Int, row: (_ row: Int, _ vectors: FourVectors) -> Void
    ) {
        let step = 6 &* pointStride
        @inline(__always)
        func column(_ j: Int) -> FourVectors {
            let source = products + j &* pointStride
            return outputLine(
                source.lanes[0], (source + step).lanes[0], (source + 2 &* step).lanes[0],
                (source + 3 &* step).lanes[0], (source + 4 &* step).lanes[0], (source + 5 &* step).lanes[0])
        }
        let (c0, c1, c2, c3, c4, c5) = (column(0), column(1), column(2), column(3), column(4), column(5))
        row(0, outputLine(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
        row(1, outputLine(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1))
        row(2, outputLine(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2))
        row(3, outputLine(c0.3, c1.3, c2.3, c3.3, c4.3, c5.3))
    }

    @inline(__always)
    private static func gradientLine(
        _ y0: Float16Lanes, _ y1: Float16Lanes, _ y2: Float16Lanes, _ y3: Float16Lanes
    ) -> SixVectors {
        let even = y0 + y2
        let odd = y1 + y3
        let farEven = y0.addingProduct(4, y2)
        let farOdd = (y1 + y1).addingProduct(8, y3)
        return (y0, even + odd, even - odd, farEven + farOdd, farEven - farOdd, y3)
    }

    /// `A dY Aᵀ` of one 4x4 tile of an output gradient.
    ///
    /// - Parameters:
    ///   - tile: the vector at the tile's first element.
    ///   - rowStride: vectors between two rows.
    ///   - columnStride: vectors between two columns.
    ///   - rowCount: the rows of the tile that exist, 1...4.
    ///   - columnCount: the columns of the tile that exist, 1...4.
    ///   - border: memory from `withBorderPatch`.
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    package static func gradient(
        tile: UnsafePointer<Float16Lanes>, rowStride: Int, columnStride: Int, rowCount: Int, columnCount: Int,
        border: UnsafeMutablePointer<Float16Lanes>, output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        if rowCount == 4 && columnCount == 4 {
            gradient(output: output, pointStride: pointStride) { i, j in tile[i &* rowStride &+ j &* columnStride] }
        } else {
            for index in 0..<16 { border[index] = .zero }
            for i in 0..<rowCount {
                for j in 0..<columnCount { border[i &* 4 &+ j] = tile[i &* rowStride &+ j &* columnStride] }
            }
            gradient(output: output, pointStride: pointStride) { i, j in border[i &* 4 &+ j] }
        }
    }

    @inline(__always)
    private static func gradient(
        output: UnsafeMutablePointer<Float>, pointStride: Int, element: (_ row: Int, _ column: Int) -> Float16Lanes
    ) {
        @inline(__always)
        func row(_ i: Int) -> SixVectors {
            gradientLine(element(i, 0), element(i, 1), element(i, 2), element(i, 3))
        }
        @inline(__always)
        func store(_ j: Int, _ line: SixVectors) {
            let target = output + j &* pointStride
            let step = 6 &* pointStride
            target.lanes[0] = line.0
            (target + step).lanes[0] = line.1
            (target + 2 &* step).lanes[0] = line.2
            (target + 3 &* step).lanes[0] = line.3
            (target + 4 &* step).lanes[0] = line.4
            (target + 5 &* step).lanes[0] = line.5
        }
        let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3))
        store(0, gradientLine(r0.0, r1.0, r2.0, r3.0))
        store(1, gradientLine(r0.1, r1.1, r2.1, r3.1))
        store(2, gradientLine(r0.2, r1.2, r2.2, r3.2))
        store(3, gradientLine(r0.3, r1.3, r2.3, r3.3))
        store(4, gradientLine(r0.4, r1.4, r2.4, r3.4))
        store(5, gradientLine(r0.5, r1.5, r2.5, r3.5))
    }

    @inline(__always)
    private static func weightLine(
        _ g0: Float16Lanes, _ g1: Float16Lanes, _ g2: Float16Lanes
    ) -> InlineArray<6, Float16Lanes> {
        let outer = g0 + g2
        let far = g0.addingProduct(4, g2)
        return [
            g0 * 0.25, (outer + g1) * (-1 / 6), (outer - g1) * (-1 / 6), (far + (g1 + g1)) * (1 / 24),
            (far - (g1 + g1)) * (1 / 24), g2,
        ]
    }

    /// `G g Gᵀ` of one 3x3 kernel for sixteen output channels.
    ///
    /// - Parameters:
    ///   - weight: the vector at the kernel's first element, `tapStride` vectors between taps.
    ///   - tapStride: vectors between two taps; negative walks the kernel backwards (rotated by 180 degrees).
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    package static func weight(
        _ weight: UnsafePointer<Float16Lanes>, tapStride: Int, output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        var lines = InlineArray<18, Float16Lanes>(repeating: .zero)
        for i in 0..<3 {
            let row = weight + 3 &* i &* tapStride
            let line = weightLine(row[0], row[tapStride], row[2 &* tapStride])
            for j in 0..<6 { lines[i &* 6 &+ j] = line[j] }
        }
        for j in 0..<6 {
            let line = weightLine(lines[j], lines[6 &+ j], lines[12 &+ j])
            for i in 0..<6 { (output + (i &* 6 &+ j) &* pointStride).lanes[0] = line[i] }
        }
    }

    @inline(__always)
    private static func weightGradientLine(
        _ s0: Float16Lanes, _ s1: Float16Lanes, _ s2: Float16Lanes, _ s3: Float16Lanes, _ s4: Float16Lanes,
        _ s5: Float16Lanes
    ) -> InlineArray<3, Float16Lanes> {
        let near = (s1 + s2) * (-1 / 6)
        let far = s3 + s4
        return [
            near.addingProduct(0.25, s0).addingProduct(1 / 24, far),
            ((s2 - s1) * (1 / 6)).addingProduct(1 / 12, s3 - s4),
            (near + s5).addingProduct(1 / 6, far),
        ]
    }

    /// `Gᵀ S G`: the nine weight gradients of sixteen output channels from 36 sums of products.
    ///
    /// - Parameters:
    ///   - sums: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    package static func weightGradient(
        sums: UnsafePointer<Float>, pointStride: Int
    ) -> InlineArray<9, Float16Lanes> {
        var lines = InlineArray<18, Float16Lanes>(repeating: .zero)
        for j in 0..<6 {
            let column = sums + j &* pointStride
            let step = 6 &* pointStride
            let line = weightGradientLine(
                column.lanes[0], (column + step).lanes[0], (column + 2 &* step).lanes[0],
                (column + 3 &* step).lanes[0], (column + 4 &* step).lanes[0], (column + 5 &* step).lanes[0])
            for i in 0..<3 { lines[i &* 6 &+ j] = line[i] }
        }
        var result = InlineArray<9, Float16Lanes>(repeating: .zero)
        for i in 0..<3 {
            let line = weightGradientLine(
                lines[i &* 6], lines[i &* 6 &+ 1], lines[i &* 6 &+ 2], lines[i &* 6 &+ 3], lines[i &* 6 &+ 4],
                lines[i &* 6 &+ 5])
            for j in 0..<3 { result[i &* 3 &+ j] = line[j] }
        }
        return result
    }
}
