import Models

/// The order in which examples of equal score are ranked: by a hash of their ids.
///
/// Position in the file would favour whatever was stored first; an unstable sort would favour nobody twice. The hash
/// depends on the id alone, so shuffling a dataset, adding examples or scoring a part of it leaves the order of any
/// two examples as it was. Selections made from ranks inherit this.
package struct TieBreaker: Sendable {
    /// The positions of the examples in tie-break order.
    package let order: [Int32]

    /// The number of examples.
    package var count: Int { order.count }

    /// Makes the order of some examples of a dataset.
    ///
    /// - Parameters:
    ///   - ids: the names of all examples, unique.
    ///   - indices: the examples that are ranked, in the order of the score columns.
    package init(ids: ExampleIdentifiers, indices: [Int]) {
        self.init(count: indices.count) { ids[indices[$0]] }
    }

    /// Makes the order of named examples.
    package init(ids: [String]) {
        self.init(count: ids.count) { ids[$0] }
    }

    private init(count: Int, id: (Int) -> String) {
        precondition(count <= Int(Int32.max), "more examples than a rank can hold")
        let hashes = (0..<count).map { Self.hash(of: id($0)) }
        var order = (0..<count).map { Int32($0) }
        order = RankOrder.stableOrder(of: hashes.map { UInt32(truncatingIfNeeded: $0) }, startingFrom: order)
        order = RankOrder.stableOrder(of: hashes.map { UInt32(truncatingIfNeeded: $0 >> 32) }, startingFrom: order)

        // Two of a million ids collide once in 40 million datasets; then the ids themselves decide.
        var start = 0
        while start < count {
            var end = start + 1
            while end < count && hashes[Int(order[end])] == hashes[Int(order[start])] { end += 1 }
            if end - start > 1 { order[start..<end].sort { id(Int($0)) < id(Int($1)) } }
            start = end
        }
        self.order = order
    }

    /// 64 mixed bits of an id's UTF-8 bytes, the same on every machine.
    package static func hash(of id: String) -> UInt64 {
        var id = id
        return id.withUTF8 { hash(ofBytes: UnsafeRawBufferPointer($0)) }
    }

    /// 64 mixed bits of some bytes.
    ///
    /// Eight bytes at a time are folded in with SplitMix64's finaliser, which lets every bit affect every bit.
    static func hash(ofBytes raw: UnsafeRawBufferPointer) -> UInt64 {
        var state = KeyedRandom.mix(0x9E37_79B9_7F4A_7C15 &+ UInt64(raw.count))
        var offset = 0
        while offset + 8 <= raw.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            state = KeyedRandom.mix(state ^ word)
            offset += 8
        }
        var word: UInt64 = 0
        var shift: UInt64 = 0
        while offset < raw.count {
            word |= UInt64(raw[offset]) << shift
            shift += 8
            offset += 1
        }
        return KeyedRandom.mix(state ^ word)
    }
}

extension RankOrder {
    /// The positions of the values in sorted order.
    ///
    /// - Precondition: no value is NaN, and there are as many as `ties` has examples.
    static func positions(sorting values: [Float], largestFirst: Bool, ties: TieBreaker) -> [Int32] {
        precondition(values.count == ties.count, "\(values.count) values and \(ties.count) ids")
        let keys = values.map { largestFirst ? ~ascendingKey($0) : ascendingKey($0) }
        return stableOrder(of: keys, startingFrom: ties.order)
    }
}

extension ExampleIdentifiers {
    /// `TieBreaker.hash(of:)` of one example's name, without making the name when it follows a rule.
    ///
    /// Ten million names as strings would take longer than everything that is done with their hashes.
    package func hash(at index: Int) -> UInt64 {
        guard case .positional(let counts) = self else { return TieBreaker.hash(of: self[index]) }
        var position = index
        var partition = 0
        while position >= counts[partition] {
            position -= counts[partition]
            partition += 1
        }
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { bytes in
            var end = 0
            switch Partition.allCases[partition] {
            case .train: Self.append("train/", to: bytes, &end)
            case .validation: Self.append("validation/", to: bytes, &end)
            case .test: Self.append("test/", to: bytes, &end)
            }
            let firstDigit = end
            repeat {
                bytes[end] = UInt8(ascii: "0") + UInt8(position % 10)
                position /= 10
                end += 1
            } while position > 0
            var (low, high) = (firstDigit, end - 1)
            while low < high {
                bytes.swapAt(low, high)
                (low, high) = (low + 1, high - 1)
            }
            return TieBreaker.hash(ofBytes: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
        }
    }

    private static func append(_ text: StaticString, to bytes: UnsafeMutableRawBufferPointer, _ end: inout Int) {
        for offset in 0..<text.utf8CodeUnitCount { bytes[end + offset] = text.utf8Start[offset] }
        end += text.utf8CodeUnitCount
    }
}
