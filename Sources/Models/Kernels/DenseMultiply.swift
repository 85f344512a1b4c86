import CVector

/// Matrix products of fully connected layers, over matrices as they lie.
///
/// `C[r, c] = bias[c] + Σ_d A[r, d] · B[d, c]`: a strip of 64 columns of B is packed once, rows of A are read where they
/// are, by two strides, so that one kernel serves the forward pass (A the inputs, B the transposed weights), the input
/// gradient (A the output gradient, B the weights) and the weight gradient (A the transposed output gradient, B the
/// inputs). Every element is summed over d in order by one accumulator, whatever tile it falls into: a row's result does
/// not depend on the rows beside it.
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
        /// Zero where these are not positive, [rows][columns], which may be the output itself: a rectifier's gradient.
        case mask(UnsafePointer<Float>)
    }

    /// Memory that is needed soon, and is asked for while the product is computed.
    package enum Ahead {
        /// None.
        case nothing
        /// A's next rows, which lie one after the other.
        case nextRows
        /// A strip of a matrix with as many rows as the product is deep.
        ///
        /// `first` is its first number, `stride` the floats from one row to the next; `firstRow` is the product's first.
        case columns(first: UnsafePointer<Float>, stride: Int, firstRow: Int)
    }

    /// Neighbouring columns that are packed, and multiplied, together: 64, and 32 or 16 where no more are left.
    package struct Strip {
        /// The number of columns of all strips but the last.
        package static let fullWidth = 64

        /// Its first column.
        package let first: Int
        /// The columns it has room for: 64, 32 or 16.
        package let width: Int
        /// The columns that exist, from the first.
        package let count: Int

        /// One strip of a matrix.
        package init(_ number: Int, columns: Int) {
            first = number &* Self.fullWidth
            count = min(Self.fullWidth, columns &- first)
            width = count > 32 ? 64 : count > 16 ? 32 : 16
        }

        /// The strips of a matrix.
        package static func count(columns: Int) -> Int { (columns + fullWidth - 1) / fullWidth }

        /// The columns of all strips together, those included that do not exist.
        package static func paddedColumns(_ columns: Int) -> Int {
            let last = Strip(count(columns: columns) - 1, columns: columns)
            return last.first + last.width
        }
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
        _ matrix: UnsafePointer<Float>, depth: Int, columns: Int, strip: Strip,
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
    ///   - matrix: [columns][depth].
    ///   - depth: the rows of what is packed.
    ///   - strip: which strip of its columns.
    ///   - packed: [depth][width], gets the strip; columns beyond the last are zero.
    package static func packColumns(
        _ matrix: UnsafePointer<Float>, depth: Int, strip: Strip, into packed: UnsafeMutablePointer<Float>
    ) {
        for lane in stride(from: 0, to: strip.width, by: 16) {
            let count = max(0, min(16, strip.count &- lane))
            let source = matrix + (count > 0 ? strip.first &+ lane : 0) &* depth
            for d in stride(from: 0, to: depth, by: 16) {
                curate_transpose(
                    source + d, depth, Int32(truncatingIfNeeded: count),
                    Int32(truncatingIfNeeded: min(16, depth &- d)), packed + (d &* strip.width &+ lane), strip.width)
            }
        }
    }

    /// Computes one strip of the product.
    ///
    /// Tiles of 24 accumulators, and 16 where the rows come out even that way: of those that fit into the registers they
    /// need the fewest loads for each multiply-add, and the fewest rows of A at once.
    ///
    /// - Parameters:
    ///   - left: A.
    ///   - rows: the rows to compute.
    ///   - depth: the number of products summed.
    ///   - packed: the strip of B, [depth][width].
    ///   - columns: the columns of C.
    ///   - strip: which strip.
    ///   - bias: [columns], or nil for zeros.
    ///   - epilogue: what is done to the sums.
    ///   - output: [rows][columns]: C.
    ///   - ahead: what to ask for meanwhile.
    package static func multiply(
        _ left: Left, rows: Range<Int>, depth: Int, packed: UnsafePointer<Float>, columns: Int, strip: Strip,
        bias: UnsafePointer<Float>?, epilogue: Epilogue = .store, output: UnsafeMutablePointer<Float>,
        ahead: Ahead = .nothing
    ) {
        let product = DenseProduct(
            left: left, depth: depth, packed: packed, bias: bias, output: output, columns: columns, strip: strip,
            epilogue: epilogue, ahead: ahead)
        var row = rows.lowerBound
        let end = rows.upperBound
        switch strip.width {
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
