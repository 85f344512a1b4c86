/// Which candidates a rule keeps: its policy run in each cell of its quota.
///
/// Without a quota, or with a floor, there is one cell. A policy runs inside each cell as if it were the whole data: the
/// share that is passed over, and the strata, are the cell's own. Strata are cells of the policy inside those of the
/// quota, so that everything but a floor comes down to the first few of each cell by one key.
struct CellSelection {
    /// What happened to each position.
    private(set) var reasons: [SplitReason]
    /// The cell of each position, or its stratum in its cell; empty when there is one cell.
    ///
    /// With strata, -1 for positions that may not be kept.
    let cells: [Int32]
    /// How many of each cell may be kept.
    let capacities: [Int]
    /// How many of each cell are kept; with a floor, of all of them together.
    private(set) var keptCounts: [Int]

    private let rule: PruningRule
    private let candidates: ExampleTable
    /// The quota's claims on the total, by its own cells; nil when it has none.
    private let weights: [Double]?
    /// How many of the policy's cells there are in each of the quota's.
    private let strataCount: Int
    /// What the policy keeps first has the smallest key, in each cell.
    private let keys: PriorityKeys

    init(
        of candidates: ExampleTable, rule: PruningRule, ranking: HardnessRanking?, passedOver: HardnessRanking?,
        confidence: [Float]?, excluded: Set<Int32>
    ) throws {
        self.rule = rule
        self.candidates = candidates
        reasons = [SplitReason](repeating: .notSelected, count: candidates.count)
        for position in excluded { reasons[Int(position)] = .suspect }
        let (values, names) = rule.quota.filledCells(of: candidates) ?? ([], [""])
        weights = rule.quota.weights(
            for: values.isEmpty
                ? [candidates.count] : ExampleTable.counts(of: values, valueCount: names.count))

        if rule.policy.passedOverShare > 0, let passedOver {
            let members = Self.counts(of: reasons, in: values, cellCount: names.count)
            let counts = members.map { Int((Double($0) * rule.policy.passedOverShare).rounded()) }
            PriorityChoice.mark(
                first: counts, ofMembers: members, in: values, byAscending: passedOver.hardestFirstKeys, of: candidates,
                &reasons, as: .tooHard)
        }
        if case .stratified(_, let count) = rule.policy, let ranking {
            strataCount = count
            cells = CoverageOrder.strata(
                count, of: values, cellCount: names.count, ranking: ranking, among: reasons)
        } else {
            strataCount = 1
            cells = values
        }
        capacities = Self.counts(of: reasons, in: cells, cellCount: names.count * strataCount)
        keptCounts = capacities.map { _ in 0 }
        keys = try Self.keys(of: candidates, rule: rule, ranking: ranking, confidence: confidence)
    }

    /// The policy's key of each candidate; with strata, the random one by which they are filled.
    private static func keys(
        of candidates: ExampleTable, rule: PruningRule, ranking: HardnessRanking?, confidence: [Float]?
    ) throws -> PriorityKeys {
        func drawn() -> PriorityKeys { PriorityKeys(values: SelectionDraws.keys(of: candidates, seed: rule.seed)) }
        guard let ranking else { return drawn() }
        switch rule.policy {
        case .hardest, .window: return ranking.hardestFirstKeys
        case .easiest: return ranking.easiestFirstKeys
        case .stratified, .random: return drawn()
        case .betaWeighted(let prunedShare, let exponent):
            guard let confidence else { preconditionFailure("checked before") }
            return PriorityKeys(
                values: try BetaWeighting.keys(
                    of: candidates, ranking: ranking, confidence: confidence,
                    prunedShare: prunedShare ?? 1 - (rule.keptFraction ?? 1), exponent: exponent, seed: rule.seed))
        }
    }

    /// How many of each cell are not ruled out.
    private static func counts(of reasons: [SplitReason], in cells: [Int32], cellCount: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: cellCount)
        for position in reasons.indices where reasons[position] == .notSelected {
            counts[cells.isEmpty ? 0 : Int(cells[position])] += 1
        }
        return counts
    }

    /// Chooses `total` examples.
    ///
    /// - Throws: `usage` when the floors need more than that.
    /// - Precondition: as many may be kept.
    mutating func keep(_ total: Int) throws {
        if case .floor(let floor, _) = rule.quota, let owed = rule.quota.cellValues(of: candidates) {
            return try keep(total, floor: floor, owed: owed, called: rule.quota.cells?.name ?? "class")
        }
        // By the quota's cells, each of which has its strata side by side.
        let strata = stride(from: 0, to: capacities.count, by: strataCount).map {
            Array(capacities[$0..<$0 + strataCount])
        }
        let totals =
            if let weights {
                Apportionment.counts(total: total, capacities: strata.map { $0.reduce(0, +) }, weights: weights)
            } else {
                [total]
            }
        keptCounts = zip(totals, strata).flatMap { CoverageOrder.budgets(total: $0, sizes: $1) }
        PriorityChoice.mark(
            first: keptCounts, ofMembers: capacities, in: cells, byAscending: keys, of: candidates, &reasons,
            as: .selected)
    }

    /// Keeps the first few of each class or group, and then the first of the rest.
    private mutating func keep(
        _ total: Int, floor: Int, owed: (values: [Int32], names: [String]), called name: String
    ) throws {
        let capacity = capacities.reduce(0, +)
        let keys = strataCount > 1 ? placesAsKeys() : keys
        // What the order alone would keep is selected, so that `floor` marks what is owed to the floor.
        var alone = reasons
        PriorityChoice.mark(
            first: [total], ofMembers: [capacity], in: [], byAscending: keys, of: candidates, &alone, as: .selected)

        let members = Self.counts(of: reasons, in: owed.values, cellCount: owed.names.count)
        let protected = members.map { min(floor, $0) }
        let protectedCount = protected.reduce(0, +)
        guard protectedCount <= total else {
            throw CurateError(
                .usage,
                "a floor of \(floor) for each \(name) needs \(protectedCount) examples, \(total) are to be kept",
                remedy: "keep a larger fraction, or lower the floor")
        }
        PriorityChoice.mark(
            first: protected, ofMembers: members, in: owed.values, byAscending: keys, of: candidates, &reasons,
            as: .floor)
        PriorityChoice.mark(
            first: [total - protectedCount], ofMembers: [capacity - protectedCount], in: [], byAscending: keys,
            of: candidates, &reasons, as: .selected)
        for position in reasons.indices where reasons[position] == .floor && alone[position] == .selected {
            reasons[position] = .selected
        }
        keptCounts = [total]
    }

    /// The place of each position in the order in which strata are filled; a floor asks who comes first over all strata.
    private func placesAsKeys() -> PriorityKeys {
        let random = PriorityOrder.positions(of: candidates, byAscending: keys.values).filter {
            cells[Int($0)] >= 0
        }
        var places = [UInt32](repeating: .max, count: candidates.count)
        let order = CoverageOrder.order(of: random, strata: cells, strataCount: strataCount)
        for (place, position) in order.enumerated() { places[Int(position)] = UInt32(truncatingIfNeeded: place) }
        return PriorityKeys(values: places)
    }
}
