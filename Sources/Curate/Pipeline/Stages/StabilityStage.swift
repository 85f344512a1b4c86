extension StageKind {
    /// `stability`: whether more seeds would change which examples are kept.
    package static let stability = StageKind(
        name: "stability",
        abstract: "Says whether more seeds would change which examples a score keeps, and which fewer would have done.",
        discussion: """
            Compares what groups of the seeds keep, at the scored epoch and at earlier ones: 1, 2, 3, 4, 6, 8, 12, 16 and \
            so on, after each of which every example is evaluated. [Scores](scores.md) tells what is measured and what is \
            predicted from it. Only groups of up to half the seeds can be compared, so 4 seeds are the fewest that can \
            be called enough.
            """,
        gives: .report, codeVersion: StabilityWork.codeVersion,
        parameters: [
            Parameter(
                "runs", .stage(giving: .runs), isRequired: true, help: "The stage whose runs are compared.",
                knownElsewhereAs: ["train", "input", "from", "run"]),
            Parameter(
                "by", .list(.word(ScoreName.allCases.map(\.rawValue))), default: ["el2n"],
                help: "The scores to keep by, each by itself.", knownElsewhereAs: ["score", "scores", "metric"]),
            Parameter(
                "convention", .word(ScoreConvention.allCases.map(\.rawValue)), default: "data-diet",
                help: "Whose exact definitions to follow where references differ.", knownElsewhereAs: ["preset"]),
            Parameter(
                "keep", .number(.above(0, below: 1)), default: 0.5,
                help: "The share of the examples to keep, hardest first.", shownAs: "fraction",
                knownElsewhereAs: ["fraction", "keptFraction", "frac"]),
            Parameter(
                "at", .integer(0...1_000_000), absent: "the last epoch of the runs",
                help: "The epoch that is scored.", knownElsewhereAs: ["epoch", "scoreEpoch"]),
            Parameter(
                "within", .number(.above(0, to: 1)), default: 0.01,
                help: "The least share of the kept set that one more seed must make steady to be worth its training.",
                option: "stable-within", shownAs: "share", knownElsewhereAs: ["tolerance", "within"]),
        ],
        check: { instance in
            var found: [StageComplaint] = []
            if let complaint = StageComplaint.unfitEpoch(of: instance) { found.append(complaint) }
            if instance.values.texts("by").isEmpty {
                found.append(StageComplaint("by", "names no score", suggestion: "leave it out, or name one"))
            }
            let runs = instance.input("runs")
            let seeds = runs.values["seeds"]
            if (seeds?.intValue ?? seeds?.arrayValue?.count ?? 0) < 2 {
                found.append(
                    StageComplaint(
                        "runs", "names '\(runs.label)', which trains one seed, and seeds are compared",
                        suggestion: "train \(KeptSetStability.fewestSeeds) seeds or more"))
            }
            return found
        },
        demand: { _, instance in StabilityWork.demand(of: instance) },
        prepare: { try StabilityWork($0) })
}

/// A comparison of what groups of seeds keep.
final class StabilityWork: DocumentWork {
    /// Raised when the same runs give another comparison.
    ///
    /// 2: the names in the document are spelled as everywhere else.
    /// 3: ties count as drawn, and there is an interval.
    static let codeVersion = 3

    static let kind = StageKind.stability

    let parameters: JSONValue
    let facts: DatasetFacts
    private let train: TrainWork
    private let names: [ScoreName]
    private let convention: ScoreConvention
    private let epochs: [Int]
    private let keptFraction: Double
    private let tolerance: Double

    static let column = "stability"

    init(_ setting: StageSetting) throws {
        let values = setting.instance.values
        train = setting.input("runs", as: TrainWork.self)
        facts = setting.facts
        names = Self.names(setting.instance)
        convention = Self.convention(setting.instance)
        epochs = Self.epochs(setting.instance)
        keptFraction = values.number("keep")
        tolerance = values.number("within")
        parameters = values.identity(deciding: ["at": .int(epochs[epochs.count - 1])])
    }

    private static func names(_ instance: StageInstance) -> [ScoreName] {
        instance.values.texts("by").compactMap { ScoreName(rawValue: $0) }
    }

    private static func convention(_ instance: StageInstance) -> ScoreConvention {
        ScoreConvention(rawValue: instance.values.text("convention")) ?? .dataDiet
    }

    private static func epochs(_ instance: StageInstance) -> [Int] {
        KeptSetStability.epochs(
            upTo: instance.values["at"]?.intValue ?? instance.input("runs").values.integer("epochs"))
    }

    /// What the comparison needs of its runs: every score at every epoch that is looked at.
    static func demand(of instance: StageInstance) -> RunDemand {
        var demand = RunDemand()
        let convention = convention(instance)
        for name in names(instance) {
            for epoch in epochs(instance) {
                demand.formUnion(
                    RunDemand(recording: ScoreJob.columns(of: name, convention: convention, epoch: epoch)))
            }
        }
        return demand
    }

    func inputKeys(in store: Store?) throws -> [ArtifactKey]? { try train.resultKeys(in: store) }

    func estimate(_ standing: StageStanding, from store: Store) throws -> Double? {
        try meanSeconds(from: store)
    }

    func perform(in context: StageContext) throws {
        let dataset = try context.dataset()
        let indices = try train.recipe(in: context).examples(of: dataset)
        let keptCount = Int((keptFraction * Double(indices.count)).rounded())
        guard (1..<max(1, indices.count)).contains(keptCount) else {
            throw CurateError(
                .usage,
                "\(DecimalText.shortPercent(keptFraction)) of \(indices.count) examples is \(keptCount): there is "
                    + "nothing to compare", at: facts.name, remedy: "keep a share that leaves some in and some out")
        }
        let runs = try train.outcomes(in: context)
        let cache = try context.runs()
        let found = try names.map { name in
            try KeptSetStability(
                of: name, convention: convention, epochs: epochs, keeping: keptCount, tolerance: tolerance
            ) { epoch in
                try context.monitor.checkForStop()
                let columns = ScoreJob.columns(of: name, convention: convention, epoch: epoch)
                let logs = try runs.map {
                    try cache.log(of: $0, exampleCount: indices.count, epochCount: epoch, columns: columns)
                }
                return try ScoreTable(
                    logs: logs, names: [name], convention: convention, options: ScoreSettings(epoch: epoch)
                ).columns[0]
            }
        }
        try keep(["curate": "stability", "scores": .array(found.map(\.json))], in: context)
    }

    /// The comparison of each score.
    ///
    /// - Precondition: it is complete.
    func result(from store: Store) throws -> [KeptSetStability] {
        let scores = try document(from: store)["scores"]?.arrayValue ?? []
        guard scores.count == names.count else {
            throw CurateError(
                .badData, "the stability's 'scores' cannot be read", at: store.path,
                remedy: "'curate store verify' says what is damaged")
        }
        return try scores.map { try KeptSetStability($0, at: store.path) }
    }

    func report(from store: Store) throws -> StageReport {
        let found = try result(from: store)
        return StageReport(
            summary: found.map(\.summary).joined(separator: "; "), json: .array(found.map(\.summaryJSON)))
    }
}
