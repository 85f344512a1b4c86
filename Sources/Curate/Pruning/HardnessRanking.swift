/// One score of every candidate, with its direction: what a ranking is made of.
package struct PruningScore: Sendable {
    /// The name, as `by` takes it.
    package let name: String
    /// Which end is the hard one.
    package let direction: ScoreDirection
    /// The score at each position.
    package let values: [Float]
    /// Where it comes from and how it was computed, for the manifest.
    package let source: String

    /// Makes a score from a column in the order of the candidates.
    package init(name: String, direction: ScoreDirection, values: [Float], source: String) {
        self.name = name
        self.direction = direction
        self.values = values
        self.source = source
    }

    /// Takes a column of a score table over the same examples.
    package init(_ column: ScoreColumn) {
        self.init(
            name: column.name.rawValue, direction: column.direction, values: column.values, source: column.description)
    }
}

/// The candidates from hardest to easiest, by one score or by a weighted mean of ranks.
package struct HardnessRanking: Sendable {
    /// One score's part in the ranking.
    package struct Term: Sendable, Equatable {
        /// The score's name.
        package let name: String
        /// Which end of it is the hard one.
        package let direction: ScoreDirection
        /// Its share in the mean of ranks; 1 when there is one score.
        package let weight: Double
        /// Where it comes from.
        package let source: String
    }

    /// The scores, in the order given.
    package let terms: [Term]
    /// The number candidates are ranked by: the score itself, or the weighted mean of the scores' ranks as a share.
    package let values: [Float]
    /// Which end of `values` is the hard one.
    package let direction: ScoreDirection

    /// Ranks by one score.
    ///
    /// - Throws: `badData` when a value is not finite.
    package init(by score: PruningScore, of candidates: ExampleTable) throws {
        try self.init(combining: [(score, 1)], of: candidates)
    }

    /// Ranks by the weighted mean of ranks of several scores, or by the score itself when there is one.
    ///
    /// The rank of a score is taken with the hard end up and as a share, (rank - 1/2) / n, ties with their mean rank,
    /// so scores on different scales and of either direction can be combined. The mean lies in 0...1, higher = harder.
    ///
    /// - Parameters:
    ///   - scores: the scores with their weights.
    ///   - candidates: the examples, in the order of the scores.
    /// - Throws: `badData` when a value is not finite, `usage` when there is no score or a weight is not above 0.
    /// - Precondition: the scores have a value for each candidate.
    package init(combining scores: [(score: PruningScore, weight: Double)], of candidates: ExampleTable) throws {
        guard let first = scores.first else {
            throw CurateError(.usage, "no score to rank by", remedy: "name one with `by`, for instance el2n")
        }
        for (score, weight) in scores {
            precondition(score.values.count == candidates.count, "a score of other examples")
            guard weight > 0 && weight.isFinite else {
                throw CurateError(
                    .usage, "the weight of \(score.name) is \(weight)",
                    remedy: "give it a weight above 0, or leave it out")
            }
            if let position = score.values.firstIndex(where: { !$0.isFinite }) {
                throw CurateError(
                    .badData, "the \(score.name) of \(candidates.id(at: position)) is \(score.values[position])",
                    at: score.source, remedy: "leave the example out of the data, or score it again")
            }
        }
        if scores.count == 1 {
            values = first.score.values
            direction = first.score.direction
            terms = [
                Term(
                    name: first.score.name, direction: first.score.direction, weight: 1, source: first.score.source)
            ]
            return
        }
        let count = candidates.count
        let weightSum = scores.reduce(0) { $0 + $1.weight }
        var sums = [Double](repeating: 0, count: count)
        for (score, weight) in scores {
            let sign = score.direction.largestFirst ? weight : -weight
            // 2 rank - (n + 1), ascending by value.
            for (position, centred) in RankOrder.centredAverageRanks(of: score.values).enumerated() {
                sums[position] += sign * Double(centred)
            }
        }
        let scale = 1 / (2 * Double(max(count, 1)) * weightSum)
        values = sums.map { Float(0.5 + $0 * scale) }
        direction = .higherIsHarder
        terms = scores.map {
            Term(name: $0.score.name, direction: $0.score.direction, weight: $0.weight, source: $0.score.source)
        }
    }

    /// The scores as one phrase: `el2n`, or `el2n:2,forgetting:1`.
    package var phrase: String {
        guard terms.count > 1 else { return terms[0].name }
        return terms.map { term in
            let weight = "\(term.weight)"
            return "\(term.name):\(weight.hasSuffix(".0") ? String(weight.dropLast(2)) : weight)"
        }.joined(separator: ",")
    }

    /// A number that is larger the harder the candidate is.
    func hardness(at position: Int) -> Float { direction.largestFirst ? values[position] : -values[position] }

    /// The order of the positions, hardest first, ties in the order of the ids' hashes.
    var hardestFirstKeys: PriorityKeys {
        PriorityKeys(values: values.indices.map { ~RankOrder.ascendingKey(hardness(at: $0)) })
    }

    /// The order of the positions, easiest first: that of `hardestFirstKeys` from its end, in ties too.
    var easiestFirstKeys: PriorityKeys {
        PriorityKeys(values: values.indices.map { RankOrder.ascendingKey(hardness(at: $0)) }, reversesTies: true)
    }

    /// The positions, hardest first, ties in the order of the ids' hashes.
    func hardestFirst(_ candidates: ExampleTable) -> [Int32] {
        PriorityOrder.positions(of: candidates, byAscending: hardestFirstKeys.values)
    }

    /// The hardest of all positions, in their own order.
    func hardest(_ count: Int, of candidates: ExampleTable) -> [Int32] {
        var reasons = [SplitReason](repeating: .notSelected, count: candidates.count)
        PriorityChoice.mark(
            first: [count], ofMembers: [candidates.count], in: [], byAscending: hardestFirstKeys, of: candidates,
            &reasons, as: .selected)
        return reasons.indices.filter { reasons[$0] == .selected }.map { Int32(truncatingIfNeeded: $0) }
    }
}
