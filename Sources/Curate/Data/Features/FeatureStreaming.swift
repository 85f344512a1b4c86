/// Passes over all features, block by block, that leave no more of a mapped file in memory than a block.
extension FeatureMatrix {
    /// The size of a block: fits the second-level cache, so that several things can be done to it while it is there.
    package static let blockByteCount = 1 << 20

    /// Mapped files smaller than this stay in memory after a pass; a batch will want them soon.
    private static let residentByteCount = 256 << 20

    /// Calls `body` with whole rows in order: their bytes and the index of the first.
    package func forEachBlock(_ body: (UnsafeRawBufferPointer, _ firstRow: Int) throws -> Void) rethrows {
        let rowsPerBlock = max(1, Self.blockByteCount / max(1, rowByteCount))
        var firstRow = 0
        for segment in segments {
            let mapping = segment.owner as? MappedFile
            let isLarge = (mapping?.bytes.count ?? 0) > Self.residentByteCount
            var row = 0
            while row < segment.rowCount {
                let rowCount = min(rowsPerBlock, segment.rowCount - row)
                let block = UnsafeRawBufferPointer(
                    start: segment.base + row * rowByteCount, count: rowCount * rowByteCount)
                try body(block, firstRow + row)
                if isLarge { mapping?.release(block) }
                row += rowCount
            }
            firstRow += segment.rowCount
        }
    }

    /// The first element that is NaN or infinite among the numbers of a block, or nothing.
    package static func firstNonFinite(in block: UnsafeRawBufferPointer, _ elementType: ElementType) -> Int? {
        switch elementType {
        case .uint8:
            return nil
        case .float32:
            guard largestMagnitudeBits32(block) >= Float.infinity.bitPattern else { return nil }
            return (0..<(block.count / 4)).first {
                !block.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self).isFinite
            }
        case .float64:
            guard largestMagnitudeBits64(block) >= Double.infinity.bitPattern else { return nil }
            return (0..<(block.count / 8)).first {
                !block.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self).isFinite
            }
        }
    }

    /// Without its sign bit a float's bit pattern grows with its magnitude, and NaN comes after infinity: one
    /// integer maximum finds both.
    private static func largestMagnitudeBits32(_ block: UnsafeRawBufferPointer) -> UInt32 {
        let mask = SIMD16<UInt32>(repeating: 0x7fff_ffff)
        var largest = SIMD16<UInt32>()
        var offset = 0
        while offset + 64 <= block.count {
            let bits = block.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt32>.self) & mask
            largest = pointwiseMax(largest, bits)
            offset += 64
        }
        var result = largest.max()
        while offset + 4 <= block.count {
            result = max(result, block.loadUnaligned(fromByteOffset: offset, as: UInt32.self) & 0x7fff_ffff)
            offset += 4
        }
        return result
    }

    private static func largestMagnitudeBits64(_ block: UnsafeRawBufferPointer) -> UInt64 {
        let mask = SIMD8<UInt64>(repeating: 0x7fff_ffff_ffff_ffff)
        var largest = SIMD8<UInt64>()
        var offset = 0
        while offset + 64 <= block.count {
            let bits = block.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self) & mask
            largest = pointwiseMax(largest, bits)
            offset += 64
        }
        var result = largest.max()
        while offset + 8 <= block.count {
            result = max(result, block.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & mask[0])
            offset += 8
        }
        return result
    }
}
