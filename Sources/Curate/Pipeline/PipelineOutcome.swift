import Models

/// What running a pipeline led to.
public struct PipelineOutcome {
    /// The plan that was followed.
    package let plan: PipelinePlan
    /// What became of each stage, in the order of the plan.
    package let stages: [PipelineRunner.StageOutcome]
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
    package func runs(of label: String) throws -> [RunCache.Outcome] {
        try work(label, as: TrainWork.self).outcomes(in: context)
    }

    /// The dataset.
    package func dataset() throws -> Dataset { try context.dataset() }

    /// The path to read a stage's copy of data by: its directory, or the one table or archive in it; nil without a copy.
    ///
    /// - Precondition: there is such a stage.
    package func copyPath(of label: String) throws -> String? {
        guard let directory = work(label, as: PruneWork.self).copyDirectory,
            let record = try CopyRecord(in: directory)
        else { return nil }
        let files = record.files.map(\.name).filter { $0.hasSuffix(".csv") || $0.hasSuffix(".npz") }
        return files.count == 1 ? OutputDirectory.path(files[0], in: directory) : directory
    }

    /// Whether the pipeline has a stage of this name.
    package func hasStage(_ label: String) -> Bool { plan.stages.contains { $0.label == label } }

    /// The recipe of a `train` stage, but for the split that is trained on; its seed is that of the first run.
    ///
    /// - Precondition: there is such a stage.
    package func recipe(of label: String) -> Recipe { work(label, as: TrainWork.self).recipe }

    /// The classes of a `train` stage that trains on everything and counts them; nil otherwise.
    ///
    /// - Precondition: there is such a stage.
    package func classBalance(of label: String) throws -> SplitBalance? {
        try work(label, as: TrainWork.self).classBalance(in: context)
    }

    /// How the runs of an `evaluate` stage differ from those it compares them with; nil when there are none.
    ///
    /// - Precondition: there is such a stage.
    package func contrast(of label: String) throws -> (contrast: EvaluationContrast, label: String)? {
        try work(label, as: EvaluateWork.self).contrast(from: context.store)
    }

    /// How the split of a `train` stage changes the classes; nil when it trains on everything.
    ///
    /// - Precondition: there is such a stage.
    package func splitBalance(of label: String) throws -> SplitBalance? {
        try work(label, as: TrainWork.self).splitBalance(in: context.store)
    }

    /// The network of the first run of a `train` stage after its last epoch.
    ///
    /// - Precondition: there is such a stage.
    package func network(of label: String) throws -> Network {
        try work(label, as: TrainWork.self).network(in: context)
    }

    /// The scores of a `score` stage, with everything that can be said of them.
    ///
    /// - Precondition: there is such a stage.
    public func scores(of label: String) throws -> ScoreJob.Result {
        try work(label, as: ScoreWork.self).result(in: context)
    }

    /// The split of a `prune` stage with everything that can be said of it: the selection, the label suspects that were
    /// left out (nil when none were looked for), and whether a quota used recalls of the training predictions.
    ///
    /// - Precondition: there is such a stage.
    package func selection(
        of label: String
    ) throws -> (selection: PruningSelection, suspects: LabelSuspects?, usesTrainingRecall: Bool) {
        let found = try work(label, as: PruneWork.self).selection(in: context)
        return (found.selection, found.suspects, found.usesTrainingRecall)
    }

    /// The stability of each score of a `stability` stage.
    ///
    /// - Precondition: there is such a stage.
    package func stability(of label: String) throws -> [KeptSetStability] {
        try work(label, as: StabilityWork.self).result(from: context.store)
    }

    /// The label suspects of a `suspects` stage, and the examples they are among.
    ///
    /// - Precondition: there is such a stage.
    package func suspects(of label: String) throws -> (suspects: LabelSuspects, candidates: ExampleTable) {
        try work(label, as: SuspectsWork.self).result(in: context)
    }

    /// The curve of a `curve` stage.
    ///
    /// - Precondition: there is such a stage.
    package func curve(of label: String) throws -> CurveResult {
        try work(label, as: CurveWork.self).result(from: context.store)
    }

    /// The evaluation of an `evaluate` stage.
    ///
    /// - Precondition: there is such a stage.
    package func evaluation(of label: String) throws -> Evaluation {
        try work(label, as: EvaluateWork.self).evaluation(from: context.store)
    }

    /// The evaluation of an `evaluate` stage of each run after its best epoch on validation; nil when it was not asked for.
    ///
    /// - Precondition: there is such a stage.
    package func bestOnValidation(of label: String) throws -> EpochChoice? {
        try work(label, as: EvaluateWork.self).choice(from: context.store)
    }

    /// What the error set of an `errorSet` stage holds.
    ///
    /// - Precondition: there is such a stage.
    package func errorSet(of label: String) throws -> ErrorSetReport {
        try work(label, as: ErrorSetWork.self).setReport(from: context.store)
    }

    /// The result of a `jtt` stage.
    ///
    /// - Precondition: there is such a stage.
    package func jtt(of label: String) throws -> JTTResult {
        try work(label, as: JTTWork.self).result(from: context.store)
    }
}
