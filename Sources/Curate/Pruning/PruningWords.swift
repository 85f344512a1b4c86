/// A pruning rule as options and pipeline files spell it.
package struct PruningWords: Sendable, Equatable {
    /// The names of policies.
    package enum PolicyName: String, Sendable, CaseIterable {
        /// A policy of this name.
        case hardest, easiest, window, ccs, dual, random
        /// Random, with a balanced quota.
        case classBalanced = "class-balanced"

        /// Whether candidates must be ranked.
        package var needsScores: Bool { self != .random && self != .classBalanced }
    }

    /// The names of quotas.
    package enum QuotaName: String, Sendable, CaseIterable {
        /// A quota of this name.
        case none, proportional, balanced
        /// Larger numbers of classes with low recall.
        case worstClass = "worst-class"
        /// Larger shares of classes with low recall.
        case worstClassDensity = "worst-class-density"

        /// Whether the recall of each class must be known.
        package var needsRecall: Bool { self == .worstClass || self == .worstClassDensity }
    }

    /// One score to rank by, with its weight.
    package struct Term: Sendable, Equatable, CustomStringConvertible {
        /// The score's name.
        package let name: String
        /// Its share in the mean of ranks, above 0.
        package let weight: Double

        /// Makes a term.
        package init(name: String, weight: Double) {
            self.name = name
            self.weight = weight
        }

        /// Reads `el2n` or `el2n:2`; nil for anything else.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
            guard parts.count <= 2, let name = parts.first, !name.isEmpty else { return nil }
            guard parts.count == 2 else {
                self.init(name: name, weight: 1)
                return
            }
            guard let weight = Double(parts[1]), weight > 0, weight.isFinite else { return nil }
            self.init(name: name, weight: weight)
        }

        /// The text that is read back as this term.
        package var description: String {
            if weight == 1 { return name }
            let number = "\(weight)"
            return "\(name):\(number.hasSuffix(".0") ? String(number.dropLast(2)) : number)"
        }
    }

    /// Which examples to keep.
    package var policy = PolicyName.hardest
    /// The share to keep; nil for all that may be kept.
    package var keptFraction: Double?
    /// The share of the hardest that is never kept.
    package var passedOver = 0.0
    /// The score by which that share is found; nil for what candidates are ranked by.
    package var passedOverScore: String?
    /// How many strata `ccs` has.
    package var strataCount = PruningPolicy.defaultStrataCount
    /// The pruned share that the weights of `dual` are made for; nil for the one that is pruned.
    package var prunedShare: Double?
    /// How late the weights of `dual` move to easy examples.
    package var exponent = PruningPolicy.defaultBetaExponent
    /// How many of each class or group.
    package var quota = QuotaName.none
    /// The group column a quota counts by; nil for classes.
    package var groupColumn: String?
    /// The least number of each class or group.
    package var floor: Int?
    /// Chooses among equally good random sets.
    package var seed: UInt64 = 0
    /// What kept examples count.
    package var weighting = PruningRule.Weighting.equal
    /// Whether a class may lose all its examples.
    package var allowsEmptyClasses = false

    /// The defaults: the hardest of all.
    package init() {}

    /// Whether candidates must be ranked.
    package var needsScores: Bool { policy.needsScores }

    /// The policy.
    package var pruningPolicy: PruningPolicy {
        switch policy {
        case .hardest: .hardest
        case .easiest: .easiest
        case .window: .window(passedOver: passedOver)
        case .ccs: .stratified(passedOver: passedOver, strataCount: strataCount)
        case .dual: .betaWeighted(prunedShare: prunedShare, exponent: exponent)
        case .random, .classBalanced: .random
        }
    }

    /// The quota.
    ///
    /// - Parameter recall: the recall of each class, for the quotas that go by it.
    package func pruningQuota(recall: [Double]) -> Quota {
        let cells = groupColumn.map { Quota.Cells.group($0) } ?? .classes
        if policy == .classBalanced { return .balanced(.classes) }
        if let floor { return .floor(count: floor, cells) }
        switch quota {
        case .none: return .none
        case .proportional: return .proportional(cells)
        case .balanced: return .balanced(cells)
        case .worstClass: return .worstClass(recall: recall)
        case .worstClassDensity: return .worstClassDensity(recall: recall)
        }
    }

    /// The rule.
    package func rule(recall: [Double]) -> PruningRule {
        var rule = PruningRule(
            policy: pruningPolicy, quota: pruningQuota(recall: recall), keptFraction: keptFraction, seed: seed,
            weighting: weighting, allowsEmptyClasses: allowsEmptyClasses)
        rule.passedOverScore = passedOverScore
        return rule
    }
}
