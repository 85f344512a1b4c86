import Curate

/// Where the scores of `curate score` come from, and what does not go with it.
enum ScoreSource {
    /// Probe runs trained here, or found in the store.
    case training
    /// Logits of runs trained elsewhere: a pattern per run, and the labels.
    case logits(patterns: [String], labels: String)
    /// Somebody's weights and the network they belong to.
    case weights(path: String, network: String)

    /// Reads a command line.
    ///
    /// - Throws: `CurateError(.usage)` for options that contradict each other.
    init(_ arguments: ParsedArguments) throws(CurateError) {
        let training = [TrainingOptions.trainOn] + ScoreVerb.train.options
        let stability = [ScoreVerb.untilStable] + ScoreVerb.stabilityOptions
        let patterns = arguments.texts(ScoreVerb.logits)
        let hasData = arguments[DataOptions.optionalPath] != nil
        if !patterns.isEmpty {
            if hasData {
                throw CurateError(
                    .usage, "--logits takes the place of <data>; both are given",
                    remedy: "put the pattern in quotes, so that the shell leaves it alone, or leave <data> out")
            }
            try Self.refuse(
                [ScoreVerb.weights] + DataOptions.group.options + training + stability, in: arguments,
                because: "with --logits nothing is read or trained")
            guard let labels = arguments.text(ScoreVerb.labels) else {
                throw CurateError(
                    .usage, "--logits needs --labels", remedy: "add --labels labels.npy, one whole number per example")
            }
            self = .logits(patterns: patterns, labels: labels)
        } else {
            try Self.refuse([ScoreVerb.labels], in: arguments, because: "it goes with --logits")
            guard hasData else {
                throw CurateError(
                    .usage, "<data> is missing", remedy: "give the dataset's path, or --logits with --labels")
            }
            if let weights = arguments.text(ScoreVerb.weights) {
                let needed = ScoreVerb.train.option("network")
                let ignored = training.filter { $0.name != needed.name } + [ScoreVerb.score.option("at")] + stability
                try Self.refuse(ignored, in: arguments, because: "with --weights nothing is trained")
                guard let network = arguments.text(needed) else {
                    throw CurateError(
                        .usage, "--weights needs --network",
                        remedy: "name the network the weights belong to, for instance resnet18")
                }
                self = .weights(path: weights, network: network)
            } else {
                self = .training
            }
        }
        try checkScores(arguments)
        try Self.checkStability(arguments)
        try checkLabelIssues(arguments)
    }

    private static func refuse(
        _ options: [Option], in arguments: ParsedArguments, because reason: String
    ) throws(CurateError) {
        guard let stray = arguments.firstGiven(of: options) else { return }
        throw CurateError(.usage, "--\(stray.name) does not fit here: \(reason)", remedy: "leave --\(stray.name) out")
    }

    private func checkScores(_ arguments: ParsedArguments) throws(CurateError) {
        guard arguments.isGiven(ScoreVerb.score.option("by")) else { return }
        let names = ScoreVerb.names(arguments)
        switch self {
        case .training: break
        case .logits:
            if names.contains(.grand) {
                throw CurateError(
                    .usage, "grand cannot be computed from logits: it needs the gradients of every parameter",
                    remedy: "leave it out, or score a checkpoint with <data> and --weights")
            }
        case .weights:
            if let impossible = names.first(where: { !$0.needsOnlyWeights }) {
                throw CurateError(
                    .usage, "\(impossible.rawValue) cannot be computed from one checkpoint: it needs several epochs",
                    remedy: "leave it out, or train here by leaving --weights out")
            }
        }
    }

    private static func checkStability(_ arguments: ParsedArguments) throws(CurateError) {
        guard arguments.isOn(ScoreVerb.untilStable) else {
            guard let stray = arguments.firstGiven(of: ScoreVerb.stabilityOptions) else { return }
            throw CurateError(
                .usage, "--\(stray.name) goes with --until-stable", remedy: "add --until-stable, or leave it out")
        }
        if arguments.isGiven(ScoreVerb.train.option("seeds")) {
            throw CurateError(
                .usage, "--until-stable finds the number of seeds, and --seeds gives it",
                remedy: "leave one of them out; --max-seeds says how many may be trained at most")
        }
        if Self.findsLabelIssues(arguments) {
            throw CurateError(
                .usage, "--until-stable is for scores, and label-issues is a list", remedy: "list the issues by itself")
        }
    }

    private static func findsLabelIssues(_ arguments: ParsedArguments) -> Bool {
        arguments.texts(ScoreVerb.score.option("by")).contains(ScoreVerb.labelIssues)
    }

    private func checkLabelIssues(_ arguments: ParsedArguments) throws(CurateError) {
        guard Self.findsLabelIssues(arguments) else {
            guard let stray = arguments.firstGiven(of: ScoreVerb.suspects.options) else { return }
            throw CurateError(
                .usage, "--\(stray.name) goes with --by label-issues",
                remedy: "add label-issues to --by, or leave it out")
        }
        guard case .training = self else {
            throw CurateError(
                .usage, "label-issues needs runs that are trained here",
                remedy: "leave --logits and --weights out; for probabilities made elsewhere there is curate prune "
                    + "--probabilities")
        }
        if ScoreVerb.names(arguments).isEmpty, let file = arguments.texts(ScoreVerb.score.option("out")).first {
            throw CurateError(
                .usage, "--out '\(file)' is for scores, and only label-issues is asked for",
                remedy: "use --suspects suspects.csv, or add a score to --by")
        }
    }
}

extension ScoreName {
    /// Whether one set of weights is enough, without the epochs before it.
    var needsOnlyWeights: Bool {
        switch self {
        case .el2n, .grand, .loss, .margin, .entropy: true
        case .forgetting, .aum, .confidence, .variability, .correctness: false
        }
    }
}
