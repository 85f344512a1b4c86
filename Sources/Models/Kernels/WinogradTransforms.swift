// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016: F(4x4, 3x3) with the interpolation
// points 0, 1, -1, 2, -2 and infinity. With the 6x6 matrices B, G and A of the paper,
//     output tile   Y  = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
//     weight grad.  dg = Gᵀ [ (Bᵀ d B) ⊙ (A dY Aᵀ) ] G      (the transpose of the same bilinear map)
// Every vector below is sixteen channels of one element.
//
// The 36 products of a tile are computed in three parts of two rows each, so that what a block of tiles needs at a time
// stays in the first-level cache: rows 0 and 5, which stand alone, and the rows of the points 1, -1 and of 2, -2, which
// share their sums. Products are numbered in that order, six to a row.

/// Six vectors that stay in registers.
typealias SixVectors = (
    Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes
)
/// Two vectors that stay in registers.
typealias TwoVectors = (Float16Lanes, Float16Lanes)
/// Three vectors that stay in registers.
typealias ThreeVectors = (Float16Lanes, Float16Lanes, Float16Lanes)
/// Four vectors that stay in registers.
typealias FourVectors = (Float16Lanes, Float16Lanes, Float16Lanes, Float16Lanes)

/// Two of the six rows of products.
enum WinogradPart: Int, CaseIterable {
    /// Rows 0 and 5: the points zero and infinity.
    case outer
    /// Rows 1 and 2: the points 1 and -1.
    case near
    /// Rows 3 and 4: the points 2 and -2.
    case far
}

/// The four transforms of F(4x4, 3x3), each on sixteen channels at a time.
enum WinogradTransforms {
    /// The number of products per tile: 6 x 6.
    static let pointCount = 36
    /// The number of products per part.
    static let partPointCount = 12

    @inline(__always)
    private static func inputLine(
        _ d0: Float16Lanes, _ d1: Float16Lanes, _ d2: Float16Lanes, _ d3: Float16Lanes, _ d4: Float16Lanes,
        _ d5: Float16Lanes
    ) -> SixVectors {
        let (outer, infinity) = inputPair(.outer, d0, d1, d2, d3, d4, d5)
        let (plusOne, minusOne) = inputPair(.near, d0, d1, d2, d3, d4, d5)
        let (plusTwo, minusTwo) = inputPair(.far, d0, d1, d2, d3, d4, d5)
        return (outer, plusOne, minusOne, plusTwo, minusTwo, infinity)
    }

    /// Two of the six elements of `Bᵀ d`.
    @inline(__always)
    private static func inputPair(
        _ part: WinogradPart, _ d0: Float16Lanes, _ d1: Float16Lanes, _ d2: Float16Lanes, _ d3: Float16Lanes,
        _ d4: Float16Lanes, _ d5: Float16Lanes
    ) -> TwoVectors {
        switch part {
        case .outer:
            return (
                d4.addingProduct(4, d0).addingProduct(-5, d2), d5.addingProduct(4, d1).addingProduct(-5, d3)
            )
        case .near:
            let even = d4.addingProduct(-4, d2)
            let odd = d3.addingProduct(-4, d1)
            return (even + odd, even - odd)
        case .far:
            let even = d4 - d2
            let odd = d3 - d1
            return (even.addingProduct(2, odd), even.addingProduct(-2, odd))
        }
    }

    /// Two rows of `Bᵀ d B` of one 6x6 patch.
    ///
    /// Called rather than inlined, as the other transforms are: in a loop over tiles the optimiser keeps an address for
    /// each of the 36 elements, in memory for want of registers (measured: twice the time).
    ///
    /// - Parameters:
    ///   - part: which rows.
    ///   - patch: where it lies; elements that do not exist are zeros and are not read.
    ///   - affine: the scale and the shift, `groups` vectors apart, by which elements are normalised and then rectified;
    ///     nil to read them as they are.
    ///   - output: 12 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(never)
    static func input(
        _ part: WinogradPart, patch: InputPatch, affine: UnsafePointer<Float16Lanes>?, groups: Int,
        output: UnsafeMutablePointer<Float>, pointStride: Int
    ) {
        // Both are written out, so that no element asks for them.
        @inline(__always)
        func rows(_ read: (Float16Lanes) -> Float16Lanes) {
            switch part {
            case .outer: input(.outer, patch: patch, output: output, pointStride: pointStride, read: read)
            case .near: input(.near, patch: patch, output: output, pointStride: pointStride, read: read)
            case .far: input(.far, patch: patch, output: output, pointStride: pointStride, read: read)
            }
        }
        if let affine {
            let (scale, shift) = (affine[0], affine[groups])
            rows { $0.normalizedAndRectified(scale, shift) }
        } else {
            rows { $0 }
        }
    }

    @inline(__always)
    private static func input(
        _ part: WinogradPart, patch: InputPatch, output: UnsafeMutablePointer<Float>, pointStride: Int,
        read: (Float16Lanes) -> Float16Lanes
    ) {
        let (first, rowStride, columnStride) = (patch.first, patch.rowStride, patch.columnStride)
        // Only the outer rows read the first and the last line of the patch.
        let readsEnds = part == .outer
        if patch.isWhole {
            storeInput(to: output, pointStride: pointStride) { j in
                let column = first + j &* columnStride
                return inputPair(
                    part, readsEnds ? read(column[0]) : .zero, read(column[rowStride]), read(column[2 &* rowStride]),
                    read(column[3 &* rowStride]), read(column[4 &* rowStride]),
                    readsEnds ? read(column[5 &* rowStride]) : .zero)
            }
        } else {
            // At the border rows are loaded by a mask: a test between any two loads would cost more than the loads.
            let masks = patch.rowMasks
            storeInput(to: output, pointStride: pointStride) { j in
                if j < patch.firstColumn || j >= patch.endColumn { return (.zero, .zero) }
                let column = first + j &* columnStride
                @inline(__always)
                func element(_ row: Int, _ mask: UInt16) -> Float16Lanes {
                    read(.load(column + row &* rowStride, if: mask)).kept(if: mask)
                }
                return inputPair(
                    part, readsEnds ? element(0, masks.0) : .zero, element(1, masks.1), element(2, masks.2),
                    element(3, masks.3), element(4, masks.4), readsEnds ? element(5, masks.5) : .zero)
            }
        }
    }

    @inline(__always)
    private static func storeInput(
        to output: UnsafeMutablePointer<Float>, pointStride: Int, column: (_ j: Int) -> TwoVectors
    ) {
        let (c0, c1, c2, c3, c4, c5) = (column(0), column(1), column(2), column(3), column(4), column(5))
        storeRow(inputLine(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0), to: output, pointStride)
        storeRow(inputLine(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1), to: output + 6 &* pointStride, pointStride)
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

    /// `m A` of two rows of products of one tile: two rows of four vectors.
    ///
    /// - Parameters:
    ///   - products: 12 vectors, `pointStride` floats apart.
    ///   - pointStride: a multiple of 16.
    @inline(__always)
    static func outputRows(
        products: UnsafePointer<Float>, pointStride: Int
    ) -> (FourVectors, FourVectors) {
        @inline(__always)
        func row(_ first: Int) -> FourVectors {
            let source = products + first &* pointStride
            return outputLine(
                source.lanes[0], (source + pointStride).lanes[0], (source + 2 &* pointStride).lanes[0],
                (source + 3 &* pointStride).lanes[0], (source + 4 &* pointStride).lanes[0],
                (source + 5 &* pointStride).lanes[0])
        }
        return (row(0), row(6))
    }

    /// Stores what `outputRows` gives.
    ///
    /// - Parameter target: eight vectors.
    @inline(never)
    static func keepRows(
        products: UnsafePointer<Float>, pointStride: Int, into target: UnsafeMutablePointer<Float16Lanes>
    ) {
        let (first, second) = outputRows(products: products, pointStride: pointStride)
        (target[0], target[1], target[2], target[3]) = first
        (target[4], target[5], target[6], target[7]) = second
    }

    /// `Aᵀ (m A)` of the six rows that `outputRows` gives: the 4x4 outputs, column by column.
    ///
    /// The columns are handed on as values rather than in an array: an array that is indexed by a variable anywhere
    /// lives in memory everywhere (measured: twice the time of the whole convolution).
    ///
    /// - Parameters:
    ///   - outer: rows 0 and 5, eight vectors one after the other.
    ///   - near: rows 1 and 2 likewise.
    ///   - far: rows 3 and 4.
    ///   - column: gets the number and the four vectors of each column.
    @inline(__always)
    static func output(
        outer: UnsafePointer<Float16Lanes>, near: UnsafePointer<Float16Lanes>, far: (FourVectors, FourVectors),
        column: (_ column: Int, _ vectors: FourVectors) -> Void
    ) {
        @inline(__always)
        func line(_ j: Int, _ m3: Float16Lanes, _ m4: Float16Lanes) -> FourVectors {
            outputLine(outer[j], near[j], near[4 &+ j], m3, m4, outer[4 &+ j])
        }
        column(0, line(0, far.0.0, far.1.0))
        column(1, line(1, far.0.1, far.1.1))
        column(2, line(2, far.0.2, far.1.2))
        column(3, line(3, far.0.3, far.1.3))
    }

    /// Stores six products of one row, one point apart.
    @inline(__always)
    static func storeRow(_ row: SixVectors, to output: UnsafeMutablePointer<Float>, _ pointStride: Int) {
        output.lanes[0] = row.0
        (output + pointStride).lanes[0] = row.1
        (output + 2 &* pointStride).lanes[0] = row.2
        (output + 3 &* pointStride).lanes[0] = row.3
        (output + 4 &* pointStride).lanes[0] = row.4
        (output + 5 &* pointStride).lanes[0] = row.5
    }
}
