/// What a rule kept of its candidates, and everything there is to say about it.
package struct PruningSelection: Sendable {
    /// Examples that had the same chance of being kept.
    package struct Inclusion: Sendable, Equatable {
        /// The stratum, as `split.csv` calls it; empty when there is one.
        package let stratum: String
        /// How many could be kept.
        package let count: Int
        /// How many were.
        package let keptCount: Int

        /// The probability of being kept.
        package var probability: Double { count > 0 ? Double(keptCount) / Double(count) : 0 }
    }

    /// The rule.
    package let rule: PruningRule
    /// What was chosen from.
    package let candidates: ExampleTable
    /// The candidates by hardness, if they were scored.
    package let ranking: HardnessRanking?
    /// How many were kept.
    package let keptCount: Int
    /// What happened to each position.
    package let reasons: [SplitReason]
    /// The chances of being kept; nil where the policy has none (it does not draw) or none in closed form.
    package let inclusion: [Inclusion]?
    /// What a user of the split must know, as sentences without full stops.
    package private(set) var warnings: [String] = []
    /// How many candidates each class has.
    package let classCountsBefore: [Int]
    /// How many of each class were kept.
    package let classCountsAfter: [Int]

    /// The number of each position's stratum in `stratumNames`; empty when there are none.
    let strata: [Int32]
    let stratumNames: [String]

    init(
        rule: PruningRule, candidates: ExampleTable, ranking: HardnessRanking?,
        chosen: CellSelection, keptCount: Int
    ) throws {
        self.rule = rule
        self.candidates = candidates
        self.ranking = ranking
        self.keptCount = keptCount
        reasons = chosen.reasons
        classCountsBefore = candidates.classCounts
        var after = [Int](repeating: 0, count: candidates.classNames.count)
        for (position, reason) in chosen.reasons.enumerated() where reason.isKept {
            after[Int(candidates.labels[position])] += 1
        }
        classCountsAfter = after
        strata = chosen.cells
        stratumNames = Self.stratumNames(of: rule, candidates)
        inclusion = Self.inclusion(rule, chosen, stratumNames)
        try check()
        warnings = PruningEvidence.warnings(about: self)
    }

    /// The rank of each position, 1 for the hardest; nil when nothing was scored.
    ///
    /// Sorts at every call.
    package var ranks: [Int32]? {
        guard let hardestFirst = ranking?.hardestFirst(candidates) else { return nil }
        var ranks = [Int32](repeating: 0, count: hardestFirst.count)
        for (place, position) in hardestFirst.enumerated() {
            ranks[Int(position)] = Int32(truncatingIfNeeded: place + 1)
        }
        return ranks
    }

    /// The stratum of a position as files call it: the cell of the quota, the stratum of the policy, or both as
    /// `shirt/7`; empty when there is neither or the position could not be kept.
    package func stratum(at position: Int) -> String {
        guard !strata.isEmpty, strata[position] >= 0 else { return "" }
        return stratumNames[Int(strata[position])]
    }

    /// The weight of a position: 0 when it was not kept.
    package func weight(at position: Int) -> Float {
        guard reasons[position].isKept else { return 0 }
        guard rule.weighting == .inverseProbability, let inclusion else { return 1 }
        let own = inclusion[strata.isEmpty ? 0 : Int(strata[position])]
        return Float(Double(own.count) / Double(own.keptCount))
    }

    private func check() throws {
        if !rule.allowsEmptyClasses,
            let label = classCountsAfter.indices.first(where: { classCountsBefore[$0] > 0 && classCountsAfter[$0] == 0 }
            )
        {
            let count = classCountsBefore[label]
            throw CurateError(
                .usage,
                "class \(candidates.classNames[label]) would be left without an example (it has \(count) before pruning)",
                remedy: "keep more, protect classes with `floor: 1` or `quota: proportional`, or allow it with"
                    + " `allowEmptyClasses`")
        }
        if rule.weighting == .inverseProbability && inclusion == nil {
            throw CurateError(
                .usage,
                "the \(rule.policy.name) policy with quota \(rule.quota.name) has no known probabilities of being"
                    + " kept", remedy: "use equal weights, or the random or ccs policy without a floor")
        }
    }

    /// The names of the strata: quota cells times policy strata.
    private static func stratumNames(of rule: PruningRule, _ candidates: ExampleTable) -> [String] {
        let cellNames = rule.quota.filledCells(of: candidates)?.names ?? []
        guard case .stratified(_, let strataCount) = rule.policy else { return cellNames }
        let strata = (1...strataCount).map { "\($0)" }
        return cellNames.isEmpty ? strata : cellNames.flatMap { cell in strata.map { "\(cell)/\($0)" } }
    }

    private static func inclusion(_ rule: PruningRule, _ chosen: CellSelection, _ names: [String]) -> [Inclusion]? {
        if case .floor = rule.quota { return nil }
        switch rule.policy {
        case .hardest, .easiest, .window, .betaWeighted: return nil
        case .random, .stratified: break
        }
        return chosen.capacities.indices.map { cell in
            Inclusion(
                stratum: names.isEmpty ? "" : names[cell], count: chosen.capacities[cell],
                keptCount: chosen.keptCounts[cell])
        }
    }
}

/// How uneven classes are.
package enum ClassImbalance {
    /// The largest class over the smallest, of those that have examples; nil when fewer than two have.
    package static func ratio(of counts: [Int]) -> Double? {
        let present = counts.filter { $0 > 0 }
        guard present.count > 1, let largest = present.max(), let smallest = present.min() else { return nil }
        return Double(largest) / Double(smallest)
    }
}
