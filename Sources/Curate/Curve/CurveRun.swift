/// One training on a kept set, and how it did on held-out examples.
package struct CurveRun: Sendable, Equatable {
    /// What is held equal between trainings on sets of different size.
    package enum Budget: String, Sendable, CaseIterable {
        /// Every example is seen as often: small sets take fewer steps, which is what makes pruning cheap.
        case epochs
        /// As many steps as with the full data, in whole epochs: what is lost then is lost for want of examples.
        case steps
    }

    /// How a kept set was chosen.
    package struct Method: Sendable, Hashable {
        /// The score it was ranked by; nil for random sets.
        package let score: String?
        /// The policy, as options spell it.
        package let policy: String

        /// Makes a method.
        package init(score: String?, policy: String) {
            self.score = score
            self.policy = policy
        }

        /// A random set.
        package static let random = Method(score: nil, policy: "random")
        /// A random set with as many examples of each class.
        package static let classBalanced = Method(score: nil, policy: "class-balanced")

        /// What reports call it: `el2n` for its hardest, `el2n ccs`, `random`.
        package var name: String {
            guard let score else { return policy }
            return policy == "hardest" ? score : "\(score) \(policy)"
        }
    }

    /// How the kept set was chosen; of the full data `random`.
    package let method: Method
    /// The share of the candidates that was kept.
    package let keptFraction: Double
    /// How many were kept.
    package let keptCount: Int
    /// What was held equal.
    package let budget: Budget
    /// The seed of the training, and of the draw where the method draws.
    package let seed: UInt64
    /// The epochs that were trained.
    package let epochs: Int
    /// The steps that were trained.
    package let steps: Int
    /// For each class, the held-out examples that were predicted right.
    package let correctCounts: [Int]
    /// For each class, the kept training examples.
    package let keptClassCounts: [Int]
    /// The key of the run in the store, in hexadecimal digits.
    package let key: String

    /// Makes a record of a training.
    package init(
        method: Method, keptFraction: Double, keptCount: Int, budget: Budget, seed: UInt64, epochs: Int, steps: Int,
        correctCounts: [Int], keptClassCounts: [Int], key: String
    ) {
        self.method = method
        self.keptFraction = keptFraction
        self.keptCount = keptCount
        self.budget = budget
        self.seed = seed
        self.epochs = epochs
        self.steps = steps
        self.correctCounts = correctCounts
        self.keptClassCounts = keptClassCounts
        self.key = key
    }
}
