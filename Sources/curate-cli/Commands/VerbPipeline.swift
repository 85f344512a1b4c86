import Curate
import Models

/// What the verbs that compute share: each is a small pipeline, run as `curate run` runs one.
struct VerbPipeline {
    private let invocation: Invocation
    private let data: DataOptions
    private let dataset: Dataset
    private let work: RunningWork

    /// Prepares to work on a dataset that has been read.
    ///
    /// - Parameters:
    ///   - invocation: the command line.
    ///   - data: the data options.
    ///   - dataset: the dataset they lead to.
    init(_ invocation: Invocation, _ data: DataOptions, _ dataset: Dataset) {
        self.invocation = invocation
        self.data = data
        self.dataset = dataset
        for note in dataset.notes { invocation.console.remark("note: \(note)") }
        work = RunningWork(invocation)
    }

    /// Runs the only stages of a verb, and shows where the time went if that was asked for.
    static func run(
        _ invocation: Invocation, _ data: DataOptions, _ dataset: Dataset, _ training: TrainingOptions,
        stages: [String: JSONValue] = [:]
    ) throws -> PipelineOutcome {
        let pipeline = VerbPipeline(invocation, data, dataset)
        defer { pipeline.showProfile() }
        return try pipeline.run(training, stages: stages)
    }

    /// Shows where the time went, if that was asked for.
    func showProfile() { work.showProfile() }

    /// Runs some stages.
    ///
    /// - Parameters:
    ///   - training: how to train, for the stage `train`.
    ///   - stages: the stages besides `train`, by name.
    func run(_ training: TrainingOptions, stages: [String: JSONValue] = [:]) throws -> PipelineOutcome {
        if let network = training.network { _ = try NetworkSpecification(named: network) }
        var stages = stages
        stages["train"] = training.stage(on: training.split == nil ? nil : "split")
        if let split = training.split { stages["split"] = ["split": ["from": .string(split)]] }
        let pipeline: Pipeline
        do {
            pipeline = try Pipeline(
                name: invocation.commandName, dataset: data.source,
                stages: stages)
        } catch let error as PipelineProblems {
            // The options were checked already; what only the library refuses is told in its words.
            let problem = error.problems[0]
            let name = problem.path.split(separator: ".").last.map { "'\($0)' " } ?? ""
            throw CurateError(.usage, name + problem.message, remedy: problem.suggestion)
        }
        return try PipelineRunner(work.environment).run(
            pipeline, storePath: invocation.globals.store, dataset: dataset)
    }
}
