import Models

/// The random numbers of selections: a pure function of seed, purpose and the hash of the example's id.
///
/// Because neither position nor the other examples enter, shuffling the data, adding to it or selecting another
/// fraction leaves every draw as it was. The id's hash takes the place of the example's number in the keyed stream,
/// the purpose that of the epoch.
enum SelectionDraws {
    /// What a draw is for; two purposes never share draws, or examples chosen for one would be chosen for the other.
    enum Purpose: Int {
        /// Which examples a random subset or a stratum keeps.
        case subset = 0
        /// The race of weighted sampling without replacement.
        case race = 1
        /// Which examples get a wrong label.
        case noisyExample = 2
        /// Which wrong label they get.
        case noisyLabel = 3
        /// Which examples become threshold samples.
        case thresholdSample = 4
        /// Which fold an example is in.
        case fold = 5
        /// Which examples of a larger class or group are left out of a training.
        case balance = 8
        /// Which examples become images of a task with a spurious background.
        case spuriousExample = 6
        /// What the background of such an image looks like.
        case background = 7
    }

    /// The stream of one example.
    static func stream(seed: UInt64, _ purpose: Purpose, hash: UInt64) -> KeyedRandom {
        KeyedRandom(
            seed: seed, stream: .selection, epoch: purpose.rawValue, index: Int(truncatingIfNeeded: hash))
    }

    /// The key of each candidate in a random order that depends on seed and ids alone.
    static func keys(of candidates: ExampleTable, seed: UInt64, _ purpose: Purpose = .subset) -> [UInt32] {
        (0..<candidates.count).map { position in
            var random = stream(seed: seed, purpose, hash: candidates.hash(at: position))
            return UInt32(truncatingIfNeeded: random.next() >> 32)
        }
    }

    /// The candidates in that order.
    static func randomOrder(of candidates: ExampleTable, seed: UInt64, _ purpose: Purpose) -> [Int32] {
        PriorityOrder.positions(of: candidates, byAscending: keys(of: candidates, seed: seed, purpose))
    }
}
