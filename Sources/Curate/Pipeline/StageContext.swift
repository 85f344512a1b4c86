import Models

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

    /// The files that the stage keeps besides the store.
    var files: [String] { instance.kind.files(instance.values) }

    /// The work of the stages that a parameter names; empty when it is not given.
    ///
    /// - Precondition: the parameter accepts only stages whose work is of this type.
    func inputs<Work>(_ parameter: String, as type: Work.Type) -> [Work] {
        zip(instance.inputs, inputs).filter { $0.0.parameter == parameter }.map { _, work in
            guard let work = work as? Work else {
                preconditionFailure("stage '\(instance.label)' has no \(type) for '\(parameter)'")
            }
            return work
        }
    }

    /// The work of the stage that a parameter names; nil when it is not given.
    ///
    /// - Precondition: the parameter accepts only stages whose work is of this type.
    func optionalInput<Work>(_ parameter: String, as type: Work.Type) -> Work? { inputs(parameter, as: type).first }

    /// The work of the stage that a parameter names.
    ///
    /// - Precondition: the parameter is given, and accepts only stages whose work is of this type.
    func input<Work>(_ parameter: String, as type: Work.Type) -> Work {
        guard let work = optionalInput(parameter, as: type) else {
            preconditionFailure("stage '\(instance.label)' has no '\(parameter)'")
        }
        return work
    }
}

/// What stages run with: the store, threads, whom to tell, and the dataset, which is read when it is first needed.
final class StageContext {
    let store: Store
    let pool: WorkerPool
    let monitor: TrainingMonitor
    /// Where the dataset is and how it is read.
    let source: DatasetSource
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
