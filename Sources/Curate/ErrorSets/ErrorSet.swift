/// The training examples that a first training gets wrong, and what each example counts in the second.
package struct ErrorSet: Sendable {
    /// What is known of each example that may be a member.
    package struct Evidence: Sendable {
        /// Whether its label is not what was predicted, or is less probable than the rule asks for.
        package let isWrong: [Bool]
        /// The loss by which `isWrong` was decided, natural logarithm.
        package let losses: [Float]
        /// Whether its label is probably wrong.
        package let isSuspect: [Bool]
        /// What `isSuspect` rests on, in words.
        package let suspicion: String
        /// Whether the first training happened elsewhere, so that no parameter of one here would change the set.
        package var isFromElsewhere = false

        /// Describes examples.
        ///
        /// - Precondition: the columns have one length.
        package init(isWrong: [Bool], losses: [Float], isSuspect: [Bool], suspicion: String) {
            precondition(isWrong.count == losses.count && isSuspect.count == isWrong.count, "columns of one length")
            self.isWrong = isWrong
            self.losses = losses
            self.isSuspect = isSuspect
            self.suspicion = suspicion
        }
    }

    /// The examples that are trained on.
    package let candidates: ExampleTable
    /// How the set was taken and what it counts.
    package let rule: ErrorSetRule
    /// What the members were told by.
    package let evidence: Evidence
    /// Whether each candidate counts for more.
    package let isMember: [Bool]
    /// What each candidate counted in the first training; nil when all counted alike.
    private let baseWeights: [Float]?

    /// The number of members.
    package var memberCount: Int { isMember.count { $0 } }
    /// The number of examples that are wrong and whose labels are suspect, whatever is done with them.
    package var suspectCount: Int { zip(evidence.isWrong, evidence.isSuspect).count { $0 && $1 } }

    /// Takes the error set of some candidates.
    ///
    /// - Parameters:
    ///   - candidates: the examples that are trained on.
    ///   - baseWeights: what each counted in the first training; nil when all counted alike.
    ///   - evidence: one value per candidate.
    ///   - rule: how to take it.
    /// - Throws: `CurateError(.workFailed)` when the set is empty, or when it cannot be told from a model that learned
    ///   nothing.
    package init(
        of candidates: ExampleTable, baseWeights: [Float]? = nil, evidence: Evidence, rule: ErrorSetRule
    ) throws {
        precondition(evidence.isWrong.count == candidates.count, "one row of evidence per candidate")
        self.candidates = candidates
        self.baseWeights = baseWeights
        self.evidence = evidence
        self.rule = rule
        isMember = zip(evidence.isWrong, evidence.isSuspect).map { $0 && !(rule.noise == .drop && $1) }
        try checkIsUsable()
    }

    /// What a member counts when the others count 1.
    package var multiplier: Double { rule.multiplier(memberCount: memberCount, of: candidates.count) }

    /// What each candidate counts for being a member or not: 1, the multiplier, or what that is capped to.
    private var factors: [Double] {
        let multiplier = multiplier
        let capped = min(multiplier, rule.cap)
        return isMember.indices.map { position in
            guard isMember[position] else { return 1 }
            return rule.noise == .cap && evidence.isSuspect[position] ? capped : multiplier
        }
    }

    /// What each candidate counts: its own weight, times the multiplier if it is a member.
    package var weights: [Float] {
        let factors = factors
        guard let baseWeights else { return factors.map { Float($0) } }
        return zip(baseWeights, factors).map { $0 * Float($1) }
    }

    /// How often an epoch presents each candidate, when members count by copies.
    ///
    /// - Throws: `CurateError(.usage)` when something counts a fraction.
    package func copies() throws -> [Int] {
        try factors.map { factor in
            guard factor == factor.rounded(), factor <= 1_000_000 else {
                throw CurateError(
                    .usage, "an example cannot be presented \(factor) times",
                    remedy: "name a whole number for `upweight` (and `cap`), or add `bySampling: false`")
            }
            return Int(factor)
        }
    }

    private func checkIsUsable() throws {
        let name = candidates.datasetName
        let wrongCount = evidence.isWrong.count { $0 }
        guard wrongCount > 0 else {
            throw CurateError(
                .workFailed, "the error set is empty: the first training gets every example right", at: name,
                remedy: evidence.isFromElsewhere
                    ? "take it at an earlier epoch, or give `logits` of a poorer first training, or of models that have "
                        + "not seen the examples"
                    : "take it at an earlier epoch, train the first model with a larger `weightDecay` or a smaller "
                        + "`learningRate`, or take it from models that have not seen the examples: `mode: \"held-out\"`"
            )
        }
        guard memberCount > 0 else {
            throw CurateError(
                .workFailed, "every member of the error set has a label that is probably wrong", at: name,
                remedy: "look at them first, or use `noise: \"cap\"`")
        }
        // A model that has one answer for everything gets whole classes wrong and the others right.
        var wrongByClass = [Int](repeating: 0, count: candidates.classNames.count)
        for (label, isWrong) in zip(candidates.labels, evidence.isWrong) where isWrong { wrongByClass[Int(label)] += 1 }
        let occurring = candidates.classCounts.indices.filter { candidates.classCounts[$0] > 0 }
        let answered = occurring.filter { wrongByClass[$0] == 0 }
        if occurring.count > 1, answered.count == 1,
            occurring.allSatisfy({ $0 == answered[0] || wrongByClass[$0] == candidates.classCounts[$0] })
        {
            throw CurateError(
                .workFailed,
                "the first training answers \(candidates.classNames[answered[0]]) to everything, so that its errors are "
                    + "the other classes", at: name,
                remedy: evidence.isFromElsewhere
                    ? "take it at a later epoch, or give `logits` of another first training"
                    : "train it longer or with another `learningRate` (a smaller `weightDecay` if that is large)")
        }
    }

    /// What makes the set doubtful, as sentences without a full stop, each with what to try.
    package var warnings: [String] {
        var found: [String] = []
        let share = Double(memberCount) / Double(candidates.count)
        if share > 0.5 {
            found.append(
                "the error set is \(DecimalText.percent(share)) of the examples: the first training has hardly begun, take "
                    + "it at a later epoch")
        }
        var members = [Int](repeating: 0, count: candidates.classNames.count)
        for (label, isMember) in zip(candidates.labels, isMember) where isMember { members[Int(label)] += 1 }
        for (label, count) in candidates.classCounts.enumerated() where count > 0 {
            let className = candidates.classNames[label]
            if members[label] == count {
                found.append(
                    "class \(className) is in the error set as a whole, so that upweighting reweights classes: take it "
                        + "at a later epoch")
            } else if members[label] == 0 {
                found.append(
                    "no example of class \(className) is in the error set, so that nothing of it is lifted: take it at "
                        + "an earlier epoch")
            }
        }
        if rule.noise == .keep, suspectCount * 5 > memberCount {
            let suspects = Double(suspectCount) / Double(memberCount)
            found.append(
                "\(DecimalText.percent(suspects)) of the error set are \(evidence.suspicion): look whether these labels "
                    + "are right, or use `noise: \"drop\"` or `noise: \"cap\"`")
        }
        return found
    }

    /// What is trained on in the second training, and how often an epoch presents it.
    package func training() throws -> (subset: TrainingSubset, sampler: Sampler) {
        let indices = candidates.indices.map { Int($0) }
        switch rule.application {
        case .weights:
            return (
                TrainingSubset(indices: indices, weights: weights, isNormalized: rule.isNormalized), Sampler()
            )
        case .copies:
            return (TrainingSubset(indices: indices, weights: baseWeights), Sampler(copies: try copies()))
        }
    }

    /// The split: every candidate, with what it counts.
    package var split: Split {
        Split(
            indices: candidates.indices, weights: weights,
            manifest: SplitManifest(
                keeping: candidates, rule: rule.json, suspectCount: suspectCount, warnings: warnings))
    }
}
