import Curate

/// Pipelines as `curate run` and `curate plan` show them.
enum PipelineReport {
    /// What is said when a stage begins: why, and what it will train.
    static func beginning(of stage: PipelinePlan.Stage, runCount: Int, seconds: Double?) -> String {
        let why = "\(stage.label): \(stage.reasons.joined(separator: ", "))"
        guard runCount > 0 else { return why }
        let time = seconds.map { $0 < 1 ? "" : ", about \(NumberText.duration($0))" } ?? ""
        return why + "; \(runCount) run\(runCount == 1 ? "" : "s")\(time)"
    }

    /// The line of a stage that is complete.
    static func line(of stage: PipelineRunner.StageOutcome, nameWidth: Int, style: Style) -> String {
        let name = TerminalText.padded(stage.label, to: nameWidth, onTheLeft: false)
        let state = TerminalText.padded(stage.wasCached ? "cached" : "ran", to: 6, onTheLeft: false)
        let time = stage.wasCached ? "" : NumberText.duration(stage.seconds)
        let files = stage.writtenFiles.isEmpty ? "" : ", written to \(stage.writtenFiles.joined(separator: ", "))"
        let shownTime = TerminalText.padded(time, to: 8, onTheLeft: true)
        return "\(style.bold(name))  \(state)  \(shownTime)  \(style.dim(stage.key.short))  "
            + TerminalText.printable(ParameterSpelling.file.spelled(stage.report.summary) + files)
    }

    /// What running came to.
    struct Run {
        let outcome: PipelineOutcome
        let seconds: Double
        let store: String

        var summary: String {
            let cached = outcome.stages.count(where: \.wasCached)
            let saved = outcome.stages.reduce(0) { $0 + $1.savedSeconds }
            let words = saved > 0 ? ", \(NumberText.duration(saved)) saved by the store" : ""
            return "\(cached) cached, \(outcome.stages.count - cached) run in \(NumberText.duration(seconds))\(words)"
        }

        var json: JSONValue { outcome.json(seconds: seconds).merging(["store": .string(store)]) }
    }

    /// What would be run.
    struct Plan {
        let plan: PipelinePlan

        /// A line per stage; a key stands where the store has what it names.
        var table: Table {
            var table = Table([
                .text("stage", mayShrink: true), .text("kind"), .text("state"), .number("time"), .text("key"),
                .text("why", mayShrink: true),
            ])
            for stage in plan.stages {
                let time = stage.isCached ? "" : stage.estimate.map { "~\(NumberText.duration($0))" } ?? "?"
                let saves = stage.savedSeconds > 0 ? ["saves \(NumberText.duration(stage.savedSeconds))"] : []
                let why = stage.reasons + saves
                table.add([
                    stage.label, stage.kind, stage.isCached ? "cached" : "run", time,
                    stage.isInStore ? stage.key?.short ?? "" : "",
                    why.joined(separator: ", "),
                ])
            }
            return table

        }

        var summary: String {
            let cached = plan.stages.count(where: \.isCached)
            let saved = plan.savedSeconds > 0 ? " (saves \(NumberText.duration(plan.savedSeconds)))" : ""
            let rest = plan.stages.count - cached
            if rest == 0 { return "all \(cached) stages are cached\(saved)" }
            let time = plan.estimate.map { "about \(NumberText.duration($0))" } ?? "for a time that is not known yet"
            return "\(cached) cached\(saved), \(rest) to run, \(time)"
        }
    }
}
