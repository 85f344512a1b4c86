/// The transforms of the weights, and those that their gradient needs.
extension WinogradTransforms {
    @inline(__always)
    private static func gradientLine(
        _ y0: Float16Lanes, _ y1: Float16Lanes, _ y2: Float16Lanes, _ y3: Float16Lanes
    ) -> SixVectors {
        let (plusOne, minusOne) = gradientPair(.near, y0, y1, y2, y3)
        let (plusTwo, minusTwo) = gradientPair(.far, y0, y1, y2, y3)
        return (y0, plusOne, minusOne, plusTwo, minusTwo, y3)
    }

    /// Two of the six elements of `A y`.
    @inline(__always)
    private static func gradientPair(
        _ part: WinogradPart, _ y0: Float16Lanes, _ y1: Float16Lanes, _ y2: Float16Lanes, _ y3: Float16Lanes
    ) -> TwoVectors {
        switch part {
        case .outer:
            return (y0, y3)
        case .near:
            let even = y0 + y2
            let odd = y1 + y3
            return (even + odd, even - odd)
        case .far:
            let even = y0.addingProduct(4, y2)
            let odd = (y1 + y1).addingProduct(8, y3)
            return (even + odd, even - odd)
        }
    }

    /// Two rows of `A dY Aᵀ` of one 4x4 tile of an output gradient.
    ///
    /// - Parameters:
    ///   - part: which rows.
    ///   - tile: the vector at the tile's first element.
    ///   - rowStride: vectors between two rows.
    ///   - columnStride: vectors between two columns.
    ///   - rowCount: the rows of the tile that exist, 1...4.
    ///   - columnCount: the columns of the tile that exist, 1...4.
    ///   - output: 12 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(never)
    static func gradient(
        _ part: WinogradPart, tile: UnsafePointer<Float16Lanes>, rowStride: Int, columnStride: Int, rowCount: Int,
        columnCount: Int, output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        @inline(__always)
        func rows(_ part: WinogradPart) {
            gradientRows(
                part, tile: tile, rowStride: rowStride, columnStride: columnStride, rowCount: rowCount,
                columnCount: columnCount, output: output, pointStride: pointStride)
        }
        switch part {
        case .outer: rows(.outer)
        case .near: rows(.near)
        case .far: rows(.far)
        }
    }

    @inline(__always)
    private static func gradientRows(
        _ part: WinogradPart, tile: UnsafePointer<Float16Lanes>, rowStride: Int, columnStride: Int, rowCount: Int,
        columnCount: Int, output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        if rowCount == 4 && columnCount == 4 {
            storeGradient(to: output, pointStride: pointStride) { j in
                let column = tile + j &* columnStride
                return gradientPair(
                    part, column[0], column[rowStride], column[2 &* rowStride], column[3 &* rowStride])
            }
        } else {
            let m1: UInt16 = rowCount > 1 ? .max : 0
            let m2: UInt16 = rowCount > 2 ? .max : 0
            let m3: UInt16 = rowCount > 3 ? .max : 0
            storeGradient(to: output, pointStride: pointStride) { j in
                if j >= columnCount { return (.zero, .zero) }
                let column = tile + j &* columnStride
                return gradientPair(
                    part, column[0], .load(column + rowStride, if: m1), .load(column + 2 &* rowStride, if: m2),
                    .load(column + 3 &* rowStride, if: m3))
            }
        }
    }

    @inline(__always)
    private static func storeGradient(
        to output: UnsafeMutablePointer<Float>, pointStride: Int, column: (_ j: Int) -> TwoVectors
    ) {
        let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3))
        storeRow(gradientLine(c0.0, c1.0, c2.0, c3.0), to: output, pointStride)
        storeRow(gradientLine(c0.1, c1.1, c2.1, c3.1), to: output + 6 &* pointStride, pointStride)
    }

    @inline(__always)
    private static func weightLine(_ g0: Float16Lanes, _ g1: Float16Lanes, _ g2: Float16Lanes) -> SixVectors {
        let outer = g0 + g2
        let far = g0.addingProduct(4, g2)
        let middle = g1 + g1
        return (
            g0 * 0.25, (outer + g1) * (-1 / 6), (outer - g1) * (-1 / 6), (far + middle) * (1 / 24),
            (far - middle) * (1 / 24), g2
        )
    }

    /// `G g Gᵀ` of one 3x3 kernel for sixteen output channels.
    ///
    /// - Parameters:
    ///   - weight: the vector at the kernel's first element, `tapStride` vectors between taps.
    ///   - tapStride: vectors between two taps; negative walks the kernel backwards (rotated by 180 degrees).
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    static func weight(
        _ weight: UnsafePointer<Float16Lanes>, tapStride: Int, output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        @inline(__always)
        func line(_ i: Int) -> SixVectors {
            let row = weight + 3 &* i &* tapStride
            return weightLine(row[0], row[tapStride], row[2 &* tapStride])
        }
        let (r0, r1, r2) = (line(0), line(1), line(2))
        storeColumn(0, weightLine(r0.0, r1.0, r2.0), to: output, pointStride)
        storeColumn(1, weightLine(r0.1, r1.1, r2.1), to: output, pointStride)
        storeColumn(2, weightLine(r0.2, r1.2, r2.2), to: output, pointStride)
        storeColumn(3, weightLine(r0.3, r1.3, r2.3), to: output, pointStride)
        storeColumn(4, weightLine(r0.4, r1.4, r2.4), to: output, pointStride)
        storeColumn(5, weightLine(r0.5, r1.5, r2.5), to: output, pointStride)
    }

    @inline(__always)
    private static func weightGradientLine(
        _ s0: Float16Lanes, _ s1: Float16Lanes, _ s2: Float16Lanes, _ s3: Float16Lanes, _ s4: Float16Lanes,
        _ s5: Float16Lanes
    ) -> ThreeVectors {
        let near = (s1 + s2) * (-1 / 6)
        let far = s3 + s4
        return (
            near.addingProduct(0.25, s0).addingProduct(1 / 24, far),
            ((s2 - s1) * (1 / 6)).addingProduct(1 / 12, s3 - s4),
            (near + s5).addingProduct(1 / 6, far)
        )
    }

    /// `Gᵀ S G`: the nine weight gradients of sixteen output channels from 36 sums of products.
    ///
    /// - Parameters:
    ///   - sums: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    ///   - row: gets the number and the three vectors of each row of the kernel.
    @inline(__always)
    static func weightGradient(
        sums: UnsafePointer<Float>, pointStride: Int, row: (_ row: Int, _ vectors: ThreeVectors) -> Void
    ) {
        let step = 6 &* pointStride
        @inline(__always)
        func column(_ j: Int) -> ThreeVectors {
            let source = sums + j &* pointStride
            return weightGradientLine(
                source.lanes[0], (source + 2 &* step).lanes[0], (source + 3 &* step).lanes[0],
                (source + 4 &* step).lanes[0], (source + 5 &* step).lanes[0], (source + step).lanes[0])
        }
        let (c0, c1, c2, c3, c4, c5) = (column(0), column(1), column(2), column(3), column(4), column(5))
        row(0, weightGradientLine(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
        row(1, weightGradientLine(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1))
        row(2, weightGradientLine(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2))
    }

    /// Stores one column of a 6x6 tile: six vectors, six points apart, in the order of the parts.
    @inline(__always)
    private static func storeColumn(
        _ j: Int, _ column: SixVectors, to output: UnsafeMutablePointer<Float>, _ pointStride: Int
    ) {
        let target = output + j &* pointStride
        let step = 6 &* pointStride
        target.lanes[0] = column.0
        (target + step).lanes[0] = column.5
        (target + 2 &* step).lanes[0] = column.1
        (target + 3 &* step).lanes[0] = column.2
        (target + 4 &* step).lanes[0] = column.3
        (target + 5 &* step).lanes[0] = column.4
    }
}
