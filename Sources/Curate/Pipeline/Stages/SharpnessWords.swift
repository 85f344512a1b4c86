import Models

/// What a `train` stage says of how far around the weights the gradient is taken.
struct SharpnessWords {
    private let values: StageValues
    private let radius: Double
    private let first: Double?
    private let epochs: [Int]
    private let radii: [Double]

    /// Reads checked values of a `train` stage.
    init(_ values: StageValues) {
        self.values = values
        radius = values.number("sam")
        first = values["samFrom"]?.doubleValue
        epochs = values.integers("samEpochs")
        radii = values.numbers("samRadii")
    }

    /// Whether any step looks further than at the weights.
    private var isOn: Bool { ([radius, first ?? 0] + radii).contains { $0 > 0 } }

    /// Whether the radius depends on how long a training is planned to be.
    var hasHorizon: Bool { isOn && first != nil }

    /// How the radius moves; nil when it is 0 throughout.
    ///
    /// - Parameter horizon: where a radius that began at `samFrom` is `sam`.
    func schedule(horizon: Horizon) -> SharpnessSchedule? {
        guard isOn else { return nil }
        let shape: SharpnessSchedule.Shape =
            if let first {
                .linear(from: first, horizon: horizon)
            } else {
                epochs.isEmpty ? .constant : .step(epochs: epochs, radii: radii)
            }
        let kind = SharpnessAware.Kind(rawValue: values.text("samKind")) ?? .sam
        return SharpnessSchedule(SharpnessAware(kind), radius: radius, shape: shape)
    }

    /// What of it determines a result: what has no effect is nothing.
    var identity: [String: JSONValue] {
        let names = ["sam", "samKind", "samFrom", "samEpochs", "samRadii"]
        return Dictionary(uniqueKeysWithValues: names.map { ($0, isOn ? values[$0] ?? .null : .null) })
    }

    /// What is wrong between the parameters.
    var complaints: [StageComplaint] {
        if !isOn {
            return ["samKind", "samFrom", "samEpochs", "samRadii"].filter { values.isGiven($0) }.prefix(1).map {
                StageComplaint(
                    $0, "has no effect without a radius above 0",
                    suggestion: "add `sam: \(Self.usualRadius)` for instance, or leave it out")
            }
        }
        let steps = ["samEpochs", "samRadii"].filter { values.isGiven($0) }
        if let step = steps.first, values.isGiven("samFrom") {
            return [
                StageComplaint(
                    step, "does not go with `samFrom`: a radius moves in steps or evenly",
                    suggestion: "leave one of the two out")
            ]
        }
        if epochs.count != radii.count {
            let counts = [("samEpochs", epochs.count), ("samRadii", radii.count)]
            let (given, other) = values.isGiven("samEpochs") ? (counts[0], counts[1]) : (counts[1], counts[0])
            return [
                StageComplaint(
                    given.0, "names \(given.1), and `\(other.0)` names \(other.1)",
                    suggestion: "name a radius for each epoch after which it changes; until the first it is `sam`")
            ]
        }
        guard zip(epochs, epochs.dropFirst()).contains(where: { $0 >= $1 }) else { return [] }
        return [
            StageComplaint(
                "samEpochs", "must ascend, not \(JSONValue.array(epochs.map { .int($0) }).compactText)")
        ]
    }
}

extension SharpnessWords {
    private static let section = "SHARPNESS"

    /// What SAM's authors found for CIFAR.
    private static let usualRadius = 0.05

    /// The parameters of a `train` stage that say how far around the weights the gradient is taken.
    static let parameters: [Parameter] = [
        Parameter(
            "sam", .number(.from(0, to: StageKind.largestRate)), default: 0,
            help: """
                The radius of sharpness-aware minimisation, 0.05 for instance: the gradient is taken where the loss within \
                this distance is largest, which costs a second pass over every batch; 0 for none.
                """, shownAs: "radius", section: section, knownElsewhereAs: ["rho", "samRho", "sharpness"]),
        Parameter(
            "samKind", .word(SharpnessAware.Kind.allCases.map(\.rawValue)),
            default: .string(
                SharpnessAware.Kind.sam.rawValue),
            help: """
                Within which distance: sam looks equally far in every weight, asam as far as the weight is large, and wants \
                about ten times the radius.
                """, shownAs: "kind", section: section, knownElsewhereAs: ["asam", "adaptive", "rhoKind"]),
        Parameter(
            "samFrom", .number(.from(0, to: StageKind.largestRate)), absent: "the radius does not move",
            help: "Where the radius begins; it goes evenly to `sam` over the epochs.", shownAs: "radius",
            section: section, knownElsewhereAs: ["minRho", "rhoMin"]),
        Parameter(
            "samEpochs", .list(.integer(1...StageKind.largestEpoch)), absent: "none",
            help: "The epochs after which the radius is another one, ascending.", section: section,
            knownElsewhereAs: ["rhoEpochs"]),
        Parameter(
            "samRadii", .list(.number(.from(0, to: StageKind.largestRate))), absent: "none",
            help: "The radius after each of `samEpochs`.", shownAs: "radius,...", section: section,
            knownElsewhereAs: ["rhoSteps", "rhoSchedule"]),
    ]
}
