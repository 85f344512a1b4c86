import Curate

extension ScoreName {
    /// Whether one set of weights is enough, without the epochs before it.
    package var needsOnlyWeights: Bool {
        switch self {
        case .el2n, .grand, .loss, .margin, .entropy: true
        case .forgetting, .aum, .confidence, .variability, .correctness: false
        }
    }
}

/// A file that scores are written to.
package typealias ScoreFile = OutputFile<ScoreFileFormat>

extension ScoreFile {
    /// All the files that are written: an array's header is a file beside it.
    var outputPaths: [String] { format == .npy ? [path, path + ".json"] : [path] }
}

/// What `--by` takes: a score, or the list of label issues.
package enum ScoreChoice: Sendable, Equatable {
    case score(ScoreName)
    case labelIssues

    static let valueFormat = ValueFormat.choice(
        among: ScoreName.allCases.map { (word: $0.rawValue, value: ScoreChoice.score($0)) }
            + [(word: "label-issues", value: .labelIssues)]
    ).named("score")
}

/// When `curate score --until-stable` stops adding seeds.
package struct StabilityOptions: Sendable, Equatable {
    /// The share of the examples that is kept.
    package let keptFraction: Double
    /// The least rise of the agreement that is worth one more seed.
    package let tolerance: Double
    /// How many seeds are trained at most.
    package let largestSeedCount: Int
}

/// What `curate score` was asked.
package struct ScoreOptions: Sendable, Equatable {
    /// Where the scores come from.
    package enum Source: Sendable, Equatable {
        /// Probe runs trained here (or found in the store).
        case training(DataOptions, TrainingOptions)
        /// Logits of runs trained elsewhere: a pattern per run, and the labels.
        case logits(patterns: [String], labels: String)
        /// Somebody's weights and the network they belong to.
        case weights(DataOptions, path: String, network: String)
    }

    package let source: Source
    /// In the order asked for, without repeats.
    package let scores: [ScoreName]
    package let convention: ScoreConvention
    /// The epoch to score at; nil for the last.
    package let epoch: Int?
    package let files: [ScoreFile]
    /// How many of the hardest and easiest to show.
    package let top: Int
    /// Whether label issues are asked for.
    package let findsLabelIssues: Bool
    /// The file to list the label issues in.
    package let suspectsFile: String?
    /// How label issues are found.
    package let suspectOptions: SuspectOptions
    /// When to stop adding seeds; nil: there are as many as the training options say.
    package let stability: StabilityOptions?

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        source = try Self.source(arguments)
        scores = try Self.scores(arguments, from: source)
        convention = arguments[Self.conventionOption]
        epoch = arguments[Self.atOption]
        files = arguments[Self.outOption]
        top = arguments[Self.topOption]
        findsLabelIssues = arguments[Self.byOption].contains(.labelIssues)
        suspectsFile = arguments[Self.suspectsOption]
        suspectOptions = try SuspectOptions(arguments)
        stability = try Self.stability(arguments)
        try checkEpoch()
        try checkLabelIssues(arguments)
        let paths = files.map(\.path)
        if let twice = paths.first(where: { path in paths.count(where: { $0 == path }) > 1 }) {
            throw CurateError(.usage, "--out names '\(twice)' twice", remedy: "give each file once")
        }
    }

    private static func source(_ arguments: ParsedArguments) throws(CurateError) -> Source {
        let path = arguments[DataOptions.optionalPathArgument]
        let patterns = arguments[logitsOption]
        let weights = arguments[weightsOption]
        if !patterns.isEmpty {
            if path != nil {
                throw CurateError(
                    .usage, "--logits takes the place of <data>; both are given",
                    remedy: "put the pattern in quotes, so that the shell leaves it alone, or leave <data> out")
            }
            let ignored =
                [weightsOption.declaration] + DataOptions.group.options + trainingGroup.options + stabilityGroup.options
            try refuse(ignored, in: arguments, because: "with --logits nothing is read or trained")
            guard let labels = arguments[labelsOption] else {
                throw CurateError(
                    .usage, "--logits needs --labels", remedy: "add --labels labels.npy, one whole number per example")
            }
            return .logits(patterns: patterns, labels: labels)
        }
        try refuse([labelsOption.declaration], in: arguments, because: "it goes with --logits")
        guard let path else {
            throw CurateError(
                .usage, "<data> is missing", remedy: "give the dataset's path, or --logits with --labels")
        }
        let data = try DataOptions(arguments, path: path)
        guard let weights else {
            return .training(data, try TrainingOptions(arguments, seedCount: seedsOption))
        }
        let needed = TrainingOptions.networkOption.declaration.name
        let ignored =
            trainingGroup.options.filter { $0.name != needed } + [atOption.declaration] + stabilityGroup.options
        try refuse(ignored, in: arguments, because: "with --weights nothing is trained")
        guard let network = arguments[TrainingOptions.networkOption] else {
            throw CurateError(
                .usage, "--weights needs --network",
                remedy: "name the network the weights belong to, for instance resnet18")
        }
        return .weights(data, path: weights, network: network)
    }

    private static func refuse(
        _ options: [OptionDeclaration], in arguments: ParsedArguments, because reason: String
    ) throws(CurateError) {
        guard let stray = arguments.firstGiven(of: options) else { return }
        throw CurateError(.usage, "--\(stray.name) does not fit here: \(reason)", remedy: "leave --\(stray.name) out")
    }

    private static func scores(_ arguments: ParsedArguments, from source: Source) throws(CurateError) -> [ScoreName] {
        var asked: [ScoreName] = []
        for case .score(let score) in arguments[byOption] where !asked.contains(score) { asked.append(score) }
        let isGiven = arguments.isGiven(byOption)
        switch source {
        case .training: return asked
        case .logits:
            if isGiven && asked.contains(.grand) {
                throw CurateError(
                    .usage, "grand cannot be computed from logits: it needs the gradients of every parameter",
                    remedy: "leave it out, or score a checkpoint with <data> and --weights")
            }
            return asked.filter { $0 != .grand }
        case .weights:
            if isGiven, let impossible = asked.first(where: { !$0.needsOnlyWeights }) {
                throw CurateError(
                    .usage, "\(impossible.rawValue) cannot be computed from one checkpoint: it needs several epochs",
                    remedy: "leave it out, or train here by leaving --weights out")
            }
            return asked.filter(\.needsOnlyWeights)
        }
    }

    private static func stability(_ arguments: ParsedArguments) throws(CurateError) -> StabilityOptions? {
        guard arguments[untilStableOption] else {
            if let stray = arguments.firstGiven(of: stabilityGroup.options) {
                throw CurateError(
                    .usage, "--\(stray.name) goes with --until-stable", remedy: "add --until-stable, or leave it out")
            }
            return nil
        }
        if arguments.isGiven(seedsOption) {
            throw CurateError(
                .usage, "--until-stable finds the number of seeds, and --seeds gives it",
                remedy: "leave one of them out; --max-seeds says how many may be trained at most")
        }
        if arguments[byOption].contains(.labelIssues) {
            throw CurateError(
                .usage, "--until-stable is for scores, and label-issues is a list", remedy: "list the issues by itself")
        }
        return StabilityOptions(
            keptFraction: arguments[keepOption], tolerance: arguments[stableWithinOption],
            largestSeedCount: arguments[maxSeedsOption])
    }

    private func checkEpoch() throws(CurateError) {
        guard let epoch else { return }
        if epoch == 0 {
            throw CurateError(
                .usage,
                "--at 0 is refused: before training, scores rank examples little better than chance, and the published "
                    + "results for GraNd at initialisation came from loading a trained checkpoint by mistake",
                remedy: "score at epoch 1 or later")
        }
        if case .training(_, let training) = source, epoch > training.epochs {
            throw CurateError(
                .usage, "--at \(epoch) is after the last epoch, \(training.epochs)",
                remedy: "add --epochs \(epoch), or score earlier")
        }
    }

    private func checkLabelIssues(_ arguments: ParsedArguments) throws(CurateError) {
        if findsLabelIssues {
            guard case .training = source else {
                throw CurateError(
                    .usage, "label-issues needs runs that are trained here",
                    remedy: "leave --logits and --weights out; for probabilities made elsewhere there is curate prune "
                        + "--drop-suspects --probabilities")
            }
            if let suspectsFile, !suspectsFile.hasSuffix(".csv") {
                throw CurateError(
                    .usage, "--suspects must name a file that ends in .csv, not '\(suspectsFile)'",
                    remedy: "use --suspects suspects.csv for instance")
            }
            if scores.isEmpty, let file = files.first {
                throw CurateError(
                    .usage, "--out '\(file.path)' is for scores, and only label-issues is asked for",
                    remedy: "use --suspects suspects.csv, or add a score to --by")
            }
        } else if let stray = arguments.firstGiven(
            of: [Self.suspectsOption.declaration] + SuspectOptions.declarations)
        {
            throw CurateError(
                .usage, "--\(stray.name) goes with --by label-issues",
                remedy: "add label-issues to --by, or leave it out")
        }
    }
}
