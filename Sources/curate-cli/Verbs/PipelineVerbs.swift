import Curate

/// `curate run FILE` and `curate plan FILE`.
package enum PipelineVerbs {
    static let file = Argument(
        Parameter("file", .input, isRequired: true, help: "The pipeline: a JSON5 file with a dataset and stages."))
    static let only = Option(
        Parameter(
            "only", .each(.text), help: "Run just this stage and what it needs. May be given more than once.",
            shownAs: "stage", knownElsewhereAs: ["stage", "target"]))
    static let rerun = Option(
        Parameter(
            "rerun", .each(.text),
            help: "Run this stage although its result is in the store. May be given more than once.",
            shownAs: "stage", knownElsewhereAs: ["force-stage", "force=", "no-cache", "redo"]))
    static let set = Option(
        Parameter(
            "set",
            .each(
                .checked(placeholder: "PATH=VALUE") { text in
                    do throws(ValueMismatch) {
                        _ = try PipelineOverride(text)
                        return nil
                    } catch {
                        return ValueMismatch("\(error.message), not \"\(text)\"", suggestion: error.suggestion)
                    }
                }),
            help: """
                Use a value in place of the file's, for instance stages.final.train.epochs=30. May be given more than \
                once.
                """, shownAs: "path=value", knownElsewhereAs: ["param", "override"]))
    static let show = Option(
        Parameter(
            "show", .each(.text),
            help: "Show the whole report of this evaluate stage when all is done. May be given more than once.",
            shownAs: "stage", knownElsewhereAs: ["report", "print", "table"]))
    private static let group = OptionGroup("PIPELINE OPTIONS", [only, set, rerun])
    private static let runGroup = OptionGroup("PIPELINE OPTIONS", [only, set, rerun, show])

    package static let runCommand = Command(
        name: "run",
        abstract: "Run the stages of a pipeline file, taking from the store what is there.",
        discussion: [
            """
            A stage runs when something that determines its result has changed; 'curate plan' says what and why \
            without running anything. After Ctrl-C or a crash the same command continues. The format of the file \
            is described by 'curate help pipeline'.
            """
        ],
        arguments: [file], optionGroups: [runGroup],
        examples: [
            Example("curate run pipelines/quickstart.json5", "Run a pipeline, or what of it has changed."),
            Example(
                "curate run pipelines/quickstart.json5 --show accuracy", "Run it, and read a report class by class."),
            Example(
                "curate run study.json5 --only scores --set stages.probe.train.epochs=10",
                "Run one stage and what it needs, with another number of epochs."),
        ],
        run: run)

    package static let planCommand = Command(
        name: "plan",
        abstract: "Say what running a pipeline file would do, and why.",
        discussion: ["Nothing is run or stored. Times are judged by what the store remembers of earlier stages."],
        arguments: [file], optionGroups: [group],
        examples: [
            Example("curate plan pipelines/quickstart.json5", "See what is cached and what would run."),
            Example(
                "curate plan study.json5 --set stages.probe.train.learningRate=0.05",
                "See what another learning rate would cost."),
        ],
        run: plan)

    private static func pipeline(_ arguments: ParsedArguments) throws -> Pipeline {
        try Pipeline(
            path: arguments.text(file), overrides: arguments.texts(set).map { try PipelineOverride($0) })
    }

    private static func runner(_ work: RunningWork, _ invocation: Invocation) -> PipelineRunner {
        var options = PipelineRunner.Options()
        options.only = invocation.arguments.texts(only)
        options.rerun = invocation.arguments.texts(rerun)
        options.replacesFiles = invocation.globals.force
        options.namesFailingStage = true
        return PipelineRunner(work.environment, options: options)
    }

    /// A line per stage as it is complete, and what it came to.
    @Sendable private static func run(_ invocation: Invocation) throws {
        let console = invocation.console
        let pipeline = try pipeline(invocation.arguments)
        let shown = try shownStages(invocation.arguments.texts(show), of: pipeline)
        let work = RunningWork(invocation)
        defer { work.showProfile() }
        let begin = work.monitor.now()
        var nameWidth = 0
        let outcome = try runner(work, invocation).run(
            pipeline, storePath: invocation.globals.store,
            tell: { event in
                switch event {
                case .planned(let plan):
                    for warning in plan.facts.warnings { console.warn(warning) }
                    nameWidth = plan.stages.map { TerminalText.width(of: $0.label) }.max() ?? 0
                case .began(let stage, let runCount, let seconds):
                    console.remark(PipelineReport.beginning(of: stage, runCount: runCount, seconds: seconds))
                case .completed(let stage):
                    guard !console.wantsJSON else { return }
                    try console.printLine(PipelineReport.line(of: stage, nameWidth: nameWidth, style: console.style))
                    // Whoever reads along, be it through a pipe, sees a stage when it is complete.
                    try console.output.flush()
                }
            })
        let report = PipelineReport.Run(
            outcome: outcome, seconds: work.monitor.now() - begin, store: invocation.globals.store)
        if console.wantsJSON { return try console.printJSON(report.json) }
        try console.printLine(report.summary)
        for label in shown where outcome.hasStage(label) {
            try EvaluationStageReport(label, of: outcome).show(on: console)
        }
    }

    /// The stages whose reports are to be shown, with all instances of those that a sweep expands.
    ///
    /// - Throws: `CurateError(.usage)` for one that there is not, or that has no report class by class.
    private static func shownStages(_ names: [String], of pipeline: Pipeline) throws -> [String] {
        try names.flatMap { name in
            let found = pipeline.instances.filter { $0.label == name || $0.stage == name }
            guard let first = found.first else {
                let known = pipeline.instances.filter { $0.kind.name == StageKind.evaluate.name }.map(\.stage)
                throw CurateError(
                    .usage, "the pipeline has no stage '\(name)' to show",
                    remedy: Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                        ?? (known.isEmpty
                            ? "add an evaluate stage" : "there is \(known.joined(separator: ", "))"))
            }
            guard first.kind.name == StageKind.evaluate.name else {
                throw CurateError(
                    .usage, "stage '\(name)' is of kind \(first.kind.name), and only evaluate has such a report",
                    remedy: "'curate run FILE --json' has the results of every stage")
            }
            return found.map(\.label)
        }
    }

    /// A line per stage with what would become of it and why.
    @Sendable private static func plan(_ invocation: Invocation) throws {
        let console = invocation.console
        let pipeline = try pipeline(invocation.arguments)
        let work = RunningWork(invocation)
        let store = DirectoryListing.exists(invocation.globals.store) ? try invocation.openStore(.read) : nil
        let report = PipelineReport.Plan(plan: try runner(work, invocation).plan(pipeline, store: store))
        for warning in report.plan.facts.warnings { console.warn(warning) }
        if console.wantsJSON { return try console.printJSON(report.plan.json) }
        try console.printLines(
            report.table.fittingLines(maximumWidth: console.tableWidth, style: console.style))
        try console.printProse(report.summary)
    }
}
