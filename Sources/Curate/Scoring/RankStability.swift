import Glibc

/// How much of a ranking would survive if everything were trained again with other seeds.
///
/// The rule: a ranking is *stable* when, for the score as it is combined over K seeds, another K seeds are predicted
/// to give a ranking whose Spearman correlation with this one is at least 0.9, and a hardest half that shares at
/// least 80 % of its examples with this one's. Both predictions start from what pairs of single seeds show and step
/// it up to K seeds with the Spearman-Brown formula K r / (1 + (K - 1) r). A shared fraction s of two halves is first
/// turned into the correlation sin(pi (s - 1/2)) that a bivariate normal would need for it, and back afterwards.
public struct RankStability: Sendable {
    /// Two runs compared.
    public struct Pair: Sendable, Equatable {
        /// The positions of the runs in the list of seeds.
        public let first: Int, second: Int
        /// Spearman's correlation with average ranks for ties; nil when all scores of one run are equal.
        public let spearman: Double?
        /// |A and B| / |A or B| for the two hardest halves.
        public let jaccard: Double
        /// |A and B| / |A| for the two hardest halves; one half is expected by chance.
        public let sharedFraction: Double
    }

    /// What the rule says.
    public enum Verdict: String, Sendable, Codable {
        /// One run: nothing to compare.
        case unknown
        /// Another set of seeds would give nearly this ranking.
        case stable
        /// Another set of seeds would give a noticeably different ranking.
        case unstable
    }

    /// The predicted correlation from which a ranking counts as stable.
    public static let requiredReliability = 0.9
    /// The predicted shared fraction of the hardest half from which a ranking counts as stable.
    public static let requiredSharedFraction = 0.8
    /// The largest number of seeds that is ever recommended; beyond it, longer runs are.
    public static let largestRecommendedSeedCount = 50

    /// The score that was examined.
    public let name: ScoreName
    /// The number of runs.
    public let seedCount: Int
    /// The size of a hardest half: N / 2, rounded up.
    public let keptCount: Int
    /// Every pair of runs.
    public let pairs: [Pair]
    /// The mean of the pairs' Spearman correlations; nil with one run, or when a run's scores are all equal.
    public let meanSpearman: Double?
    /// The smallest and largest of them.
    public let spearmanRange: ClosedRange<Double>?
    /// The mean of the pairs' Jaccard overlaps.
    public let meanJaccard: Double?
    /// The mean of the pairs' shared fractions.
    public let meanSharedFraction: Double?
    /// The predicted Spearman correlation of this K-seed score with that of K other seeds.
    public let predictedReliability: Double?
    /// The predicted shared fraction of the hardest half with that of K other seeds.
    public let predictedSharedFraction: Double?
    /// The number of seeds at which the rule is predicted to be met; nil when no sensible number is.
    public let recommendedSeedCount: Int?
    /// What the rule says.
    public let verdict: Verdict

    /// Compares the runs behind a column.
    public init(of column: ScoreColumn, ties: TieBreaker) {
        name = column.name
        seedCount = column.perSeed.count
        let exampleCount = column.values.count
        keptCount = (exampleCount + 1) / 2
        pairs = Self.pairs(of: column, keeping: keptCount, ties: ties)

        let correlations = pairs.compactMap(\.spearman)
        guard let lowest = correlations.min(), let highest = correlations.max(), correlations.count == pairs.count
        else {
            (meanSpearman, spearmanRange, predictedReliability, predictedSharedFraction) = (nil, nil, nil, nil)
            meanJaccard = Self.mean(pairs.map(\.jaccard))
            meanSharedFraction = Self.mean(pairs.map(\.sharedFraction))
            recommendedSeedCount = seedCount == 1 ? 3 : nil
            verdict = seedCount == 1 ? .unknown : .unstable
            return
        }
        let correlation = correlations.reduce(0, +) / Double(correlations.count)
        let shared = pairs.map(\.sharedFraction).reduce(0, +) / Double(pairs.count)
        let halves = Self.correlation(ofSharedFraction: shared)
        let reliability = Self.steppedUp(correlation, runs: seedCount)
        let predictedShare = Self.sharedFraction(ofCorrelation: Self.steppedUp(halves, runs: seedCount))
        meanSpearman = correlation
        spearmanRange = lowest...highest
        meanJaccard = Self.mean(pairs.map(\.jaccard))
        meanSharedFraction = shared
        predictedReliability = reliability
        predictedSharedFraction = predictedShare

        let isStable = reliability >= Self.requiredReliability && predictedShare >= Self.requiredSharedFraction
        verdict = isStable ? .stable : .unstable
        let neededForRanks = Self.runsNeeded(from: correlation, to: Self.requiredReliability)
        let neededForHalves = Self.runsNeeded(
            from: halves, to: Self.correlation(ofSharedFraction: Self.requiredSharedFraction))
        if let ranks = neededForRanks, let halves = neededForHalves {
            let needed = max(ranks, halves, isStable ? 1 : seedCount + 1)
            recommendedSeedCount = needed <= Self.largestRecommendedSeedCount ? needed : nil
        } else {
            recommendedSeedCount = nil
        }
    }

    private static func pairs(of column: ScoreColumn, keeping keptCount: Int, ties: TieBreaker) -> [Pair] {
        guard column.perSeed.count > 1 else { return [] }
        let ranks = column.perSeed.map { RankOrder.centredAverageRanks(of: $0) }
        let halves = column.perSeed.map { values in
            let order = RankOrder.positions(
                sorting: values, largestFirst: column.direction.largestFirst, ties: ties)
            var kept = [Bool](repeating: false, count: values.count)
            for position in order.prefix(keptCount) { kept[Int(position)] = true }
            return kept
        }
        var pairs: [Pair] = []
        for first in ranks.indices {
            for second in ranks.indices where second > first {
                var shared = 0
                for i in halves[first].indices where halves[first][i] && halves[second][i] { shared += 1 }
                pairs.append(
                    Pair(
                        first: first, second: second, spearman: RankOrder.spearman(ranks[first], ranks[second]),
                        jaccard: Double(shared) / Double(2 * keptCount - shared),
                        sharedFraction: Double(shared) / Double(keptCount)))
            }
        }
        return pairs
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// Spearman-Brown: the correlation of two means of K runs each, from that of two single runs.
    ///
    /// Runs that disagree on average (r <= 0) predict nothing, which counts as 0.
    static func steppedUp(_ correlation: Double, runs: Int) -> Double {
        guard correlation > 0 else { return 0 }
        return Double(runs) * correlation / (1 + Double(runs - 1) * correlation)
    }

    /// Spearman-Brown solved for the number of runs; nil when single runs do not agree at all.
    static func runsNeeded(from correlation: Double, to target: Double) -> Int? {
        guard correlation > 0 else { return nil }
        let runs = target * (1 - correlation) / (correlation * (1 - target))
        // The subtraction keeps a rounding error above an integer from costing a whole training run.
        return runs < 1e6 ? max(1, Int((runs - 1e-9).rounded(.up))) : nil
    }

    /// The correlation of a bivariate normal whose upper halves share this fraction.
    static func correlation(ofSharedFraction fraction: Double) -> Double { sin(.pi * (fraction - 0.5)) }

    /// The fraction that the upper halves of a bivariate normal share.
    static func sharedFraction(ofCorrelation correlation: Double) -> Double { 0.5 + asin(correlation) / .pi }
}

extension RankStability {
    /// The comparison in one sentence, for a terminal or a report, without a full stop.
    public var summary: String {
        guard seedCount > 1 else { return "\(name.rawValue): one run, so nothing is known about its stability" }
        guard let meanSpearman, let spearmanRange, let meanSharedFraction, let predictedReliability,
            let predictedSharedFraction
        else { return "\(name.rawValue): all scores of at least one run are equal, so its ranking is only tie-breaks" }
        var text = "\(name.rawValue): Spearman between single runs \(DecimalText.fixed(meanSpearman, places: 3))"
        if pairs.count > 1 {
            text += " (\(DecimalText.fixed(spearmanRange.lowerBound, places: 3))"
            text += " to \(DecimalText.fixed(spearmanRange.upperBound, places: 3)))"
        }
        text += ", their hardest halves share \(DecimalText.percent(meanSharedFraction))"
        text += "; another \(seedCount) seeds would rank at Spearman "
        text += DecimalText.fixed(predictedReliability, places: 3)
        return text + " and share \(DecimalText.percent(predictedSharedFraction))"
    }

    /// What is wrong with relying on the ranking, and what to do; nil when it is stable.
    public var warning: String? {
        let rule =
            "(the rule: predicted Spearman at least \(Self.requiredReliability), predicted share of the hardest half"
            + " at least \(DecimalText.percent(Self.requiredSharedFraction)))"
        switch verdict {
        case .stable: return nil
        case .unknown:
            return "the stability of the \(name.rawValue) ranking is unknown: one run cannot show how much of it is the"
                + " seed's doing; score at least 3 seeds"
        case .unstable:
            let start = "the \(name.rawValue) ranking is not stable yet"
            if let recommendedSeedCount {
                return "\(start): \(recommendedSeedCount) seeds instead of \(seedCount) should do \(rule)"
            }
            guard meanSpearman != nil else {
                return "\(start): all scores of at least one run are equal; train longer or use another score"
            }
            return "\(start), and more seeds would hardly help: single runs agree too little; train longer, score at a"
                + " later epoch, or use another score \(rule)"
        }
    }
}
