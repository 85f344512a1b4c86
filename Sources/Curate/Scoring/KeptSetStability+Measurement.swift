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
    /// The order of the runs and of the examples changes nothing.
    ///
    /// - Parameters:
    ///   - name: the score.
    ///   - convention: whose definition of it.
    ///   - epochs: the epochs to look at, ascending; the last is the one that is scored.
    ///   - keptCount: how many examples to keep.
    ///   - tolerance: the least rise of the agreement that is worth one more seed.
    ///   - ties: the order of examples of equal score.
    ///   - column: the score at an epoch, of the same runs at each.
    /// - Precondition: there are at least two runs.
    package init(
        of name: ScoreName, convention: ScoreConvention, epochs: [Int], keeping keptCount: Int, tolerance: Double,
        ties: TieBreaker, column: (_ epoch: Int) throws -> ScoreColumn
    ) rethrows {
        let last = try column(epochs[epochs.count - 1])
        let seedCount = last.seeds.count
        let groupSize = seedCount / 2
        var lastSets = KeptSetCache(last, keeping: keptCount, ties: ties)
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        let agreements = (1...groupSize).map { size in
            mean(
                KeptSetGroups.pairs(of: size, among: seedCount).map {
                    lastSets[$0.first].sharedFraction(with: lastSets[$0.second])
                })
        }
        let pairs = KeptSetGroups.pairs(of: groupSize, among: seedCount)
        let measured = try epochs.dropLast().map { epoch in
            var sets = KeptSetCache(try column(epoch), keeping: keptCount, ties: ties)
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
            tiedCount: Self.tiedCount(of: last, keeping: keptCount, ties: ties))
    }

    /// How many of the kept have the score of one that is not kept.
    private static func tiedCount(of column: ScoreColumn, keeping keptCount: Int, ties: TieBreaker) -> Int {
        let order = column.hardestFirst(ties: ties)
        guard keptCount < order.count else { return 0 }
        let border = column.values[Int(order[keptCount])]
        return order[..<keptCount].reversed().prefix { column.values[Int($0)] == border }.count
    }
}

/// The kept sets of groups of a column's runs, each made once.
private struct KeptSetCache {
    private let column: ScoreColumn
    private let keptCount: Int
    private let ties: TieBreaker
    /// The runs by seed: sums of floating-point numbers depend on their order.
    private let bySeed: [Int]
    private var sets: [[Int]: KeptSet] = [:]

    init(_ column: ScoreColumn, keeping keptCount: Int, ties: TieBreaker) {
        self.column = column
        self.keptCount = keptCount
        self.ties = ties
        bySeed = column.seeds.indices.sorted { column.seeds[$0] < column.seeds[$1] }
    }

    subscript(group: [Int]) -> KeptSet {
        mutating get {
            if let set = sets[group] { return set }
            let set = KeptSet(hardest: keptCount, by: group.map { bySeed[$0] }, of: column, ties: ties)
            sets[group] = set
            return set
        }
    }
}
