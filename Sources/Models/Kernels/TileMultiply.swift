/// The two register-tiled products every convolution is made of.
///
/// Both keep sixteen 16-lane accumulators in registers and read one factor as broadcasts. The order of additions is
/// written in the source, lane by lane, so AVX2 and AVX-512 builds add in the same order.
enum TileMultiply {
    /// Rows that are packed together: eight consecutive rows of a factor lie 64 bytes apart.
    static let rowGroup = 8

    /// The number of output columns computed together: 32, or 16 when the channel count asks for it.
    static func panelWidth(columns: Int) -> Int { columns % 32 == 0 ? 32 : 16 }

    /// Multiplies packed rows with one packed panel: `output[r, k] = Σ_d rows[r, d] · panel[d, k]`.
    ///
    /// - Parameters:
    ///   - rows: [rowCount / 8][depth / 16][8][16], the left factor.
    ///   - panel: [depth][width], the right factor.
    ///   - depth: a multiple of 16.
    ///   - rowCount: a multiple of 8 (16 when `width` is 16).
    ///   - width: 32 or 16.
    ///   - output: rows of `width` floats, `outputStride` floats apart.
    ///   - outputStride: a multiple of 16.
    ///   - ahead: memory to ask for meanwhile.
    @inline(__always)
    static func multiply(
        rows: UnsafePointer<Float>, panel: UnsafePointer<Float>, depth: Int, rowCount: Int, width: Int,
        output: UnsafeMutablePointer<Float>, outputStride: Int, ahead: inout PrefetchQueue
    ) {
        let groupStride = depth &* rowGroup
        var row = 0
        if width == 32 {
            while row < rowCount {
                multiply8x32(
                    rows + (row >> 3) &* groupStride, panel, depth >> 4, output + row &* outputStride, outputStride,
                    &ahead)
                row &+= 8
            }
        } else {
            while row < rowCount {
                multiply16x16(
                    rows + (row >> 3) &* groupStride, groupStride, panel, depth >> 4, output + row &* outputStride,
                    outputStride, &ahead)
                row &+= 16
            }
        }
    }

    /// Adds products of two packed factors over a shared index: `sums[c, k] += Σ_t left[c, t] · right[k, t]`.
    ///
    /// - Parameters:
    ///   - left: [leftCount / 16][length][16].
    ///   - right: [width / 16][length][16], one panel.
    ///   - length: how many positions are summed.
    ///   - leftCount: a multiple of 16.
    ///   - groupStride: floats between two groups of sixteen in `left`.
    ///   - panelStride: floats between the two groups of sixteen in `right`.
    ///   - width: 32 or 16.
    ///   - sums: [leftCount][width].
    ///   - overwrite: whether to start from zero rather than from what `sums` holds.
    ///   - ahead: memory to ask for meanwhile.
    @inline(__always)
    static func accumulate(
        left: UnsafePointer<Float>, right: UnsafePointer<Float>, length: Int, leftCount: Int, groupStride: Int,
        panelStride: Int, width: Int, sums: UnsafeMutablePointer<Float>, overwrite: Bool,
        ahead: inout PrefetchQueue
    ) {
        var group = 0
        while group < leftCount >> 4 {
            let factor = left + group &* groupStride
            if width == 32 {
                accumulate8x32(factor, right, right + panelStride, length, sums + group &* 512, overwrite, &ahead)
                accumulate8x32(
                    factor + 8, right, right + panelStride, length, sums + group &* 512 + 256, overwrite, &ahead)
            } else {
                accumulate16x16(factor, right, length, sums + group &* 256, overwrite, &ahead)
            }
            group &+= 1
        }
    }

    @inline(never)
    private static func multiply8x32(
        _ rows: UnsafePointer<Float>, _ panel: UnsafePointer<Float>, _ depthGroups: Int,
        _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ ahead: inout PrefetchQueue
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        var a = rows
        var b = panel.lanes
        for _ in 0..<depthGroups {
            var soon = ahead.take(steps: 16)
            for c in 0..<16 {
                soon.ask()
                let b0 = b[0]
                let b1 = b[1]
                for r in 0..<8 {
                    let x = Float16Lanes.all(a[r &* 16 &+ c])
                    low[r].addProduct(x, b0)
                    high[r].addProduct(x, b1)
                }
                b += 2
            }
            a += 128
        }
        for r in 0..<8 {
            let row = (output + r &* outputStride).lanes
            row[0] = low[r]
            row[1] = high[r]
        }
    }

    @inline(never)
    private static func multiply16x16(
        _ rows: UnsafePointer<Float>, _ groupStride: Int, _ panel: UnsafePointer<Float>, _ depthGroups: Int,
        _ output: UnsafeMutablePointer<Float>, _ outputStride: Int, _ ahead: inout PrefetchQueue
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        var a0 = rows
        var a1 = rows + groupStride
        var b = panel.lanes
        for _ in 0..<depthGroups {
            var soon = ahead.take(steps: 16)
            for c in 0..<16 {
                soon.ask()
                let b0 = b[0]
                for r in 0..<8 {
                    low[r].addProduct(Float16Lanes.all(a0[r &* 16 &+ c]), b0)
                    high[r].addProduct(Float16Lanes.all(a1[r &* 16 &+ c]), b0)
                }
                b += 1
            }
            a0 += 128
            a1 += 128
        }
        for r in 0..<8 {
            (output + r &* outputStride).lanes[0] = low[r]
            (output + (r &+ 8) &* outputStride).lanes[0] = high[r]
        }
    }

    @inline(never)
    private static func accumulate8x32(
        _ left: UnsafePointer<Float>, _ right0: UnsafePointer<Float>, _ right1: UnsafePointer<Float>, _ length: Int,
        _ sums: UnsafeMutablePointer<Float>, _ overwrite: Bool, _ ahead: inout PrefetchQueue
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        let b0 = right0.lanes
        let b1 = right1.lanes
        var a = left
        var soon = ahead.take(steps: length)
        for t in 0..<length {
            soon.ask()
            let x0 = b0[t]
            let x1 = b1[t]
            for r in 0..<8 {
                let x = Float16Lanes.all(a[r])
                low[r].addProduct(x, x0)
                high[r].addProduct(x, x1)
            }
            a += 16
        }
        let out = sums.lanes
        if overwrite {
            for r in 0..<8 {
                out[2 &* r] = low[r]
                out[2 &* r &+ 1] = high[r]
            }
        } else {
            for r in 0..<8 {
                out[2 &* r] += low[r]
                out[2 &* r &+ 1] += high[r]
            }
        }
    }

    @inline(never)
    private static func accumulate16x16(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ length: Int,
        _ sums: UnsafeMutablePointer<Float>, _ overwrite: Bool, _ ahead: inout PrefetchQueue
    ) {
        var low = InlineArray<8, Float16Lanes>(repeating: .zero)
        var high = InlineArray<8, Float16Lanes>(repeating: .zero)
        let b = right.lanes
        var a = left
        var soon = ahead.take(steps: length)
        for t in 0..<length {
            soon.ask()
            let x0 = b[t]
            for r in 0..<8 {
                low[r].addProduct(Float16Lanes.all(a[r]), x0)
                high[r].addProduct(Float16Lanes.all(a[r &+ 8]), x0)
            }
            a += 16
        }
        let out = sums.lanes
        for r in 0..<8 {
            if overwrite {
                out[r] = low[r]
                out[r &+ 8] = high[r]
            } else {
                out[r] += low[r]
                out[r &+ 8] += high[r]
            }
        }
    }
}
