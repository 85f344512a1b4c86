import Models

/// The runs of one recipe.
final class TrainWork: StageWork {
    static let kind = StageKind.train

    let parameters: JSONValue
    let facts: DatasetFacts
    let files: [String]
    /// The recipe, but for the split that is trained on; its seed is that of the first run.
    let recipe: Recipe
    let seeds: [UInt64]
    let epochCount: Int
    private let split: (any SplitWork)?
    private let demand: RunDemand
    let numericProfile: String?
    private let profile: String
    /// How the runs were answered, once they were asked for.
    private var answered: [RunCache.Outcome]?

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        facts = setting.facts
        numericProfile = setting.numericProfile
        profile = setting.numericProfile
        demand = setting.demand
        split = setting.optionalInput("split", as: (any SplitWork).self)
        files = setting.files
        seeds = Self.seeds(values)
        epochCount = values.integer("epochs")
        recipe = try Self.recipe(values, facts: facts, seed: seeds[0])
        parameters = values.identity(
            deciding: [
                "network": .string(recipe.network.description), "learningRate": .double(recipe.schedule.learningRate),
                "seeds": .array(seeds.map { JSONValue($0) }), "seed": JSONValue(seeds[0]),
                // Only what goes by shares of the training has a horizon.
                "scheduleEpochs": HorizonWords(values).isRead
                    ? values["scheduleEpochs"] ?? .int(epochCount) : .null,
                "stepEpochs": values["stepEpochs"] ?? .array([]),
                // What it says stands in the others.
                "recipe": .null, "crop": .int(recipe.augmentation.cropPadding),
                "flip": .bool(recipe.augmentation.flips),
                "warmupBy": values.integer("warmupEpochs") == 0 ? .null : values["warmupBy"] ?? .null,
            ].merging(ObjectiveWords(values).identity(groups: recipe.groups)) { $1 }
                .merging(LossWords(values).identity) { $1 }.merging(SharpnessWords(values).identity) { $1 })
        try recipe.check(shape: facts.shape, classCount: facts.classCount, name: facts.name)
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? {
        guard let split else { return [] }
        return try split.resultKeys(in: store)
    }

    /// The key of each run, in the order of the seeds; nil while it is not known what they are trained on.
    func partKeys(in store: Store?) throws -> [ArtifactKey]? {
        try recipe(in: store).map { requests(for: $0, with: demand).map { key(of: $0) } }
    }

    func requests(in context: StageContext) throws -> [RunCache.Request] {
        requests(for: try recipe(in: context), with: demand)
    }

    /// The recipe with what it is trained on; nil while that is not known.
    private func recipe(in store: Store?) throws -> Recipe? {
        guard let split else { return recipe }
        guard let made = try store.flatMap({ try split.made(in: $0) }) else { return nil }
        var recipe = recipe
        recipe.subset = made.subset
        recipe.sampler = made.sampler
        return recipe
    }

    /// The recipe with what it is trained on, once the stages before have been performed.
    func recipe(in context: StageContext) throws -> Recipe {
        guard let recipe = try recipe(in: context.store) else {
            throw CurateError(
                .workFailed, "the split to train on was removed by another process", at: context.store.path,
                remedy: "run the same command again")
        }
        return recipe
    }

    /// How many examples are trained on.
    ///
    /// - Precondition: the split, if there is one, is made.
    func exampleCount(in store: Store) throws -> Int {
        try recipe(in: store)?.subset?.count ?? facts.count(of: .train)
    }

    private func key(of request: RunCache.Request) -> ArtifactKey {
        RunCache.identity(of: request.recipe, dataset: facts.contentHash, numericProfile: profile).key
    }

    private func requests(for recipe: Recipe, with demand: RunDemand) -> [RunCache.Request] {
        seeds.map { seed in
            var seeded = recipe
            seeded.seed = seed
            return RunCache.Request(recipe: seeded, epochCount: epochCount, demand: demand)
        }
    }

    /// The runs alone: trained runs are complete, and a stage that comes to need more of them adds it when it runs.
    private func standings(of recipe: Recipe, in store: Store) throws -> [RunCache.Standing] {
        try requests(for: recipe, with: RunDemand()).map {
            try RunCache.standing(of: $0, on: facts, numericProfile: profile, in: store)
        }
    }

    func standing(in store: Store) throws -> StageStanding {
        guard let recipe = try recipe(in: store) else { return .waitsForInputs }
        let runs = try standings(of: recipe, in: store)
        let cost = Dictionary(runs.map { ($0.key, $0.seconds) }) { first, _ in first }.filter { $0.value > 0 }
        return StageStanding(
            missing: describeMissing(runs), isBegun: runs.contains { $0.trainedEpochCount > 0 }, cost: cost)
    }

    private func describeMissing(_ runs: [RunCache.Standing]) -> String? {
        guard runs.contains(where: { !$0.missing.isEmpty }) else { return nil }
        let total = epochCount * runs.count
        let trained = runs.reduce(0) { $0 + min($1.trainedEpochCount, epochCount) }
        if trained == total { return "its runs are trained but not evaluated" }
        if trained == 0 { return "nothing of it is in the store" }
        return "\(trained) of \(total) epochs are in the store"
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        if let known = try recipe(in: store) {
            return try RunCache.estimate(
                of: requests(for: known, with: demand), on: facts, numericProfile: profile, in: store)
        }
        let each = try RunCache.secondsPerExample(of: recipe, dataset: facts.contentHash, in: store)
        return each.map { $0 * Double((split?.expectedCount ?? 0) * epochCount * seeds.count) }
    }

    func perform(in context: StageContext) throws {
        _ = try outcomes(in: context)
        try keepArtifact(in: context)
    }

    /// How each run was answered; trains what is missing when nobody has asked yet.
    func outcomes(in context: StageContext) throws -> [RunCache.Outcome] {
        if let answered { return answered }
        let outcomes = try requests(in: context).map { try context.runs().fulfil($0) }
        answered = outcomes
        return outcomes
    }

    func forget(in store: Store) throws {
        let keys = try (partKeys(in: store) ?? []) + [identity(in: store).key].compactMap { $0 }
        try store.transaction { for key in keys { try store.removeArtifact(key) } }
    }

    /// The network of the first run after its last epoch.
    func network(in context: StageContext) throws -> Network {
        let outcomes = try outcomes(in: context)
        return try context.runs().network(of: outcomes[0], recipe: recipe(in: context), epoch: epochCount)
    }

    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws {
        try network(in: context).save(
            toSafetensors: path, replacing: replacing,
            metadata: ["network": recipe.network.description, "epochs": String(epochCount)]
                .merging(recipe.head == .linear ? [:] : ["head": recipe.head.name]) { $1 })
    }

    /// How the split changes the classes; nil without a split.
    ///
    /// - Precondition: the split is made.
    func splitBalance(in store: Store) throws -> SplitBalance? {
        guard let made = try split?.made(in: store) else { return nil }
        guard let subset = made.subset, subset.weights != nil || made.sampler.copies != nil else {
            return SplitBalance(made.manifest.classes, masses: nil)
        }
        guard let labels = try store.examples(ofDataset: facts.contentHash)?.labels else { return nil }
        var masses = [Double](repeating: 0, count: made.manifest.classes.count)
        for (position, index) in subset.indices.enumerated() {
            masses[labels[index]] +=
                Double(subset.weights?[position] ?? 1) * Double(made.sampler.copies?[position] ?? 1)
        }
        return SplitBalance(made.manifest.classes, masses: masses)
    }

    /// The classes of what is trained on when that is everything and the training counts them; nil otherwise.
    func classBalance(in context: StageContext) throws -> SplitBalance? {
        guard split == nil, recipe.objective.loss.needsCounts || recipe.balance?.cells == .classes else { return nil }
        let dataset = try context.dataset()
        var counts = [Int](repeating: 0, count: dataset.classCount)
        for index in dataset.indices(of: .train) { counts[Int(dataset.labels[index])] += 1 }
        return SplitBalance(ofWhole: zip(dataset.classNames, counts).map { ($0, $1) })
    }

    func report(from store: Store) throws -> StageReport {
        let known = try self.recipe(in: store) ?? recipe
        let outcomes = try requests(for: known, with: demand).map { request in
            try RunCache.outcome(request, key: key(of: request), store: store)
        }
        func mean(_ name: String, _ values: [Double?]) -> String? {
            let present = values.compactMap { $0 }
            guard !present.isEmpty, present.count == values.count else { return nil }
            return "\(name) \(DecimalText.percent(present.reduce(0, +) / Double(present.count), places: 1))"
        }
        let parts = [
            "\(recipe.network)", "\(epochCount) epoch\(epochCount == 1 ? "" : "s")",
            "\(seeds.count) seed\(seeds.count == 1 ? "" : "s")",
            known.subset.map { "\($0.count) of \(facts.count(of: .train)) examples" },
            mean("train", outcomes.map(\.accuracies.last)), mean("validation", outcomes.map(\.validationAccuracy)),
            mean("test", outcomes.map(\.testAccuracy)),
        ]
        var members: [String: JSONValue] = ["runs": .array(outcomes.map(\.resultJSON))]
        let balance = try splitBalance(in: store)
        if let balance { members["classBalance"] = balance.json }
        let warnings = (balance?.warnings ?? []).map { "; warning: \($0)" }.joined()
        return StageReport(
            summary: parts.compactMap { $0 }.joined(separator: ", ") + warnings, json: .object(members))
    }
}

extension TrainWork {
    /// The augmentation; what only a named recipe says of pictures is not said of vectors.
    private static func augmentation(_ values: StageValues, _ facts: DatasetFacts) -> Augmentation {
        func holds(_ parameter: String) -> Bool { facts.shape.isImage || values.isGiven(parameter) }
        return Augmentation(
            cropPadding: holds("crop") ? values.integer("crop") : 0,
            cropMode: Augmentation.CropMode(rawValue: values.text("cropMode")) ?? .zero,
            flips: holds("flip") && values.truth("flip"))
    }

    private static func seeds(_ values: StageValues) -> [UInt64] {
        if let list = values["seeds"]?.arrayValue { return list.compactMap(\.unsignedValue) }
        let first = values["seed"]?.unsignedValue ?? 0
        return (0..<UInt64(values.integer("seeds"))).map { first + $0 }
    }

    private static func recipe(_ values: StageValues, facts: DatasetFacts, seed: UInt64) throws -> Recipe {
        let name = values["network"]?.stringValue ?? Recipe.defaultNetwork(forImages: facts.shape.isImage)
        guard let network = NetworkSpecification(name) else { preconditionFailure("'\(name)' was not checked") }
        let horizon = Horizon(epochs: values["scheduleEpochs"]?.intValue ?? values.integer("epochs"))
        let shape: LearningRateSchedule.Shape =
            switch values.text("schedule") {
            case "step": .step(epochs: values.integers("stepEpochs"), factor: values.number("stepFactor"))
            case "cosine": .cosine(horizon: horizon)
            default: .constant
            }
        let momentum = values.number("momentum")
        let learningRate =
            values["learningRate"]?.doubleValue ?? Recipe.defaultLearningRate(isResidual: network.isConvolutional)
        let words = ObjectiveWords(values)
        var recipe = Recipe(
            network: network,
            optimizer: SGD(
                momentum: Float(momentum), isNesterov: values.truth("nesterov") && momentum > 0,
                weightDecay: Float(values.number("weightDecay"))),
            schedule: LearningRateSchedule(
                learningRate: learningRate, shape: shape, warmupEpochs: values.integer("warmupEpochs"),
                warmsByEpoch: values.text("warmupBy") == "epoch"),
            batchSize: values.integer("batchSize"),
            augmentation: augmentation(values, facts),
            seed: seed, objective: words.objective)
        recipe.sharpness = SharpnessWords(values).schedule(horizon: horizon)
        recipe.balance = words.balance
        recipe.head = LossWords(values).head
        recipe.mixing = LossWords(values).mixing
        if recipe.needsGroups { recipe.groups = try words.grouping(in: facts) }
        return recipe
    }
}
