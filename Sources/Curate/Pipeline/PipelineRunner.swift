import Models

/// Runs pipelines: what is in the store is taken from it, the rest is made and stored, and an account is kept.
///
/// `curate run` and every verb that computes go through here, so that all of them cache, resume and report alike.
public struct PipelineRunner {
    /// What running depends on besides the pipeline.
    public struct Environment {
        /// The threads to use.
        public let pool: WorkerPool
        /// Whom to tell, and whom to ask whether to stop.
        public let monitor: TrainingMonitor
        /// Seconds since 1970, to tell files that changed just now.
        public let wallClock: () -> Double
        /// The program, for the record: `version`, and `commit` where the build knows it.
        public let program: JSONValue
        /// Opens a store to write, by its path.
        public let openStore: (String) throws -> Store

        /// Describes the environment.
        public init(
            pool: WorkerPool, monitor: TrainingMonitor, wallClock: @escaping () -> Double, program: JSONValue,
            openStore: @escaping (String) throws -> Store = { try Store.open(path: $0, mode: .write) }
        ) {
            self.pool = pool
            self.monitor = monitor
            self.wallClock = wallClock
            self.program = program
            self.openStore = openStore
        }
    }

    /// What to run of a pipeline, and how.
    public struct Options: Sendable {
        /// The stages to run, with what they need; all of them when empty.
        public var only: [String] = []
        /// The stages to run although they are cached.
        public var rerun: [String] = []
        /// Whether files that the pipeline did not write may be replaced.
        public var replacesFiles = false
        /// Whether a failure says which stage it happened in.
        public var namesFailingStage = false

        /// The defaults: all stages, none twice, nothing overwritten.
        public init() {}
    }

    /// What happens while a pipeline runs, in this order.
    public enum Event {
        /// Everything is checked, and nothing has run yet.
        case planned(PipelinePlan)
        /// A stage that is not cached begins.
        case began(PipelinePlan.Stage)
        /// A stage is complete.
        case completed(StageOutcome)
    }

    /// What became of one stage.
    public struct StageOutcome: Sendable {
        /// The stage's name, with the values of sweeps.
        public let label: String
        /// The name of its kind.
        public let kind: String
        /// The key of its result.
        public let key: ArtifactKey
        /// Whether its result was in the store.
        public let wasCached: Bool
        /// The seconds it took now.
        public let seconds: Double
        /// The seconds that what was in the store saved.
        public let savedSeconds: Double
        /// The result in short.
        public let report: StageReport
        /// The files it wrote now.
        public let writtenFiles: [String]
    }

    private let environment: Environment
    private let options: Options

    /// Makes a runner.
    public init(_ environment: Environment, options: Options = Options()) {
        self.environment = environment
        self.options = options
    }

    /// Plans a pipeline without running or storing anything.
    ///
    /// - Parameters:
    ///   - pipeline: the pipeline.
    ///   - store: where results are; nil when there is none yet.
    public func plan(_ pipeline: Pipeline, store: Store?) throws -> PipelinePlan {
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
    ///   - dataset: the pipeline's dataset, when the caller has read it.
    ///   - tell: called as things happen.
    /// - Throws: `PipelineProblems` when stages do not fit the dataset, before anything runs; `CurateError`, of kind
    ///   `interrupted` when the monitor says so, after which the same pipeline goes on where it was.
    @discardableResult
    public func run(
        _ pipeline: Pipeline, storePath: String, dataset: Dataset? = nil, tell: (Event) throws -> Void = { _ in }
    ) throws -> PipelineOutcome {
        // Neither a mistyped stage nor a dataset that cannot be read leaves an empty store behind.
        for name in options.only + options.rerun { _ = try pipeline.matching(name) }
        var known: DatasetInspector?
        if dataset == nil, !DirectoryListing.exists(storePath) {
            known = try inspect(pipeline.dataset, store: nil)
        }
        let store = try environment.openStore(storePath)
        let facts: DatasetFacts
        var loaded = dataset
        if let dataset {
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
        let files = try OutputFiles(of: plan, store: store, replacing: options.replacesFiles)
        try tell(.planned(plan))
        let context = StageContext(
            store: store, pool: environment.pool, monitor: environment.monitor, source: pipeline.dataset,
            expectedHash: facts.contentHash, loaded: loaded)
        var record = RunRecorder(plan, store: store, environment: environment)
        let outcomes = try run(plan, files, in: context, record: &record, tell: tell)
        try record.end(.finished)
        return PipelineOutcome(plan: plan, stages: outcomes, context: context)
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
                throw options.namesFailingStage ? Self.naming(stage, error) : error
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
        let begin = environment.monitor.now()
        if !stage.isCached {
            try record.begin()
            try tell(.began(stage))
            if stage.isForced { try stage.work.forget(in: context.store) }
            try stage.work.perform(in: context)
        }
        for file in outdated {
            try OutputFiles.write(file, of: stage, in: context)
        }
        let seconds = stage.isCached && outdated.isEmpty ? 0 : max(0, environment.monitor.now() - begin)
        try record.add(stage, state: stage.isCached ? .cached : .ran, seconds: seconds)
        return StageOutcome(
            label: stage.label, kind: stage.kind, key: stage.key, wasCached: stage.isCached, seconds: seconds,
            savedSeconds: stage.savedSeconds, report: try stage.work.report(from: context.store), writtenFiles: outdated
        )
    }

    private static func naming(_ stage: PipelinePlan.Stage, _ error: any Error) -> any Error {
        guard let error = error as? CurateError, error.kind != .interrupted else { return error }
        return CurateError(
            error.kind, "stage '\(stage.label)': \(error.message)", at: error.location, remedy: error.remedy)
    }
}

/// What running a pipeline led to.
public struct PipelineOutcome {
    /// The plan that was followed.
    public let plan: PipelinePlan
    /// What became of each stage, in the order of the plan.
    public let stages: [PipelineRunner.StageOutcome]
    let context: StageContext

    /// The work of a stage.
    ///
    /// - Precondition: there is such a stage, and its work is of this type.
    private func work<Work: StageWork>(_ label: String, as type: Work.Type) -> Work {
        guard let work = plan.stages.first(where: { $0.label == label })?.work as? Work else {
            preconditionFailure("no stage '\(label)' has \(type)")
        }
        return work
    }

    /// The runs of a `train` stage, by seed.
    ///
    /// - Precondition: there is such a stage.
    public func runs(of label: String) throws -> [RunCache.Outcome] {
        try work(label, as: TrainWork.self).outcomes(in: context)
    }

    /// The recipe of a `train` stage, but for the split that is trained on; its seed is that of the first run.
    ///
    /// - Precondition: there is such a stage.
    public func recipe(of label: String) -> Recipe { work(label, as: TrainWork.self).recipe }

    /// The network of the first run of a `train` stage after its last epoch.
    ///
    /// - Precondition: there is such a stage.
    public func network(of label: String) throws -> Network {
        let train = work(label, as: TrainWork.self)
        let outcomes = try train.outcomes(in: context)
        return try context.runs().network(of: outcomes[0], recipe: train.recipe(in: context), epoch: train.epochCount)
    }

    /// The scores of a `score` stage, with everything that can be said of them.
    ///
    /// - Precondition: there is such a stage.
    public func scores(of label: String) throws -> ScoreJob.Result {
        try work(label, as: ScoreWork.self).result(in: context)
    }

    /// The stability of each score of a `stability` stage.
    ///
    /// - Precondition: there is such a stage.
    public func stability(of label: String) throws -> [KeptSetStability] {
        try work(label, as: StabilityWork.self).result(from: context.store)
    }

    /// The label suspects of a `suspects` stage, and the examples they are among.
    ///
    /// - Precondition: there is such a stage.
    public func suspects(of label: String) throws -> (suspects: LabelSuspects, candidates: ExampleTable) {
        try work(label, as: SuspectsWork.self).result(in: context)
    }

    /// The curve of a `curve` stage.
    ///
    /// - Precondition: there is such a stage.
    public func curve(of label: String) throws -> CurveResult {
        try work(label, as: CurveWork.self).result(from: context.store)
    }

    /// The evaluation of an `evaluate` stage.
    ///
    /// - Precondition: there is such a stage.
    public func evaluation(of label: String) throws -> Evaluation {
        try work(label, as: EvaluateWork.self).evaluation(from: context.store)
    }
}
