/// Whose definition of a score is meant; the raw value is what `convention` takes.
///
/// The same name stands for different numbers in every published code base. A convention fixes all of them, so that
/// each reference's number can be had from the same log. What a convention does not define itself is as in
/// `dataDiet`. Every definition reads the plain cross-entropy, softmax and margins of the raw logits and the example's own
/// label, whatever the training minimised. Epochs are the log's: epoch e gives what a run of e epochs would have given.
package enum ScoreConvention: String, Sendable, CaseIterable, Codable {
    /// Paul, Ganguli and Dziugaite, "Deep Learning on a Data Diet" (2021), and plain choices for the rest.
    ///
    /// - `el2n`, `grand`: evaluation mode, un-augmented, at the chosen epoch; the mean over runs of the norm, not the
    ///   norm of the mean and not the square.
    /// - `forgetting`: in-batch events, mean over runs. The reference gives never-learned examples infinity, which
    ///   makes the mean over runs infinite as soon as one run fails to learn the example and ties all of these. Here
    ///   they count T, the number of presentations: still above every learned example of the run, and finite.
    /// - `aum`: mean in-batch logit margin. `loss`, `margin` (of probabilities), `entropy`: as `el2n`.
    ///   The reference's own `max_margin` is `margin` with the other sign.
    /// - `confidence`, `variability`, `correctness`: as in `cartography`.
    case dataDiet = "data-diet"

    /// Toneva et al., "An Empirical Study of Example Forgetting" (2019).
    ///
    /// - `forgetting`: in-batch events *summed* over runs, T for each run in which the example was never learned.
    /// - `loss`, `margin`: the in-batch cross-entropy and logit margin their training records, at the chosen epoch.
    case toneva

    /// Swayamdipta et al., "Dataset Cartography" (2020).
    ///
    /// - `confidence`: mean in-batch probability of the label. `correctness`: number of correct epochs.
    /// - `variability`: population standard deviation of that probability; `ScoreSettings.correctsVariability` adds the
    ///   reference's `include_ci` correction.
    /// - `forgetting`: in-batch events, 1000 for a never-learned example.
    case cartography

    /// Pleiss et al., "Identifying Mislabeled Data using the Area Under the Margin Ranking" (2020).
    ///
    /// - `aum`: mean over presentations of the in-batch logit margin; low is suspicious.
    /// - `margin`: that logit margin at the chosen epoch alone.
    case aum

    /// Zheng et al., "Coverage-centric Coreset Selection for High Pruning Rates" (2023), as its code computes it.
    ///
    /// - `el2n`: *sum* of the training-mode, augmented error norm over the first ten epochs. The reference uses one
    ///   run; several are averaged here.
    /// - `aum`: *sum* of in-batch *probability* margins over the epochs.
    /// - `forgetting`: never-learned examples count 0 and therefore look like the easiest. This is reproduced on
    ///   purpose, with a warning.
    /// - The reference keeps log-probabilities in half precision, so its sums differ from these in the third digit.
    case ccs

    /// How this convention computes a score.
    package func definition(of name: ScoreName, options: ScoreSettings = ScoreSettings()) -> ScoreDefinition {
        ownDefinition(of: name, options: options) ?? Self.commonDefinition(of: name, options: options)
    }

    /// The definitions in which this convention differs from the common ones.
    private func ownDefinition(of name: ScoreName, options: ScoreSettings) -> ScoreDefinition? {
        switch (self, name) {
        case (.toneva, .forgetting):
            ScoreDefinition(
                "number of forgetting events in training batches, never learned = number of presentations",
                .batchCorrect, .throughChosenEpoch, .forgettingEvents(neverLearned: .presentationCount),
                aggregation: .sum)
        case (.toneva, .loss):
            ScoreDefinition("cross-entropy in the training batch", .batchLoss)
        case (.toneva, .margin), (.aum, .margin):
            ScoreDefinition("logit of the label minus the largest other, in the training batch", .batchLogitMargin)
        case (.cartography, .forgetting):
            ScoreDefinition(
                "number of forgetting events in training batches, never learned = 1000",
                .batchCorrect, .throughChosenEpoch, .forgettingEvents(neverLearned: .constant(1000)))
        case (.ccs, .el2n):
            ScoreDefinition(
                "sum over epochs of the L2 norm of softmax - onehot in training batches (training mode, augmented)",
                .batchErrorNorm, .first(Self.ccsEpochCount), .sum)
        case (.ccs, .aum):
            ScoreDefinition(
                "sum over epochs of the probability of the label minus the largest other, in training batches",
                .batchProbabilityMargin, .throughChosenEpoch, .sum)
        case (.ccs, .forgetting):
            ScoreDefinition(
                "number of forgetting events in training batches, never learned = 0",
                .batchCorrect, .throughChosenEpoch, .forgettingEvents(neverLearned: .constant(0)),
                warnings: [
                    "ccs gives never-learned examples 0 forgetting events, so the hardest look like the easiest and"
                        + " are pruned first; this reproduces the reference's error, use data-diet or toneva otherwise"
                ])
        default: nil
        }
    }

    /// The number of epochs over which ccs sums its error norms.
    static let ccsEpochCount = 10

    private static func commonDefinition(of name: ScoreName, options: ScoreSettings) -> ScoreDefinition {
        let plain = "on the clean pass (evaluation mode, no augmentation)"
        return switch name {
        case .el2n:
            ScoreDefinition("L2 norm of softmax - onehot \(plain)", .cleanErrorNorm)
        case .grand:
            ScoreDefinition("L2 norm of the example's loss gradient over all parameters \(plain)", .cleanGradientNorm)
        case .forgetting:
            ScoreDefinition(
                "number of forgetting events in training batches, never learned = number of presentations",
                .batchCorrect, .throughChosenEpoch, .forgettingEvents(neverLearned: .presentationCount))
        case .aum:
            ScoreDefinition(
                "mean over epochs of the logit of the label minus the largest other, in training batches",
                .batchLogitMargin, .throughChosenEpoch, .mean)
        case .loss:
            ScoreDefinition("cross-entropy \(plain)", .cleanLoss)
        case .margin:
            ScoreDefinition("probability of the label minus the largest other \(plain)", .cleanProbabilityMargin)
        case .entropy:
            ScoreDefinition("entropy of the softmax \(plain)", .cleanEntropy)
        case .confidence:
            ScoreDefinition(
                "mean over epochs of the probability of the label in training batches",
                .batchProbability, .throughChosenEpoch, .mean)
        case .variability:
            options.correctsVariability
                ? ScoreDefinition(
                    "standard deviation over epochs of the probability of the label in training batches,"
                        + " as sqrt(v + v^2 / (T - 1)) with v the population variance",
                    .batchProbability, .throughChosenEpoch, .correctedDeviation)
                : ScoreDefinition(
                    "population standard deviation over epochs of the probability of the label in training batches",
                    .batchProbability, .throughChosenEpoch, .deviation)
        case .correctness:
            ScoreDefinition(
                "number of epochs with a correct prediction in the training batch",
                .batchCorrect, .throughChosenEpoch, .count)
        }
    }
}

/// The choices a convention leaves open.
package struct ScoreSettings: Sendable, Equatable {
    /// The epoch at which, or through which, scores are taken; nil is the last one that every run recorded.
    package var epoch: Int?
    /// Whether variability carries cartography's `include_ci` correction.
    package var correctsVariability: Bool

    /// Makes a choice.
    package init(epoch: Int? = nil, correctsVariability: Bool = false) {
        self.epoch = epoch
        self.correctsVariability = correctsVariability
    }
}
