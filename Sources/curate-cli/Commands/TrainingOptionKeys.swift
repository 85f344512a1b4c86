import Curate

/// The declarations of the training options.
extension TrainingOptions {
    /// Names for completion and suggestions; `mlp` takes any widths, and the library decides what it can build.
    package static let networkNames = [
        "linear", "mlp:256", "mlp:256,128", "resnet8", "resnet20", "resnet32", "resnet56", "resnet18", "resnet34",
        "resnet50",
    ]

    /// A network's name: `linear`, `mlp:` and widths, or `resnet` and a depth.
    package static let networkFormat = ValueFormat<String>(
        placeholder: "name", completion: .word(networkNames),
        parse: { text throws(ValueProblem) in
            if text == "linear" { return text }
            if text.hasPrefix("resnet"), isNumber(text.dropFirst(6)) { return text }
            if text.hasPrefix("mlp:") {
                let widths = text.dropFirst(4).split(separator: ",", omittingEmptySubsequences: false)
                if widths.allSatisfy(isNumber) { return text }
            }
            let guess = text.hasPrefix("mlp") ? "mlp:256" : Suggestion.nearest(to: text, among: networkNames)
            throw ValueProblem(
                "must be linear, mlp:WIDTH,..., or resnet and a depth (8, 20, 32, 56, 18, 34, 50)", shown: text,
                suggestion: guess.map { "did you mean '\($0)'?" })
        },
        describe: { $0 })

    /// Whether some text is a positive whole number in plain digits.
    private static func isNumber(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && (Int(text) ?? 0) > 0
    }

    package static let trainOnOption = Option<String?>.optional(
        "train-on", .path.named("directory"), absent: "all training examples",
        help: "Train on what a split keeps: the directory that curate prune --out made.",
        knownElsewhereAs: ["subset", "kept", "indices"])
    package static let networkOption = Option<String?>.optional(
        "network", networkFormat, absent: "resnet8 for images, mlp:256 for vectors",
        help: """
            The network to train. resnet8 to resnet56 are for small images, resnet18 to resnet50 for any; mlp takes \
            the widths of its hidden layers.
            """,
        knownElsewhereAs: ["model", "arch", "architecture", "net"])
    package static let epochsOption = Option<Int>.value(
        "epochs", .integer(.atLeast(1)), default: 4,
        help: "How often to pass over the training examples. More epochs continue a run that is in the store.",
        knownElsewhereAs: ["num-epochs", "max-epochs"])
    package static let batchOption = Option<Int>.value(
        "batch", .integer(.atLeast(1)), default: 128, help: "Examples per step; the last batch may be smaller.",
        knownElsewhereAs: ["batch-size", "bs"])
    package static let learningRateOption = Option<Double?>.optional(
        "learning-rate", .number(.above(0)), absent: "0.1 for resnets, 0.01 for linear and mlp",
        help: "The learning rate after warm-up.", knownElsewhereAs: ["lr", "rate"])
    package static let momentumOption = Option<Double>.value(
        "momentum", .number(.from(0, below: 1)), default: 0.9, help: "The momentum of SGD; 0 for none.")
    package static let nesterovOption = Option<Bool>.toggle(
        "nesterov", default: true, help: "Whether the momentum looks ahead.")
    package static let weightDecayOption = Option<Double>.value(
        "weight-decay", .number(.atLeast(0)), default: 0.0005, help: "The weight decay, added to the gradient.",
        knownElsewhereAs: ["wd", "l2"])
    package static let scheduleOption = Option<ScheduleName>.value(
        "schedule", .choice(of: ScheduleName.self).named("shape"), default: .constant,
        help: "How the learning rate moves over the epochs.", knownElsewhereAs: ["lr-schedule", "scheduler"])
    package static let stepEpochsOption = Option<[Int]>.repeated(
        "step-epochs", ValueFormat<Int>.integer(.atLeast(1)).list(),
        help: "The epochs after which a step schedule lowers the rate.", knownElsewhereAs: ["milestones"])
    package static let stepFactorOption = Option<Double>.value(
        "step-factor", .number(.above(0, to: 1)), default: 0.2, help: "What a step multiplies the rate by.",
        knownElsewhereAs: ["gamma"])
    package static let warmupOption = Option<Int>.value(
        "warmup-epochs", .integer(.atLeast(0)), default: 0,
        help: "Over how many epochs the rate rises from 0, step by step.", knownElsewhereAs: ["warmup"])
    package static let scheduleEpochsOption = Option<Int?>.optional(
        "schedule-epochs", .integer(.atLeast(1)), absent: "--epochs",
        help: "The epoch at which a cosine schedule reaches 0, to run only the beginning of a longer one.",
        knownElsewhereAs: ["t-max"])
    package static let cropOption = Option<Int>.value(
        "crop", .integer(.atLeast(0)).named("pixels"), default: 0,
        help: "Pad images by so many pixels and crop them at random; 0 for none.",
        knownElsewhereAs: ["padding", "random-crop"])
    package static let cropModeOption = Option<Augmentation.CropMode>.value(
        "crop-mode", .choice(of: Augmentation.CropMode.self).named("mode"), default: .zero,
        help: "What the padding holds.",
        knownElsewhereAs: ["padding-mode"])
    package static let flipOption = Option<Bool>.toggle(
        "flip", default: false, help: "Mirror images left to right at random.", knownElsewhereAs: ["hflip"])
    package static let seedOption = Option<UInt64>.value(
        "seed", .seed, default: 0, help: "The seed of the first run; the others count up from it.",
        knownElsewhereAs: ["random-seed", "first-seed"])

    /// How many runs there are.
    ///
    /// - Parameter initial: the number when the option is absent.
    package static func seedsOption(default initial: Int) -> Option<Int> {
        Option<Int>.value(
            "seeds", .integer(.from(1, to: 10_000)), default: initial,
            help: "How many runs to train, each with its own seed. More seeds train only the runs that are missing.",
            knownElsewhereAs: ["runs", "repeats", "num-seeds"])
    }

    /// The group as help shows it.
    ///
    /// - Parameters:
    ///   - seeds: the option made by `seedsOption(default:)` for the verb.
    ///   - firstSeed: another option for the first seed, for a verb to which `--seed` says something else.
    package static func group(seeds: Option<Int>, firstSeed: Option<UInt64> = seedOption) -> OptionGroup {
        OptionGroup(
            "TRAINING OPTIONS",
            [
                trainOnOption.declaration, networkOption.declaration, epochsOption.declaration, batchOption.declaration,
                learningRateOption.declaration, momentumOption.declaration, nesterovOption.declaration,
                weightDecayOption.declaration, scheduleOption.declaration, stepEpochsOption.declaration,
                stepFactorOption.declaration, warmupOption.declaration, scheduleEpochsOption.declaration,
                cropOption.declaration, cropModeOption.declaration, flipOption.declaration, seeds.declaration,
                firstSeed.declaration,
            ])
    }
}
