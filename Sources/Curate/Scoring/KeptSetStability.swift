import Glibc

/// Whether more seeds would change which examples are kept, and which fewer seeds or epochs would have found the same.
///
/// The kept set is the hardest share by a score, combined over n seeds at an epoch. Its *agreement* with n other seeds is
/// the share of it that they keep too. **Measured** are the agreements of disjoint groups of up to half of the seeds, and
/// how much of the set of half the seeds at each epoch is kept by other seeds at the last. Everything for more seeds than
/// that is **predicted** from groups of half the seeds, by Spearman-Brown and the bivariate normal of `OverlapPrediction`.
/// `predictionError` says how far the same prediction, made from half of those, is off from what was measured of them, and
/// `interval` between what the agreement with the next seeds lies, of which these are a sample.
///
/// Ties are nothing that seeds agree about: agreements are means over how ties fall (`KeptSet`). With the order of the
/// names in their place, sets of scores with many ties agree by it, and less the more seeds there are.
///
/// A kept set is *stable* when one more seed would raise its predicted agreement by less than the tolerance. Agreement that
/// is mostly chance hardly rises with a seed either, so a stable set also has a reliability of at least 1/2; and a
/// prediction counts only when its error is within the tolerance.
package struct KeptSetStability: Sendable, Equatable {
    /// What was measured at one epoch, with groups of `groupSize` seeds.
    package struct EpochAgreement: Sendable, Equatable {
        /// The epoch.
        package let epoch: Int
        /// The mean share in common of two groups at this epoch.
        package let withinEpoch: Double
        /// The mean share in common of a group at this epoch with one of other seeds at the last.
        package let withLastEpoch: Double

        /// Makes a record.
        package init(epoch: Int, withinEpoch: Double, withLastEpoch: Double) {
            self.epoch = epoch
            self.withinEpoch = withinEpoch
            self.withLastEpoch = withLastEpoch
        }
    }

    /// Whether more seeds are worth training.
    package enum Verdict: String, Sendable {
        /// One more seed would hardly change the agreement.
        case stable
        /// One more seed would raise it by the tolerance or more.
        case improving
        /// Less than half of what orders the examples comes from the examples: the rest is the seeds', or tie-breaks'.
        case noise
        /// The prediction is off by more than the tolerance where it can be compared, so it says nothing yet.
        case unpredictable
        /// There are too few seeds to have measured what a seed adds.
        case tooFewSeeds
    }

    /// A number of seeds and epochs.
    package struct Choice: Sendable, Equatable {
        /// How many seeds.
        package let seedCount: Int
        /// How many epochs each.
        package let epoch: Int
        /// The predicted share that its kept set has in common with that of other seeds, all of them at the last epoch.
        package let agreement: Double
    }

    /// The fewest seeds that can be stable: with these, what the second seed of a group adds has been measured.
    package static let fewestSeeds = 4
    /// The predicted reliability below which an agreement is mostly chance.
    package static let requiredReliability = 0.5

    /// The score.
    package let name: ScoreName
    /// Whose definition of it.
    package let convention: ScoreConvention
    /// The examples there are to choose from.
    package let exampleCount: Int
    /// How many are kept.
    package let keptCount: Int
    /// How many seeds were trained, at least 2.
    package let seedCount: Int
    /// The least rise of the agreement that is worth one more seed, as a share of the kept set.
    package let tolerance: Double
    /// The mean share in common of two disjoint groups at the last epoch, by their size: 1 to `groupSize` seeds.
    package let groupAgreements: [Double]
    /// The epochs that were looked at, ascending; the last is the one that is scored.
    package let epochs: [EpochAgreement]
    /// How many of the kept examples, by all seeds, were chosen from others of the same score by tie-breaks.
    package let tiedCount: Int
    /// The standard deviation of the shares in common over the pairs of groups of `groupSize` seeds.
    package let spread: Double
    /// The mean share in common of groups of half of `groupSize` seeds, rounded up, without each of the seeds in turn.
    package let withoutOne: [Double]

    /// Makes a result of measurements.
    ///
    /// - Precondition: there are half as many group agreements as seeds, and at least one epoch; something is kept, and
    ///   something is not.
    package init(
        name: ScoreName, convention: ScoreConvention, exampleCount: Int, keptCount: Int, seedCount: Int,
        tolerance: Double, groupAgreements: [Double], epochs: [EpochAgreement], tiedCount: Int,
        spread: Double, withoutOne: [Double]
    ) {
        precondition(seedCount >= 2 && groupAgreements.count == seedCount / 2, "one agreement per size of group")
        precondition(!epochs.isEmpty && (1..<exampleCount).contains(keptCount), "nothing to compare")
        self.name = name
        self.convention = convention
        self.exampleCount = exampleCount
        self.keptCount = keptCount
        self.seedCount = seedCount
        self.tolerance = tolerance
        self.groupAgreements = groupAgreements
        self.epochs = epochs
        self.tiedCount = tiedCount
        self.spread = spread
        self.withoutOne = withoutOne
    }

    /// The largest groups that were measured: half of the seeds, rounded down.
    package var groupSize: Int { seedCount / 2 }
    /// The share that is kept, which is also what two random sets of the size share.
    package var keptFraction: Double { Double(keptCount) / Double(exampleCount) }
    /// The last epoch.
    package var lastEpoch: Int { epochs[epochs.count - 1].epoch }
}

extension KeptSetStability {
    /// The share that the sets of two groups of so many seeds have in common at the last epoch: measured where there are
    /// seeds for it, predicted beyond.
    package func agreement(ofSeeds count: Int) -> Double {
        count <= groupSize ? groupAgreements[count - 1] : predictedAgreement(ofSeeds: count)
    }

    /// The same as predicted from the largest groups, whatever was measured.
    package func predictedAgreement(ofSeeds count: Int) -> Double {
        OverlapPrediction.sharedFraction(ofCorrelation: reliability(ofSeeds: count), keeping: keptFraction)
    }

    /// The predicted correlation of the scores of two groups of so many seeds at the last epoch.
    package func reliability(ofSeeds count: Int) -> Double {
        OverlapPrediction.steppedUp(singleRun(at: epochs[epochs.count - 1]), runs: count)
    }

    /// The rise of the predicted agreement by one more seed.
    package var gainOfOneMore: Double {
        predictedAgreement(ofSeeds: seedCount + 1) - predictedAgreement(ofSeeds: seedCount)
    }

    /// How far the agreement of the largest groups, predicted from that of groups half as large, rounded up, is off from
    /// what was measured; nil when only single seeds could be compared.
    package var predictionError: Double? {
        guard groupSize > 1 else { return nil }
        let half = (groupSize + 1) / 2
        let predicted = predictedAgreement(
            ofSeeds: groupSize, fromGroupsOf: half, sharing: groupAgreements[half - 1])
        return abs(predicted - groupAgreements[groupSize - 1])
    }

    /// The share of the kept set that may be chosen among equal scores for an interval to be told: of made counts that were
    /// mostly 0 it held the truth in a half of the repetitions and fewer.
    private static let mostTied = 0.1

    /// Between what the share in common of this kept set with that of as many other seeds lies, with a confidence of 95 %;
    /// nil with fewer than `fewestSeeds`, and when more than a tenth of the kept set is chosen among equal scores.
    ///
    /// Around the prediction, on both sides: Student's quantile for one degree of freedom less than seeds, times the root
    /// of two variances, that of the prediction (a jackknife over the seeds: M. H. Quenouille, "Notes on bias in
    /// estimation", Biometrika 43, 1956; J. W. Tukey, Annals of Mathematical Statistics 29, 1958) and that of one share
    /// around its mean (over the pairs of groups), and `predictionError`, which is the law's and does not average out.
    package var interval: ClosedRange<Double>? {
        guard seedCount >= Self.fewestSeeds, let predictionError, withoutOne.count > 1,
            Double(tiedCount) <= Self.mostTied * Double(keptCount)
        else { return nil }
        let half = (groupSize + 1) / 2
        let predicted = withoutOne.map { predictedAgreement(ofSeeds: seedCount, fromGroupsOf: half, sharing: $0) }
        let moments = Moments(of: predicted)
        let count = Double(predicted.count)
        let variance = (count - 1) * (count - 1) / count * pow(moments.standardDeviation ?? 0, 2)
        let quantile = StudentT.centralQuantile(0.95, degreesOfFreedom: seedCount - 1)
        let width = quantile * (variance + spread * spread).squareRoot() + predictionError
        let centre = predictedAgreement(ofSeeds: seedCount)
        return max(0, centre - width)...min(1, centre + width)
    }

    /// What so many seeds share, predicted from what groups of a size share.
    private func predictedAgreement(ofSeeds count: Int, fromGroupsOf size: Int, sharing shared: Double) -> Double {
        let single = OverlapPrediction.singleRun(
            ofReliability: OverlapPrediction.correlation(ofSharedFraction: shared, keeping: keptFraction), runs: size)
        return OverlapPrediction.sharedFraction(
            ofCorrelation: OverlapPrediction.steppedUp(single, runs: count), keeping: keptFraction)
    }

    /// Whether more seeds are worth training.
    package var verdict: Verdict {
        guard seedCount >= Self.fewestSeeds, let predictionError else { return .tooFewSeeds }
        if tiedCount == keptCount || reliability(ofSeeds: seedCount) < Self.requiredReliability { return .noise }
        if gainOfOneMore >= tolerance { return .improving }
        return predictionError <= tolerance ? .stable : .unpredictable
    }

    /// The predicted share that the set of `count` seeds at an epoch has in common with that of other seeds, `seedCount` of
    /// them, at the last epoch.
    ///
    /// - Precondition: the epoch is among `epochs`.
    package func agreement(ofSeeds count: Int, at epoch: Int) -> Double {
        guard let measured = epochs.first(where: { $0.epoch == epoch }) else {
            preconditionFailure("epoch \(epoch) was not measured")
        }
        func ratio(_ measured: EpochAgreement, _ count: Int) -> Double {
            OverlapPrediction.reliabilityRatio(ofSingleRun: singleRun(at: measured), runs: count, to: groupSize)
        }
        let correlation = OverlapPrediction.correlation(
            ofSharedFraction: measured.withLastEpoch, keeping: keptFraction)
        // The correlation of two means falls with the square root of the reliability of each.
        let scale = (ratio(measured, count) * ratio(epochs[epochs.count - 1], seedCount)).squareRoot()
        return OverlapPrediction.sharedFraction(ofCorrelation: correlation * scale, keeping: keptFraction)
    }

    /// Whether so many seeds at an epoch agree as well with other seeds at the last as the final set does, within the
    /// tolerance.
    package func suffices(seeds count: Int, at epoch: Int) -> Bool {
        agreement(ofSeeds: count, at: epoch) >= agreement(ofSeeds: seedCount, at: lastEpoch) - tolerance
    }

    /// Every number of seeds and epoch that would have done; all seeds at the last epoch always would.
    private var sufficient: [Choice] {
        epochs.flatMap { measured in
            (1...seedCount).filter { suffices(seeds: $0, at: measured.epoch) }.map {
                Choice(seedCount: $0, epoch: measured.epoch, agreement: agreement(ofSeeds: $0, at: measured.epoch))
            }
        }
    }

    /// Of what would have done, the least training; among equals the best agreement.
    package var cheapest: Choice {
        best { ($0.seedCount * $0.epoch, -$0.agreement) < ($1.seedCount * $1.epoch, -$1.agreement) }
    }

    /// Of what would have done, the earliest epoch, with the fewest seeds.
    package var earliest: Choice { best { ($0.epoch, $0.seedCount) < ($1.epoch, $1.seedCount) } }

    /// Of what would have done, the fewest seeds, at the earliest epoch.
    package var fewest: Choice { best { ($0.seedCount, $0.epoch) < ($1.seedCount, $1.epoch) } }

    private func best(by precedes: (Choice, Choice) -> Bool) -> Choice {
        guard let best = sufficient.min(by: precedes) else {
            preconditionFailure("all seeds at the last epoch agree as well as themselves")
        }
        return best
    }

    /// The epochs of a choice as a share of those that were trained.
    package func cost(of choice: Choice) -> Double {
        Double(choice.seedCount * choice.epoch) / Double(seedCount * lastEpoch)
    }

    /// The reliability of one run at an epoch, from groups of half the seeds.
    private func singleRun(at measured: EpochAgreement) -> Double {
        OverlapPrediction.singleRun(
            ofReliability: OverlapPrediction.correlation(
                ofSharedFraction: measured.withinEpoch, keeping: keptFraction), runs: groupSize)
    }
}
