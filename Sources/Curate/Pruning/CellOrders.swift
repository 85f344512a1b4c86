/// The candidates cell by cell in the order in which a policy keeps them, and how many of each cell are kept.
///
/// Without a quota, or with a floor, there is one cell. A policy runs inside each cell as if it were the whole data: the
/// share that is passed over, and the strata, are the cell's own.
struct CellOrders {
    /// The cell of each position; empty when there is one cell.
    let cellValues: [Int32]
    /// The names of the cells; empty when there is one cell.
    let cellNames: [String]
    /// For each cell, the positions that may be kept, first to be kept first.
    private(set) var orders: [[Int32]]
    /// For each cell, the stratum of each place of its order; empty without strata.
    private(set) var strata: [[Int32]]
    /// How many of each cell's order are kept.
    private(set) var keptCounts: [Int]
    /// What happened to each position.
    private(set) var reasons: [SplitReason]
    /// The candidates of each cell, whether they may be kept or not.
    private let memberCounts: [Int]

    /// How many of each cell may be kept.
    var capacities: [Int] { orders.map(\.count) }

    init(
        of candidates: PruningCandidates, rule: PruningRule, ranking: HardnessRanking?, confidence: [Float]?,
        excluded: Set<Int32>
    ) throws {
        let isFloor = if case .floor = rule.quota { true } else { false }
        let cells = isFloor ? nil : rule.quota.cellValues(of: candidates)
        cellValues = cells?.values ?? []
        cellNames = cells?.names ?? []
        reasons = [SplitReason](repeating: .notSelected, count: candidates.count)
        for position in excluded { reasons[Int(position)] = .suspect }
        memberCounts =
            cells.map { PruningCandidates.counts(of: $0.values, valueCount: $0.names.count) } ?? [candidates.count]

        if rule.policy.passedOverShare > 0, let ranking {
            let everyone = (0..<candidates.count).map { Int32(truncatingIfNeeded: $0) }
            for cell in Self.divide(everyone, into: memberCounts.count, cellValues, leavingOut: reasons) {
                let count = Int((Double(cell.count) * rule.policy.passedOverShare).rounded())
                for position in ranking.hardest(count, of: candidates, among: cell) {
                    reasons[Int(position)] = .tooHard
                }
            }
        }
        let order = try Self.order(of: candidates, rule: rule, ranking: ranking, confidence: confidence)
        orders = Self.divide(order, into: memberCounts.count, cellValues, leavingOut: reasons)
        strata = []
        if case .stratified(_, let count) = rule.policy, let ranking {
            let covering = orders.map { CoverageOrder(members: $0, strataCount: count, ranking: ranking) }
            orders = covering.map(\.order)
            strata = covering.map(\.strata)
        }
        keptCounts = [Int](repeating: 0, count: orders.count)
    }

    /// The policy's order of all candidates; for strata, the random order from which they are filled.
    private static func order(
        of candidates: PruningCandidates, rule: PruningRule, ranking: HardnessRanking?, confidence: [Float]?
    ) throws -> [Int32] {
        guard let ranking else {
            return SelectionDraws.randomOrder(of: candidates, seed: rule.seed)
        }
        switch rule.policy {
        case .hardest, .window: return ranking.hardestFirst(candidates)
        case .easiest: return ranking.easiestFirst(candidates)
        case .stratified, .random: return SelectionDraws.randomOrder(of: candidates, seed: rule.seed)
        case .betaWeighted(let prunedShare, let exponent):
            guard let confidence else { preconditionFailure("checked before") }
            return try BetaWeighting.order(
                of: candidates, ranking: ranking, confidence: confidence,
                prunedShare: prunedShare ?? 1 - (rule.keptFraction ?? 1), exponent: exponent, seed: rule.seed)
        }
    }

    /// The positions that are not ruled out, cell by cell, in the order given.
    private static func divide(
        _ order: [Int32], into cellCount: Int, _ cellValues: [Int32], leavingOut reasons: [SplitReason]
    ) -> [[Int32]] {
        precondition(order.count == reasons.count, "an order of all candidates")
        // Counted in the order of the positions, which is the order of the memory, so that each cell is filled in place.
        var counts = [Int](repeating: 0, count: cellCount)
        for position in reasons.indices where reasons[position] == .notSelected {
            counts[cellValues.isEmpty ? 0 : Int(cellValues[position])] += 1
        }
        if cellCount == 1 && counts[0] == order.count { return [order] }
        var next = [Int](repeating: 0, count: cellCount)
        for cell in 1..<max(1, cellCount) { next[cell] = next[cell - 1] + counts[cell - 1] }
        let starts = next
        let divided = [Int32](unsafeUninitializedCapacity: counts.reduce(0, +)) { buffer, initializedCount in
            for position in order where reasons[Int(position)] == .notSelected {
                let cell = cellValues.isEmpty ? 0 : Int(cellValues[Int(position)])
                buffer[next[cell]] = position
                next[cell] += 1
            }
            initializedCount = buffer.count
        }
        if cellCount == 1 { return [divided] }
        return zip(starts, counts).map { Array(divided[$0..<$0 + $1]) }
    }

    /// Chooses `total` examples.
    ///
    /// - Throws: `usage` when the floors need more than that.
    /// - Precondition: as many may be kept.
    mutating func keep(_ total: Int, of candidates: PruningCandidates, quota: Quota) throws {
        if case .floor(let floor, _) = quota, let cells = quota.cellValues(of: candidates) {
            return try keep(total, floor: floor, cells: cells, called: quota.cells?.name ?? "class")
        }
        if let weights = quota.weights(for: memberCounts) {
            keptCounts = Apportionment.counts(total: total, capacities: capacities, weights: weights)
        } else {
            keptCounts = [total]
        }
        for (order, count) in zip(orders, keptCounts) {
            for position in order.prefix(count) { reasons[Int(position)] = .selected }
        }
    }

    /// Keeps the first few of each class or group, and then the first of the rest.
    private mutating func keep(
        _ total: Int, floor: Int, cells: (values: [Int32], names: [String]), called name: String
    ) throws {
        var left = [Int](repeating: floor, count: cells.names.count)
        var protected = 0
        for position in orders[0] where left[Int(cells.values[Int(position)])] > 0 {
            left[Int(cells.values[Int(position)])] -= 1
            reasons[Int(position)] = .floor
            protected += 1
        }
        guard protected <= total else {
            throw CurateError(
                .usage, "a floor of \(floor) for each \(name) needs \(protected) examples, \(total) are to be kept",
                remedy: "keep a larger fraction, or lower the floor")
        }
        // What the order alone would keep is selected, so that `floor` marks what is owed to the floor.
        var rest = total - protected
        for (place, position) in orders[0].enumerated() {
            if reasons[Int(position)] == .floor {
                if place < total { reasons[Int(position)] = .selected }
            } else if rest > 0 {
                reasons[Int(position)] = .selected
                rest -= 1
            }
        }
        keptCounts = [total]
    }
}
