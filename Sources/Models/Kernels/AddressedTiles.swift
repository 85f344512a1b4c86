/// Register-tiled products whose left rows lie anywhere in the cache: each is runs of numbers at fixed distances.
enum AddressedTiles {
    /// Rows computed together.
    static let rowCount = 8

    /// The left rows: row r holds the numbers `values[offset r + run · stride + i]`, run by run.
    struct Rows {
        /// What the offsets count from.
        let values: UnsafePointer<Float>
        /// The runs of a row.
        let runs: Int
        /// Numbers in a run, a multiple of 16.
        let length: Int
        /// Floats from one run to the next.
        let stride: Int
    }

    /// Multiplies rows with one packed panel: row r gives `output[places[r] + k] = Σ_d row r [d] · panel[d, k]`.
    ///
    /// - Parameters:
    ///   - rows: the left factor, of depth `runs · length`.
    ///   - offsets: `count` of them; reads go on to the next multiple of eight.
    ///   - panel: [depth][width].
    ///   - width: 32 or 16.
    ///   - count: the number of rows.
    ///   - places: where the products of each row go, in floats, each a multiple of 16; as long as `offsets`.
    ///   - output: what the places count from.
    ///   - adds: whether products are added to what is there.
    ///   - ahead: memory to ask for meanwhile, in `stepCount` steps.
    @inline(__always)
    static func multiply(
        _ rows: Rows, offsets: UnsafePointer<Int>, panel: UnsafePointer<Float>, width: Int, count: Int,
        places: UnsafePointer<Int>, output: UnsafeMutablePointer<Float>, adds: Bool, ahead: inout PrefetchQueue
    ) {
        var first = 0
        while first < count {
            // Between the tiles: the addresses of the rows leave no registers for others within.
            ahead.ask(steps: 1)
            if width == 32 {
                multiply8x32(rows, offsets + first, panel, places + first, output, adds)
            } else {
                multiply8x16(rows, offsets + first, panel, places + first, output, adds)
            }
            first &+= rowCount
        }
    }

    /// The steps that `multiply` takes from its queue.
    static func stepCount(count: Int) -> Int { (count + rowCount - 1) / rowCount }

    @inline(never)
    private static func multiply8x32(
        _ rows: Rows, _ offsets: UnsafePointer<Int>, _ panel: UnsafePointer<Float>, _ places: UnsafePointer<Int>,
        _ output: UnsafeMutablePointer<Float>, _ adds: Bool
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        var starts = InlineArray<8, UnsafePointer<Float>>(repeating: rows.values)
        for r in 0..<8 { starts[r] = rows.values + offsets[r] }
        var b = panel.lanes
        var run = 0
        for _ in 0..<rows.runs {
            var index = run
            for _ in 0..<rows.length >> 4 {
                // Of a loop of unknown length the optimiser copies every sum at every step (no time that was measured).
                for i in 0..<16 {
                    let b0 = b[0]
                    let b1 = b[1]
                    for r in 0..<8 {
                        let x = Float16Lanes.all(starts[r][index &+ i])
                        low[r].addProduct(x, b0)
                        high[r].addProduct(x, b1)
                    }
                    b += 2
                }
                index &+= 16
            }
            run &+= rows.stride
        }
        for r in 0..<8 {
            let target = (output + places[r]).lanes
            if adds {
                target[0] += low[r]
                target[1] += high[r]
            } else {
                target[0] = low[r]
                target[1] = high[r]
            }
        }
    }

    /// Even and odd terms in sums of their own, because eight would wait for one another.
    @inline(never)
    private static func multiply8x16(
        _ rows: Rows, _ offsets: UnsafePointer<Int>, _ panel: UnsafePointer<Float>, _ places: UnsafePointer<Int>,
        _ output: UnsafeMutablePointer<Float>, _ adds: Bool
    ) {
        var even = InlineArray<8, Float16Lanes>(repeating: .zero)
        var odd = InlineArray<8, Float16Lanes>(repeating: .zero)
        var starts = InlineArray<8, UnsafePointer<Float>>(repeating: rows.values)
        for r in 0..<8 { starts[r] = rows.values + offsets[r] }
        var b = panel.lanes
        var run = 0
        for _ in 0..<rows.runs {
            var index = run
            for _ in 0..<rows.length >> 4 {
                for i in 0..<8 {
                    let b0 = b[0]
                    let b1 = b[1]
                    for r in 0..<8 {
                        even[r].addProduct(Float16Lanes.all(starts[r][index &+ 2 &* i]), b0)
                        odd[r].addProduct(Float16Lanes.all(starts[r][index &+ 2 &* i &+ 1]), b1)
                    }
                    b += 2
                }
                index &+= 16
            }
            run &+= rows.stride
        }
        for r in 0..<8 {
            let target = (output + places[r]).lanes
            if adds { target[0] += even[r] + odd[r] } else { target[0] = even[r] + odd[r] }
        }
    }
}
