import Models

/// Runs pipelines: what is in the store is taken from it, the rest is made and stored, and an account is kept.
///
/// `curate run` and every verb that computes go through here, so that all of them cache, resume and report alike.
public struct PipelineRunner {
    /// What running depends on besides the pipeline.
    public struct Environment {
        /// The threads to use.
        package let pool: WorkerPool
        /// Whom to tell, and whom to ask whether to stop.
        package let monitor: TrainingMonitor
        /// Seconds since 1970, to tell files that changed just now.
        package let wallClock: () -> Double
        /// The program, for the record: `version`, and `commit` where the build knows it.
        package let program: JSONValue
        /// Opens a store to write, by its path.
        package let openStore: (String) throws -> Store

        /// Describes the environment.
        ///
        /// - Parameters:
        ///   - pool: the threads to use.
        ///   - monitor: whom to tell, and whom to ask whether to stop.
        ///   - wallClock: seconds since 1970, to tell files that changed just now.
        ///   - program: what is recorded of the program that runs: an object, empty when there is nothing to say.
        public init(
            pool: WorkerPool, monitor: TrainingMonitor, wallClock: @escaping () -> Double, program: JSONValue
        ) {
            self.init(pool: pool, monitor: monitor, wallClock: wallClock, program: program) {
                try Store.open(path: $0, mode: .write)
            }
        }

        package init(
            pool: WorkerPool, monitor: TrainingMonitor, wallClock: @escaping () -> Double, program: JSONValue,
            openStore: @escaping (String) throws -> Store
        ) {
            self.pool = pool
            self.monitor = monitor
            self.wallClock = wallClock
            self.program = program
            self.openStore = openStore
        }
    }

    /// What to run of a pipeline, and how.
    package struct Options: Sendable {
        /// The stages to run, with what they need; all of them when empty.
        package var only: [String] = []
        /// The stages to run although they are cached.
        package var rerun: [String] = []
        /// Whether files that the pipeline did not write may be replaced.
        package var replacesFiles = false
        /// Whether files that it wrote, with what is not their result any more, are replaced without being asked.
        package var updatesFiles = true
        /// Whether a failure says which stage it happened in.
        package var namesFailingStage = false
        /// How the failure of a stage spells its parameters, by the name of the stage; nil leaves them as they are.
        package var spelling: (@Sendable (_ stage: String) -> ParameterSpelling)?

        /// The defaults: all stages, none twice, nothing overwritten.
        package init() {}
    }

    /// What happens while a pipeline runs, in this order.
    package enum Event {
        /// Everything is checked, and nothing has run yet.
        case planned(PipelinePlan)
        /// A stage that is not cached begins, which asks for some training runs; the seconds they will take, judged by what
        /// the store remembers, are nil when it remembers nothing.
        case began(PipelinePlan.Stage, runCount: Int, seconds: Double?)
        /// A stage is complete.
        case completed(StageOutcome)
    }

    /// What became of one stage.
    package struct StageOutcome: Sendable {
        /// The stage's name, with the values of sweeps.
        package let label: String
        /// The name of its kind.
        package let kind: String
        /// The key of its result.
        package let key: ArtifactKey
        /// Whether its result was in the store.
        package let wasCached: Bool
        /// The seconds it took now.
        package let seconds: Double
        /// The seconds that what was in the store saved.
        package let savedSeconds: Double
        /// The result in short.
        package let report: StageReport
        /// The files it keeps besides the store, and the directory of its copy of data.
        package let files: [String]
        /// Those of them that it wrote now; the others were there with the same content.
        package let writtenFiles: [String]
    }

    private let environment: Environment
    private let options: Options

    /// Makes a runner that runs every stage, takes from the store what is there, and overwrites nothing it did not write.
    public init(_ environment: Environment) {
        self.init(environment, options: Options())
    }

    package init(_ environment: Environment, options: Options) {
        self.environment = environment
        self.options = options
    }

    /// Plans a pipeline without running or storing anything.
    ///
    /// - Parameters:
    ///   - pipeline: the pipeline.
    ///   - store: where results are; nil when there is none yet.
    package func plan(_ pipeline: Pipeline, store: Store?) throws -> PipelinePlan {
        let inspected = try inspect(pipeline.dataset, store: store)
        return try PipelinePlan(
            pipeline, on: inspected.facts, store: store, only: options.only, rerun: options.rerun,
            numericProfile: NumericProfile.current(environment.pool.kernels))
    }

    /// Runs a pipeline.
    ///
    /// - Parameters:
    ///   - pipeline: the pipeline.
    ///   - storePath: the store, which is created when it is not there.
    /// - Throws: `PipelineProblems` when stages do not fit the dataset, before anything runs; `CurateError`, of kind
    ///   `interrupted` when the monitor says so, after which the same pipeline goes on where it was.
    @discardableResult
    public func run(_ pipeline: Pipeline, storePath: String) throws -> PipelineOutcome {
        try run(pipeline, storePath: storePath, tell: { _ in })
    }

    /// Runs a pipeline and tells what happens.
    ///
    /// - Parameters:
    ///   - pipeline: the pipeline.
    ///   - storePath: the store, which is created when it is not there.
    ///   - reading: reads the pipeline's dataset, for a caller that needs it in any case; asked once, after everything
    ///     that can be checked without it. nil to read it only when a stage does.
    ///   - tell: called as things happen.
    /// - Throws: `PipelineProblems` when stages do not fit the dataset, before anything runs; `CurateError`, of kind
    ///   `interrupted` when the monitor says so, after which the same pipeline goes on where it was.
    @discardableResult
    package func run(
        _ pipeline: Pipeline, storePath: String, reading: (() throws -> Dataset)? = nil,
        tell: (Event) throws -> Void = { _ in }
    ) throws -> PipelineOutcome {
        // Neither a mistyped stage nor a dataset that cannot be read leaves an empty store behind.
        for name in options.only + options.rerun { _ = try pipeline.matching(name) }
        var known: DatasetInspector?
        var loaded: Dataset?
        if !DirectoryListing.exists(storePath) {
            try OutputFiles.checkNew(of: pipeline, store: nil, permission)
            if let reading { loaded = try reading() } else { known = try inspect(pipeline.dataset, store: nil) }
        }
        let store = try environment.openStore(storePath)
        if let reading, loaded == nil {
            try OutputFiles.checkNew(of: pipeline, store: store, permission)
            loaded = try reading()
        }
        let facts: DatasetFacts
        if let dataset = loaded {
            facts = DatasetFacts(of: dataset)
        } else {
            let inspected = try known ?? inspect(pipeline.dataset, store: store)
            facts = inspected.facts
            loaded = inspected.dataset
            if let signature = inspected.newSignature { try store.saveDatasetFacts(facts, signature: signature) }
        }
        let plan = try PipelinePlan(
            pipeline, on: facts, store: store, only: options.only, rerun: options.rerun,
            numericProfile: NumericProfile.current(environment.pool.kernels))
        let files = try OutputFiles(of: plan, store: store, permission: permission)
        try tell(.planned(plan))
        let context = StageContext(
            store: store, pool: environment.pool, monitor: environment.monitor, source: pipeline.dataset,
            expectedHash: facts.contentHash, loaded: loaded)
        var record = RunRecorder(plan, store: store, environment: environment)
        let outcomes = try run(plan, files, in: context, record: &record, tell: tell)
        try record.end(.finished)
        return PipelineOutcome(plan: plan, stages: outcomes, context: context)
    }

    private var permission: OutputFiles.Permission {
        options.replacesFiles ? .everything : options.updatesFiles ? .own : .nothing
    }

    private func inspect(_ source: DatasetSource, store: Store?) throws -> DatasetInspector {
        try DatasetInspector(
            of: source, store: store, now: environment.wallClock(), threadCount: environment.pool.threadCount)
    }

    private func run(
        _ plan: PipelinePlan, _ files: OutputFiles, in context: StageContext, record: inout RunRecorder,
        tell: (Event) throws -> Void
    ) throws -> [StageOutcome] {
        var outcomes: [StageOutcome] = []
        for stage in plan.stages {
            do {
                let outcome = try run(stage, files, in: context, record: &record, tell: tell)
                outcomes.append(outcome)
                try tell(.completed(outcome))
            } catch {
                // The first failure is the one to tell; a store that cannot be written now may be the reason for it.
                try? record.fail(stage, error)
                throw told(stage, error)
            }
        }
        return outcomes
    }

    private func run(
        _ stage: PipelinePlan.Stage, _ files: OutputFiles, in context: StageContext, record: inout RunRecorder,
        tell: (Event) throws -> Void
    ) throws -> StageOutcome {
        try environment.monitor.checkForStop()
        let outdated = files.outdated(of: stage)
        let copiesData = files.copiesData(of: stage)
        let begin = environment.monitor.now()
        if !stage.isCached {
            try record.begin()
            let requests = try stage.work.requests(in: context)
            let seconds = try RunCache.estimate(
                of: requests, on: stage.work.facts, numericProfile: NumericProfile.current(environment.pool.kernels),
                in: context.store)
            try tell(.began(stage, runCount: requests.count, seconds: seconds))
            if stage.isForced { try stage.work.forget(in: context.store) }
            try stage.work.perform(in: context)
        }
        if stage.isCached { try stage.work.keepArtifact(in: context) }
        // The copy may still be refused, and whoever is refused finds nothing.
        if copiesData { try files.writeCopy(of: stage, in: context) }
        for file in outdated { try OutputFiles.write(file, of: stage, in: context) }
        let isIdle = stage.isCached && outdated.isEmpty && !copiesData
        let seconds = isIdle ? 0 : max(0, environment.monitor.now() - begin)
        guard let key = try record.add(stage, state: stage.isCached ? .cached : .ran, seconds: seconds) else {
            throw CurateError(.internalError, "the key of stage '\(stage.label)' is not known after it has run")
        }
        return StageOutcome(
            label: stage.label, kind: stage.kind, key: key, wasCached: stage.isCached, seconds: seconds,
            savedSeconds: stage.savedSeconds, report: try stage.work.report(from: context.store),
            files: stage.files + [stage.work.copyDirectory].compactMap { $0 },
            writtenFiles: outdated + (copiesData ? [stage.work.copyDirectory].compactMap { $0 } : []))
    }

    /// The failure of a stage in the words that the options ask for.
    private func told(_ stage: PipelinePlan.Stage, _ error: any Error) -> any Error {
        guard let error = error as? CurateError, error.kind != .interrupted else { return error }
        let spelled = options.spelling.map { $0(stage.label).spelled(error) } ?? error
        guard options.namesFailingStage else { return spelled }
        return CurateError(
            spelled.kind, "stage '\(stage.label)': \(spelled.message)", at: spelled.location, remedy: spelled.remedy)
    }
}
