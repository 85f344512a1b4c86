extension KeptSetStability {
    /// The epochs at which the kept set is looked at: 1, 2, 3, 4, 6, 8, 12, 16 and so on, and the last.
    ///
    /// Each costs an evaluation of every example, or a pass of gradient norms, so there are few of them.
    package static func epochs(upTo last: Int) -> [Int] {
        var epochs = [1]
        var power = 2
        while power < last {
            epochs += [power, power + power / 2].filter { $0 < last }
            power *= 2
        }
        return last > 1 ? epochs + [last] : epochs
    }

    /// Measures the kept sets of groups of runs.
    ///
    /// The order of the runs and of the examples changes nothing. Ties count as drawn; see `KeptSet`.
    ///
    /// - Parameters:
    ///   - name: the score.
    ///   - convention: whose definition of it.
    ///   - epochs: the epochs to look at, ascending; the last is the one that is scored.
    ///   - keptCount: how many examples to keep.
    ///   - tolerance: the least rise of the agreement that is worth one more seed.
    ///   - column: the score at an epoch, of the same runs at each.
    /// - Precondition: there are at least two runs.
    package init(
        of name: ScoreName, convention: ScoreConvention, epochs: [Int], keeping keptCount: Int, tolerance: Double,
        column: (_ epoch: Int) throws -> ScoreColumn
    ) rethrows {
        let last = try column(epochs[epochs.count - 1])
        let seedCount = last.seeds.count
        let groupSize = seedCount / 2
        var lastSets = KeptSetCache(last, keeping: keptCount)
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let groups = (1...groupSize).map { KeptSetGroups.pairs(of: $0, among: seedCount) }
        let shares = groups.map { pairs in pairs.map { lastSets[$0.first].sharedFraction(with: lastSets[$0.second]) } }
        let agreements = shares.map(mean)
        let pairs = groups[groupSize - 1]
        let half = (groupSize + 1) / 2
        let measured = try epochs.dropLast().map { epoch in
            var sets = KeptSetCache(try column(epoch), keeping: keptCount)
            return EpochAgreement(
                epoch: epoch,
                withinEpoch: mean(pairs.map { sets[$0.first].sharedFraction(with: sets[$0.second]) }),
                withLastEpoch: mean(
                    pairs.flatMap {
                        [
                            sets[$0.first].sharedFraction(with: lastSets[$0.second]),
                            sets[$0.second].sharedFraction(with: lastSets[$0.first]),
                        ]
                    }))
        }
        let final = EpochAgreement(
            epoch: epochs[epochs.count - 1], withinEpoch: agreements[groupSize - 1],
            withLastEpoch: agreements[groupSize - 1])
        self.init(
            name: name, convention: convention, exampleCount: last.values.count, keptCount: keptCount,
            seedCount: seedCount, tolerance: tolerance, groupAgreements: agreements, epochs: measured + [final],
            tiedCount: lastSets[Array(0..<seedCount)].drawnCount,
            spread: Moments(of: shares[groupSize - 1]).standardDeviation ?? 0,
            withoutOne: (0..<seedCount).compactMap { seed in
                let others = zip(groups[half - 1], shares[half - 1]).filter { pair, _ in
                    !pair.first.contains(seed) && !pair.second.contains(seed)
                }
                return others.isEmpty ? nil : mean(others.map(\.1))
            })
    }
}

/// The kept sets of groups of a column's runs, each made once.
private struct KeptSetCache {
    private let column: ScoreColumn
    private let keptCount: Int
    /// The runs by seed: sums of floating-point numbers depend on their order.
    private let bySeed: [Int]
    private var sets: [[Int]: KeptSet] = [:]

    init(_ column: ScoreColumn, keeping keptCount: Int) {
        self.column = column
        self.keptCount = keptCount
        bySeed = column.seeds.indices.sorted { column.seeds[$0] < column.seeds[$1] }
    }

    subscript(group: [Int]) -> KeptSet {
        mutating get {
            if let set = sets[group] { return set }
            let set = KeptSet(hardest: keptCount, by: group.map { bySeed[$0] }, of: column)
            sets[group] = set
            return set
        }
    }
}
