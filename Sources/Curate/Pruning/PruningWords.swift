/// A pruning rule as options and pipeline files spell it.
public struct PruningWords: Sendable, Equatable {
    /// The names of policies.
    public enum PolicyName: String, Sendable, CaseIterable {
        /// A policy of this name.
        case hardest, easiest, window, ccs, dual, random
        /// Random, with a balanced quota.
        case classBalanced = "class-balanced"

        /// Whether candidates must be ranked.
        public var needsScores: Bool { self != .random && self != .classBalanced }
    }

    /// The names of quotas.
    public enum QuotaName: String, Sendable, CaseIterable {
        /// A quota of this name.
        case none, proportional, balanced
        /// More of classes with low recall.
        case worstClass = "worst-class"
    }

    /// One score to rank by, with its weight.
    public struct Term: Sendable, Equatable, CustomStringConvertible {
        /// The score's name.
        public let name: String
        /// Its share in the mean of ranks, above 0.
        public let weight: Double

        /// Makes a term.
        public init(name: String, weight: Double) {
            self.name = name
            self.weight = weight
        }

        /// Reads `el2n` or `el2n:2`; nil for anything else.
        public init?(_ text: String) {
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
        public var description: String {
            if weight == 1 { return name }
            let number = "\(weight)"
            return "\(name):\(number.hasSuffix(".0") ? String(number.dropLast(2)) : number)"
        }
    }

    /// What is wrong between words that are each right.
    public struct Complaint: Sendable, Equatable {
        /// The parameter, as pipeline files call it.
        public let parameter: String
        /// What is wrong, as a predicate.
        public let message: String
        /// What to do.
        public let suggestion: String
    }

    /// Which examples to keep.
    public var policy = PolicyName.hardest
    /// The share to keep; nil for all that may be kept.
    public var keptFraction: Double?
    /// The share of the hardest that is never kept.
    public var passedOver = 0.0
    /// How many strata `ccs` has.
    public var strataCount = PruningPolicy.defaultStrataCount
    /// The pruned share that the weights of `dual` are made for; nil for the one that is pruned.
    public var prunedShare: Double?
    /// How late the weights of `dual` move to easy examples.
    public var exponent = PruningPolicy.defaultBetaExponent
    /// How many of each class or group.
    public var quota = QuotaName.none
    /// The group column a quota counts by; nil for classes.
    public var groupColumn: String?
    /// The least number of each class or group.
    public var floor: Int?
    /// Chooses among equally good random sets.
    public var seed: UInt64 = 0
    /// What kept examples count.
    public var weighting = PruningRule.Weighting.equal
    /// Whether a class may lose all its examples.
    public var allowsEmptyClasses = false

    /// The defaults: the hardest of all.
    public init() {}

    /// Whether candidates must be ranked.
    public var needsScores: Bool { policy.needsScores }

    /// What is wrong between words.
    ///
    /// - Parameter isGiven: whether a parameter was given rather than left at its default.
    func complaints(isGiven: (String) -> Bool) -> [Complaint] {
        var found: [Complaint] = []
        func only(_ parameter: String, with policies: [PolicyName]) {
            guard isGiven(parameter), !policies.contains(policy) else { return }
            found.append(
                Complaint(
                    parameter: parameter, message: "has no effect with the policy \(policy.rawValue)",
                    suggestion: "leave it out, or use policy: "
                        + policies.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")))
        }
        only("dropHardest", with: [.window, .ccs])
        only("strata", with: [.ccs])
        only("prunedShare", with: [.dual])
        only("exponent", with: [.dual])
        if policy == .window, passedOver == 0 {
            found.append(
                Complaint(
                    parameter: "policy", message: "window needs dropHardest", suggestion: "add dropHardest: 0.05"))
        }
        if keptFraction == nil, passedOver == 0, !isGiven("exclude") {
            found.append(
                Complaint(
                    parameter: "keep", message: "is missing, and nothing else says how much to keep",
                    suggestion: "add keep: 0.5 to keep half"))
        }
        if policy == .classBalanced {
            for parameter in ["quota", "per", "floor"] where isGiven(parameter) {
                found.append(
                    Complaint(
                        parameter: parameter, message: "does not go with class-balanced, which is a quota itself",
                        suggestion: "use policy: \"random\" with the quota"))
            }
        }
        if floor != nil, quota != .none {
            found.append(
                Complaint(
                    parameter: "floor", message: "does not go with the quota \(quota.rawValue)",
                    suggestion: "leave one of the two out"))
        }
        if groupColumn != nil, quota == .worstClass || (quota == .none && floor == nil) {
            found.append(
                Complaint(
                    parameter: "per", message: "has no effect without a proportional or balanced quota or a floor",
                    suggestion: "add quota: \"proportional\""))
        }
        return found
    }

    /// The policy.
    public var pruningPolicy: PruningPolicy {
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
    /// - Parameter recall: the recall of each class, for the worst-class quota.
    public func pruningQuota(recall: [Double]) -> Quota {
        let cells = groupColumn.map { Quota.Cells.group($0) } ?? .classes
        if policy == .classBalanced { return .balanced(.classes) }
        if let floor { return .floor(count: floor, cells) }
        switch quota {
        case .none: return .none
        case .proportional: return .proportional(cells)
        case .balanced: return .balanced(cells)
        case .worstClass: return .worstClass(recall: recall)
        }
    }

    /// The rule.
    public func rule(recall: [Double]) -> PruningRule {
        PruningRule(
            policy: pruningPolicy, quota: pruningQuota(recall: recall), keptFraction: keptFraction, seed: seed,
            weighting: weighting, allowsEmptyClasses: allowsEmptyClasses)
    }
}

extension PruningWords {
    /// Chooses among examples that were scored in a pipeline, or among all when there are no scores.
    ///
    /// - Parameters:
    ///   - candidates: the scored examples.
    ///   - terms: the scores to rank by, each in the table.
    ///   - scored: the scores; recalls for the worst-class quota are those of its predictions.
    ///   - excluded: positions that must not be kept.
    func selection(
        of candidates: ExampleTable, terms: [Term], _ scored: ScoreJob.Result?, excluding excluded: Set<Int32> = []
    ) throws -> PruningSelection {
        func score(_ name: String) throws -> PruningScore {
            guard let column = scored?.table.columns.first(where: { $0.name.rawValue == name }) else {
                throw CurateError(
                    .usage, "there is no score '\(name)'", remedy: "compute it with the others, with `by`")
            }
            return PruningScore(column)
        }
        var ranking: HardnessRanking?
        if needsScores || !terms.isEmpty {
            ranking = try HardnessRanking(combining: terms.map { (try score($0.name), $0.weight) }, of: candidates)
        }
        var recall: [Double] = []
        if quota == .worstClass {
            guard let predictions = scored?.examples.predictions else {
                throw CurateError(
                    .usage, "the worst-class quota needs the recall of every class",
                    remedy: "rank by scores, whose runs have predictions")
            }
            recall = candidates.recalls(of: predictions)
        }
        let confidence = policy == .dual ? try score(ScoreName.confidence.rawValue).values : nil
        return try rule(recall: recall).selection(
            from: candidates, by: ranking, confidence: confidence, excluding: excluded)
    }
}
