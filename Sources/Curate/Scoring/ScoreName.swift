/// A number that says how hard, how doubtful or how informative an example is; the raw value is what `by` takes.
public enum ScoreName: String, Sendable, CaseIterable, Codable {
    /// How far the predicted distribution is from the label: the L2 norm of softmax - onehot.
    case el2n
    /// How far the example alone would move the weights: the L2 norm of its loss gradient over all parameters.
    case grand
    /// How often training unlearned the example.
    case forgetting
    /// How far the label's logit stayed above the others during training: the area under the margin.
    case aum
    /// The cross-entropy of the example.
    case loss
    /// The label's probability minus the largest other one.
    case margin
    /// The entropy of the predicted distribution, whatever the label.
    case entropy
    /// The mean probability of the label over training.
    case confidence
    /// How much the probability of the label moved during training.
    case variability
    /// In how many epochs the prediction was right.
    case correctness

    /// Which end of the score is the hard one.
    package var direction: ScoreDirection {
        switch self {
        case .el2n, .grand, .forgetting, .loss, .entropy: .higherIsHarder
        case .aum, .margin, .confidence, .correctness: .lowerIsHarder
        case .variability: .higherIsMoreAmbiguous
        }
    }
}

/// Which end of a score is the one that "hardest" means.
///
/// The sign travels with the score through tables, ranks and files, so that nobody has to know it: sorting the wrong
/// way round is the commonest error among published implementations.
package enum ScoreDirection: String, Sendable, CaseIterable, Codable {
    /// The largest values are the hardest examples.
    case higherIsHarder
    /// The smallest values are the hardest examples.
    case lowerIsHarder
    /// The largest values are the most ambiguous examples; these take the place of the hardest in rankings.
    case higherIsMoreAmbiguous

    /// Whether rank 1 belongs to the largest value.
    package var largestFirst: Bool { self != .lowerIsHarder }

    /// The direction as files and terminals print it, for instance "higher = harder".
    package var phrase: String {
        switch self {
        case .higherIsHarder: "higher = harder"
        case .lowerIsHarder: "lower = harder"
        case .higherIsMoreAmbiguous: "higher = more ambiguous"
        }
    }
}
