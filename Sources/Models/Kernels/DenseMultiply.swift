/// Matrix products of fully connected layers, on the register tile of `TileMultiply` but over matrices as they lie.
///
/// `C[r, c] = bias[c] + Σ_d A[r, d] · B[d, c]`: a strip of 32 columns of B is packed once, rows of A are read where they
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

    /// The columns of one strip: 32, or 16 when there are no more.
    package static func stripWidth(columns: Int) -> Int { columns > 16 ? 32 : 16 }

    /// The strips of a matrix.
    package static func stripCount(columns: Int) -> Int {
        (columns + stripWidth(columns: columns) - 1) / stripWidth(columns: columns)
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
        _ matrix: UnsafePointer<Float>, depth: Int, columns: Int, strip: Int,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let width = stripWidth(columns: columns)
        let first = strip &* width
        for lane in stride(from: 0, to: width, by: 16) {
            let count = max(0, min(16, columns &- first &- lane))
            let source = matrix + (count > 0 ? first &+ lane : 0)
            for d in 0..<depth {
                (packed + (d &* width &+ lane)).lanes[0] = .load(first: count, at: source + d &* columns)
            }
        }
    }

    /// Packs one strip of a transposed matrix.
    ///
    /// - Parameters:
    ///   - matrix: [columns][depth].
    ///   - depth: the rows of what is packed.
    ///   - columns: the columns of what is packed.
    ///   - strip: which strip.
    ///   - packed: [depth][width], gets the strip; columns beyond the last are zero.
    package static func packColumns(
        _ matrix: UnsafePointer<Float>, depth: Int, columns: Int, strip: Int,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let width = stripWidth(columns: columns)
        let first = strip &* width
        let count = min(width, columns &- first)
        if count < width { packed.update(repeating: 0, count: depth * width) }
        // A block of depths at a time, so that the packed lines stay in the cache until they are full.
        let block = 128
        for start in stride(from: 0, to: depth, by: block) {
            let end = min(depth, start &+ block)
            for column in 0..<count {
                let source = matrix + (first &+ column) &* depth
                for d in start..<end { packed[d &* width &+ column] = source[d] }
            }
        }
    }

    /// Computes one strip of the product.
    ///
    /// - Parameters:
    ///   - left: A.
    ///   - rows: the rows to compute.
    ///   - depth: the number of products summed.
    ///   - packed: the strip of B, [depth][width].
    ///   - columns: the columns of C.
    ///   - strip: which strip.
    ///   - bias: [columns], or nil for zeros.
    ///   - output: [rows][columns]: C.
    package static func multiply(
        _ left: Left, rows: Range<Int>, depth: Int, packed: UnsafePointer<Float>, columns: Int, strip: Int,
        bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
    ) {
        let width = stripWidth(columns: columns)
        let first = strip &* width
        let lowCount = min(16, columns &- first)
        let highCount = max(0, min(16, columns &- first &- 16))
        let low = bias.map { Float16Lanes.load(first: lowCount, at: $0 + first) } ?? .zero
        let high =
            highCount > 0 ? bias.map { .load(first: highCount, at: $0 + first + 16) } ?? .zero : Float16Lanes.zero
        var row = rows.lowerBound
        let step = width == 32 ? 8 : 16
        while row &+ step <= rows.upperBound {
            let target = output + (row &* columns &+ first)
            if width == 32 {
                multiply8x32(left, row, depth, packed.lanes, low, high, lowCount, highCount, columns, target)
            } else {
                multiply16x16(left, row, depth, packed.lanes, low, lowCount, columns, target)
            }
            row &+= step
        }
        while row < rows.upperBound {
            let target = output + (row &* columns &+ first)
            multiplyRow(left, row, depth, packed, width, low, high, lowCount, highCount, target)
            row &+= 1
        }
    }

    @inline(never)
    private static func multiply8x32(
        _ left: Left, _ row: Int, _ depth: Int, _ packed: UnsafePointer<Float16Lanes>, _ lowBias: Float16Lanes,
        _ highBias: Float16Lanes, _ lowCount: Int, _ highCount: Int, _ columns: Int,
        _ output: UnsafeMutablePointer<Float>
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: lowBias)
        var high = InlineArray<8, Float16Lanes>(repeating: highBias)
        var a = left.values + row &* left.rowStride
        var b = packed
        let stride = left.rowStride
        for _ in 0..<depth {
            let b0 = b[0]
            let b1 = b[1]
            for r in 0..<8 {
                let x = Float16Lanes.all(a[r &* stride])
                low[r].addProduct(x, b0)
                high[r].addProduct(x, b1)
            }
            a += left.depthStride
            b += 2
        }
        for r in 0..<8 {
            low[r].store(first: lowCount, at: output + r &* columns)
            high[r].store(first: highCount, at: output + (r &* columns &+ 16))
        }
    }

    @inline(never)
    private static func multiply16x16(
        _ left: Left, _ row: Int, _ depth: Int, _ packed: UnsafePointer<Float16Lanes>, _ bias: Float16Lanes,
        _ count: Int, _ columns: Int, _ output: UnsafeMutablePointer<Float>
    ) {
        var near = InlineArray<8, Float16Lanes>(repeating: bias)
        var far = InlineArray<8, Float16Lanes>(repeating: bias)
        let stride = left.rowStride
        var a0 = left.values + row &* stride
        var a1 = a0 + 8 &* stride
        var b = packed
        for _ in 0..<depth {
            let b0 = b[0]
            for r in 0..<8 {
                near[r].addProduct(Float16Lanes.all(a0[r &* stride]), b0)
                far[r].addProduct(Float16Lanes.all(a1[r &* stride]), b0)
            }
            a0 += left.depthStride
            a1 += left.depthStride
            b += 1
        }
        for r in 0..<8 {
            near[r].store(first: count, at: output + r &* columns)
            far[r].store(first: count, at: output + (r &+ 8) &* columns)
        }
    }

    /// One row: what is left over when the rows do not fill a tile.
    @inline(never)
    private static func multiplyRow(
        _ left: Left, _ row: Int, _ depth: Int, _ packed: UnsafePointer<Float>, _ width: Int,
        _ lowBias: Float16Lanes, _ highBias: Float16Lanes, _ lowCount: Int, _ highCount: Int,
        _ output: UnsafeMutablePointer<Float>
    ) {
        var low = lowBias
        var high = highBias
        var a = left.values + row &* left.rowStride
        var b = packed
        for _ in 0..<depth {
            let x = Float16Lanes.all(a[0])
            low.addProduct(x, b.lanes[0])
            if width == 32 { high.addProduct(x, b.lanes[1]) }
            a += left.depthStride
            b += width
        }
        low.store(first: lowCount, at: output)
        if highCount > 0 { high.store(first: highCount, at: output + 16) }
    }
}
