import CVector

/// Matrix products of fully connected layers, over matrices as they lie.
///
/// `C[r, c] = start[c] + Σ_d A[r, d] · B[d, c]`: a strip of 64 columns of B lies, or is packed, row by row; rows of A are
/// read where they are, by two strides, so that one kernel serves the forward pass (A the inputs, B the weights), the input
/// gradient (A the output gradient, B the transposed weights) and the weight gradient (A the transposed inputs, B the
/// output gradient). Every element is summed over d in order by one accumulator, whatever tile it falls into: a row's
/// result does not depend on the rows beside it.
package enum DenseMultiply {
    /// A matrix read one number at a time.
    package struct Left {
        /// The element at row 0, depth 0.
        let values: UnsafePointer<Float>
        /// Floats from one row to the next.
        let rowStride: Int
        /// Floats from one depth to the next.
        let depthStride: Int
    }

    /// What is done to the sums before they are stored.
    package enum Epilogue {
        /// Nothing.
        case store
        /// Negative ones become zero: a rectifier.
        case rectify
        /// Zero where these are not positive, laid out like the output, which they may be: a rectifier's gradient.
        case mask(UnsafePointer<Float>)
    }

    /// Packs one strip of a matrix whose rows lie one after the other.
    ///
    /// - Parameters:
    ///   - matrix: [depth][columns].
    ///   - depth: its rows.
    ///   - columns: its columns.
    ///   - strip: which strip.
    ///   - packed: [depth][width], gets the strip; columns beyond the last are zero.
    package static func packRows(
        _ matrix: UnsafePointer<Float>, depth: Int, columns: Int, strip: ColumnStrip,
        into packed: UnsafeMutablePointer<Float>
    ) {
        for lane in stride(from: 0, to: strip.width, by: 16) {
            let count = max(0, min(16, strip.count &- lane))
            let source = matrix + (count > 0 ? strip.first &+ lane : 0)
            for d in 0..<depth {
                (packed + (d &* strip.width &+ lane)).lanes[0] = .load(first: count, at: source + d &* columns)
            }
        }
    }

    /// Packs one strip of a transposed matrix.
    ///
    /// - Parameters:
    ///   - matrix: the strip's columns, each `depth` floats in a row.
    ///   - depth: the rows of what is packed.
    ///   - columnStride: floats from one of those columns to the next.
    ///   - strip: which strip.
    ///   - packed: [depth][width], gets the strip; columns beyond the last are zero.
    package static func packColumns(
        _ matrix: UnsafePointer<Float>, depth: Int, columnStride: Int, strip: ColumnStrip,
        into packed: UnsafeMutablePointer<Float>
    ) {
        for lane in stride(from: 0, to: strip.width, by: 16) {
            let count = max(0, min(16, strip.count &- lane))
            let source = matrix + (count > 0 ? lane : 0) &* columnStride
            for d in stride(from: 0, to: depth, by: 16) {
                curate_transpose(
                    source + d, columnStride, Int32(truncatingIfNeeded: count),
                    Int32(truncatingIfNeeded: min(16, depth &- d)), packed + (d &* strip.width &+ lane), strip.width)
            }
        }
    }

    /// One strip of a product.
    package struct Product {
        /// A.
        let left: Left
        /// The number of products summed.
        let depth: Int
        /// The strip of B, [depth][width].
        let packed: UnsafePointer<Float>
        /// 64, 32 or 16.
        let width: Int
        /// What the sums start from, [columns]; nil for zeros.
        let start: UnsafePointer<Float>?
        /// What is done to the sums.
        let epilogue: Epilogue
        /// C from the strip's first column.
        let output: UnsafeMutablePointer<Float>
        /// Floats from one row of C to the next.
        let outputStride: Int
        /// The columns to store, at most `width`.
        let columns: Int

        /// Describes a strip of a product.
        package init(
            left: Left, depth: Int, packed: UnsafePointer<Float>, width: Int, start: UnsafePointer<Float>? = nil,
            epilogue: Epilogue = .store, output: UnsafeMutablePointer<Float>, outputStride: Int, columns: Int
        ) {
            self.left = left
            self.depth = depth
            self.packed = packed
            self.width = width
            self.start = start
            self.epilogue = epilogue
            self.output = output
            self.outputStride = outputStride
            self.columns = columns
        }
    }

    /// Computes some rows of one strip of a product.
    ///
    /// Tiles of 24 accumulators, and 16 where the rows come out even that way: of those that fit into the registers they
    /// need the fewest loads for each multiply-add, and the fewest rows of A at once.
    package static func multiply(_ product: Product, rows: Range<Int>) {
        var row = rows.lowerBound
        let end = rows.upperBound
        switch product.width {
        case 64:
            while end &- row >= 6 && end &- row != 8 { DenseTile<6, 4, 24>.multiply(product, &row) }
            while end &- row >= 4 { DenseTile<4, 4, 16>.multiply(product, &row) }
            while row < end { DenseTile<1, 4, 4>.multiply(product, &row) }
        case 32:
            while end &- row >= 12 && end &- row != 16 { DenseTile<12, 2, 24>.multiply(product, &row) }
            while end &- row >= 8 { DenseTile<8, 2, 16>.multiply(product, &row) }
            while row < end { DenseTile<1, 2, 2>.multiply(product, &row) }
        default:
            while end &- row >= 16 { DenseTile<16, 1, 16>.multiply(product, &row) }
            while row < end { DenseTile<1, 1, 1>.multiply(product, &row) }
        }
    }
}
