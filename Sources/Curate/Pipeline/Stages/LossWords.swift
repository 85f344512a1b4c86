import Models

/// What a `train` stage says of the loss of an example, of the head that makes its logits, and of how examples are mixed.
struct LossWords {
    private let values: StageValues
    private let name: String

    /// Reads checked values of a `train` stage.
    init(_ values: StageValues) {
        self.values = values
        name = values.text("loss")
    }

    /// What the loss of an example is.
    var loss: Loss {
        switch name {
        case Self.focal: .focal(exponent: values.number("focalGamma"))
        case Self.sigmoidFocal: .sigmoid(exponent: values.number("focalGamma"))
        case Self.ldam: .marginSoftmax(largestMargin: values.number("margin"))
        case Self.ldamHG: .marginHinge(largestMargin: values.number("margin"))
        case Self.radiusMargin: .radiusMargin(largestRadius: values.number("margin"))
        case Self.logitAdjustment: .vectorScaling(gamma: 0, tau: values.number("tau"), byGroup: false)
        case Self.balancedSoftmax: .vectorScaling(gamma: 0, tau: 1, byGroup: false)
        case Self.cdt: .vectorScaling(gamma: gamma, tau: 0, byGroup: false)
        case Self.vs: .vectorScaling(gamma: gamma, tau: values.number("tau"), byGroup: false)
        case Self.groupVS: .vectorScaling(gamma: gamma, tau: values.number("tau"), byGroup: true)
        case Self.softF1: .softF1(floor: values.number("f1Floor"), kept: values.number("f1Kept"))
        default: .crossEntropy
        }
    }

    /// Whether it is the plain cross-entropy.
    var isPlain: Bool { name == Self.crossEntropy }

    private var gamma: Double { values["gamma"]?.doubleValue ?? (name == Self.cdt ? 0.2 : 0.05) }

    /// How losses of a batch become one number.
    var reduction: Reduction { values.text("reduction") == Self.weightSum ? .weightSum : .batch }

    /// The label smoothing of the smallest class; nil when all classes are alike.
    var tailSmoothing: Double? { values["labelSmoothingTail"]?.doubleValue }

    /// How the network makes logits of its features.
    var head: Head { headName == "cosine" ? .cosine(scale: Float(values.number("headScale"))) : .linear }

    private var headName: String {
        values["head"]?.stringValue ?? ([Self.ldam, Self.ldamHG].contains(name) ? "cosine" : "linear")
    }

    /// How the examples of a batch are mixed; nil when they are not.
    var mixing: Mixing? {
        let alpha = values.number("mixAlpha")
        switch values.text("mix") {
        case "mixup": return Mixing(.mixup, alpha: alpha)
        case "cutmix": return Mixing(.cutmix, alpha: alpha)
        case "remix":
            let kind = Mixing.Kind.remix(
                ratio: values.number("remixRatio"), threshold: values.number("remixThreshold"))
            return Mixing(kind, alpha: alpha)
        default: return nil
        }
    }

    /// What of it determines a result: what has no effect is nothing.
    var identity: [String: JSONValue] {
        var members: [String: JSONValue] = ["head": .string(headName)]
        for (parameter, owners) in Self.owners where !owners.contains(name) { members[parameter] = .null }
        if Self.owners["gamma"]?.contains(name) == true { members["gamma"] = .double(gamma) }
        if headName != "cosine" { members["headScale"] = .null }
        if mixing == nil { members["mixAlpha"] = .null }
        if values.text("mix") != "remix" {
            members["remixRatio"] = .null
            members["remixThreshold"] = .null
        }
        return members
    }

    /// What is wrong between the parameters.
    var complaints: [StageComplaint] {
        var found: [StageComplaint] = []
        for (parameter, owners) in Self.owners.sorted(by: { $0.key < $1.key })
        where values.isGiven(parameter) && !owners.contains(name) {
            found.append(
                StageComplaint(
                    parameter, "has no effect with `loss: \"\(name)\"`",
                    suggestion: "add `loss: \"\(owners[0])\"`, or leave it out"))
        }
        func complain(_ parameter: String, _ message: String, _ suggestion: String) {
            found.append(StageComplaint(parameter, message, suggestion: suggestion))
        }
        if values.isGiven("headScale"), headName != "cosine" {
            complain("headScale", "has no effect without a cosine head", "add `head: \"cosine\"`, or leave it out")
        }
        if name == Self.radiusMargin, headName == "cosine" {
            complain("head", "is cosine, and `loss: \"\(name)\"` reads the norms of a linear head", "leave it out")
        }
        let mix = values.text("mix")
        if values.isGiven("mixAlpha"), mix == "none" {
            complain("mixAlpha", "has no effect without `mix`", "add `mix: \"mixup\"`, or leave it out")
        }
        for parameter in ["remixRatio", "remixThreshold"] where values.isGiven(parameter) && mix != "remix" {
            complain(parameter, "has no effect with `mix: \"\(mix)\"`", "add `mix: \"remix\"`, or leave it out")
        }
        if mix != "none", [Self.radiusMargin, Self.softF1].contains(name) {
            complain("mix", "does not go with `loss: \"\(name)\"`, which is of one label", "leave one of the two out")
        }
        if mix != "none", name == Self.groupVS {
            complain(
                "mix", "does not go with `loss: \"\(name)\"`: two examples may be of two groups", "use `loss: \"vs\"`")
        }
        let smoothed = ["labelSmoothing", "labelSmoothingTail"].filter { (values[$0]?.doubleValue ?? 0) > 0 }
        if let first = smoothed.first, [Self.focal, Self.sigmoidFocal, Self.ldamHG, Self.softF1].contains(name) {
            complain(
                first, "does not go with `loss: \"\(name)\"`, which is not the cross-entropy of a softmax",
                "leave it out")
        }
        if values.text("objective") == "lff", !isPlain || mix != "none" || tailSmoothing != nil {
            complain(
                !isPlain ? "loss" : mix != "none" ? "mix" : "labelSmoothingTail",
                "does not go with `objective: \"lff\"`, which compares plain losses", "leave one of the two out")
        }
        if values.text("objective") != "cross-entropy", mix != "none", values.text("objective") != "lff" {
            complain(
                "mix", "does not go with `objective: \"\(values.text("objective"))\"`, which weighs whole examples",
                "leave one of the two out")
        }
        if values.text("objective") != "cross-entropy", reduction == .weightSum {
            complain(
                "reduction",
                "does not go with `objective: \"\(values.text("objective"))\"`, which makes its own weights",
                "leave it out")
        }
        return found
    }
}

extension LossWords {
    private static let crossEntropy = "cross-entropy"
    private static let focal = "focal"
    private static let sigmoidFocal = "sigmoid-focal"
    private static let ldam = "ldam"
    private static let ldamHG = "ldam-hg"
    private static let logitAdjustment = "logit-adjustment"
    private static let balancedSoftmax = "balanced-softmax"
    private static let cdt = "cdt"
    private static let vs = "vs"
    private static let groupVS = "group-vs"
    private static let radiusMargin = "radius-margin"
    private static let softF1 = "soft-f1"
    private static let weightSum = "weight-sum"
    private static let section = "LOSS"

    /// The losses that read each parameter, the most usual one first.
    private static let owners: [String: [String]] = [
        "focalGamma": [focal, sigmoidFocal], "margin": [ldam, ldamHG, radiusMargin],
        "tau": [logitAdjustment, vs, groupVS], "gamma": [vs, groupVS, cdt], "f1Floor": [softF1], "f1Kept": [softF1],
    ]

    /// The parameters of a `train` stage that say what the loss of an example is.
    static let parameters: [Parameter] = [
        Parameter(
            "loss",
            .word([
                crossEntropy, focal, sigmoidFocal, ldam, ldamHG, logitAdjustment, balancedSoftmax, cdt, vs, groupVS,
                radiusMargin, softF1,
            ]), default: .string(crossEntropy),
            help: """
                The loss of an example; all but the first three go by how many examples the classes have in what is \
                trained on. Scores read the plain cross-entropy.
                """, shownAs: "name",
            knownElsewhereAs: ["criterion", "lossType", "lossFunction"]),
        Parameter(
            "margin", .number(.from(0, to: 1_000)), default: 0.5,
            help: "The margin of the rarest class of ldam and ldam-hg, and the radius of radius-margin.",
            section: section, knownElsewhereAs: ["maxM", "maxMargin", "largestMargin"]),
        Parameter(
            "tau", .number(.from(0, to: 1_000)), default: 1,
            help: "How much of the logarithm of a class's share logit-adjustment, vs and group-vs add to its logit.",
            section: section, knownElsewhereAs: ["temperature"]),
        Parameter(
            "gamma", .number(.from(0, to: 100)), absent: "0.05 for vs and group-vs, 0.2 for cdt",
            help: "The power of n_max / n that vs, group-vs and cdt divide a class's logit by.", section: section),
        Parameter(
            "focalGamma", .number(.from(0, to: 100)), default: 1,
            help: "The power of 1 - p of focal and sigmoid-focal; 0 for none.", section: section,
            knownElsewhereAs: ["focalExponent"]),
        Parameter(
            "f1Floor", .number(.from(0, to: 0.5)), default: 0.05,
            help: "The least weight that soft-f1 gives right or wrong.", section: section),
        Parameter(
            "f1Kept", .number(.from(0, below: 1)), default: 0.9,
            help: "How much of the running F1 of soft-f1 stays from batch to batch.", section: section),
        Parameter(
            "labelSmoothing", .number(.from(0, below: 1)), default: 0,
            help: "How much of each label is spread evenly over all classes; scores read the plain cross-entropy.",
            section: section),
        Parameter(
            "labelSmoothingTail", .number(.from(0, below: 1)), absent: "the value of `labelSmoothing`",
            help: """
                How much of a label of the smallest class is spread, `labelSmoothing` being that of the largest \
                (label-aware smoothing).
                """, section: section),
        Parameter(
            "reduction", .word(["batch", weightSum]), default: "batch",
            help: """
                What the weighted losses of a batch are divided by: its examples, or the sum of their weights as \
                PyTorch's cross_entropy with weights does.
                """, shownAs: "by", section: section),
        Parameter(
            "head", .word(["linear", "cosine"]), absent: "cosine for ldam and ldam-hg, linear otherwise",
            help: "How logits are made of features: W x + b, or a scale times cosines.", shownAs: "kind",
            section: section, knownElsewhereAs: ["useNorm", "classifier"]),
        Parameter(
            "headScale", .number(.from(0.001, to: 1_000_000)), default: 30,
            help: "What a cosine head multiplies cosines by.",
            section: section, knownElsewhereAs: ["s", "scale"]),
        Parameter(
            "mix", .word(["none", "mixup", "cutmix", "remix"]), default: "none",
            help: "How the examples of a batch are mixed in pairs, inputs and labels.", shownAs: "how",
            section: section, knownElsewhereAs: ["mixup", "cutmix", "remix"]),
        Parameter(
            "mixAlpha", .number(.from(0.001, to: 1_000)), default: 1,
            help: "The shares of a mix are drawn from Beta(alpha, alpha); 1 is uniform.", section: section),
        Parameter(
            "remixRatio", .number(.from(1, to: 1_000_000)), default: 3,
            help: "How many times the examples of the other class make a mixed label the rarer class's.",
            section: section, knownElsewhereAs: ["kappa"]),
        Parameter(
            "remixThreshold", .number(.from(0, to: 1)), default: 0.5,
            help: "Below which share of the frequent class that happens.", section: section),
    ]
}
