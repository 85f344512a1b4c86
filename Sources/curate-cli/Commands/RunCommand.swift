import Curate

/// What `curate run` and `curate plan` were asked.
package struct RunOptions: Sendable, Equatable {
    /// The pipeline file.
    package let file: String
    package let only: [String]
    package let rerun: [String]
    package let overrides: [PipelineOverride]

    package static let fileArgument = Argument<String>.required(
        "file", .path, help: "The pipeline: a JSON5 file with a dataset and stages.")
    package static let onlyOption = Option<[String]>.repeated(
        "only", stageFormat, help: "Run just this stage and what it needs. May be given more than once.",
        knownElsewhereAs: ["stage", "target"])
    package static let rerunOption = Option<[String]>.repeated(
        "rerun", stageFormat,
        help: "Run this stage although its result is in the store. May be given more than once.",
        knownElsewhereAs: ["force-stage", "force=", "no-cache", "redo"])
    package static let setOption = Option<[PipelineOverride]>.repeated(
        "set",
        ValueFormat(
            placeholder: "path=value",
            parse: { text throws(ValueProblem) in
                do throws(ValueMismatch) {
                    return [try PipelineOverride(text)]
                } catch {
                    throw ValueProblem(error.message, shown: text, suggestion: error.suggestion)
                }
            },
            describe: { _ in "" }),
        help: """
            Use a value in place of the file's, for instance stages.final.train.epochs=30. May be given more than once.
            """, knownElsewhereAs: ["param", "override"])

    /// A stage by its name, or by its name with the values of a sweep, in which there may be commas.
    private static var stageFormat: ValueFormat<[String]> {
        ValueFormat(
            placeholder: "stage", parse: { text throws(ValueProblem) in [try ValueFormat<String>.text.parse(text)] },
            describe: { $0.joined(separator: ",") })
    }

    private static let group = OptionGroup(
        "PIPELINE OPTIONS", [onlyOption.declaration, setOption.declaration, rerunOption.declaration])

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) {
        file = arguments[Self.fileArgument]
        only = arguments[Self.onlyOption]
        rerun = arguments[Self.rerunOption]
        overrides = arguments[Self.setOption]
    }

    /// `curate run`, with the work supplied by the caller.
    package static func command(run: @escaping @Sendable (Invocation, RunOptions) throws -> Void) -> Command {
        Command(
            name: "run",
            abstract: "Run the stages of a pipeline file, taking from the store what is there.",
            discussion: [
                """
                A stage runs when something that determines its result has changed; 'curate plan' says what and why \
                without running anything. After Ctrl-C or a crash the same command continues. The format of the file \
                is described by 'curate help pipeline'.
                """
            ],
            arguments: [fileArgument.declaration], optionGroups: [group],
            examples: [
                Example("curate run pipelines/quickstart.json5", "Run a pipeline, or what of it has changed."),
                Example(
                    "curate run study.json5 --only scores --set stages.probe.train.epochs=10",
                    "Run one stage and what it needs, with another number of epochs."),
            ]
        ) { invocation in try run(invocation, RunOptions(invocation.arguments)) }
    }

    /// `curate plan`, with the work supplied by the caller.
    package static func planCommand(run: @escaping @Sendable (Invocation, RunOptions) throws -> Void) -> Command {
        Command(
            name: "plan",
            abstract: "Say what running a pipeline file would do, and why.",
            discussion: ["Nothing is run or stored. Times are judged by what the store remembers of earlier stages."],
            arguments: [fileArgument.declaration], optionGroups: [group],
            examples: [
                Example("curate plan pipelines/quickstart.json5", "See what is cached and what would run."),
                Example(
                    "curate plan study.json5 --set stages.probe.train.learningRate=0.05",
                    "See what another learning rate would cost."),
            ]
        ) { invocation in try run(invocation, RunOptions(invocation.arguments)) }
    }
}
