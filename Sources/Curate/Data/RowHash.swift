import Models

/// A fast 128-bit hash of a row's bytes, to find candidates for equality; equality itself is then checked.
struct RowHash: Comparable {
    let first: UInt64
    let second: UInt64

    init(_ row: UnsafeRawBufferPointer) {
        // Two independent lanes; each step is a bijection of the lane for a given word, so no input collapses it.
        var first: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(row.count)
        var second: UInt64 = 0xc2b2_ae3d_27d4_eb4f
        var offset = 0
        func take(_ word: UInt64) {
            first = (first ^ word) &* 0xff51_afd7_ed55_8ccd
            first ^= first >> 32
            second = (second ^ word) &* 0xc4ce_b9fe_1a85_ec53
            second ^= second >> 29
        }
        while offset + 8 <= row.count {
            take(row.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var last: UInt64 = 0
        while offset < row.count {
            last = last << 8 | UInt64(row[offset])
            offset += 1
        }
        take(last)
        self.first = KeyedRandom.mix(first)
        self.second = KeyedRandom.mix(second)
    }

    static func < (a: RowHash, b: RowHash) -> Bool {
        a.first != b.first ? a.first < b.first : a.second < b.second
    }
}
