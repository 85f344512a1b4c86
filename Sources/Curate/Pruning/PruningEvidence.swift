/// What published evidence says about a selection, as warnings.
enum PruningEvidence {
    /// Beyond this pruned share, published results put keep-hardest below a random subset.
    static let keepHardestLimit = 0.7

    static func warnings(about selection: PruningSelection) -> [String] {
        var warnings: [String] = []
        let rule = selection.rule
        let count = selection.candidates.count
        let pruned = 1 - Double(selection.keptCount) / Double(count)
        // 0.3 kept of 60,000 prunes 0.7 up to rounding, and is within the limit.
        if rule.policy == .hardest && pruned > keepHardestLimit + 1e-9 {
            warnings.append(
                "\(DecimalText.shortPercent(pruned)) is pruned by keeping the hardest: beyond about 70 % this falls below a"
                    + " random subset (forgetting on CIFAR-10 goes from 95.36 % accuracy at 30 % pruned to 34.03 % at 90 %;"
                    + " Zheng et al., ICLR 2023); use `policy: ccs` or `policy: random`")
        }
        if let before = ClassImbalance.ratio(of: selection.classCountsBefore),
            let after = ClassImbalance.ratio(of: selection.classCountsAfter), after > 2 * before
        {
            warnings.append(
                "the largest class is \(DecimalText.fixed(after, places: 1)) times the smallest after pruning,"
                    + " \(DecimalText.fixed(before, places: 1)) times before: pruning without regard to classes hurts the"
                    + " worst class (Vysogorets et al., ICLR 2025); consider `quota: proportional`")
        }
        let lost = zip(selection.classCountsBefore, selection.classCountsAfter).count { $0 > 0 && $1 == 0 }
        if lost > 0 { warnings.append("\(lost) \(lost == 1 ? "class has" : "classes have") no example left") }
        if let inclusion = selection.inclusion, rule.weighting == .inverseProbability {
            let unseen = inclusion.filter { $0.count > 0 && $0.keptCount == 0 }
            if !unseen.isEmpty {
                let examples = unseen.reduce(0) { $0 + $1.count }
                warnings.append(
                    "\(unseen.count) \(unseen.count == 1 ? "stratum" : "strata") with \(examples)"
                        + " \(examples == 1 ? "example" : "examples") \(unseen.count == 1 ? "has" : "have") none kept, so"
                        + " weighted sums leave them out")
            }
        }
        return warnings
    }
}
