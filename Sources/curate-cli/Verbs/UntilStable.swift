import Curate

/// `curate score --until-stable`: adds seeds, one at a time, until the kept set of every score is stable.
///
/// Each round is a pipeline of its own, so after Ctrl-C or a kill the same command finds the rounds that are done in the
/// store and goes on.
struct UntilStable {
    private let arguments: ParsedArguments
    private let training: [String: JSONValue]

    /// - Parameters:
    ///   - arguments: the command line.
    ///   - training: the stages that train.
    init(_ arguments: ParsedArguments, training: [String: JSONValue]) {
        self.arguments = arguments
        self.training = training
    }

    /// Runs rounds until one is stable or there are as many seeds as there may be.
    ///
    /// - Returns: the stages that train so many seeds, and what was found with them.
    func run(
        _ pipeline: VerbPipeline, console: Console
    ) throws -> (training: [String: JSONValue], report: StabilityReport) {
        var count = KeptSetStability.fewestSeeds
        while true {
            let round = training(seeds: count)
            let found = try pipeline.run(round.merging(["stability": stability]) { $1 }).stability(of: "stability")
            if count >= arguments.integer(ScoreVerb.maxSeeds) || found.allSatisfy({ $0.verdict == .stable }) {
                return (round, StabilityReport(scores: found))
            }
            for score in found where score.verdict != .stable { console.remark(score.summary) }
            count += 1
        }
    }

    private func training(seeds count: Int) -> [String: JSONValue] {
        var values = training["train"]?["train"]?.objectValue ?? [:]
        values["seeds"] = .int(count)
        return training.merging(["train": ["train": .object(values)]]) { $1 }
    }

    private var stability: JSONValue {
        var others: [String: JSONValue] = [
            "runs": "train", "by": .strings(ScoreVerb.names(arguments).map(\.rawValue)),
        ]
        for name in ["convention", "at"] { others[name] = arguments.given(ScoreVerb.score.option(name)) }
        return ScoreVerb.stability.described(arguments, adding: others)
    }
}
