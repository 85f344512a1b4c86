/// A recipe of a paper: what it says of parameters of a `train` stage that nobody gives.
package struct NamedRecipe: Sendable {
    /// What it is called.
    package let name: String
    /// Whose it is, and where its numbers come from.
    package let source: String
    /// What it says besides the protocol that all have in common.
    private let own: [String: JSONValue]

    /// All of them, in the order of the documentation.
    package static let all: [NamedRecipe] = [
        NamedRecipe(name: "ce", source: "the plain training of LDAM-DRW (Cao et al. 2019)", own: [:]),
        NamedRecipe(
            name: "ce-drw", source: "LDAM-DRW (Cao et al. 2019), cross-entropy",
            own: ["drw": 0.8, "reduction": "weight-sum"]),
        NamedRecipe(
            name: "ce-drs", source: "LDAM-DRW (Cao et al. 2019), re-sampling as the paper means it", own: ["drs": 0.8]),
        NamedRecipe(
            name: "cb-ce", source: "class-balanced cross-entropy (Cui et al. 2019) as in LDAM-DRW",
            own: ["balance": "classes", "balanceBy": "effective-number", "reduction": "weight-sum"]),
        NamedRecipe(
            name: "focal", source: "focal loss (Lin et al. 2017) as in LDAM-DRW", own: ["loss": "focal"]),
        NamedRecipe(
            name: "cb-focal", source: "class-balanced sigmoid focal loss (Cui et al. 2019)",
            own: ["loss": "sigmoid-focal", "balance": "classes", "balanceBy": "effective-number"]),
        NamedRecipe(name: "ldam", source: "LDAM (Cao et al. 2019)", own: ["loss": "ldam"]),
        NamedRecipe(
            name: "ldam-drw", source: "LDAM-DRW (Cao et al. 2019)",
            own: ["loss": "ldam", "drw": 0.8, "reduction": "weight-sum"]),
        NamedRecipe(
            name: "ce-drw-sam", source: "Saddle-LongTail (Rangwani et al. 2022), CIFAR-10-LT",
            own: ["drw": 0.8, "reduction": "weight-sum", "sam": 0.5]),
        NamedRecipe(
            name: "ldam-drw-sam", source: "Saddle-LongTail (Rangwani et al. 2022), CIFAR-10-LT",
            own: ["loss": "ldam", "drw": 0.8, "reduction": "weight-sum", "sam": 0.8]),
        NamedRecipe(
            name: "logit-adjustment", source: "logit adjustment (Menon et al. 2021), LDAM-DRW's training",
            own: ["loss": "logit-adjustment"]),
        NamedRecipe(
            name: "balanced-softmax", source: "balanced softmax (Ren et al. 2020), LDAM-DRW's training",
            own: ["loss": "balanced-softmax"]),
        NamedRecipe(name: "cdt", source: "CDT (Ye et al. 2020), LDAM-DRW's training", own: ["loss": "cdt"]),
        NamedRecipe(
            name: "vs", source: "VS-loss (Kini et al. 2021), gamma and tau as DDC (Wang et al.) tuned them",
            own: ["loss": "vs", "gamma": 0.05, "tau": 1]),
        NamedRecipe(
            name: "mixup", source: "mixup (Zhang et al. 2018), LDAM-DRW's training", own: ["mix": "mixup"]),
        NamedRecipe(
            name: "remix", source: "Remix (Chou et al. 2020), LDAM-DRW's training", own: ["mix": "remix"]),
        NamedRecipe(
            name: "label-aware-smoothing", source: "label-aware smoothing (Zhong et al. 2021), LDAM-DRW's training",
            own: ["labelSmoothing": 0.3, "labelSmoothingTail": 0, "mix": "mixup"]),
    ]

    /// What LDAM-DRW's code trains on CIFAR with: 200 epochs, and the same shares of any other number.
    private static let protocolEpochs = 200

    /// What given values imply when they name a recipe.
    static func values(_ given: [String: JSONValue]) -> [String: JSONValue] {
        guard let name = given["recipe"]?.stringValue, let recipe = all.first(where: { $0.name == name }) else {
            return [:]
        }
        return recipe.values(epochs: given["epochs"]?.intValue ?? protocolEpochs)
    }

    /// What it says of every parameter that it speaks of.
    ///
    /// - Parameter epochs: of the whole training; steps and warm-up are the same shares of it as of the protocol's.
    package func values(epochs: Int) -> [String: JSONValue] {
        func epoch(_ ofProtocol: Int) -> Int {
            Int((Double(ofProtocol) * Double(epochs) / Double(Self.protocolEpochs)).rounded())
        }
        var values: [String: JSONValue] = [
            "epochs": .int(epochs), "batchSize": 128, "learningRate": 0.1, "momentum": 0.9, "nesterov": false,
            "weightDecay": 0.0002, "warmupEpochs": .int(epoch(5)), "warmupBy": "epoch", "crop": 4, "flip": true,
        ]
        var steps: [Int] = []
        for step in [epoch(160), epoch(180)] where step >= 1 && step < epochs && step > steps.last ?? 0 {
            steps.append(step)
        }
        if !steps.isEmpty {
            values["schedule"] = "step"
            values["stepEpochs"] = .array(steps.map { .int($0) })
            values["stepFactor"] = 0.01
        }
        return values.merging(own) { $1 }
    }
}
