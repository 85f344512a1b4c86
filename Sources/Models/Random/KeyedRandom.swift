/// A counter-based random stream: every draw is a pure function of (seed, stream, epoch, index, draw number).
///
/// Because nothing is carried from one example to the next, sharding, resuming and the number of threads cannot
/// change a draw. The mixing function is SplitMix64's finaliser (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014) applied to a Weyl sequence whose start is the mixed key.
package struct KeyedRandom: Sendable {
    /// What a stream is for; two uses never share draws.
    package enum Stream: UInt64, Sendable {
        /// Initial weights; `index` is the parameter tensor's number.
        case initialisation = 1
        /// The order of examples in an epoch.
        case shuffle = 2
        /// Crop and flip of one example in one epoch.
        case augmentation = 3
        /// Which examples are set aside for validation.
        case validation = 4
        /// Random selections, for instance a random subset.
        case selection = 5
        /// Which examples an epoch presents that draws with replacement.
        case presentation = 6
        /// How the examples of a batch are mixed; `index` is the batch's number in its epoch.
        case mixing = 7
        /// Draws of a bootstrap; `index` is the draw's number.
        case resampling = 12
        /// Draws made only by tests.
        case test = 99
    }

    private var state: UInt64

    /// Starts the stream with one key.
    ///
    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - stream: what the draws are for.
    ///   - epoch: the epoch, 0 when it does not matter.
    ///   - index: the example or tensor, 0 when it does not matter.
    package init(seed: UInt64, stream: Stream, epoch: Int = 0, index: Int = 0) {
        var key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        key = Self.mix(key ^ (stream.rawValue &* 0xD1B5_4A32_D192_ED03))
        key = Self.mix(key ^ (UInt64(truncatingIfNeeded: epoch) &* 0xA24B_AED4_963E_E407))
        key = Self.mix(key ^ (UInt64(truncatingIfNeeded: index) &* 0x9FB2_1C65_1E98_DF25))
        state = key
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// The next number in [0, 1), a multiple of 2⁻²⁴ (exact in Float).
    package mutating func uniform() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// The next integer in 0..<bound, by Lemire's multiplication with rejection, hence without bias.
    ///
    /// - Precondition: `bound > 0`.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "a random integer needs a positive bound")
        let limit = UInt64(bound)
        let threshold = (0 &- limit) % limit
        while true {
            let product = next().multipliedFullWidth(by: limit)
            if product.low >= threshold { return Int(product.high) }
        }
    }

    /// SplitMix64's finaliser: a bijection of 64 bits in which every input bit affects every output bit.
    package static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
