extension StageKind {
    /// `score`: scores of every training example from the runs of a `train` stage.
    package static let score = StageKind(
        name: "score", abstract: "Scores every training example from what happened to it in some runs.",
        discussion: """
            The scores go to the store, where `score_table` joins them to ids, labels and groups, and to a file if one \
            is named.
            """,
        gives: .scores, codeVersion: ScoreJob.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), isRequired: true, help: "The stage whose runs are read.",
                knownElsewhereAs: ["train", "input", "from", "run"]),
            Parameter(
                "by", .list(.word(ScoreName.allCases.map(\.rawValue))), default: ["el2n", "grand", "forgetting"],
                help: "The scores to compute.", shownAs: "score,...",
                knownElsewhereAs: ["score", "scores", "method", "metric"]),
            Parameter(
                "convention", .word(ScoreConvention.allCases.map(\.rawValue)), default: "data-diet",
                help: "Whose exact definitions to follow where references differ.", shownAs: "name",
                knownElsewhereAs: ["preset"]),
            Parameter(
                "at", .integer(0...1_000_000), absent: "the last epoch of the runs",
                help: "Score as the network stood after this epoch.", shownAs: "epoch",
                knownElsewhereAs: ["epoch", "scoreEpoch"]),
            Parameter(
                "out", .each(.file(endings: ScoreFileFormat.allCases.map { ".\($0.rawValue)" })),
                absent: "the store only",
                help: "A file to write the scores to; beside an array, FILE.npy.json says what it holds.",
                knownElsewhereAs: ["output", "export", "file"]),
        ],
        check: { instance in
            var found: [StageComplaint] = []
            if let complaint = StageComplaint.unfitEpoch(of: instance) { found.append(complaint) }
            if instance.values.texts("by").isEmpty {
                found.append(StageComplaint("by", "names no score", suggestion: "leave it out, or name one"))
            }
            return found
        },
        demand: { _, instance in ScoreWork.demand(of: instance) },
        files: { values in
            values.texts("out").flatMap { path in
                ScoreFileFormat.npy.isFormat(of: path) ? [path, path + ScoreExport.headerEnding] : [path]
            }
        }, prepare: { ScoreWork($0) })
}

/// Scores of the examples of some runs.
final class ScoreWork: StageWork {
    static let kind = StageKind.score

    let parameters: JSONValue
    let facts: DatasetFacts
    let files: [String]
    private let train: TrainWork
    private let job: ScoreJob
    private var found: ScoreJob.Result?

    init(_ setting: StageSetting) {
        let instance = setting.instance
        train = setting.input("runs", as: TrainWork.self)
        facts = setting.facts
        job = Self.job(instance, recipe: train.recipe, seeds: train.seeds)
        files = setting.files
        parameters = instance.values.identity(deciding: ["at": .int(job.epoch ?? job.epochCount)])
    }

    private static func job(_ instance: StageInstance, recipe: Recipe, seeds: [UInt64]) -> ScoreJob {
        let values = instance.values
        return ScoreJob(
            recipe: recipe, seeds: seeds, epochCount: instance.input("runs").values.integer("epochs"),
            names: values.texts("by").compactMap { ScoreName(rawValue: $0) },
            convention: ScoreConvention(rawValue: values.text("convention")) ?? .dataDiet, epoch: values["at"]?.intValue
        )
    }

    /// What the scores need of their runs, which does not depend on how these are trained.
    static func demand(of instance: StageInstance) -> RunDemand {
        ScoreJob.demand(
            names: instance.values.texts("by").compactMap { ScoreName(rawValue: $0) },
            convention: ScoreConvention(rawValue: instance.values.text("convention")) ?? .dataDiet,
            epoch: instance.values["at"]?.intValue ?? instance.input("runs").values.integer("epochs"))
    }

    /// What each score costs, as passes over one example: training counts 1, an evaluation 1/3 (forward alone, of forward
    /// and two products backward), gradient norms 1.
    func passCounts(in store: Store) throws -> [String: Double] {
        let epoch = job.epoch ?? job.epochCount
        let examples = Double(try train.exampleCount(in: store) * train.seeds.count)
        return Dictionary(
            uniqueKeysWithValues: job.names.map { name in
                let demand = ScoreJob.demand(names: [name], convention: job.convention, epoch: epoch)
                let passes =
                    Double(epoch) + Double(demand.cleanEpochs.subtracting(demand.gradientNormEpochs).count) / 3
                    + Double(demand.gradientNormEpochs.count)
                return (name.rawValue, passes * examples)
            })
    }

    /// The scores that are computed.
    var names: [ScoreName] { job.names }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? { try train.resultKeys(in: store) }

    /// The key of each score, in the order of `names`; nil while it is not known what the runs are trained on.
    func partKeys(in store: Store?) throws -> [ArtifactKey]? {
        try train.resultKeys(in: store).map { runs in
            job.identities(runs: runs, dataset: facts.contentHash).map(\.key)
        }
    }

    func standing(in store: Store) throws -> StageStanding {
        guard let keys = try partKeys(in: store) else { return .waitsForInputs }
        let stored = Set(try store.scoreSets().map(\.key))
        let missing = zip(job.names, keys).filter { !stored.contains($1) }.map(\.0.rawValue)
        let sentence =
            missing.isEmpty
            ? nil
            : missing.count == job.names.count
                ? "nothing of it is in the store" : "\(missing.joined(separator: ", ")) not in the store"
        return StageStanding(missing: sentence, isBegun: missing.count < job.names.count, cost: [:])
    }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(from: store)
    }

    func perform(in context: StageContext) throws {
        _ = try result(in: context)
        try keepArtifact(in: context)
    }

    /// The scores with everything that can be said of them, computed from the runs.
    func result(in context: StageContext) throws -> ScoreJob.Result {
        if let found { return found }
        var job = job
        let outcomes = try train.outcomes(in: context)
        job.recipe = try train.recipe(in: context)
        let result = try job.score(
            outcomes, of: try context.runs(), on: try context.dataset(), store: context.store,
            monitor: context.monitor)
        found = result
        return result
    }

    func forget(in store: Store) throws {
        let identity = try identity(in: store)
        let keys = try partKeys(in: store) ?? []
        try store.transaction {
            for key in keys { try store.removeScores(key) }
            if let key = identity.key { try store.removeArtifact(key) }
        }
    }

    func report(from store: Store) throws -> StageReport {
        let names = job.names.map(\.rawValue)
        let keys = try partKeys(in: store) ?? []
        return StageReport(
            summary: "\(names.joined(separator: ", ")) of \(try train.exampleCount(in: store)) examples",
            json: [
                "scores": .array(
                    zip(names, keys).map { ["name": .string($0), "key": .string($1.hexadecimal)] }),
                "files": .array(files.map { .string($0) }),
            ])
    }

    func export(_ file: String, to path: String, replacing: Bool, in context: StageContext) throws {
        let result = try result(in: context)
        let export = ScoreExport(table: result.table, examples: result.examples, ties: result.ties)
        if file.hasSuffix(ScoreExport.headerEnding) { return try export.writeHeader(to: path, replacing: replacing) }
        if ScoreFileFormat.npy.isFormat(of: file) { return try export.writeArray(to: path, replacing: replacing) }
        guard let format = ScoreFileFormat.allCases.first(where: { $0.isFormat(of: file) }) else {
            preconditionFailure("the ending of '\(file)' was not checked")
        }
        try export.write(to: path, format: format, replacing: replacing)
    }
}
