/// How an error set is taken and what it counts: Just Train Twice: Improving Group Robustness without Training Group
/// Information; Liu, Haghgoo, Chen, Raghunathan, Koh, Sagawa, Liang, Finn; ICML 2021.
///
/// The paper minimises λ Σ_E l + Σ_rest l, with E the training examples that a first model gets wrong after T epochs. The
/// public implementations are four different methods under one name; `Preset` names them.
package struct ErrorSetRule: Sendable, Equatable {
    /// Whose predictions make the set.
    package enum Mode: String, Sendable, CaseIterable {
        /// Those made while epoch T trains: in training mode, each batch just before its own update.
        case online
        /// Those of a pass over the training examples after epoch T, in evaluation mode.
        case clean
        /// Those of models that were not trained on the example, after T epochs of them.
        case heldOut = "held-out"
    }

    /// How the set counts for more.
    package enum Application: String, Sendable, CaseIterable {
        /// By the weight of its losses: an epoch costs what it cost before.
        case weights
        /// By presenting its examples more often, each time with another augmentation: an epoch grows by them.
        case copies
    }

    /// What is done with members whose labels are probably wrong.
    package enum Noise: String, Sendable, CaseIterable {
        /// They count like all members.
        case keep
        /// They are no members: they count once.
        case drop
        /// They count for more, but at most `cap`.
        case cap
    }

    /// The methods that are called JTT.
    package enum Preset: String, Sendable, CaseIterable {
        /// As the paper says: a pass of the first model, λ times, weights that keep the mean at 1.
        case paper
        /// As the authors' repository does: predictions of the training pass, λ further copies.
        case anniesch
        /// As SubpopBench does: losses times λ, not divided by anything.
        case subpopbench
        /// As SpuCo does: a pass of the first model, λ copies.
        case spuco
    }

    /// Whose predictions make the set.
    package var mode = Mode.clean
    /// An example is a member when its label is less probable than this; nil when its label is not the prediction.
    package var confidence: Double?
    /// λ: what a member counts, at least 1; nil for as much as makes the set weigh what the rest weighs.
    package var upweight: Double?
    /// Whether λ comes on top of the example itself, which then counts λ + 1.
    package var addsToOriginal = false
    /// How the set counts for more.
    package var application = Application.weights
    /// Whether weights are divided by their mean.
    package var isNormalized = true
    /// What is done with members whose labels are probably wrong.
    package var noise = Noise.keep
    /// What such a member counts at most, with `cap`.
    package var cap = 2.0

    /// A rule of the paper's kind.
    ///
    /// - Parameter upweight: λ; nil for as much as makes the set weigh what the rest weighs.
    package init(upweight: Double? = 20) { self.upweight = upweight }

    /// The rule of one of the implementations.
    package init(_ preset: Preset, upweight: Double? = 20) {
        self.init(upweight: upweight)
        switch preset {
        case .paper: break
        case .anniesch:
            mode = .online
            addsToOriginal = true
            application = .copies
        case .subpopbench: isNormalized = false
        case .spuco: application = .copies
        }
    }

    /// What a member counts when the others count 1.
    ///
    /// Balancing gives the set whole copies as the authors' `up_weight -1` does: ⌊(n - |E|) / |E|⌋, at least 1.
    ///
    /// - Parameters:
    ///   - memberCount: |E|, at least 1.
    ///   - count: n.
    package func multiplier(memberCount: Int, of count: Int) -> Double {
        precondition(memberCount >= 1 && memberCount <= count, "no error set")
        guard let upweight else { return Double(max(1, (count - memberCount) / memberCount)) }
        return addsToOriginal ? upweight + 1 : upweight
    }

    /// The rule as JSON, with the names of the parameters of an `errorSet` stage.
    package var json: JSONValue {
        [
            "policy": "error-set", "quota": "none", "mode": .string(mode.rawValue),
            "confidence": confidence.map { .double($0) } ?? nil, "upweight": upweight.map { .double($0) } ?? nil,
            "addsToOriginal": .bool(addsToOriginal), "bySampling": .bool(application == .copies),
            "normalized": .bool(isNormalized), "noise": .string(noise.rawValue),
            "cap": noise == .cap ? .double(cap) : nil,
        ]
    }
}
