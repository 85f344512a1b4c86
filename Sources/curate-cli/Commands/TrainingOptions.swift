import Curate

/// How the learning rate moves over the epochs; the raw value is what `--schedule` takes.
package enum ScheduleName: String, Sendable, CaseIterable { case constant, step, cosine }

/// How to train: shared by `score`, `train` and `evaluate`.
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
    package let seedCount: Int
    package let firstSeed: UInt64

    /// The seeds of the runs.
    package var seeds: [UInt64] { (0..<UInt64(seedCount)).map { firstSeed + $0 } }

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
    package init(_ arguments: ParsedArguments, seedCount seedsOption: Option<Int>) throws(CurateError) {
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
        firstSeed = arguments[Self.seedOption]
        try check(arguments)
    }

    private func check(_ arguments: ParsedArguments) throws(CurateError) {
        if arguments.isGiven(Self.nesterovOption), arguments[Self.nesterovOption], momentum == 0 {
            throw CurateError(
                .usage, "--nesterov needs a momentum above 0", remedy: "leave --nesterov out, or give --momentum 0.9")
        }
        try checkSchedule(arguments)
        if cropPadding == 0 && arguments.isGiven(Self.cropModeOption) {
            throw CurateError(.usage, "--crop-mode has no effect without --crop", remedy: "add --crop 4 for instance")
        }
        if firstSeed > UInt64.max - UInt64(seedCount - 1) {
            throw CurateError(.usage, "the last of \(seedCount) seeds from \(firstSeed) is too large for 64 bits")
        }
    }

    private func checkSchedule(_ arguments: ParsedArguments) throws(CurateError) {
        if schedule == .step {
            guard !stepEpochs.isEmpty else {
                throw CurateError(
                    .usage, "--schedule step needs --step-epochs",
                    remedy: "add the epochs after which the rate drops, for instance --step-epochs 60,120,160")
            }
            if zip(stepEpochs, stepEpochs.dropFirst()).contains(where: { $0 >= $1 }) {
                let list = stepEpochs.map { String($0) }.joined(separator: ",")
                throw CurateError(.usage, "--step-epochs must ascend, not \(list)")
            }
        } else if let stray = arguments.firstGiven(
            of: [Self.stepEpochsOption.declaration, Self.stepFactorOption.declaration])
        {
            throw CurateError(
                .usage, "--\(stray.name) has no effect with --schedule \(schedule.rawValue)",
                remedy: "add --schedule step, or leave it out")
        }
        if let scheduleEpochs {
            if schedule != .cosine {
                throw CurateError(
                    .usage, "--schedule-epochs has no effect with --schedule \(schedule.rawValue)",
                    remedy: "add --schedule cosine, or leave it out")
            }
            if scheduleEpochs < epochs {
                throw CurateError(
                    .usage, "--schedule-epochs \(scheduleEpochs) ends before --epochs \(epochs)",
                    remedy: "make it \(epochs) or more")
            }
        }
        let horizon = scheduleEpochs ?? epochs
        if schedule == .cosine && warmupEpochs >= horizon {
            throw CurateError(
                .usage, "--warmup-epochs \(warmupEpochs) leaves nothing of a cosine over \(horizon) epochs",
                remedy: "make it less than \(horizon), or raise --schedule-epochs")
        }
    }
}
