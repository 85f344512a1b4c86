import Curate

extension RunOptions {
    /// `curate run`: a line per stage as it is complete, and what it came to.
    static func run(_ invocation: Invocation, _ options: RunOptions) throws {
        let console = invocation.console
        let pipeline = try Pipeline(path: options.file, overrides: options.overrides)
        let work = RunningWork(invocation)
        defer { work.showProfile() }
        let runner = PipelineRunner(work.environment, options: options.runnerOptions(invocation))
        let begin = work.monitor.now()
        var lines: StageLines?
        let outcome = try runner.run(pipeline, storePath: invocation.globals.store) { event in
            switch event {
            case .planned(let plan): lines = StageLines(plan)
            case .began(let stage): console.remark("\(stage.label): \(stage.reasons.joined(separator: ", "))")
            case .completed(let stage):
                guard let lines, !console.wantsJSON else { return }
                try console.printLine(lines.line(of: stage, style: console.style))
                // Whoever reads along, be it through a pipe, sees a stage when it is complete.
                try console.output.flush()
            }
        }
        let seconds = work.monitor.now() - begin
        if console.wantsJSON {
            try console.printJSON(json(outcome, seconds: seconds, store: invocation.globals.store))
        } else {
            try console.printLine(summary(outcome, seconds: seconds))
        }
    }

    /// `curate plan`: a line per stage with what would become of it and why.
    static func plan(_ invocation: Invocation, _ options: RunOptions) throws {
        let console = invocation.console
        let pipeline = try Pipeline(path: options.file, overrides: options.overrides)
        let work = RunningWork(invocation)
        let runner = PipelineRunner(work.environment, options: options.runnerOptions(invocation))
        let path = invocation.globals.store
        let store = DirectoryListing.exists(path) ? try invocation.openStore(.read) : nil
        let plan = try runner.plan(pipeline, store: store)
        if console.wantsJSON { return try console.printJSON(json(plan)) }
        try console.printLines(table(of: plan).fittingLines(maximumWidth: console.tableWidth, style: console.style))
        try console.printProse(summary(plan))
    }

    private func runnerOptions(_ invocation: Invocation) -> PipelineRunner.Options {
        var chosen = PipelineRunner.Options()
        chosen.only = only
        chosen.rerun = rerun
        chosen.replacesFiles = invocation.globals.force
        chosen.namesFailingStage = true
        return chosen
    }

    private static func table(of plan: PipelinePlan) -> Table {
        var table = Table([
            .text("stage", mayShrink: true), .text("kind"), .text("state"), .number("time"), .text("key"),
            .text("why", mayShrink: true),
        ])
        for stage in plan.stages {
            let time = stage.isCached ? "" : stage.estimate.map { "~\(NumberText.duration($0))" } ?? "?"
            let saves = stage.savedSeconds > 0 ? ["saves \(NumberText.duration(stage.savedSeconds))"] : []
            let why = stage.reasons + saves
            table.add([
                stage.label, stage.kind, stage.isCached ? "cached" : "run", time, stage.key.short,
                why.joined(separator: ", "),
            ])
        }
        return table
    }

    private static func summary(_ plan: PipelinePlan) -> String {
        let cached = plan.stages.count(where: \.isCached)
        let saved = plan.savedSeconds > 0 ? " (saves \(NumberText.duration(plan.savedSeconds)))" : ""
        let rest = plan.stages.count - cached
        if rest == 0 { return "all \(cached) stages are cached\(saved)" }
        let time = plan.estimate.map { "about \(NumberText.duration($0))" } ?? "for a time that is not known yet"
        return "\(cached) cached\(saved), \(rest) to run, \(time)"
    }

    private static func summary(_ outcome: PipelineOutcome, seconds: Double) -> String {
        let cached = outcome.stages.count(where: \.wasCached)
        let saved = outcome.stages.reduce(0) { $0 + $1.savedSeconds }
        let words = saved > 0 ? ", \(NumberText.duration(saved)) saved by the store" : ""
        return "\(cached) cached, \(outcome.stages.count - cached) run in \(NumberText.duration(seconds))\(words)"
    }

    private static func json(_ plan: PipelinePlan) -> JSON {
        .object([
            ("pipeline", .string(plan.pipeline.name)), ("dataset", .string(plan.facts.contentHash)),
            (
                "stages",
                .array(
                    plan.stages.map { stage in
                        .object([
                            ("name", .string(stage.label)), ("kind", .string(stage.kind)),
                            ("key", .string(stage.key.hexadecimal)),
                            ("state", .string(stage.isCached ? "cached" : "run")), ("reasons", .strings(stage.reasons)),
                            ("estimated_seconds", stage.estimate.map { .number($0) } ?? .null),
                            ("saved_seconds", .number(stage.savedSeconds)), ("inputs", .strings(stage.inputs)),
                            ("parameters", JSON(stage.identity.parameters)),
                        ])
                    })
            ),
            ("cached", .integer(plan.stages.count(where: \.isCached))),
            ("run", .integer(plan.stages.count { !$0.isCached })),
            ("estimated_seconds", plan.estimate.map { .number($0) } ?? .null),
            ("saved_seconds", .number(plan.savedSeconds)),
        ])
    }

    private static func json(_ outcome: PipelineOutcome, seconds: Double, store: String) -> JSON {
        .object([
            ("pipeline", .string(outcome.plan.pipeline.name)), ("dataset", .string(outcome.plan.facts.contentHash)),
            ("store", .string(store)),
            (
                "stages",
                .array(
                    outcome.stages.map { stage in
                        .object([
                            ("name", .string(stage.label)), ("kind", .string(stage.kind)),
                            ("key", .string(stage.key.hexadecimal)),
                            ("state", .string(stage.wasCached ? "cached" : "ran")), ("seconds", .number(stage.seconds)),
                            ("saved_seconds", .number(stage.savedSeconds)), ("files", .strings(stage.writtenFiles)),
                            ("result", JSON(stage.report.json)),
                        ])
                    })
            ),
            ("cached", .integer(outcome.stages.count(where: \.wasCached))),
            ("ran", .integer(outcome.stages.count { !$0.wasCached })), ("seconds", .number(seconds)),
            ("saved_seconds", .number(outcome.stages.reduce(0) { $0 + $1.savedSeconds })),
        ])
    }
}

/// The lines of `curate run`, wide enough for every stage of the plan.
private struct StageLines {
    private let nameWidth: Int

    init(_ plan: PipelinePlan) {
        nameWidth = plan.stages.map { TerminalText.width(of: $0.label) }.max() ?? 0
    }

    func line(of stage: PipelineRunner.StageOutcome, style: Style) -> String {
        let name = TerminalText.padded(stage.label, to: nameWidth, onTheLeft: false)
        let state = TerminalText.padded(stage.wasCached ? "cached" : "ran", to: 6, onTheLeft: false)
        let time = stage.wasCached ? "" : NumberText.duration(stage.seconds)
        let files = stage.writtenFiles.isEmpty ? "" : ", written to \(stage.writtenFiles.joined(separator: ", "))"
        let shownTime = TerminalText.padded(time, to: 8, onTheLeft: true)
        return "\(style.bold(name))  \(state)  \(shownTime)  \(style.dim(stage.key.short))  "
            + TerminalText.printable(stage.report.summary + files)
    }
}
