/// One score of every example, with its convention, direction and spread over runs.
public struct ScoreColumn: Sendable {
    /// Which score it is.
    public let name: ScoreName
    /// Whose definition was used.
    package let convention: ScoreConvention
    /// The chosen epoch: the only one read, or the last of those read.
    package let epoch: Int
    /// The epochs that were read.
    package let epochs: ClosedRange<Int>
    /// The seeds of the runs, in the order given.
    package let seeds: [UInt64]
    /// Each run's own score: one row per run, one value per example.
    package let perSeed: [[Float]]
    /// How runs were combined.
    package let aggregation: ScoreDefinition.Aggregation
    /// The score: the mean over runs, or under `toneva` forgetting their sum.
    public let values: [Float]
    /// The standard deviation of each example's per-run scores, divisor n - 1; nil when there is one run.
    package let standardDeviation: [Float]?
    /// Exactly what was computed, one sentence without a full stop.
    package let description: String
    /// What a reader of the numbers must know, as sentences without full stops.
    package let warnings: [String]

    /// Which end is the hard one.
    package var direction: ScoreDirection { name.direction }

    /// Combines per-run scores.
    ///
    /// - Precondition: there is at least one run and all rows have the same length.
    package init(
        name: ScoreName, convention: ScoreConvention, definition: ScoreDefinition, epochs: ClosedRange<Int>,
        seeds: [UInt64], perSeed: [[Float]], warnings: [String]
    ) {
        precondition(!perSeed.isEmpty && seeds.count == perSeed.count, "one row per run")
        precondition(perSeed.allSatisfy { $0.count == perSeed[0].count }, "rows of one length")
        self.name = name
        self.convention = convention
        self.epochs = epochs
        epoch = epochs.upperBound
        self.seeds = seeds
        self.perSeed = perSeed
        aggregation = definition.aggregation
        self.warnings = warnings
        (values, standardDeviation) = Self.combine(perSeed, by: definition.aggregation)

        let when = definition.window == .chosenEpoch ? "epoch \(epoch)" : "epochs 1 to \(epoch)"
        let runs = perSeed.count == 1 ? "one run" : "\(definition.aggregation.rawValue) over \(perSeed.count) runs"
        description = "\(name.rawValue): \(definition.phrase); \(when); \(runs)"
    }

    /// The combined score of some runs, and the standard deviation over them.
    static func combine(
        _ rows: [[Float]], by aggregation: ScoreDefinition.Aggregation
    ) -> (values: [Float], deviation: [Float]?) {
        guard rows.count > 1 else { return (rows[0], nil) }
        var values = [Float](repeating: 0, count: rows[0].count)
        var deviation = values
        for i in values.indices {
            let moments = Moments(of: rows.lazy.map { $0[i] })
            values[i] = Float(aggregation == .sum ? moments.sum : moments.mean)
            deviation[i] = Float(moments.standardDeviation ?? 0)
        }
        return (values, deviation)
    }

    /// Convention, direction, runs and epochs in a few words, as file headers carry them.
    ///
    /// For instance `el2n (data-diet, higher = harder, mean of 3 seeds, epoch 4)`.
    package var headerPhrase: String {
        let runs = seeds.count == 1 ? "1 seed" : "\(aggregation.rawValue) of \(seeds.count) seeds"
        let when = epochs.count == 1 ? "epoch \(epoch)" : "epochs \(epochs.lowerBound)-\(epoch)"
        return "\(name.rawValue) (\(convention.rawValue), \(direction.phrase), \(runs), \(when))"
    }

    /// The positions of the examples, hardest first, ties in the order of their ids' hashes.
    package func hardestFirst(ties: TieBreaker) -> [Int32] {
        RankOrder.positions(sorting: values, largestFirst: direction.largestFirst, ties: ties)
    }

    /// The rank of each example, 1 for the hardest, ties broken by the hash of the id.
    package func ranks(ties: TieBreaker) -> [Int32] {
        var ranks = [Int32](repeating: 0, count: values.count)
        for (place, position) in hardestFirst(ties: ties).enumerated() { ranks[Int(position)] = Int32(place + 1) }
        return ranks
    }
}

/// Several scores of the same examples, computed from the logs of one or more runs.
///
/// Values are in the order of the logs' columns; nothing is ever reordered.
public struct ScoreTable: Sendable {
    /// The scores, in the order they were asked for.
    public let columns: [ScoreColumn]
    /// The number of examples.
    package let exampleCount: Int
    /// What holds for all columns, as sentences without full stops.
    package let warnings: [String]

    /// The column of one score, or nil when it was not asked for.
    package subscript(name: ScoreName) -> ScoreColumn? { columns.first { $0.name == name } }

    /// Computes scores: a pure function of the logs.
    ///
    /// - Parameters:
    ///   - logs: one per run, over the same examples in the same order.
    ///   - names: the scores to compute.
    ///   - convention: whose definitions to use.
    ///   - options: the epoch, and what else a convention leaves open.
    /// - Throws: `usage` when a log lacks what a score needs or for GraNd at epoch 0, `workFailed` when a log holds a
    ///   value that is not finite, `badData` when the logs disagree.
    package init(
        logs: [DynamicsLog], names: [ScoreName], convention: ScoreConvention = .dataDiet,
        options: ScoreSettings = ScoreSettings()
    ) throws {
        let count = try Self.commonExampleCount(of: logs)
        exampleCount = count
        columns = try names.map { try Self.column($0, logs: logs, convention: convention, options: options) }
        warnings = Self.warnings(about: logs)
    }

    /// The scores these logs can give under a convention.
    package static func computableNames(
        from logs: [DynamicsLog], convention: ScoreConvention = .dataDiet, options: ScoreSettings = ScoreSettings()
    ) -> [ScoreName] {
        ScoreName.allCases.filter { name in
            let definition = convention.definition(of: name, options: options)
            let request = ScoreRequest(name: name, definition: definition, convention: convention)
            return (try? request.epochs(in: logs, choosing: options.epoch)) != nil
        }
    }

    private static func column(
        _ name: ScoreName, logs: [DynamicsLog], convention: ScoreConvention, options: ScoreSettings
    ) throws -> ScoreColumn {
        let definition = convention.definition(of: name, options: options)
        let request = ScoreRequest(name: name, definition: definition, convention: convention)
        let epochs = try request.epochs(in: logs, choosing: options.epoch)
        return ScoreColumn(
            name: name, convention: convention, definition: definition, epochs: epochs, seeds: logs.map(\.seed),
            perSeed: try logs.map { try definition.values(of: $0, over: epochs) },
            warnings: definition.warnings + request.warnings(over: epochs))
    }

    private static func commonExampleCount(of logs: [DynamicsLog]) throws -> Int {
        guard let first = logs.first else {
            throw CurateError(.usage, "no run to score", remedy: "give the log of at least one run")
        }
        for (number, log) in logs.enumerated() where log.exampleCount != first.exampleCount {
            throw CurateError(
                .badData,
                "run \(number + 1) has \(log.exampleCount) examples and run 1 has \(first.exampleCount)",
                remedy: "score only runs over the same examples together")
        }
        guard first.exampleCount > 0 else {
            throw CurateError(.badData, "the runs have no examples", remedy: "train on at least one example")
        }
        return first.exampleCount
    }

    private static func warnings(about logs: [DynamicsLog]) -> [String] {
        var warnings = logs.flatMap(\.remarks)
        let lengths = Set(logs.map(\.epochCount)).sorted()
        if let shortest = lengths.first, let longest = lengths.last, shortest != longest {
            warnings.append(
                "the runs have between \(shortest) and \(longest) epochs; scores over epochs use what all of them have")
        }
        let seeds = logs.map(\.seed).filter { $0 != 0 }
        if Set(seeds).count < seeds.count {
            warnings.append("two runs have the same seed: if they are copies, they say nothing about stability")
        }
        return warnings
    }
}
