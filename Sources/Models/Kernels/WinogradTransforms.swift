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
    @inline(__always)
    package func transformInput(
        _ input: UnsafePointer<Float>, channels: Int, firstTile: Int, count: Int, octetStride: Int, groupStride: Int,
        into target: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        let columnStride = channels >> 4
        let rowStride = columnStride &* width
        for tile in 0..<count {
            let (map, row, column) = origin(of: firstTile &+ tile)
            let patch = input.lanes + (map &* height &+ row &- 1) &* rowStride + (column &- 1) &* columnStride
            let existingRows = (row == 0 ? 1 : 0)..<min(6, height &- row &+ 1)
            let existingColumns = (column == 0 ? 1 : 0)..<min(6, width &- column &+ 1)
            let output = target + (tile >> 3) &* octetStride + (tile & 7) &* 16
            for group in 0..<columnStride {
                WinogradTransforms.input(
                    patch: patch + group, rowStride: rowStride, columnStride: columnStride, rows: existingRows,
                    columns: existingColumns, output: output + group &* groupStride, pointStride: pointStride)
            }
        }
    }
}

/// The four transforms of F(4x4, 3x3), each on sixteen channels at a time.
package enum WinogradTransforms {
    /// The number of products per tile: 6 x 6.
    package static let pointCount = 36

    @inline(__always)
    private static func inputLine(
        _ d0: Float16Lanes, _ d1: Float16Lanes, _ d2: Float16Lanes, _ d3: Float16Lanes, _ d4: Float16Lanes,
        _ d5: Float16Lanes
    ) -> InlineArray<6, Float16Lanes> {
        let even = d4.addingProduct(-4, d2)
        let odd = d3.addingProduct(-4, d1)
        let near = d4 - d2
        let far = d3 - d1
        return [
            d4.addingProduct(4, d0).addingProduct(-5, d2),
            even + odd,
            even - odd,
            near.addingProduct(2, far),
            near.addingProduct(-2, far),
            d5.addingProduct(4, d1).addingProduct(-5, d3),
        ]
    }

    /// `Bᵀ d B` of one 6x6 patch.
    ///
    /// - Parameters:
    ///   - patch: the vector at the patch's first element; elements outside the given rows and columns are zeros and
    ///     are not read.
    ///   - rowStride: vectors between two rows.
    ///   - columnStride: vectors between two columns.
    ///   - rows: the rows of the patch that exist, within 0..<6.
    ///   - columns: the columns of the patch that exist, within 0..<6.
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    package static func input(
        patch: UnsafePointer<Float16Lanes>, rowStride: Int, columnStride: Int, rows: Range<Int>, columns: Range<Int>,
        output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        if rows.lowerBound == 0 && rows.upperBound == 6 && columns.lowerBound == 0 && columns.upperBound == 6 {
            input(output: output, pointStride: pointStride) { i, j in
                patch[i &* rowStride &+ j &* columnStride]
            }
        } else {
            let firstRow = rows.lowerBound
            let endRow = rows.upperBound
            let firstColumn = columns.lowerBound
            let endColumn = columns.upperBound
            input(output: output, pointStride: pointStride) { i, j in
                i >= firstRow && i < endRow && j >= firstColumn && j < endColumn
                    ? patch[i &* rowStride &+ j &* columnStride] : .zero
            }
        }
    }

    @inline(__always)
    private static func input(
        output: UnsafeMutablePointer<Float>, pointStride: Int, element: (_ row: Int, _ column: Int) -> Float16Lanes
    ) {
        var lines = InlineArray<36, Float16Lanes>(repeating: .zero)
        for i in 0..<6 {
            let line = inputLine(
                element(i, 0), element(i, 1), element(i, 2), element(i, 3), element(i, 4), element(i, 5))
            for j in 0..<6 { lines[i &* 6 &+ j] = line[j] }
        }
        for j in 0..<6 {
            let line = inputLine(
                lines[j], lines[6 &+ j], lines[12 &+ j], lines[18 &+ j], lines[24 &+ j], lines[30 &+ j])
            for i in 0..<6 { (output + (i &* 6 &+ j) &* pointStride).lanes[0] = line[i] }
        }
    }

    @inline(__always)
    private static func outputLine(
        _ m0: Float16Lanes, _ m1: Float16Lanes, _ m2: Float16Lanes, _ m3: Float16Lanes, _ m4: Float16Lanes,
        _ m5: Float16Lanes
    ) -> InlineArray<4, Float16Lanes> {
        let nearSum = m1 + m2
        let nearDifference = m1 - m2
        let farSum = m3 + m4
        let farDifference = m3 - m4
        return [
            m0 + nearSum + farSum,
            nearDifference.addingProduct(2, farDifference),
            nearSum.addingProduct(4, farSum),
            (nearDifference + m5).addingProduct(8, farDifference),
        ]
    }

    /// `Aᵀ m A` of the 36 products of one tile: the 4x4 outputs, row by row.
    ///
    /// - Parameters:
    ///   - products: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    package static func output(products: UnsafePointer<Float>, pointStride: Int) -> InlineArray<16, Float16Lanes> {
        var lines = InlineArray<24, Float16Lanes>(repeating: .zero)
        for j in 0..<6 {
            let column = products + j &* pointStride
            let step = 6 &* pointStride
            let line = outputLine(
                column.lanes[0], (column + step).lanes[0], (column + 2 &* step).lanes[0],
                (column + 3 &* step).lanes[0], (column + 4 &* step).lanes[0], (column + 5 &* step).lanes[0])
            for i in 0..<4 { lines[i &* 6 &+ j] = line[i] }
        }
        var result = InlineArray<16, Float16Lanes>(repeating: .zero)
        for i in 0..<4 {
            let line = outputLine(
                lines[i &* 6], lines[i &* 6 &+ 1], lines[i &* 6 &+ 2], lines[i &* 6 &+ 3], lines[i &* 6 &+ 4],
                lines[i &* 6 &+ 5])
            for j in 0..<4 { result[i &* 4 &+ j] = line[j] }
        }
        return result
    }

    @inline(__always)
    private static func gradientLine(
        _ y0: Float16Lanes, _ y1: Float16Lanes, _ y2: Float16Lanes, _ y3: Float16Lanes
    ) -> InlineArray<6, Float16Lanes> {
        let even = y0 + y2
        let odd = y1 + y3
        let farEven = y0.addingProduct(4, y2)
        let farOdd = (y1 + y1).addingProduct(8, y3)
        return [y0, even + odd, even - odd, farEven + farOdd, farEven - farOdd, y3]
    }

    /// `A dY Aᵀ` of one 4x4 tile of an output gradient.
    ///
    /// - Parameters:
    ///   - tile: the vector at the tile's first element.
    ///   - rowStride: vectors between two rows.
    ///   - columnStride: vectors between two columns.
    ///   - rowCount: the rows of the tile that exist, 1...4.
    ///   - columnCount: the columns of the tile that exist, 1...4.
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    package static func gradient(
        tile: UnsafePointer<Float16Lanes>, rowStride: Int, columnStride: Int, rowCount: Int, columnCount: Int,
        output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        var lines = InlineArray<24, Float16Lanes>(repeating: .zero)
        for i in 0..<4 where i < rowCount {
            let row = tile + i &* rowStride
            let line = gradientLine(
                row[0], columnCount > 1 ? row[columnStride] : .zero,
                columnCount > 2 ? row[2 &* columnStride] : .zero, columnCount > 3 ? row[3 &* columnStride] : .zero)
            for j in 0..<6 { lines[i &* 6 &+ j] = line[j] }
        }
        for j in 0..<6 {
            let line = gradientLine(lines[j], lines[6 &+ j], lines[12 &+ j], lines[18 &+ j])
            for i in 0..<6 { (output + (i &* 6 &+ j) &* pointStride).lanes[0] = line[i] }
        }
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

extension SIMD16<Float> {
    /// `self + scale · other`, rounded once.
    @inline(__always)
    package func addingProduct(_ scale: Float, _ other: Self) -> Self {
        self.addingProduct(other, Self(repeating: scale))
    }

    /// The larger of each lane and the other's; a lane that is not a number stays so.
    ///
    /// Compare and blend: the standard library's `pointwiseMax` is compiled lane by lane (measured: 40 % of a step).
    @inline(__always)
    package func larger(_ other: Self) -> Self {
        self.replacing(with: other, where: self .< other)
    }
}
