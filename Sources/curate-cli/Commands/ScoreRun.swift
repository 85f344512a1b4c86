import Curate
import Models

extension ScoreOptions {
    /// `curate score`: scores from training, from somebody's logits or from somebody's weights.
    static func run(_ invocation: Invocation, _ options: ScoreOptions) throws {
        // An output that cannot be written is refused now rather than after the training.
        for path in options.files.flatMap(\.outputPaths) {
            _ = try AtomicFile(path: path, replacing: invocation.globals.force)
        }
        let report: ScoreReport
        switch options.source {
        case .training(let data, let training):
            report = try train(invocation, options, data, training)
        case .logits(let patterns, let labels):
            report = try readLogits(invocation, options, patterns: patterns, labels: labels)
        case .weights(let data, let path, let network):
            report = try evaluate(invocation, options, data, path: path, network: network)
        }
        let export = ScoreExport(table: report.table, examples: report.examples, ties: report.ties)
        for file in options.files {
            try export.write(to: file.path, format: file.format, replacing: invocation.globals.force)
        }
        try report.show(on: invocation.console, top: options.top, files: options.files.map(\.path))
    }

    private static func train(
        _ invocation: Invocation, _ options: ScoreOptions, _ data: DataOptions, _ training: TrainingOptions
    ) throws -> ScoreReport {
        let dataset = try loadDataset(data, console: invocation.console)
        let outcome = try VerbPipeline.run(
            invocation, data, dataset, training, stages: ["score": options.stage(of: "train")])
        let result = try outcome.scores(of: "score")
        return ScoreReport(
            title:
                "\(dataset.name): \(outcome.recipe(of: "train").network), \(training.epochs) epoch\(training.epochs == 1 ? "" : "s"), "
                + "\(training.seedCount) seed\(training.seedCount == 1 ? "" : "s")",
            table: result.table, examples: result.examples, ties: result.ties, stability: result.stability,
            runs: result.runs, scoreKeys: result.scoreKeys, store: invocation.globals.store)
    }

    /// The options as the parameters of a `score` stage.
    private func stage(of runs: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "runs": .string(runs), "by": .array(scores.map { .string($0.rawValue) }),
            "convention": .string(convention.rawValue),
        ]
        if let epoch { members["at"] = .int(epoch) }
        return ["score": .object(members)]
    }

    private static func readLogits(
        _ invocation: Invocation, _ options: ScoreOptions, patterns: [String], labels: String
    ) throws -> ScoreReport {
        let files = try LogitFiles(patterns: patterns, labelsPath: labels)
        let logs = try files.runs.indices.map { try files.log(ofRun: $0) }
        let names = try computable(options, from: logs, isGiven: invocation.arguments.isGiven(byOption))
        let table = try ScoreTable(
            logs: logs, names: names, convention: options.convention, options: ScoreSettings(epoch: options.epoch))
        let count = files.labels.count
        let epoch = table.columns.map(\.epoch).max() ?? 1
        let examples = ScoredExamples(
            indices: Array(0..<count), identifiers: .positional(partitionCounts: [count, 0, 0]), labels: files.labels,
            classNames: (0..<files.classCount).map(String.init), partitions: Array(repeating: .train, count: count),
            predictions: ScoredExamples.majorityPredictions(of: logs, epoch: epoch), groups: [])
        return ScoreReport(
            title: "\(logs.count) run\(logs.count == 1 ? "" : "s") of logits, \(files.classCount) classes",
            table: table, examples: examples)
    }

    private static func evaluate(
        _ invocation: Invocation, _ options: ScoreOptions, _ data: DataOptions, path: String, network: String
    ) throws -> ScoreReport {
        let dataset = try loadDataset(data, console: invocation.console)
        let specification = try NetworkSpecification(named: network)
        let work = RunningWork(invocation)
        defer { work.showProfile() }
        let log = try CheckpointScores.log(
            of: specification, on: dataset, pool: work.pool, includesGradientNorms: options.scores.contains(.grand),
            monitor: work.monitor
        ) { try $0.load(fromSafetensors: path) }
        let names = try computable(options, from: [log], isGiven: invocation.arguments.isGiven(byOption))
        let table = try ScoreTable(logs: [log], names: names, convention: options.convention)
        return ScoreReport(
            title: "\(dataset.name): \(specification) from \(path)", table: table,
            examples: ScoredExamples(
                dataset: dataset, indices: dataset.indices(of: .train),
                predictions: ScoredExamples.majorityPredictions(of: [log], epoch: 1)))
    }

    /// The scores asked for; of the default ones just those that the logs can give.
    private static func computable(
        _ options: ScoreOptions, from logs: [DynamicsLog], isGiven: Bool
    ) throws -> [ScoreName] {
        if isGiven { return options.scores }
        let possible = ScoreTable.computableNames(from: logs, convention: options.convention)
        return options.scores.filter { possible.contains($0) }
    }
}
