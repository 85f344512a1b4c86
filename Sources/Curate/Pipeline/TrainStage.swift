import Models

extension StageKind {
    /// More epochs than anyone trains, and few enough to count with.
    private static let largestEpoch = 1_000_000

    /// `train`: probe runs of one recipe, one per seed.
    static let train = StageKind(
        name: "train", abstract: "Trains a network, once per seed, and keeps what happened to every example.",
        discussion: """
            Each seed is one run in the store, shared by every stage and command that asks for the same recipe; asking \
            for more epochs or seeds trains only what is missing. What other stages need of the runs (evaluations of \
            every example, gradient norms) is taken while training.
            """,
        codeVersion: RunCache.codeVersion,
        parameters: [
            StageParameter(
                "split", .stage(kinds: ["prune", "split"]), absent: "all training examples",
                help: "The stage that says which examples to train on, and what each counts.",
                knownElsewhereAs: ["on", "subset", "indices", "keep"]),
            StageParameter(
                "network",
                .checked(placeholder: "linear, mlp:WIDTH,..., or resnet and a depth (8, 20, 32, 56, 18, 34, 50)") {
                    name in
                    if NetworkSpecification(name) != nil { return nil }
                    let guess =
                        name.hasPrefix("mlp")
                        ? "mlp:256" : Suggestion.nearest(to: name, among: NetworkSpecification.names)
                    return ValueMismatch(
                        "must be linear, mlp:WIDTH,..., or resnet and a depth (8, 20, 32, 56, 18, 34, 50), "
                            + "not \"\(name)\"", suggestion: guess.map { "did you mean '\($0)'?" })
                }, absent: "resnet8 for images, mlp:256 for vectors", help: "The network to train.",
                knownElsewhereAs: ["model", "arch", "architecture", "net"]),
            StageParameter(
                "epochs", .integer(1...largestEpoch), default: 4, help: "How often to pass over the training examples.",
                knownElsewhereAs: ["numEpochs", "maxEpochs", "num_epochs"]),
            StageParameter(
                "batchSize", .integer(1...1 << 20), default: 128,
                help: "Examples per step; the last batch may be smaller.", knownElsewhereAs: ["batch", "bs"]),
            StageParameter(
                "learningRate", .number(.above(0)), absent: "0.1 for resnets, 0.01 for linear and mlp",
                help: "The learning rate after warm-up.", knownElsewhereAs: ["lr", "rate"]),
            StageParameter(
                "momentum", .number(.from(0, below: 1)), default: 0.9, help: "The momentum of SGD; 0 for none."),
            StageParameter("nesterov", .boolean, default: true, help: "Whether the momentum looks ahead."),
            StageParameter(
                "weightDecay", .number(.atLeast(0)), default: 0.0005,
                help: "The weight decay, added to the gradient.", knownElsewhereAs: ["wd", "l2"]),
            StageParameter(
                "schedule", .word(["constant", "step", "cosine"]), default: "constant",
                help: "How the learning rate moves over the epochs.", knownElsewhereAs: ["lrSchedule", "scheduler"]),
            StageParameter(
                "stepEpochs", .integers(1...largestEpoch), absent: "none",
                help: "The epochs after which a step schedule lowers the rate, ascending.",
                knownElsewhereAs: ["milestones"]),
            StageParameter(
                "stepFactor", .number(.above(0, to: 1)), default: 0.2, help: "What a step multiplies the rate by.",
                knownElsewhereAs: ["gamma"]),
            StageParameter(
                "warmupEpochs", .integer(0...largestEpoch), default: 0,
                help: "Over how many epochs the rate rises from 0, step by step.", knownElsewhereAs: ["warmup"]),
            StageParameter(
                "scheduleEpochs", .integer(1...largestEpoch), absent: "the value of epochs",
                help: "The epoch at which a cosine schedule reaches 0, to run only the beginning of a longer one.",
                knownElsewhereAs: ["tMax"]),
            StageParameter(
                "crop", .integer(0...1 << 16), default: 0,
                help: "Pad images by so many pixels and crop them at random; 0 for none.",
                knownElsewhereAs: ["padding", "randomCrop"]),
            StageParameter(
                "cropMode", .word(Augmentation.CropMode.allCases.map(\.rawValue)), default: "zero",
                help: "What the padding holds.", knownElsewhereAs: ["paddingMode"]),
            StageParameter(
                "flip", .boolean, default: false, help: "Mirror images left to right at random.",
                knownElsewhereAs: ["hflip"]),
            StageParameter(
                "seeds", .seeds(atMost: 10_000), default: 1,
                help: "How many runs to train, each with a seed of its own, or the list of their seeds.",
                knownElsewhereAs: ["runs", "repeats", "numSeeds"]),
            StageParameter(
                "seed", .seed, default: 0, help: "The seed of the first run; the others count up from it.",
                knownElsewhereAs: ["randomSeed", "firstSeed"]),
        ],
        check: { TrainWork.complaints(about: $0.values) },
        prepare: { try TrainWork($0) })
}

/// The runs of one recipe.
final class TrainWork: StageWork {
    let parameters: JSONValue
    /// The recipe, but for the split that is trained on; its seed is that of the first run.
    let recipe: Recipe
    let seeds: [UInt64]
    let epochCount: Int
    private let split: (any SplitWork)?
    private let demand: RunDemand
    private let facts: DatasetFacts
    private let numericProfile: String
    /// How the runs were answered, once they were asked for.
    private var answered: [RunCache.Outcome]?

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        facts = setting.facts
        numericProfile = setting.numericProfile
        demand = setting.demand
        split = setting.split
        seeds = Self.seeds(values)
        epochCount = values.integer("epochs")
        recipe = try Self.recipe(values, facts: facts, seed: seeds[0])
        parameters = values.identity(deciding: [
            "network": .string(recipe.network.description), "learningRate": .double(recipe.schedule.learningRate),
            "seeds": .array(seeds.map { JSONValue($0) }), "seed": JSONValue(seeds[0]),
            // Only a cosine has a horizon.
            "scheduleEpochs": values.text("schedule") == "cosine"
                ? values["scheduleEpochs"] ?? .int(epochCount) : .null,
            "stepEpochs": values["stepEpochs"] ?? .array([]),
        ])
        try recipe.check(shape: facts.shape, classCount: facts.classCount, name: facts.name)
    }

    /// The key of each run, in the order of the seeds; nil while it is not known what they are trained on.
    func runKeys(in store: Store) throws -> [ArtifactKey]? {
        try recipe(in: store).map { requests(for: $0, with: demand).map { key(of: $0) } }
    }

    /// The recipe with what it is trained on; nil while that is not known.
    private func recipe(in store: Store) throws -> Recipe? {
        guard let split else { return recipe }
        guard let made = try split.made(in: store) else { return nil }
        var recipe = recipe
        recipe.subset = made.subset
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
        RunCache.identity(of: request.recipe, dataset: facts.contentHash, numericProfile: numericProfile).key
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
            try RunCache.standing(of: $0, on: facts, numericProfile: numericProfile, in: store)
        }
    }

    func standing(in store: Store) throws -> StageStanding {
        guard let recipe = try recipe(in: store) else { return .waitsForSplit }
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
        guard let each = try RunCache.secondsPerExample(of: recipe, dataset: facts.contentHash, in: store) else {
            return nil
        }
        guard let known = try self.recipe(in: store) else {
            return each * Double((split?.expectedCount ?? 0) * epochCount * seeds.count)
        }
        let left = try standings(of: known, in: store).reduce(0) { $0 + max(0, epochCount - $1.trainedEpochCount) }
        return each * Double(left * (try exampleCount(in: store)))
    }

    func perform(in context: StageContext) throws { _ = try outcomes(in: context) }

    /// How each run was answered; trains what is missing when nobody has asked yet.
    func outcomes(in context: StageContext) throws -> [RunCache.Outcome] {
        if let answered { return answered }
        let outcomes = try requests(for: try recipe(in: context), with: demand).map { try context.runs().fulfil($0) }
        answered = outcomes
        return outcomes
    }

    func forget(in store: Store) throws {
        let keys = try runKeys(in: store) ?? []
        try store.transaction { for key in keys { try store.removeArtifact(key) } }
    }

    func report(from store: Store) throws -> StageReport {
        let known = try self.recipe(in: store) ?? recipe
        let outcomes = try requests(for: known, with: demand).map { request in
            try RunCache.outcome(request, key: key(of: request), store: store)
        }
        func mean(_ name: String, _ values: [Double?]) -> String? {
            let present = values.compactMap { $0 }
            guard !present.isEmpty, present.count == values.count else { return nil }
            return "\(name) \(Self.percent(present.reduce(0, +) / Double(present.count)))"
        }
        let parts = [
            "\(recipe.network)", "\(epochCount) epoch\(epochCount == 1 ? "" : "s")",
            "\(seeds.count) seed\(seeds.count == 1 ? "" : "s")",
            known.subset.map { "\($0.count) of \(facts.count(of: .train)) examples" },
            mean("train", outcomes.map(\.accuracies.last)), mean("validation", outcomes.map(\.validationAccuracy)),
            mean("test", outcomes.map(\.testAccuracy)),
        ]
        func number(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
        return StageReport(
            summary: parts.compactMap { $0 }.joined(separator: ", "),
            json: [
                "runs": .array(
                    outcomes.map { outcome in
                        [
                            "key": .string(outcome.key.hexadecimal), "seed": .string(String(outcome.seed)),
                            "loss": number(outcome.losses.last), "trainAccuracy": number(outcome.accuracies.last),
                            "validationAccuracy": number(outcome.validationAccuracy),
                            "testAccuracy": number(outcome.testAccuracy),
                        ]
                    })
            ])
    }

    /// A share with one decimal: "87.1 %".
    static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension TrainWork {
    private static func seeds(_ values: StageValues) -> [UInt64] {
        if let list = values["seeds"]?.arrayValue { return list.compactMap(\.unsignedValue) }
        let first = values["seed"]?.unsignedValue ?? 0
        return (0..<UInt64(values.integer("seeds"))).map { first + $0 }
    }

    private static func recipe(_ values: StageValues, facts: DatasetFacts, seed: UInt64) throws -> Recipe {
        let name = values["network"]?.stringValue ?? Recipe.defaultNetwork(forImages: facts.shape.isImage)
        guard let network = NetworkSpecification(name) else { preconditionFailure("'\(name)' was not checked") }
        let shape: LearningRateSchedule.Shape =
            switch values.text("schedule") {
            case "step": .step(epochs: values.integers("stepEpochs"), factor: values.number("stepFactor"))
            case "cosine":
                .cosine(horizon: Horizon(epochs: values["scheduleEpochs"]?.intValue ?? values.integer("epochs")))
            default: .constant
            }
        let momentum = values.number("momentum")
        let learningRate =
            values["learningRate"]?.doubleValue ?? Recipe.defaultLearningRate(isResidual: network.isConvolutional)
        return Recipe(
            network: network,
            optimizer: SGD(
                momentum: Float(momentum), isNesterov: values.truth("nesterov") && momentum > 0,
                weightDecay: Float(values.number("weightDecay"))),
            schedule: LearningRateSchedule(
                learningRate: learningRate, shape: shape, warmupEpochs: values.integer("warmupEpochs")),
            batchSize: values.integer("batchSize"),
            augmentation: Augmentation(
                cropPadding: values.integer("crop"),
                cropMode: Augmentation.CropMode(rawValue: values.text("cropMode")) ?? .zero, flips: values.truth("flip")
            ),
            seed: seed)
    }

    /// What is wrong between parameters.
    static func complaints(about values: StageValues, in words: TrainingWords = .parameters) -> [StageComplaint] {
        var found: [StageComplaint] = []
        let (schedule, epochs) = (values.text("schedule"), values.integer("epochs"))
        if values.isGiven("nesterov"), values.truth("nesterov"), values.number("momentum") == 0 {
            found.append(
                StageComplaint(
                    "nesterov", "needs a momentum above 0",
                    suggestion: "leave \(words.name("nesterov")) out, or give \(words.setting("momentum", 0.9))"))
        }
        if schedule == "step" {
            let steps = values.integers("stepEpochs")
            if steps.isEmpty {
                let example = words.setting("stepEpochs", [60, 120, 160])
                found.append(
                    StageComplaint(
                        "schedule", "step needs \(words.name("stepEpochs"))",
                        suggestion: "add the epochs after which the rate drops, for instance \(example)"))
            } else if zip(steps, steps.dropFirst()).contains(where: { $0 >= $1 }) {
                found.append(StageComplaint("stepEpochs", "must ascend, not \(words.list(steps))"))
            }
        } else {
            for name in ["stepEpochs", "stepFactor"] where values.isGiven(name) {
                found.append(
                    StageComplaint(
                        name, "has no effect with \(words.name("schedule")) \(schedule)",
                        suggestion: "add \(words.setting("schedule", "step")), or leave it out"))
            }
        }
        if let horizon = values["scheduleEpochs"]?.intValue {
            if schedule != "cosine" {
                found.append(
                    StageComplaint(
                        "scheduleEpochs", "has no effect with \(words.name("schedule")) \(schedule)",
                        suggestion: "add \(words.setting("schedule", "cosine")), or leave it out"))
            }
            if horizon < epochs {
                found.append(
                    StageComplaint(
                        "scheduleEpochs", "\(horizon) ends before \(words.name("epochs")) \(epochs)",
                        suggestion: "make it \(epochs) or more"))
            }
        }
        let horizon = values["scheduleEpochs"]?.intValue ?? epochs
        let warmup = values.integer("warmupEpochs")
        if schedule == "cosine", warmup >= horizon {
            found.append(
                StageComplaint(
                    "warmupEpochs", "\(warmup) leaves nothing of a cosine over \(horizon) epochs",
                    suggestion: "make it less than \(horizon), or raise \(words.name("scheduleEpochs"))"))
        }
        if values.isGiven("cropMode"), values.integer("crop") == 0 {
            found.append(
                StageComplaint(
                    "cropMode", "has no effect without \(words.name("crop"))",
                    suggestion: "add \(words.setting("crop", 4)) for instance"))
        }
        if values["seeds"]?.arrayValue != nil, values.isGiven("seed") {
            found.append(StageComplaint("seed", "has no effect beside a list of seeds", suggestion: "leave it out"))
        } else if let count = values["seeds"]?.intValue, let first = values["seed"]?.unsignedValue,
            first > UInt64.max - UInt64(count - 1)
        {
            found.append(StageComplaint("seed", "\(first) leaves no room for \(count) seeds of 64 bits"))
        }
        return found
    }
}
