import Models

/// A stage with everything known that determines its result: what it will leave in the store, and how it is made.
///
/// Work is prepared for every stage before anything runs, from what is known of the dataset, without reading it.
protocol StageWork: AnyObject {
    /// The parameters that determine the result, defaults filled in.
    var parameters: JSONValue { get }
    /// How much of the result is in the store.
    func standing(in store: Store) throws -> StageStanding
    /// The seconds that what is missing will take, judged by what the store remembers; nil when it remembers nothing.
    func estimate(_ standing: StageStanding, from store: Store) throws -> Double?
    /// Makes what is missing and stores it, so that `standing` is complete afterwards.
    func perform(in context: StageContext) throws
    /// Removes the result from the store, so that `perform` makes it again.
    func forget(in store: Store) throws
    /// The result in a few words and as JSON, read from the store.
    ///
    /// - Precondition: the result is complete.
    func report(from store: Store) throws -> StageReport
    /// The files that the stage keeps besides the store.
    var files: [String] { get }
    /// A directory for these files, which is made when it is not there; nil when they lie where they are told to.
    var directory: String? { get }
    /// Writes the result to one of `files`.
    func export(to path: String, replacing: Bool, in context: StageContext) throws
}

extension StageWork {
    var files: [String] { [] }
    var directory: String? { nil }

    func export(to path: String, replacing: Bool, in context: StageContext) throws {
        preconditionFailure("this kind of stage keeps no files")
    }

    /// The mean of what this kind of stage took on this dataset before.
    func meanSeconds(of kind: StageKind, dataset: String, from store: Store) throws -> Double? {
        let seconds = try store.stageRuns(kind: kind.name, dataset: dataset).filter { $0.state == .ran }.map(\.seconds)
        return seconds.isEmpty ? nil : seconds.reduce(0, +) / Double(seconds.count)
    }
}

/// How much of a stage's result is in the store.
struct StageStanding {
    /// What is missing, as a sentence without a full stop: "2 of 4 epochs are trained"; nil when nothing is.
    let missing: String?
    /// Whether some of it is there.
    let isBegun: Bool
    /// The seconds that each part in the store took to make, by its key.
    let cost: [ArtifactKey: Double]

    /// The standing of a stage whose runs are trained on a split that is not made yet.
    static let waitsForSplit = StageStanding(missing: "its split is not made yet", isBegun: false, cost: [:])

    /// Whether all of it is in the store.
    var isComplete: Bool { missing == nil }
}

/// A stage's result, for people and programs.
public struct StageReport: Sendable {
    /// The result in a few words: "test accuracy 87.1 %".
    public let summary: String
    /// The result as JSON.
    public let json: JSONValue
}

/// What a stage is prepared from.
struct StageSetting {
    let instance: StageInstance
    /// What is known of the dataset.
    let facts: DatasetFacts
    /// What of this machine and build the results depend on.
    let numericProfile: String
    /// What other stages need of it.
    let demand: RunDemand
    /// The work of its inputs, in the order of `instance.inputs`.
    let inputs: [any StageWork]

    /// The work of the input that a parameter names.
    ///
    /// - Precondition: the parameter accepts only stages whose work is of this type.
    func input<Work: StageWork>(_ parameter: String, as type: Work.Type) -> Work {
        for (input, work) in zip(instance.inputs, inputs) where input.parameter == parameter {
            if let work = work as? Work { return work }
        }
        preconditionFailure("stage '\(instance.label)' has no \(type) for '\(parameter)'")
    }
}

/// What stages run with: the store, threads, whom to tell, and the dataset, which is read when it is first needed.
final class StageContext {
    let store: Store
    let pool: WorkerPool
    let monitor: TrainingMonitor
    private let source: DatasetSource
    private let expectedHash: String
    private var loaded: Dataset?
    private var runCache: RunCache?

    init(
        store: Store, pool: WorkerPool, monitor: TrainingMonitor, source: DatasetSource, expectedHash: String,
        loaded: Dataset?
    ) {
        self.store = store
        self.pool = pool
        self.monitor = monitor
        self.source = source
        self.expectedHash = expectedHash
        self.loaded = loaded
    }

    /// The dataset.
    ///
    /// - Throws: `CurateError` when it cannot be read, or has changed since its content was hashed.
    func dataset() throws -> Dataset {
        if let loaded { return loaded }
        let dataset = try source.load(threadCount: pool.threadCount)
        guard dataset.contentHash == expectedHash else {
            throw CurateError(
                .badData, "the data changed while the pipeline ran", at: source.path,
                remedy: "run the same command again")
        }
        loaded = dataset
        return dataset
    }

    /// The training runs on the dataset.
    func runs() throws -> RunCache {
        if let runCache { return runCache }
        let cache = try RunCache(store: store, dataset: try dataset(), pool: pool, monitor: monitor)
        runCache = cache
        return cache
    }
}
