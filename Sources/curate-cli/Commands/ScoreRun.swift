import Curate
import Models

extension ScoreOptions {
    /// `curate score`: scores from training, from somebody's logits or from somebody's weights.
    static func run(_ invocation: Invocation, _ options: ScoreOptions) throws {
        // An output that cannot be written is refused now rather than after the training.
        for path in options.files.flatMap(\.outputPaths) {
            try AtomicFile.check(path: path, replacing: invocation.globals.force)
        }
        if let path = options.suspectsFile { try AtomicFile.check(path: path, replacing: invocation.globals.force) }
        switch options.source {
        case .training(let data, let training):
            try train(invocation, options, data, training)
        case .logits(let patterns, let labels):
            try finish(invocation, options, try readLogits(invocation, options, patterns: patterns, labels: labels))
        case .weights(let data, let path, let network):
            try finish(invocation, options, try evaluate(invocation, options, data, path: path, network: network))
        }
    }

    /// Writes the files and shows what was found.
    private static func finish(
        _ invocation: Invocation, _ options: ScoreOptions, _ report: ScoreReport, _ issues: LabelIssuesReport? = nil,
        _ stability: StabilityReport? = nil
    ) throws {
        let console = invocation.console
        let export = ScoreExport(table: report.table, examples: report.examples, ties: report.ties)
        for file in options.files {
            try export.write(to: file.path, format: file.format, replacing: invocation.globals.force)
        }
        let files = options.files.map(\.path)
        if console.wantsJSON {
            var members = report.json(top: options.top, files: files)
            if let issues { members.append(("label_issues", issues.json)) }
            if let stability { members.append(("until_stable", stability.json)) }
            return try console.printJSON(.object(members))
        }
        try report.show(on: console, top: options.top, files: files)
        if let issues {
            try console.printLine()
            try issues.show(on: console, top: options.top)
        }
        if let stability {
            try console.printLine()
            try stability.show(on: console)
        }
    }

    private static func train(
        _ invocation: Invocation, _ options: ScoreOptions, _ data: DataOptions, _ training: TrainingOptions
    ) throws {
        let console = invocation.console
        let dataset = try loadDataset(data, invocation)
        var stages: [String: JSONValue] = [:]
        if !options.scores.isEmpty { stages["score"] = options.stage(of: "train") }
        if options.findsLabelIssues {
            stages["suspects"] = options.suspectOptions.stage(of: "train", at: options.epoch)
        }
        let pipeline = VerbPipeline(invocation, data, dataset)
        defer { pipeline.showProfile() }
        var training = training
        var stability: StabilityReport?
        if let wanted = options.stability {
            let found = try options.untilStable(wanted, pipeline, training, console: console)
            training = training.with(seedCount: found.seedCount)
            stability = found.report
        }
        let outcome = try pipeline.run(training, stages: stages)
        let title = "\(dataset.name): \(training.phrase(of: outcome.recipe(of: "train").network))"
        var issues: LabelIssuesReport?
        if options.findsLabelIssues {
            let (suspects, candidates) = try outcome.suspects(of: "suspects")
            if let path = options.suspectsFile {
                try suspects.write(candidates, to: path, replacing: invocation.globals.force)
            }
            issues = LabelIssuesReport(
                title: title, suspects: suspects, candidates: candidates, method: options.suspectOptions.method,
                file: options.suspectsFile, data: [data.path] + data.words)
        }
        guard !options.scores.isEmpty else {
            guard let issues else { return }
            if console.wantsJSON { return try console.printJSON(.object([("label_issues", issues.json)])) }
            return try issues.show(on: console, top: options.top)
        }
        let result = try outcome.scores(of: "score")
        try finish(
            invocation, options,
            ScoreReport(
                title: title, table: result.table, examples: result.examples, ties: result.ties,
                stability: result.stability, runs: result.runs, scoreKeys: result.scoreKeys,
                store: invocation.globals.store, isUntilStable: stability != nil), issues, stability)
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
        let examples = ExampleTable(
            datasetName: "logits", datasetHash: nil, indices: (0..<count).map { Int32($0) },
            identifiers: .positional(partitionCounts: [count, 0, 0]), labels: files.labels,
            classNames: (0..<files.classCount).map(String.init),
            predictions: DynamicsLog.majorityPredictions(of: logs, epoch: epoch))
        return ScoreReport(
            title: "\(logs.count) run\(logs.count == 1 ? "" : "s") of logits, \(files.classCount) classes",
            table: table, examples: examples)
    }

    private static func evaluate(
        _ invocation: Invocation, _ options: ScoreOptions, _ data: DataOptions, path: String, network: String
    ) throws -> ScoreReport {
        let dataset = try loadDataset(data, invocation)
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
            examples: ExampleTable(
                dataset: dataset, indices: dataset.indices(of: .train),
                predictions: DynamicsLog.majorityPredictions(of: [log], epoch: 1)))
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
