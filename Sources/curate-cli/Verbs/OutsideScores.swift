import Curate
import Models

/// Scores of a training that happened elsewhere.
enum OutsideScores {
    /// From the logits of runs, which come without a dataset.
    static func ofLogits(_ invocation: Invocation, patterns: [String], labels: String) throws -> ScoreReport {
        let files = try LogitFiles(patterns: patterns, labelsPath: labels)
        let logs = try files.runs.indices.map { try files.log(ofRun: $0) }
        let convention = convention(invocation.arguments)
        let table = try ScoreTable(
            logs: logs, names: names(invocation.arguments, from: logs, convention), convention: convention,
            options: ScoreSettings(epoch: invocation.arguments[ScoreVerb.score.option("at")]?.intValue))
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

    /// From a checkpoint, evaluated on a dataset.
    static func ofWeights(_ invocation: Invocation, path: String, network: String) throws -> ScoreReport {
        let dataset = try loadDataset(DataOptions.source(invocation.arguments), invocation)
        guard let specification = NetworkSpecification(network) else {
            preconditionFailure("the network '\(network)' was not checked")
        }
        let work = RunningWork(invocation)
        defer { work.showProfile() }
        let asked = ScoreVerb.names(invocation.arguments)
        let log = try CheckpointScores.log(
            of: specification, head: Head(ofSafetensors: path), on: dataset, pool: work.pool,
            includesGradientNorms: asked.contains(.grand),
            monitor: work.monitor
        ) { try $0.load(fromSafetensors: path) }
        let convention = convention(invocation.arguments)
        let table = try ScoreTable(
            logs: [log], names: names(invocation.arguments, from: [log], convention), convention: convention)
        return ScoreReport(
            title: "\(dataset.name): \(specification) from \(path)", table: table,
            examples: ExampleTable(
                dataset: dataset, indices: dataset.indices(of: .train),
                predictions: DynamicsLog.majorityPredictions(of: [log], epoch: 1)))
    }

    private static func convention(_ arguments: ParsedArguments) -> ScoreConvention {
        arguments.text(ScoreVerb.score.option("convention")).flatMap { ScoreConvention(rawValue: $0) } ?? .dataDiet
    }

    /// The scores asked for; of the default ones just those that the logs can give.
    private static func names(
        _ arguments: ParsedArguments, from logs: [DynamicsLog], _ convention: ScoreConvention
    ) throws -> [ScoreName] {
        let asked = ScoreVerb.names(arguments)
        if arguments.isGiven(ScoreVerb.score.option("by")) { return asked }
        let possible = ScoreTable.computableNames(from: logs, convention: convention)
        return asked.filter { possible.contains($0) }
    }
}
