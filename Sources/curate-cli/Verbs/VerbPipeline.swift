import Curate
import Models

/// What the verbs that compute share: each is a small pipeline, run as `curate run` runs one.
package struct VerbPipeline {
    private let invocation: Invocation
    private let source: DatasetSource
    private let exposures: [Exposure]
    private let work: RunningWork
    private let noted = Noted()

    /// Whether the remarks about the data were made, which is once for several runs.
    private final class Noted { var dataset: Dataset? }

    /// Prepares to run stages on the dataset of a command line.
    ///
    /// - Parameters:
    ///   - invocation: the command line.
    ///   - exposures: the stages whose parameters the verb has options for, to tell mistakes in its words.
    init(_ invocation: Invocation, _ exposures: [Exposure]) throws {
        self.invocation = invocation
        self.exposures = exposures
        source = try DataOptions.source(invocation.arguments)
        work = RunningWork(invocation)
    }

    /// Shows where the time went, if that was asked for.
    func showProfile() { work.showProfile() }

    /// Runs some stages.
    ///
    /// - Parameter stages: for each stage its name and `{ KIND: { parameter: value } }`.
    func run(_ stages: [String: JSONValue]) throws -> PipelineOutcome {
        let pipeline = try Self.pipeline(invocation.commandName, source, stages, exposures)
        var options = PipelineRunner.Options()
        options.replacesFiles = invocation.globals.force
        options.updatesFiles = false
        // A parameter of two stages has an option for each: a failing stage means its own, and others that of the first.
        let exposures = exposures
        options.spelling = { stage in Self.spelling(of: stage, exposures, leavingOthers: true) }
        return try PipelineRunner(work.environment, options: options).run(
            pipeline, storePath: invocation.globals.store, reading: dataset)
    }

    /// The pipeline of a verb.
    ///
    /// - Throws: `CurateError(.usage)` for the first mistake, in the words of the command line.
    package static func pipeline(
        _ name: String, _ source: DatasetSource, _ stages: [String: JSONValue], _ exposures: [Exposure]
    ) throws -> Pipeline {
        do {
            return try Pipeline(name: name, dataset: source, stages: stages)
        } catch let error as PipelineProblems {
            throw usageError(error.problems[0], exposures)
        }
    }

    /// The stages of a verb that trains: `train`, on the split that `--train-on` names if it names one.
    package static func training(_ exposure: Exposure, _ arguments: ParsedArguments) -> [String: JSONValue] {
        guard let split = arguments.text(TrainingOptions.trainOn) else {
            return [exposure.stage: exposure.described(arguments)]
        }
        return [
            exposure.stage: exposure.described(arguments, adding: ["split": "split"]),
            "split": ["split": ["from": .string(split)]],
        ]
    }

    private func dataset() throws -> Dataset {
        if let dataset = noted.dataset { return dataset }
        let dataset = try loadDataset(source, invocation)
        for note in dataset.notes {
            if let warning = DatasetNote.warning(note) {
                invocation.console.warn(warning)
            } else {
                invocation.console.remark("note: \(note)")
            }
        }
        let spelling = invocation.console.spelling
        for found in LabelShortcut.found(in: dataset) {
            invocation.console.remark("note: \(spelling.spelled(found.text))")
        }
        noted.dataset = dataset
        return dataset
    }

    /// How a stage's parameters are spelled: its own options first, then those of the others.
    private static func spelling(
        of stage: String, _ exposures: [Exposure], leavingOthers: Bool
    ) -> ParameterSpelling {
        let options = (exposures.filter { $0.stage == stage } + exposures).flatMap(\.options)
        return .options(leavingOthers: leavingOthers) { name in
            // The split of a stage, which is not the column of that name.
            name == "split" ? TrainingOptions.trainOn.name : options.first { $0.parameter.name == name }?.name
        }
    }

    /// A mistake in a stage, in the words of the command line.
    private static func usageError(_ problem: PipelineProblem, _ exposures: [Exposure]) -> CurateError {
        let path = problem.path.split(separator: ".").map(String.init)
        let spelling = spelling(of: path.count > 1 ? path[1] : "", exposures, leavingOthers: false)
        let subject = path.count > 3 ? "`\(path[3])` " : ""
        return spelling.spelled(CurateError(.usage, subject + problem.message, remedy: problem.suggestion))
    }
}

/// What the verbs that train have in common.
package enum TrainingOptions {
    /// The split to train on, which in a pipeline is a stage.
    package static let trainOn = Option(
        Parameter(
            "trainOn", .input, absent: "all training examples",
            help: "Train on what a split keeps: the directory that curate prune --out made.",
            shownAs: "directory", knownElsewhereAs: ["subset", "kept", "indices"]))

    /// The stage `train` with a number of seeds.
    ///
    /// - Parameters:
    ///   - seeds: how many runs there are unless the user says it.
    ///   - adjust: what else is different for the verb.
    package static func exposure(
        seeds: Int, without hidden: Set<String> = [], _ adjust: (inout Parameter) -> Void = { _ in }
    ) -> Exposure {
        Exposure(.train, as: "train", without: hidden.union(["out"])) { parameter in
            if parameter.name == "seeds" { parameter.initial = .int(seeds) }
            adjust(&parameter)
        }
    }

    /// The options under the heading of help.
    package static func group(_ exposure: Exposure) -> OptionGroup {
        OptionGroup("TRAINING OPTIONS", [trainOn] + exposure.options)
    }

    /// What was trained: "resnet8, 4 epochs, 3 seeds".
    static func phrase(_ outcome: PipelineOutcome) throws -> String {
        let runs = try outcome.runs(of: "train")
        let epochs = runs.first?.losses.count ?? 0
        return "\(outcome.recipe(of: "train").network), \(epochs) epoch\(epochs == 1 ? "" : "s"), "
            + "\(runs.count) seed\(runs.count == 1 ? "" : "s")"
    }
}

/// Runs as people read them.
enum RunText {
    /// Where a run came from: the store, or how many epochs of training.
    static func describe(_ outcome: RunCache.Outcome) -> String {
        if outcome.wasCached { return "in the store (\(NumberText.duration(outcome.seconds)) saved)" }
        let epochs = outcome.trainedEpochCount
        return epochs == 0 ? "evaluated" : "trained \(epochs) epoch\(epochs == 1 ? "" : "s")"
    }
}

extension PipelineOutcome {
    /// The files that all stages keep.
    var files: [String] { stages.flatMap(\.files) }

    /// A line per file: that it was written, or that it was there with the same content.
    var fileLines: [String] {
        stages.flatMap { stage in
            stage.files.map { file in
                let path = TerminalText.printable(file)
                return stage.writtenFiles.contains(file) ? "wrote \(path)" : "\(path) is there already"
            }
        }
    }
}
