import CVector

extension DenseMultiply.Product {
    /// The columns of a vector that are stored.
    @inline(__always)
    private func count(_ vector: Int) -> Int { max(0, min(16, columns &- 16 &* vector)) }

    /// What the sums of a vector start from.
    @inline(__always)
    fileprivate func start(_ vector: Int) -> Float16Lanes {
        guard let start, count(vector) > 0 else { return .zero }
        return .load(first: count(vector), at: start + 16 &* vector)
    }

    /// Stores the sums of a vector of one row.
    @inline(__always)
    fileprivate func store(_ sums: Float16Lanes, row: Int, vector: Int) {
        let count = count(vector)
        guard count > 0 else { return }
        let offset = row &* outputStride &+ 16 &* vector
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
    static func multiply(_ product: DenseMultiply.Product, _ row: inout Int) {
        var start = InlineArray<vectors, Float16Lanes>(repeating: .zero)
        for v in 0..<vectors { start[v] = product.start(v) }
        let sums = sums(
            product.left, row: row, depth: product.depth, packed: product.packed.lanes, start: start)
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
        start: InlineArray<vectors, Float16Lanes>
    ) -> InlineArray<count, Float16Lanes> {
        var sums = InlineArray<count, Float16Lanes>(repeating: .zero)
        for r in 0..<rows {
            for v in 0..<vectors { sums[r &* vectors &+ v] = start[v] }
        }
        let rowStride = left.rowStride
        var a = left.values + row &* rowStride
        var b = packed
        // The next tile's part of A may be far away still. Asked for evenly, a line with each depth, it costs next to nothing:
        // the next rows when they lie one after the other, the next line of every depth when those do.
        let hasWholeRows = left.depthStride == 1
        var soon = a + (hasWholeRows ? rows &* rowStride : 16)
        let soonStride = hasWholeRows ? rows : left.depthStride
        for _ in 0..<depth {
            curate_prefetch_later(soon)
            for r in 0..<rows {
                let x = Float16Lanes.all(a[r &* rowStride])
                for v in 0..<vectors { sums[r &* vectors &+ v].addProduct(x, b[v]) }
            }
            a += left.depthStride
            b += vectors
            soon += soonStride
        }
        return sums
    }
}
