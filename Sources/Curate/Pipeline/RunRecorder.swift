import Models

/// Keeps the account of one execution in the store.
///
/// Nothing is written until something has to be: an execution whose stages are all cached is one transaction.
struct RunRecorder {
    private let store: Store
    private let monitor: TrainingMonitor
    private let record: PipelineRunRecord
    private var id: Int?
    private var pending: [StageRunRecord] = []

    init(_ plan: PipelinePlan, store: Store, environment: PipelineRunner.Environment) {
        self.store = store
        monitor = environment.monitor
        let seeds = plan.stages.flatMap { ($0.work as? TrainWork)?.seeds ?? [] }
        record = PipelineRunRecord(
            name: plan.pipeline.name, pipeline: plan.resolved, program: environment.program,
            numericProfile: NumericProfile.current(environment.pool.kernels), dataset: plan.facts.contentHash,
            seeds: Set(seeds).sorted(),
            startedAt: monitor.timestamp())
    }

    /// Notes that work begins, with the cached stages before it.
    mutating func begin() throws {
        id = try store.transaction {
            let number = try id ?? store.addPipelineRun(record)
            try store.addStageRuns(pending, pipelineRun: number)
            return number
        }
        pending = []
    }

    /// Notes what became of a stage.
    ///
    /// - Returns: the key of its result; nil while it is not known, which it is of every stage that is complete.
    @discardableResult
    mutating func add(
        _ stage: PipelinePlan.Stage, state: StageRunRecord.State, seconds: Double
    ) throws -> ArtifactKey? {
        let identity = try stage.work.identity(in: store)
        pending.append(
            StageRunRecord(stage: stage.label, identity: identity.artifact, state: state, seconds: seconds))
        if state != .cached { try begin() }
        return identity.key
    }

    /// Notes that a stage failed, and the execution with it.
    mutating func fail(_ stage: PipelinePlan.Stage, _ error: any Error) throws {
        let isInterrupted = (error as? CurateError)?.kind == .interrupted
        if !isInterrupted { try add(stage, state: .failed, seconds: 0) }
        try end(isInterrupted ? .interrupted : .failed)
    }

    /// Notes the end.
    mutating func end(_ state: PipelineRunRecord.State) throws {
        let (finishedAt, record, pending, former) = (monitor.timestamp(), record, pending, id)
        try store.transaction {
            let number = try former ?? store.addPipelineRun(record)
            try store.addStageRuns(pending, pipelineRun: number)
            try store.finishPipelineRun(number, record, state: state, at: finishedAt)
        }
        self.pending = []
    }
}
