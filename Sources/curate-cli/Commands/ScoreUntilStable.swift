import Curate

extension ScoreOptions {
    /// Adds seeds, one at a time, until the kept set of every score is stable or there are as many as there may be.
    ///
    /// Each round is a pipeline of its own, so after Ctrl-C or a kill the same command finds the rounds that are done in
    /// the store and goes on.
    ///
    /// - Returns: how many seeds that took, and what was found with them.
    func untilStable(
        _ wanted: StabilityOptions, _ pipeline: VerbPipeline, _ training: TrainingOptions, console: Console
    ) throws -> (seedCount: Int, report: StabilityReport) {
        var count = KeptSetStability.fewestSeeds
        while true {
            let found = try pipeline.run(
                training.with(seedCount: count), stages: ["stability": stabilityStage(wanted, of: "train")]
            ).stability(of: "stability")
            if count >= wanted.largestSeedCount || found.allSatisfy({ $0.verdict == .stable }) {
                return (count, StabilityReport(scores: found))
            }
            for score in found where score.verdict != .stable { console.remark(score.summary) }
            count += 1
        }
    }

    /// The options as the parameters of a `stability` stage.
    private func stabilityStage(_ wanted: StabilityOptions, of runs: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "runs": .string(runs), "by": .array(scores.map { .string($0.rawValue) }),
            "convention": .string(convention.rawValue), "keep": .double(wanted.keptFraction),
            "within": .double(wanted.tolerance),
        ]
        if let epoch { members["at"] = .int(epoch) }
        return ["stability": .object(members)]
    }
}
