/// The random numbers of NumPy's `RandomState`, bit for bit: a published subset is told by a seed of them.
///
/// This is compatibility with files that exist nowhere but as a recipe, and no generator to draw anything else with; see
/// `KeyedRandom` for that. The generator is the Mersenne Twister MT19937 (Matsumoto and Nishimura, "Mersenne Twister: a
/// 623-dimensionally equidistributed uniform pseudorandom number generator", ACM TOMACS 8, 1998) with their seeding of
/// 2002 by Knuth's multiplier. NumPy promises never to change this stream (NEP 19), so that it will not go away.
package struct NumPyLegacyRandom: Sendable {
    private static let size = 624
    private static let middle = 397

    private var state: [UInt32]
    private var place: Int

    /// Starts as `numpy.random.seed(seed)` does for a whole number.
    package init(seed: UInt32) {
        state = [seed]
        state.reserveCapacity(Self.size)
        for index in 1..<Self.size {
            let last = state[index - 1]
            state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
        }
        place = Self.size
    }

    /// The next 32 random bits.
    package mutating func next() -> UInt32 {
        if place == Self.size { twist() }
        var bits = state[place]
        place += 1
        bits ^= bits >> 11
        bits ^= (bits << 7) & 0x9D2C_5680
        bits ^= (bits << 15) & 0xEFC6_0000
        return bits ^ (bits >> 18)
    }

    /// A whole number in 0...largest: the low bits of a draw, drawn again while they are more.
    package mutating func upTo(_ largest: UInt32) -> UInt32 {
        guard largest > 0 else { return 0 }
        let mask = UInt32.max >> UInt32(largest.leadingZeroBitCount)
        while true {
            let bits = next() & mask
            if bits <= largest { return bits }
        }
    }

    /// Brings elements into the order that `numpy.random.shuffle` gives them (Fisher and Yates, from the last on).
    ///
    /// - Precondition: there are fewer than 2^32 elements.
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        for index in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(index, Int(upTo(UInt32(index))))
        }
    }

    private mutating func twist() {
        for index in 0..<Self.size {
            let bits = (state[index] & 0x8000_0000) | (state[(index + 1) % Self.size] & 0x7FFF_FFFF)
            state[index] =
                state[(index + Self.middle) % Self.size] ^ (bits >> 1) ^ (bits & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        place = 0
    }
}
