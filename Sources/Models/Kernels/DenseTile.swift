import CVector

/// What the tiles of one strip of a `DenseMultiply` have in common.
struct DenseProduct {
    let left: DenseMultiply.Left
    /// The number of products summed.
    let depth: Int
    /// The strip of B, [depth][width].
    let packed: UnsafePointer<Float>
    /// [columns], or nil for zeros.
    let bias: UnsafePointer<Float>?
    /// [rows][columns].
    let output: UnsafeMutablePointer<Float>
    let columns: Int
    let strip: DenseMultiply.Strip
    let epilogue: DenseMultiply.Epilogue
    /// Memory to ask for meanwhile.
    let ahead: DenseMultiply.Ahead

    /// The first line to ask for during a tile, and the floats from one depth's to the next.
    ///
    /// One with each depth: evenly among the multiply-adds they cost next to nothing.
    @inline(__always)
    func ahead(row: Int, rows: Int) -> (UnsafePointer<Float>, Int) {
        switch ahead {
        case .nothing: return (packed, 0)
        case .nextRows: return (left.values + (row &+ rows) &* left.rowStride, rows)
        case .columns(let first, let stride, let firstRow):
            let line = (row &- firstRow) / rows
            return line < DenseMultiply.Strip.fullWidth / 16 ? (first + 16 &* line, stride) : (packed, 0)
        }
    }

    /// The columns of a vector that exist.
    @inline(__always)
    private func count(_ vector: Int) -> Int { max(0, min(16, strip.count &- 16 &* vector)) }

    /// What the sums of a vector start from.
    @inline(__always)
    func start(_ vector: Int) -> Float16Lanes {
        guard let bias, count(vector) > 0 else { return .zero }
        return .load(first: count(vector), at: bias + (strip.first &+ 16 &* vector))
    }

    /// Stores the sums of a vector of one row.
    @inline(__always)
    func store(_ sums: Float16Lanes, row: Int, vector: Int) {
        let count = count(vector)
        guard count > 0 else { return }
        let offset = row &* columns &+ strip.first &+ 16 &* vector
        switch epilogue {
        case .store: sums.store(first: count, at: output + offset)
        case .rectify: sums.larger(.zero).store(first: count, at: output + offset)
        case .mask(let passed):
            sums.masked(wherePositive: .load(first: count, at: passed + offset)).store(
                first: count, at: output + offset)
        }
    }
}

/// Some rows of a product by a strip of some vectors, whose `count` sums are all in registers.
enum DenseTile<let rows: Int, let vectors: Int, let count: Int> {
    /// Computes the tile that begins at a row, and goes on to the row behind it.
    @inline(__always)
    static func multiply(_ product: DenseProduct, _ row: inout Int) {
        var start = InlineArray<vectors, Float16Lanes>(repeating: .zero)
        for v in 0..<vectors { start[v] = product.start(v) }
        let sums = sums(
            product.left, row: row, depth: product.depth, packed: product.packed.lanes, start: start,
            ahead: product.ahead(row: row, rows: rows))
        for r in 0..<rows {
            for v in 0..<vectors { product.store(sums[r &* vectors &+ v], row: row &+ r, vector: v) }
        }
        row &+= rows
    }

    /// The sums, a row after the other.
    ///
    /// A function of its own: in one that also asks how to store them they would not stay in registers.
    @inline(never)
    private static func sums(
        _ left: DenseMultiply.Left, row: Int, depth: Int, packed: UnsafePointer<Float16Lanes>,
        start: InlineArray<vectors, Float16Lanes>, ahead: (first: UnsafePointer<Float>, stride: Int)
    ) -> InlineArray<count, Float16Lanes> {
        var sums = InlineArray<count, Float16Lanes>(repeating: .zero)
        for r in 0..<rows {
            for v in 0..<vectors { sums[r &* vectors &+ v] = start[v] }
        }
        let rowStride = left.rowStride
        var a = left.values + row &* rowStride
        var b = packed
        var soon = ahead.first
        for _ in 0..<depth {
            curate_prefetch_later(soon)
            for r in 0..<rows {
                let x = Float16Lanes.all(a[r &* rowStride])
                for v in 0..<vectors { sums[r &* vectors &+ v].addProduct(x, b[v]) }
            }
            a += left.depthStride
            b += vectors
            soon += ahead.stride
        }
        return sums
    }
}
