/// One point of a curve: how many examples are kept, and by what.
struct CurveChoice: Sendable, Equatable {
    /// How the set is chosen.
    let method: CurveRun.Method
    /// The share that is kept.
    let keptFraction: Double
    private let passedOver: Double

    /// The points of all curves: each policy with each score, then random and class-balanced random sets.
    ///
    /// Fractions that a policy cannot keep, because it passes over the hardest, are left out; so is all data.
    static func all(
        scores: [String], policies: [PruningWords.PolicyName], fractions: [Double], passedOver: Double
    ) -> [CurveChoice] {
        let methods =
            scores.flatMap { score in policies.map { CurveRun.Method(score: score, policy: $0.rawValue) } }
            + [.random, .classBalanced]
        return methods.flatMap { method in
            let skipped = ["ccs", "window"].contains(method.policy) ? passedOver : 0
            return fractions.filter { $0 < 1 && $0 <= 1 - skipped }.map {
                CurveChoice(method: method, keptFraction: $0, passedOver: skipped)
            }
        }
    }

    /// Whether another seed keeps other examples.
    var isDrawn: Bool { method.score == nil || method.policy == "ccs" }

    /// Chooses.
    ///
    /// - Parameters:
    ///   - candidates: what there is to choose from.
    ///   - scores: the scores; nil for random sets.
    ///   - seed: the seed of the draw.
    func selection(
        of candidates: ExampleTable, _ scores: CandidateScores?, seed: UInt64
    ) throws -> PruningSelection {
        var words = PruningWords()
        words.policy = PruningWords.PolicyName(rawValue: method.policy) ?? .random
        words.keptFraction = keptFraction
        words.passedOver = passedOver
        words.seed = seed
        // What a lost class does to accuracy is part of the answer.
        words.allowsEmptyClasses = true
        return try words.selection(
            of: candidates, terms: method.score.map { [PruningWords.Term(name: $0, weight: 1)] } ?? [], scores)
    }
}
