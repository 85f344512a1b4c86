import Curate

/// How the learning rate moves over the epochs; the raw value is what `--schedule` takes.
package enum ScheduleName: String, Sendable, CaseIterable { case constant, step, cosine }

/// How to train: shared by the verbs that train.
package struct TrainingOptions: Sendable, Equatable {
    /// The directory of the split to train on; nil for all training examples.
    package let split: String?
    /// nil: `defaultNetwork(forImages:)`.
    package let network: String?
    package let epochs: Int
    package let batchSize: Int
    /// nil: `defaultLearningRate(forNetwork:)`.
    package let learningRate: Double?
    package let momentum: Double
    package let usesNesterov: Bool
    package let weightDecay: Double
    package let schedule: ScheduleName
    /// The epochs after which a step schedule multiplies by `stepFactor`, ascending; empty for other schedules.
    package let stepEpochs: [Int]
    package let stepFactor: Double
    package let warmupEpochs: Int
    /// Where a cosine schedule reaches zero; nil: at `epochs`.
    package let scheduleEpochs: Int?
    /// Pixels of padding before a random crop back to size; 0 for no crop.
    package let cropPadding: Int
    package let cropMode: Augmentation.CropMode
    package let flips: Bool
    /// One run per seed, from `firstSeed` upwards.
    package private(set) var seedCount: Int
    package let firstSeed: UInt64

    /// The seeds of the runs.
    package var seeds: [UInt64] { (0..<UInt64(seedCount)).map { firstSeed + $0 } }

    /// The same with another number of runs.
    func with(seedCount: Int) -> TrainingOptions {
        var changed = self
        changed.seedCount = seedCount
        return changed
    }

    /// The network when none is named.
    package static func defaultNetwork(forImages hasImages: Bool) -> String {
        Recipe.defaultNetwork(forImages: hasImages)
    }

    /// The learning rate when none is given.
    package static func defaultLearningRate(forNetwork name: String) -> Double {
        Recipe.defaultLearningRate(isResidual: name.hasPrefix("resnet"))
    }

    /// Reads the training options of a command line.
    ///
    /// - Parameters:
    ///   - arguments: the command line.
    ///   - seedCount: the option that says how many runs there are; its default depends on the verb.
    ///   - firstSeed: the option that says the seed of the first.
    package init(
        _ arguments: ParsedArguments, seedCount seedsOption: Option<Int>,
        firstSeed firstSeedOption: Option<UInt64> = seedOption
    ) throws(CurateError) {
        split = arguments[Self.trainOnOption]
        network = arguments[Self.networkOption]
        epochs = arguments[Self.epochsOption]
        batchSize = arguments[Self.batchOption]
        learningRate = arguments[Self.learningRateOption]
        momentum = arguments[Self.momentumOption]
        usesNesterov = arguments[Self.nesterovOption] && momentum > 0
        weightDecay = arguments[Self.weightDecayOption]
        schedule = arguments[Self.scheduleOption]
        stepEpochs = arguments[Self.stepEpochsOption]
        stepFactor = arguments[Self.stepFactorOption]
        warmupEpochs = arguments[Self.warmupOption]
        scheduleEpochs = arguments[Self.scheduleEpochsOption]
        cropPadding = arguments[Self.cropOption]
        cropMode = arguments[Self.cropModeOption]
        flips = arguments[Self.flipOption]
        seedCount = arguments[seedsOption]
        firstSeed = arguments[firstSeedOption]
        try check(arguments, firstSeedOption)
    }

    /// Has the library look at what the options say about each other, and tells the first mistake as one of options.
    private func check(_ arguments: ParsedArguments, _ firstSeedOption: Option<UInt64>) throws(CurateError) {
        func given<Value>(_ option: Option<Value>, _ value: JSONValue?) -> JSONValue? {
            arguments.isGiven(option) ? value : nil
        }
        let parameters: [(name: String, option: OptionDeclaration, value: JSONValue?)] = [
            ("epochs", Self.epochsOption.declaration, .int(epochs)),
            ("momentum", Self.momentumOption.declaration, .double(momentum)),
            ("schedule", Self.scheduleOption.declaration, .string(schedule.rawValue)),
            ("warmupEpochs", Self.warmupOption.declaration, .int(warmupEpochs)),
            ("crop", Self.cropOption.declaration, .int(cropPadding)),
            ("seed", firstSeedOption.declaration, JSONValue(firstSeed)),
            // What was not given has a default that fits whatever the others say.
            (
                "nesterov", Self.nesterovOption.declaration,
                given(Self.nesterovOption, .bool(arguments[Self.nesterovOption]))
            ),
            (
                "stepEpochs", Self.stepEpochsOption.declaration,
                given(Self.stepEpochsOption, .array(stepEpochs.map { .int($0) }))
            ),
            ("stepFactor", Self.stepFactorOption.declaration, given(Self.stepFactorOption, .double(stepFactor))),
            ("scheduleEpochs", Self.scheduleEpochsOption.declaration, scheduleEpochs.map { .int($0) }),
            ("cropMode", Self.cropModeOption.declaration, given(Self.cropModeOption, .string(cropMode.rawValue))),
        ]
        var values: [String: JSONValue] = ["seeds": .int(seedCount)]
        for parameter in parameters { values[parameter.name] = parameter.value }
        let names = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.option.name) })
        if let mistake = TrainingWords.options(names).firstMistake(in: values) { throw mistake }
    }
}
