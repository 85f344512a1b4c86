/// What can be said of how many seeds a score takes, from the seeds it was computed with.
///
/// It is the answer of `KeptSetStability` for the hardest half at the scored epoch, or the sentence that there are too
/// few seeds to tell; there is no other rule.
package struct ScoreStability: Sendable, Equatable {
    /// The score.
    package let name: ScoreName
    /// The number of runs behind it.
    package let seedCount: Int
    /// The comparison of groups of runs; nil when there is nothing to compare, with one run or one example.
    package let half: KeptSetStability?

    /// The least rise of the agreement that is worth one more seed, as a share of the kept half.
    package static let tolerance = 0.01

    /// Compares what groups of the runs behind a column keep.
    package init(of column: ScoreColumn) {
        name = column.name
        seedCount = column.perSeed.count
        let exampleCount = column.values.count
        guard seedCount > 1, exampleCount > 1 else {
            half = nil
            return
        }
        half = KeptSetStability(
            of: column.name, convention: column.convention, epochs: [column.epoch], keeping: exampleCount / 2,
            tolerance: Self.tolerance
        ) { _ in column }
    }

    /// Whether more seeds are worth training, as a sentence without a full stop.
    package var summary: String {
        if let half { return half.summary }
        let seeds = "\(seedCount) seed\(seedCount == 1 ? "" : "s")"
        return "\(name.rawValue): \(seeds) cannot tell how much of the ranking is the seed's doing: it takes at least "
            + "\(KeptSetStability.fewestSeeds)"
    }

    /// What must be known before relying on the ranking, as a sentence without a full stop; nil when nothing is.
    package var warning: String? { half == nil ? summary : half?.warning }

    /// Everything there is to say, for programs.
    package var json: JSONValue {
        half?.summaryJSON ?? [
            "name": .string(name.rawValue), "seeds": .int(seedCount),
            "verdict": .string(KeptSetStability.Verdict.tooFewSeeds.rawValue), "summary": .string(summary),
        ]
    }
}
