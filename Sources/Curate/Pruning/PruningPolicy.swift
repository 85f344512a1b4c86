/// In which order candidates are kept; what `policy` takes.
///
/// A policy is an order of the candidates, the first to be kept first. It does not depend on how many are kept (but for
/// `betaWeighted` without a fixed rate), so the kept sets of two fractions are nested.
package enum PruningPolicy: Sendable, Equatable {
    /// The hardest first: Data Diet's rule, and Toneva's.
    case hardest
    /// The easiest first.
    case easiest
    /// The hardest first, after passing over a share of them: Data Diet's offset window.
    case window(passedOver: Double)
    /// A random share of every stratum of difficulty, after passing over the hardest: coverage-centric selection.
    ///
    /// See `CoverageOrder`.
    case stratified(passedOver: Double, strataCount: Int)
    /// Random, with probabilities from score and confidence that move to easier examples as more is pruned: DUAL.
    ///
    /// See `BetaWeighting`. `prunedShare` nil takes the share that is pruned, as published; a number fixes it, so that
    /// kept sets are nested over fractions.
    case betaWeighted(prunedShare: Double?, exponent: Double)
    /// Random, every candidate alike.
    case random

    /// The strata of the reference implementation of coverage-centric selection.
    package static let defaultStrataCount = 50

    /// The exponent c_D that DUAL uses for CIFAR-100.
    package static let defaultBetaExponent = 4.0

    /// The most strata that are accepted.
    package static let largestStrataCount = 10_000

    /// The word for it, in files and on the command line.
    package var name: String {
        switch self {
        case .hardest: "hardest"
        case .easiest: "easiest"
        case .window: "window"
        case .stratified: "ccs"
        case .betaWeighted: "dual"
        case .random: "random"
        }
    }

    /// Whether there must be a ranking.
    package var needsScore: Bool { self != .random }

    /// Whether there must be the mean probability of each example's label.
    package var needsConfidence: Bool {
        if case .betaWeighted = self { return true }
        return false
    }

    /// Whether the kept sets of two fractions are nested, everything else being equal, whatever the quota.
    package var isNestedOverFractions: Bool {
        if case .betaWeighted(nil, _) = self { return false }
        return true
    }

    /// The share of the hardest that is never kept.
    var passedOverShare: Double {
        switch self {
        case .window(let share), .stratified(let share, _): share
        default: 0
        }
    }

    /// What the policy does, as a phrase.
    ///
    /// - Parameters:
    ///   - score: what candidates are ranked by; empty when nothing is ranked.
    ///   - passedOverScore: the score by which the hardest are passed over, when it is another.
    package func phrase(by score: String, passingOverBy passedOverScore: String?) -> String {
        let by = score.isEmpty ? "" : " by \(score)"
        guard let passedOverScore, passedOverShare > 0 else { return phrase + by }
        var unlimited = self
        if case .stratified(_, let count) = self { unlimited = .stratified(passedOver: 0, strataCount: count) }
        if case .window = self { unlimited = .hardest }
        return
            "\(unlimited.phrase)\(by), without the hardest \(DecimalText.shortPercent(passedOverShare)) by \(passedOverScore)"
    }

    private var phrase: String {
        switch self {
        case .hardest: "the hardest"
        case .easiest: "the easiest"
        case .window(let share): "the hardest after the top \(DecimalText.shortPercent(share))"
        case .stratified(let share, let count):
            "a random share of each of \(count) strata of difficulty"
                + (share > 0 ? ", without the hardest \(DecimalText.shortPercent(share))" : "")
        case .betaWeighted: "a random set weighted by score and confidence"
        case .random: "a random set"
        }
    }

    func validate() throws {
        func refuse(_ message: String, _ remedy: String) -> CurateError { CurateError(.usage, message, remedy: remedy) }
        switch self {
        case .hardest, .easiest, .random: break
        case .window(let share):
            guard share >= 0 && share < 1 else {
                throw refuse("the window starts after a share of \(share)", "choose a share from 0 to below 1")
            }
        case .stratified(let share, let count):
            guard share >= 0 && share < 1 else {
                throw refuse("the hardest share to drop is \(share)", "choose a share from 0 to below 1")
            }
            guard count >= 1 && count <= Self.largestStrataCount else {
                throw refuse("there are \(count) strata", "choose from 1 to \(Self.largestStrataCount); 50 are usual")
            }
        case .betaWeighted(let share, let exponent):
            if let share, !(share >= 0 && share <= 1) {
                throw refuse("the pruned share of the Beta weights is \(share)", "choose a share from 0 to 1")
            }
            guard exponent > 0 && exponent.isFinite else {
                throw refuse("the exponent of the Beta weights is \(exponent)", "choose one above 0; 4 is usual")
            }
        }
    }
}
