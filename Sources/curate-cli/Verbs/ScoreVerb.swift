import Curate

/// `curate score`: scores from training, from somebody's logits or from somebody's weights.
package enum ScoreVerb {
    static let train = TrainingOptions.exposure(seeds: 3)
    static let score = Exposure(.score, as: "score") { parameter in
        guard parameter.name == "by" else { return }
        parameter.type = .list(.word(ScoreName.allCases.map(\.rawValue) + [labelIssues]))
        parameter.help = """
            The scores to compute; label-issues lists the labels that are probably wrong. Without it, those the source \
            cannot give are left out.
            """
    }
    static let suspects = Exposure(.suspects, as: "suspects", without: ["at"]) { parameter in
        guard parameter.name == "out" else { return }
        parameter.option = "suspects"
        parameter.absent = nil
        parameter.help = "With label-issues: write the list to this .csv file, for curate prune --suspects."
        parameter.knownElsewhereAs = ["issues", "issues-out"]
    }
    static let stability = Exposure(.stability, as: "stability", only: ["keep", "within"]) {
        $0.section = untilStableHeading
    }
    /// What `--by` takes besides scores.
    static let labelIssues = "label-issues"
    private static let untilStableHeading = "UNTIL STABLE"
    private static let elsewhere = "TRAINED ELSEWHERE"

    static let logits = Option(
        Parameter(
            "logits", .each(.input),
            help: "Score a run trained elsewhere: one .npy of logits per epoch, as a quoted pattern. Once per run.",
            shownAs: "pattern", section: elsewhere))
    static let labels = Option(
        Parameter("labels", .input, help: "The .npy file of labels that goes with --logits.", section: elsewhere))
    static let weights = Option(
        Parameter(
            "weights", .input,
            help: "Score the checkpoint in this .safetensors file instead of training; name its --network.",
            section: elsewhere, knownElsewhereAs: ["checkpoint", "pretrained"]))
    static let top = Option(
        Parameter(
            "top", .integer(0...Int(Int32.max)), default: 10, help: "How many of the hardest and the easiest to show.",
            knownElsewhereAs: ["limit", "head"]))
    static let untilStable = Option(
        Parameter(
            "untilStable", .flag,
            help: """
                Add seeds until one more would hardly change which examples are kept, and say which fewer seeds and \
                epochs would have done.
                """, knownElsewhereAs: ["auto-seeds", "until-converged"]))
    static let maxSeeds = Option(
        Parameter(
            "maxSeeds", .integer(KeptSetStability.fewestSeeds...10_000), default: 10,
            help: "How many seeds to train at most; there are at least \(KeptSetStability.fewestSeeds).",
            section: untilStableHeading, knownElsewhereAs: ["maximum-seeds", "limit-seeds"]))

    /// What goes with `--until-stable` only.
    static var stabilityOptions: [Option] { stability.options + [maxSeeds] }

    package static let command = Command(
        name: "score",
        abstract: "Score every training example.",
        discussion: [
            """
            Trains a few short runs and scores what they recorded. Runs and scores are kept in the store: asking for \
            another score, more seeds or more epochs trains only what is missing, and after Ctrl-C the same command \
            continues.
            """,
            """
            The scores of a training that happened elsewhere come from its logits (--logits with --labels) or from one \
            of its checkpoints (<data> with --weights).
            """,
        ],
        arguments: [DataOptions.optionalPath],
        optionGroups: [
            OptionGroup(
                "SCORE OPTIONS",
                score.options + [top, untilStable] + stabilityOptions + [logits, labels, weights]),
            suspects.group("LABEL ISSUES"), TrainingOptions.group(train), DataOptions.group,
        ],
        examples: [
            Example(
                "curate score fashion-mnist/ --by el2n,grand,forgetting --out scores.csv",
                "Train three short runs and write the scores."),
            Example(
                "curate score cifar10/ --network resnet18 --epochs 20 --seeds 10 --crop 4 --crop-mode reflect "
                    + "--flip",
                "Follow the Data Diet protocol up to its scoring epoch."),
            Example(
                "curate score fashion-mnist/ --by el2n --until-stable --keep 0.5",
                "Train as many seeds as the kept half needs to be steady."),
            Example(
                "curate score fashion-mnist/ --by label-issues --suspects suspects.csv",
                "List the labels that are probably wrong."),
            Example(
                "curate score --logits 'run0/epoch*.npy' --logits 'run1/epoch*.npy' --labels labels.npy",
                "Score two runs trained elsewhere."),
            Example(
                "curate score photos.npz --weights model.safetensors --network resnet18 --by el2n,grand",
                "Score a finished network."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let source = try ScoreSource(arguments)
        // An output that cannot be written is refused now rather than after the work.
        if case .training = source {
        } else {
            for path in arguments.texts(score.option("out")) {
                try AtomicFile.check(path: path, replacing: invocation.globals.force)
            }
        }
        switch source {
        case .training: try train(invocation)
        case .logits(let patterns, let labels):
            try finish(invocation, try OutsideScores.ofLogits(invocation, patterns: patterns, labels: labels))
        case .weights(let path, let network):
            try finish(invocation, try OutsideScores.ofWeights(invocation, path: path, network: network))
        }
    }

    /// The scores that are asked for.
    static func names(_ arguments: ParsedArguments) -> [ScoreName] {
        arguments.texts(score.option("by")).compactMap { ScoreName(rawValue: $0) }
    }

    /// The stages besides `train` that a command line describes.
    static func stages(_ arguments: ParsedArguments) -> [String: JSONValue] {
        var stages: [String: JSONValue] = [:]
        let names = names(arguments)
        if !names.isEmpty {
            stages["score"] = score.described(
                arguments, adding: ["runs": "train", "by": .strings(names.map(\.rawValue))])
        }
        if arguments.texts(score.option("by")).contains(labelIssues) {
            var others: [String: JSONValue] = ["runs": "train"]
            others["at"] = arguments.given(score.option("at"))
            stages["suspects"] = suspects.described(arguments, adding: others)
        }
        return stages
    }

    private static func train(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        let console = invocation.console
        let pipeline = try VerbPipeline(invocation, [score, suspects, stability, train])
        defer { pipeline.showProfile() }
        var training = VerbPipeline.training(train, arguments)
        var found: StabilityReport?
        if arguments.isOn(untilStable) {
            let stable = try UntilStable(arguments, training: training).run(pipeline, console: console)
            training = stable.training
            found = stable.report
        }
        let outcome = try pipeline.run(training.merging(stages(arguments)) { $1 })
        let dataset = try outcome.dataset()
        let title = "\(dataset.name): \(try TrainingOptions.phrase(outcome))"
        var issues: LabelIssuesReport?
        if outcome.hasStage("suspects") {
            let (list, candidates) = try outcome.suspects(of: "suspects")
            issues = LabelIssuesReport(
                title: title, suspects: list, candidates: candidates, file: arguments.text(suspects.option("out")),
                data: try DataOptions.source(arguments).words)
        }
        guard outcome.hasStage("score") else {
            guard let issues else { return }
            if console.wantsJSON { return try console.printJSON(["labelIssues": issues.json]) }
            return try issues.show(on: console, top: arguments.integer(top))
        }
        let result = try outcome.scores(of: "score")
        let report = ScoreReport(
            title: title, table: result.table, examples: result.examples, ties: result.ties,
            stability: result.stability, runs: result.runs, scoreKeys: result.scoreKeys,
            store: invocation.globals.store, isUntilStable: found != nil)
        try show(invocation, report, issues, found)
    }

    /// Writes the files of scores that are in no store, and shows them.
    private static func finish(_ invocation: Invocation, _ report: ScoreReport) throws {
        let export = ScoreExport(table: report.table, examples: report.examples, ties: report.ties)
        for path in invocation.arguments.texts(score.option("out")) {
            guard let format = ScoreFileFormat.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else {
                preconditionFailure("the ending of '\(path)' was not checked")
            }
            try export.write(to: path, format: format, replacing: invocation.globals.force)
        }
        try show(invocation, report)
    }

    private static func show(
        _ invocation: Invocation, _ report: ScoreReport, _ issues: LabelIssuesReport? = nil,
        _ stability: StabilityReport? = nil
    ) throws {
        let console = invocation.console
        let files = invocation.arguments.texts(score.option("out"))
        let top = invocation.arguments.integer(top)
        if console.wantsJSON {
            var members = report.json(top: top, files: files)
            members["labelIssues"] = issues?.json
            members["untilStable"] = stability?.json
            return try console.printJSON(.object(members))
        }
        try report.show(on: console, top: top, files: files)
        if let issues {
            try console.printLine()
            try issues.show(on: console, top: top)
        }
        if let stability {
            try console.printLine()
            try stability.show(on: console)
        }
    }
}
