// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016: F(4x4, 3x3) with the interpolation
// points 0, 1, -1, 2, -2 and infinity. With the 6x6 matrices B, G and A of the paper,
//     output tile   Y  = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//     weight grad.  dg = Gᵀ [ (Bᵀ d B) ⊙ (A dY Aᵀ) ] G      (the transpose of the same bilinear map)
// Every vector below is sixteen channels of one element.

/// Six vectors that stay in registers.
typealias SixVectors = (
    Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes
)
/// Three vectors that stay in registers.
typealias ThreeVectors = (Float16Lanes, Float16Lanes, Float16Lanes)
/// Four vectors that stay in registers.
typealias FourVectors = (Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes)

/// The four transforms of F(4x4, 3x3), each on sixteen channels at a time.
enum WinogradTransforms {
    /// The number of products per tile: 6 x 6.
    static let pointCount = 36

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

    /// `Bᵀ d B` of one 6x6 patch.
    ///
    /// - Parameters:
    ///   - patch: where it lies; elements that do not exist are zeros and are not read.
    ///   - group: which sixteen channels of it.
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    ///   - read: what is done to an element that exists.
    @inline(__always)
    static func input(
        patch: InputPatch, group: Int, output: UnsafeMutablePointer<Float>, pointStride: Int,
        read: (Float16Lanes) -> Float16Lanes
    ) {
        let first = patch.first + group
        let (rowStride, columnStride) = (patch.rowStride, patch.columnStride)
        if patch.isWhole {
            input(output: output, pointStride: pointStride) { i in
                let row = first + i &* rowStride
                return inputLine(
                    read(row[0]), read(row[columnStride]), read(row[2 &* columnStride]), read(row[3 &* columnStride]),
                    read(row[4 &* columnStride]), read(row[5 &* columnStride]))
            }
        } else {
            // At the border columns are loaded by a mask: a test between any two loads would cost more than the loads.
            let (m0, m1, m2, m3, m4, m5) = patch.columnMasks
            input(output: output, pointStride: pointStride) { i in
                if i < patch.firstRow || i >= patch.endRow { return (.zero, .zero, .zero, .zero, .zero, .zero) }
                let row = first + i &* rowStride
                return inputLine(
                    read(.load(row, if: m0)).kept(if: m0), read(.load(row + columnStride, if: m1)).kept(if: m1),
                    read(.load(row + 2 &* columnStride, if: m2)).kept(if: m2),
                    read(.load(row + 3 &* columnStride, if: m3)).kept(if: m3),
                    read(.load(row + 4 &* columnStride, if: m4)).kept(if: m4),
                    read(.load(row + 5 &* columnStride, if: m5)).kept(if: m5))
            }
        }
    }

    @inline(__always)
    private static func input(
        output: UnsafeMutablePointer<Float>, pointStride: Int, line: (_ row: Int) -> SixVectors
    ) {
        let (r0, r1, r2, r3, r4, r5) = (line(0), line(1), line(2), line(3), line(4), line(5))
        storeColumn(0, inputLine(r0.0, r1.0, r2.0, r3.0, r4.0, r5.0), to: output, pointStride)
        storeColumn(1, inputLine(r0.1, r1.1, r2.1, r3.1, r4.1, r5.1), to: output, pointStride)
        storeColumn(2, inputLine(r0.2, r1.2, r2.2, r3.2, r4.2, r5.2), to: output, pointStride)
        storeColumn(3, inputLine(r0.3, r1.3, r2.3, r3.3, r4.3, r5.3), to: output, pointStride)
        storeColumn(4, inputLine(r0.4, r1.4, r2.4, r3.4, r4.4, r5.4), to: output, pointStride)
        storeColumn(5, inputLine(r0.5, r1.5, r2.5, r3.5, r4.5, r5.5), to: output, pointStride)
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
    static func output(
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
    ///   - output: 36 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    static func gradient(
        tile: UnsafePointer<Float16Lanes>, rowStride: Int, columnStride: Int, rowCount: Int, columnCount: Int,
        output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        if rowCount == 4 && columnCount == 4 {
            gradient(output: output, pointStride: pointStride) { i in
                let row = tile + i &* rowStride
                return gradientLine(row[0], row[columnStride], row[2 &* columnStride], row[3 &* columnStride])
            }
        } else {
            let m1: UInt16 = columnCount > 1 ? .max : 0
            let m2: UInt16 = columnCount > 2 ? .max : 0
            let m3: UInt16 = columnCount > 3 ? .max : 0
            gradient(output: output, pointStride: pointStride) { i in
                if i >= rowCount { return (.zero, .zero, .zero, .zero, .zero, .zero) }
                let row = tile + i &* rowStride
                return gradientLine(
                    row[0], .load(row + columnStride, if: m1), .load(row + 2 &* columnStride, if: m2),
                    .load(row + 3 &* columnStride, if: m3))
            }
        }
    }

    @inline(__always)
    private static func gradient(
        output: UnsafeMutablePointer<Float>, pointStride: Int, line: (_ row: Int) -> SixVectors
    ) {
        let (r0, r1, r2, r3) = (line(0), line(1), line(2), line(3))
        storeColumn(0, gradientLine(r0.0, r1.0, r2.0, r3.0), to: output, pointStride)
        storeColumn(1, gradientLine(r0.1, r1.1, r2.1, r3.1), to: output, pointStride)
        storeColumn(2, gradientLine(r0.2, r1.2, r2.2, r3.2), to: output, pointStride)
        storeColumn(3, gradientLine(r0.3, r1.3, r2.3, r3.3), to: output, pointStride)
        storeColumn(4, gradientLine(r0.4, r1.4, r2.4, r3.4), to: output, pointStride)
        storeColumn(5, gradientLine(r0.5, r1.5, r2.5, r3.5), to: output, pointStride)
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
                source.lanes[0], (source + step).lanes[0], (source + 2 &* step).lanes[0],
                (source + 3 &* step).lanes[0], (source + 4 &* step).lanes[0], (source + 5 &* step).lanes[0])
        }
        let (c0, c1, c2, c3, c4, c5) = (column(0), column(1), column(2), column(3), column(4), column(5))
        row(0, weightGradientLine(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
        row(1, weightGradientLine(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1))
        row(2, weightGradientLine(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2))
    }

    /// Stores one column of a 6x6 tile: six vectors, six points apart.
    @inline(__always)
    private static func storeColumn(
        _ j: Int, _ column: SixVectors, to output: UnsafeMutablePointer<Float>, _ pointStride: Int
    ) {
        let target = output + j &* pointStride
        let step = 6 &* pointStride
        target.lanes[0] = column.0
        (target + step).lanes[0] = column.1
        (target + 2 &* step).lanes[0] = column.2
        (target + 3 &* step).lanes[0] = column.3
        (target + 4 &* step).lanes[0] = column.4
        (target + 5 &* step).lanes[0] = column.5
    }
}
