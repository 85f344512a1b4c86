import Models

/// Everything that determines a probe run on a dataset, but for how many epochs of it are trained.
///
/// The number of epochs stays out because a run can be continued: asking for more trains only what is missing. Where the
/// schedule needs a horizon (cosine) the horizon is part of the recipe.
package struct Recipe: Sendable, Equatable {
    /// The network.
    package var network: NetworkSpecification
    /// The update rule.
    package var optimizer: SGD
    /// The learning rate over time.
    package var schedule: LearningRateSchedule
    /// Examples per step, at least 1; the last batch of an epoch may be smaller.
    package var batchSize: Int
    /// Random changes to training pictures.
    package var augmentation: Augmentation
    /// The seed of weights, order and augmentation.
    package var seed: UInt64
    /// What to train on; nil for all training examples of the dataset.
    package var subset: TrainingSubset?
    /// What is minimised; scores are defined on plain cross-entropy whatever this is.
    package var objective = Objective()
    /// How far around the weights the gradient is taken; nil for at the weights.
    ///
    /// A second network that an objective trains beside the run's own is trained without.
    package var sharpness: SharpnessSchedule?
    /// How often and in which order an epoch presents what is trained on; every example once by default.
    package var sampler = Sampler()
    /// How classes or groups are made to count alike; nil when examples count as they are.
    package var balance: Balance?
    /// How the network makes logits of its features.
    package var head = Head.linear
    /// How the examples of a batch are mixed; nil when they are not.
    package var mixing: Mixing?
    /// The groups that `balance` or `objective` speaks of; nil when neither does.
    package var groups: Grouping?

    /// Makes a recipe for all training examples.
    package init(
        network: NetworkSpecification, optimizer: SGD, schedule: LearningRateSchedule, batchSize: Int,
        augmentation: Augmentation, seed: UInt64, objective: Objective = Objective()
    ) {
        self.network = network
        self.objective = objective
        self.optimizer = optimizer
        self.schedule = schedule
        self.batchSize = batchSize
        self.augmentation = augmentation
        self.seed = seed
    }

    /// The network to train when none is named.
    package static func defaultNetwork(forImages hasImages: Bool) -> String { hasImages ? "resnet8" : "mlp:256" }

    /// The learning rate when none is given: what residual networks with batch norm are commonly trained at, and a
    /// tenth of it for networks without normalisation.
    package static func defaultLearningRate(isResidual: Bool) -> Double { isResidual ? 0.1 : 0.01 }

    /// The recipe as canonical parameters of a stage.
    ///
    /// What is as in every run unless somebody says otherwise has no key: `subset` when all training examples are trained
    /// on, `sampler` when an epoch presents each once, `objective` when it is plain cross-entropy, a mean over the batch,
    /// `sharpness`, `balance` and `mixing` when there is none, `head` when it is linear, and `groups` when nothing needs
    /// them.
    package var parameters: JSONValue {
        var members: [String: JSONValue] = [
            "network": .string(network.description),
            "momentum": .double(Double(optimizer.momentum)),
            "nesterov": .bool(optimizer.isNesterov),
            "weightDecay": .double(Double(optimizer.weightDecay)),
            "schedule": schedule.parameters,
            "batchSize": .int(batchSize),
            "augmentation": augmentation.parameters,
            "seed": .string(String(seed)),
        ]
        if let subset { members["subset"] = .string(subset.digest) }
        if let objective = objective.parameters { members["objective"] = objective }
        if let sharpness { members["sharpness"] = sharpness.parameters }
        if let sampler = sampler.parameters { members["sampler"] = sampler }
        if let balance { members["balance"] = balance.parameters }
        if let mixing { members["mixing"] = mixing.parameters }
        switch head {
        case .linear: break
        case .cosine(let scale): members["head"] = ["kind": "cosine", "scale": .double(Double(scale))]
        }
        if needsGroups, let groups { members["groups"] = .string(groups.digest) }
        return .object(members)
    }

    /// Whether the training depends on groups of examples.
    package var needsGroups: Bool {
        if case .worstGroup = objective.risk { return true }
        if objective.loss.needsGroups { return true }
        return balance?.cells == .groups
    }

    /// The same training over another number of epochs: all that is planned by epochs moves in proportion.
    ///
    /// - Parameter factor: the new number of epochs over the old one.
    package func stretched(by factor: Double) -> Recipe {
        var stretched = self
        stretched.schedule = schedule.stretched(by: factor)
        stretched.balance = balance?.stretched(by: factor)
        stretched.sharpness = sharpness?.stretched(by: factor)
        return stretched
    }

    /// The examples that are trained on and scored, by their index in a dataset, ascending.
    package func examples(of dataset: Dataset) -> [Int] { subset?.indices ?? dataset.indices(of: .train) }

    /// Throws unless the recipe can be trained on a dataset.
    package func check(on dataset: Dataset) throws {
        try check(shape: dataset.features.shape, classCount: dataset.classCount, name: dataset.name)
    }

    /// Throws unless the recipe can be trained on a dataset of this shape.
    func check(shape: FeatureMatrix.Shape, classCount: Int, name: String) throws {
        if network.isConvolutional && !shape.isImage {
            throw CurateError(
                .usage,
                "\(network) convolves pictures, but an example of '\(name)' is a vector of "
                    + "\(shape.channels) numbers",
                remedy:
                    "use `network: linear` or `network: mlp:256`, or fold a row into a picture with `image`, height x width"
            )
        }
        if classCount < 2 {
            throw CurateError(
                .badData, "'\(name)' has one class only", remedy: "check the label column: training needs two")
        }
        if augmentation.cropPadding > 0 || augmentation.flips, !shape.isImage {
            let given = (augmentation.cropPadding > 0 ? ["`crop`"] : []) + (augmentation.flips ? ["`flip`"] : [])
            throw CurateError(
                .usage, "crop and flip are for pictures, but an example of '\(name)' is a vector",
                remedy: "leave \(given.joined(separator: " and ")) out")
        }
        if let mixing, mixing.kind == .cutmix, !shape.isImage {
            throw CurateError(
                .usage, "cutmix is for pictures, but an example of '\(name)' is a vector",
                remedy: "use `mix: mixup`")
        }
        if augmentation.cropMode == .reflect && augmentation.cropPadding >= min(shape.height, shape.width) {
            throw CurateError(
                .usage,
                "`crop: \(augmentation.cropPadding)` reflects more pixels than a picture of "
                    + "\(shape.height)x\(shape.width) has", remedy: "use a smaller crop padding")
        }
    }
}
