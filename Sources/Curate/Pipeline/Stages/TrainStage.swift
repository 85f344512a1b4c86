import Models

extension StageKind {
    /// More epochs than anyone trains, and few enough to count with.
    static let largestEpoch = 1_000_000

    /// More than any weight decay or radius, and well within a Float.
    static let largestRate = 1_000_000.0

    /// `train`: probe runs of one recipe, one per seed.
    package static let train = StageKind(
        name: "train", abstract: "Trains a network, once per seed, and keeps what happened to every example.",
        discussion: """
            Each seed is one run in the store, shared by every stage and command that asks for the same recipe; asking \
            for more epochs or seeds trains only what is missing. What other stages need of the runs (evaluations of \
            every example, gradient norms) is taken while training.
            """,
        gives: .runs, codeVersion: RunCache.codeVersion, artifactKind: "runs",
        parameters: steps + LossWords.parameters + SharpnessWords.parameters + ObjectiveWords.parameters + course,
        check: { complaints($0.values) },
        files: { [$0["out"]?.stringValue].compactMap { $0 } }, preset: { NamedRecipe.values($0) },
        prepare: { try TrainWork($0) })

    /// Checked values of a `train` stage with everything they imply and every default that has an effect, but for what is a
    /// path or depends on the data.
    ///
    /// - Parameters:
    ///   - given: the value of each parameter that is given; null is as if it were not.
    ///   - facts: what is known of the data, on which network, learning rate and crop depend; nil when there are none.
    package static func trainingInFull(_ given: [String: JSONValue], on facts: DatasetFacts? = nil) -> JSONValue {
        let given = given.filter { $0.value != .null }
        let values = StageValues(given, of: train.parameters, preset: train.preset(given))
        var members: [String: JSONValue] = [:]
        // A name stands for what it says, which is there.
        for parameter in train.parameters where !parameter.isOutput && parameter.name != "recipe" {
            members[parameter.name] = values[parameter.name]
        }
        let words = LossWords(values)
        let decided = words.identity.merging(ObjectiveWords(values).identity(groups: nil)) { $1 }
        for name in ["head", "gamma", "balance", "balanceBy"] { members[name] = decided[name] ?? .null }
        if let facts {
            let network = values["network"]?.stringValue ?? Recipe.defaultNetwork(forImages: facts.shape.isImage)
            members["network"] = .string(network)
            let isResidual = NetworkSpecification(network)?.isConvolutional ?? false
            members["learningRate"] =
                values["learningRate"] ?? .double(Recipe.defaultLearningRate(isResidual: isResidual))
            if !facts.shape.isImage { for name in ["crop", "cropMode", "flip"] { members[name] = given[name] } }
        }
        members = members.filter { $0.value != .null }
        // What would be refused as having no effect is a default that has none.
        while true {
            let idle = complaints(StageValues(members, of: train.parameters)).compactMap(\.parameter)
                .filter { members[$0] != nil && given[$0] == nil }
            if idle.isEmpty { return .object(members) }
            for name in idle { members[name] = nil }
        }
    }

    private static func complaints(_ values: StageValues) -> [StageComplaint] {
        TrainingChecks(values).complaints + LossWords(values).complaints + SharpnessWords(values).complaints
            + ObjectiveWords(values).complaints
    }

    /// What is trained, and how the weights follow the gradient.
    private static let steps: [Parameter] = [
        Parameter(
            "recipe", .word(NamedRecipe.all.map(\.name)), absent: "none",
            help: """
                A recipe of a paper, by name: what it says holds for every parameter that is not given. See \
                `showRecipe`.
                """, shownAs: "name", knownElsewhereAs: ["config", "preset"]),
        Parameter(
            "split", .stage(giving: .split), absent: "all training examples",
            help: "The stage that says which examples to train on, and what each counts.",
            knownElsewhereAs: ["on", "subset", "indices", "keep"]),
        Parameter(
            "network",
            .checked(
                placeholder: "linear, mlp:WIDTH,..., or resnet and a depth (8, 20, 32, 56, 18, 34, 50)",
                words: [
                    "linear", "mlp:256", "mlp:256,128", "resnet8", "resnet20", "resnet32", "resnet56", "resnet18",
                    "resnet34", "resnet50",
                ]
            ) { name in
                if NetworkSpecification(name) != nil { return nil }
                let guess =
                    name.hasPrefix("mlp")
                    ? "mlp:256" : Suggestion.nearest(to: name, among: NetworkSpecification.names)
                return ValueMismatch(
                    "must be linear, mlp:WIDTH,..., or resnet and a depth (8, 20, 32, 56, 18, 34, 50), "
                        + "not \"\(name)\"", suggestion: guess.map { "did you mean '\($0)'?" })
            }, absent: "resnet8 for images, mlp:256 for vectors",
            help: """
                The network to train. resnet8 to resnet56 are for small images, resnet18 to resnet50 for any; mlp \
                takes the widths of its hidden layers.
                """, shownAs: "name", knownElsewhereAs: ["model", "arch", "architecture", "net"]),
        Parameter(
            "epochs", .integer(1...largestEpoch), default: 4,
            help: "How often to pass over the training examples. More epochs continue a run that is in the store.",
            knownElsewhereAs: ["numEpochs", "maxEpochs"]),
        Parameter(
            "batchSize", .integer(1...1 << 20), default: 128,
            help: "Examples per step; the last batch may be smaller.", option: "batch",
            knownElsewhereAs: ["batch", "batchSize", "bs"]),
        Parameter(
            "learningRate", .number(.above(0)), absent: "0.1 for resnets, 0.01 for linear and mlp",
            help: "The learning rate after warm-up.", knownElsewhereAs: ["lr", "rate"]),
        Parameter(
            "momentum", .number(.from(0, below: 1)), default: 0.9, help: "The momentum of SGD; 0 for none.",
            section: optimisation),
        Parameter(
            "nesterov", .boolean, default: true, help: "Whether the momentum looks ahead.", section: optimisation),
        Parameter(
            "weightDecay", .number(.from(0, to: largestRate)), default: 0.0005,
            help: "The weight decay, added to the gradient.", section: optimisation,
            knownElsewhereAs: ["wd", "l2"]),
    ]

    /// How it goes over the epochs and the seeds, and where to.
    private static let course: [Parameter] = [
        Parameter(
            "schedule", .word(["constant", "step", "cosine"]), default: "constant",
            help: "How the learning rate moves over the epochs.", shownAs: "shape",
            knownElsewhereAs: ["lrSchedule", "scheduler"]),
        Parameter(
            "stepEpochs", .list(.integer(1...largestEpoch)), absent: "none",
            help: "The epochs after which a step schedule lowers the rate, ascending.", section: schedules,
            knownElsewhereAs: ["milestones"]),
        Parameter(
            "stepFactor", .number(.above(0, to: 1)), default: 0.2, help: "What a step multiplies the rate by.",
            section: schedules),
        Parameter(
            "warmupEpochs", .integer(0...largestEpoch), default: 0,
            help: "Over how many epochs the rate rises from 0, step by step.", section: schedules,
            knownElsewhereAs: ["warmup"]),
        Parameter(
            "warmupBy", .word(["step", "epoch"]), default: "step",
            help: "Whether the rate rises with every step or stays for an epoch.", section: schedules),
        Parameter(
            "scheduleEpochs", .integer(1...largestEpoch), absent: "the value of `epochs`",
            help: """
                The epochs that all shares of a training are of (a cosine schedule, `drw`, `drs`, a radius that began at \
                `samFrom`), to run only the beginning of a longer one.
                """,
            section: schedules, knownElsewhereAs: ["tMax"]),
        Parameter(
            "crop", .integer(0...1 << 16), default: 0,
            help: "Pad images by so many pixels and crop them at random; 0 for none.", shownAs: "pixels",
            section: augmentation, knownElsewhereAs: ["padding", "randomCrop"]),
        Parameter(
            "cropMode", .word(Augmentation.CropMode.allCases.map(\.rawValue)), default: "zero",
            help: "What the padding holds.", shownAs: "mode", section: augmentation,
            knownElsewhereAs: ["paddingMode"]),
        Parameter(
            "flip", .boolean, default: false, help: "Mirror images left to right at random.",
            section: augmentation, knownElsewhereAs: ["hflip"]),
        Parameter(
            "seeds", .seeds(atMost: 10_000), default: 1,
            help: """
                How many runs to train, each with a seed of its own, or the list of their seeds. More seeds train \
                only the runs that are missing.
                """, knownElsewhereAs: ["runs", "repeats", "numSeeds"]),
        Parameter(
            "seed", .seed, default: 0, help: "The seed of the first run; the others count up from it.",
            section: optimisation, knownElsewhereAs: ["randomSeed", "firstSeed"]),
        Parameter(
            "out", .file(endings: [".safetensors"]), absent: "the store only",
            help: "A file to write the trained weights to, with PyTorch's names and layouts; for one seed.",
            knownElsewhereAs: ["output", "save", "export", "weights"]),
    ]

    private static let optimisation = "OPTIMISATION"
    private static let schedules = "SCHEDULES"
    private static let augmentation = "AUGMENTATION"
}

/// What is wrong between the parameters of a `train` stage.
private struct TrainingChecks {
    private let values: StageValues
    private let schedule: String
    private let epochs: Int

    init(_ values: StageValues) {
        self.values = values
        schedule = values.text("schedule")
        epochs = values.integer("epochs")
    }

    var complaints: [StageComplaint] { optimiser + steps + horizon + augmentation + seeds }

    private var optimiser: [StageComplaint] {
        guard values.isGiven("nesterov"), values.truth("nesterov"), values.number("momentum") == 0 else { return [] }
        return [
            StageComplaint(
                "nesterov", "needs a momentum above 0",
                suggestion: "leave `nesterov` out, or add `momentum: 0.9`")
        ]
    }

    private var steps: [StageComplaint] {
        guard schedule == "step" else {
            return ["stepEpochs", "stepFactor"].filter { values.isGiven($0) }.map {
                StageComplaint(
                    $0, "has no effect with `schedule: \"\(schedule)\"`",
                    suggestion: "add `schedule: \"step\"`, or leave it out")
            }
        }
        let steps = values.integers("stepEpochs")
        if steps.isEmpty {
            return [
                StageComplaint(
                    "schedule", "step needs `stepEpochs`",
                    suggestion: "add the epochs after which the rate drops, for instance `stepEpochs: [60,120,160]`")
            ]
        }
        guard zip(steps, steps.dropFirst()).contains(where: { $0 >= $1 }) else { return [] }
        return [
            StageComplaint("stepEpochs", "must ascend, not \(JSONValue.array(steps.map { .int($0) }).compactText)")
        ]
    }

    private var horizon: [StageComplaint] {
        var found: [StageComplaint] = []
        if values.isGiven("warmupBy"), values.integer("warmupEpochs") == 0 {
            found.append(
                StageComplaint(
                    "warmupBy", "has no effect without `warmupEpochs`",
                    suggestion: "add `warmupEpochs: 5` for instance, or leave it out"))
        }
        if let horizon = values["scheduleEpochs"]?.intValue {
            if !HorizonWords(values).isRead {
                found.append(
                    StageComplaint(
                        "scheduleEpochs", "has no effect with `schedule: \"\(schedule)\"`",
                        suggestion: "add `schedule: \"cosine\"` or `drw: 0.8`, or leave it out"))
            }
            if horizon < epochs {
                found.append(
                    StageComplaint(
                        "scheduleEpochs", "\(horizon) ends before `epochs: \(epochs)`",
                        suggestion: "make it \(epochs) or more"))
            }
        }
        let horizon = values["scheduleEpochs"]?.intValue ?? epochs
        let warmup = values.integer("warmupEpochs")
        if schedule == "cosine", warmup >= horizon {
            found.append(
                StageComplaint(
                    "warmupEpochs", "\(warmup) leaves nothing of a cosine over \(horizon) epochs",
                    suggestion: "make it less than \(horizon), or raise `scheduleEpochs`"))
        }
        return found
    }

    private var augmentation: [StageComplaint] {
        guard values.isGiven("cropMode"), values.integer("crop") == 0 else { return [] }
        return [
            StageComplaint(
                "cropMode", "has no effect without `crop`", suggestion: "add `crop: 4` for instance")
        ]
    }

    private var seeds: [StageComplaint] {
        let list = values["seeds"]?.arrayValue
        if list != nil, values.isGiven("seed") {
            return [StageComplaint("seed", "has no effect beside a list of seeds", suggestion: "leave it out")]
        }
        let count = list?.count ?? values.integer("seeds")
        if values.isGiven("out"), count > 1 {
            return [
                StageComplaint(
                    "out", "holds the weights of one run, and `seeds` trains \(count)",
                    suggestion: "leave `seeds` out, or `out`: the store keeps the weights of every run")
            ]
        }
        guard list == nil, let first = values["seed"]?.unsignedValue, first > UInt64.max - UInt64(count - 1) else {
            return []
        }
        return [StageComplaint("seed", "\(first) leaves no room for \(count) seeds of 64 bits")]
    }
}

/// Whether anything of a `train` stage goes by shares of the whole training.
struct HorizonWords {
    private let values: StageValues

    init(_ values: StageValues) { self.values = values }

    var isRead: Bool {
        values.text("schedule") == "cosine" || values["drw"] != nil || values["drs"] != nil
            || values["balanceBy"]?.stringValue == Balance.Method.progressive.rawValue
            || SharpnessWords(values).hasHorizon
    }
}
