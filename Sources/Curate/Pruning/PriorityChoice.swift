/// Who comes first: a key for each position, and of equal keys an end of the order of the ids.
struct PriorityKeys {
    /// The key of each position; the smallest comes first.
    let values: [UInt32]
    /// Whether positions of one key come last to first in the order of `PriorityOrder`.
    ///
    /// An order and its opposite must be opposite in ties too: with scores that are whole numbers most examples are
    /// tied, and the hardest and the easiest half would else have hundreds of them in common.
    var reversesTies = false
}

/// The first few of each cell in the order of `PriorityOrder`, found without sorting.
///
/// A rule keeps a prefix of an order and seldom needs to know the order itself. The key at which the prefix ends is
/// found by counting, and ids are looked at only where that key is tied: ten million candidates take a tenth of the time
/// of a sort.
enum PriorityChoice {
    /// Marks the first few of each cell, by ascending key, ties by the hash of the ids and then by the ids, or by the
    /// opposite of that.
    ///
    /// - Parameters:
    ///   - counts: how many of each cell are marked.
    ///   - members: how many of each cell are `.notSelected`; as many as `counts` at least.
    ///   - cells: the cell of each position; empty when there is one cell.
    ///   - keys: the key of each position.
    ///   - candidates: the examples.
    ///   - reasons: what happened to each position; only those that are `.notSelected` take part.
    ///   - mark: what the chosen ones become.
    static func mark(
        first counts: [Int], ofMembers members: [Int], in cells: [Int32], byAscending keys: PriorityKeys,
        of candidates: ExampleTable, _ reasons: inout [SplitReason], as mark: SplitReason
    ) {
        precondition(counts.count == members.count && (!cells.isEmpty || counts.count == 1), "a count for each cell")
        precondition(zip(counts, members).allSatisfy { 0 <= $0 && $0 <= $1 }, "more than there are")
        // Cells that give all or nothing need no search, and no room.
        var ends = [Int](repeating: -1, count: counts.count)
        var roomCount = 0
        for cell in counts.indices where counts[cell] > 0 && counts[cell] < members[cell] {
            ends[cell] = roomCount
            roomCount += members[cell]
        }
        let records = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: roomCount)
        defer { records.deallocate() }
        reasons.withUnsafeMutableBufferPointer { reasons in
            for position in reasons.indices where reasons[position] == .notSelected {
                let cell = cells.isEmpty ? 0 : Int(cells[position])
                let end = ends[cell]
                if end >= 0 {
                    records[end] = PriorityOrder.record(keys.values[position], position)
                    ends[cell] = end + 1
                } else if counts[cell] > 0 {
                    reasons[position] = mark
                }
            }
            for cell in counts.indices where ends[cell] >= 0 {
                let own = UnsafeMutableBufferPointer(rebasing: records[ends[cell] - members[cell]..<ends[cell]])
                Self.mark(
                    first: counts[cell], of: own, candidates, reversesTies: keys.reversesTies, reasons, as: mark)
            }
        }
    }

    /// Marks the first few of one cell's records, which it moves.
    private static func mark(
        first count: Int, of records: UnsafeMutableBufferPointer<UInt64>, _ candidates: ExampleTable,
        reversesTies: Bool, _ reasons: UnsafeMutableBufferPointer<SplitReason>, as mark: SplitReason
    ) {
        let (tied, wanted) = markSmaller(count, records, reasons, as: mark)
        for place in tied.indices {
            tied[place] = PriorityOrder.identityRecord(
                PriorityOrder.position(tied[place]), candidates, reversed: reversesTies)
        }
        let (same, stillWanted) = markSmaller(wanted, tied, reasons, as: mark)
        // Upper halves of hashes are equal for a few at most, unless everything wanted is.
        if stillWanted < same.count {
            PriorityOrder.sortByIdentity(same, candidates, reversed: reversesTies)
        }
        for record in same.prefix(stillWanted) { reasons[PriorityOrder.position(record)] = mark }
    }

    /// Marks the records whose key is below that of the `count`-th smallest, and returns those of that key, moved to the
    /// front, with how many of them are wanted; nothing when nobody is wanted.
    private static func markSmaller(
        _ count: Int, _ records: UnsafeMutableBufferPointer<UInt64>,
        _ reasons: UnsafeMutableBufferPointer<SplitReason>, as mark: SplitReason
    ) -> (tied: UnsafeMutableBufferPointer<UInt64>, wanted: Int) {
        if count == 0 { return (UnsafeMutableBufferPointer(rebasing: records[..<0]), 0) }
        let last = key(ofPlace: count - 1, in: records)
        var tiedCount = 0
        var smallerCount = 0
        for place in records.indices {
            let record = records[place]
            let key = UInt32(truncatingIfNeeded: record >> 32)
            if key < last {
                reasons[PriorityOrder.position(record)] = mark
                smallerCount += 1
            } else if key == last {
                records[tiedCount] = record
                tiedCount += 1
            }
        }
        return (UnsafeMutableBufferPointer(rebasing: records[..<tiedCount]), count - smallerCount)
    }

    /// The key that would stand at a place if the records were sorted by their keys.
    ///
    /// Found from the upper bits down, 11, 11 and 10 of them at a time: 2048 counters stay in the first-level cache. Few
    /// records are sorted; there may be as many strata as examples.
    private static func key(ofPlace place: Int, in records: UnsafeMutableBufferPointer<UInt64>) -> UInt32 {
        if records.count <= 64 {
            return UInt32(truncatingIfNeeded: records.sorted()[place] >> 32)
        }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2048) { counts in
            var known: UInt32 = 0
            var before = 0
            // The bits above those that are counted; a shift by 32 gives 0 for all.
            for (shift, bits) in [(UInt32(21), UInt32(11)), (10, 11), (0, 10)] {
                counts.initialize(repeating: 0)
                let mask: UInt32 = 1 << bits - 1
                for record in records {
                    let key = UInt32(truncatingIfNeeded: record >> 32)
                    if key >> (shift + bits) == known >> (shift + bits) {
                        counts[Int(key >> shift & mask)] += 1
                    }
                }
                var bucket = 0
                while before + Int(counts[bucket]) <= place {
                    before += Int(counts[bucket])
                    bucket += 1
                }
                known |= UInt32(bucket) << shift
            }
            return known
        }
    }
}
