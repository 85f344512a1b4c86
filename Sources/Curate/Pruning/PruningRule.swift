/// What is kept of a dataset: a policy, a quota on top of it, how many, and a seed.
///
/// **Nestedness.** For one seed, one set of scores and otherwise equal parameters, what is kept at a smaller fraction is
/// kept at every larger one, by construction, for every policy with every quota, because a policy is one order of the
/// candidates that does not depend on the fraction (`PruningPolicy`), and no quota takes an example away from a cell when
/// the total grows (`Apportionment`). Under `none` the kept set is a prefix of that order; under `proportional`,
/// `balanced`, `worstClass` and `worstClassDensity` a prefix in each cell; under `floor` the first of each cell and a prefix of the rest.
/// There is one exception: `betaWeighted` without a fixed pruned share, whose weights are made from the fraction.
///
/// **Permutation.** Ties are broken, and random draws keyed, by hashes of ids, so the order of the input changes nothing.
///
/// **Totals** are exact: round(fraction * candidates), halves up.
package struct PruningRule: Sendable, Equatable {
    /// What the weights of kept examples are.
    package enum Weighting: String, Sendable, CaseIterable {
        /// 1 for every kept example.
        case equal
        /// 1 / (probability of being kept): weighted sums over the kept examples estimate sums over all that could be
        /// kept, without bias.
        ///
        /// D. G. Horvitz and D. J. Thompson, "A generalization of sampling without replacement from a finite universe",
        /// Journal of the American Statistical Association 47, 1952.
        case inverseProbability = "inverse-probability"
    }

    /// In which order examples are kept.
    package var policy: PruningPolicy
    /// How many of each class or group.
    package var quota: Quota
    /// The share of the candidates that is kept, above 0 and at most 1; nil for all that may be kept.
    package var keptFraction: Double?
    /// Chooses among equally good random selections.
    package var seed: UInt64
    /// What the weights of kept examples are.
    package var weighting: Weighting
    /// Whether a class may lose all its examples.
    package var allowsEmptyClasses: Bool
    /// The name of the score by which the hardest that are passed over are found; nil for what candidates are ranked by.
    ///
    /// Coverage-centric selection as its authors' code has it drops those with the lowest accumulated margin, whatever
    /// the strata are made of.
    package var passedOverScore: String?

    /// Makes a rule.
    package init(
        policy: PruningPolicy, quota: Quota = .none, keptFraction: Double?, seed: UInt64 = 0,
        weighting: Weighting = .equal, allowsEmptyClasses: Bool = false
    ) {
        self.policy = policy
        self.quota = quota
        self.keptFraction = keptFraction
        self.seed = seed
        self.weighting = weighting
        self.allowsEmptyClasses = allowsEmptyClasses
    }

    /// Chooses.
    ///
    /// - Parameters:
    ///   - candidates: what there is to choose from.
    ///   - ranking: the candidates by hardness; needed by all policies but random, and otherwise only recorded.
    ///   - passedOver: the candidates by the score of `passedOverScore`; nil when there is none.
    ///   - confidence: the mean probability of each candidate's label, for `betaWeighted`.
    ///   - excluded: the positions that must not be kept, for instance suspected label errors. The fraction still refers
    ///     to all candidates.
    /// - Throws: `usage` when a parameter is out of range, the policy lacks its score, more is asked for than may be
    ///   kept, or a class would be left without examples.
    package func selection(
        from candidates: ExampleTable, by ranking: HardnessRanking?, passingOver passedOver: HardnessRanking? = nil,
        confidence: [Float]? = nil, excluding excluded: Set<Int32> = []
    ) throws -> PruningSelection {
        try validate(for: candidates, ranking, confidence)
        precondition((passedOver == nil) == (passedOverScore == nil), "a ranking for the score that is named")
        var chosen = try CellSelection(
            of: candidates, rule: self, ranking: ranking, passedOver: passedOver ?? ranking, confidence: confidence,
            excluded: excluded)
        let available = chosen.capacities.reduce(0, +)
        let total = try keptCount(of: candidates.count, available: available, excludedCount: excluded.count)
        try chosen.keep(total)
        return try PruningSelection(
            rule: self, candidates: candidates, ranking: ranking, chosen: chosen, keptCount: total)
    }

    private func validate(
        for candidates: ExampleTable, _ ranking: HardnessRanking?, _ confidence: [Float]?
    ) throws {
        try policy.validate()
        try quota.validate(for: candidates)
        if let fraction = keptFraction, !(fraction > 0 && fraction <= 1) {
            throw CurateError(
                .usage, "the fraction to keep is \(fraction)", remedy: "choose one above 0 and at most 1")
        }
        guard candidates.count > 0 else {
            throw CurateError(
                .badData, "there are no training examples to choose from", at: candidates.datasetName,
                remedy: "prune a dataset with a training part")
        }
        if policy.needsScore && ranking == nil {
            throw CurateError(
                .usage, "the \(policy.name) policy needs a score", remedy: "score the examples first, or use random")
        }
        if policy.needsConfidence && confidence == nil {
            throw CurateError(
                .usage, "the \(policy.name) policy needs the confidence of every example beside its score",
                remedy: "compute both scores, for instance with curate score, `by: [\"variability\", \"confidence\"]`")
        }
        precondition(ranking == nil || ranking?.values.count == candidates.count, "a ranking of other examples")
    }

    /// The exact number to keep.
    private func keptCount(of count: Int, available: Int, excludedCount: Int) throws -> Int {
        guard let keptFraction else { return available }
        let total = Int((keptFraction * Double(count)).rounded())
        let percent = DecimalText.shortPercent(keptFraction)
        guard total > 0 else {
            throw CurateError(
                .usage, "\(percent) of \(count) examples is less than one half", remedy: "keep a larger fraction")
        }
        guard total <= available else {
            var reasons: [String] = []
            if policy.passedOverShare > 0 {
                let by = passedOverScore.map { " by \($0)" } ?? ""
                reasons.append(
                    "the policy passes over the hardest \(DecimalText.shortPercent(policy.passedOverShare))\(by)")
            }
            if excludedCount > 0 { reasons.append("\(excludedCount) suspects are dropped") }
            // Rounded down, so that the advice can be followed.
            let most = (Double(available) / Double(count) * 10_000).rounded(.down) / 10_000
            throw CurateError(
                .usage,
                "\(percent) of \(count) examples is \(total), and only \(available) may be kept: "
                    + reasons.joined(separator: " and "),
                remedy: "keep at most \(most), or leave the fraction out to keep all of these")
        }
        return total
    }
}
