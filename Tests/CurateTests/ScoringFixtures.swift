import Curate
import Models

/// Small logs and examples for the scoring tests.
enum ScoringFixtures {
    /// A log from rows: `columns[metric][e - 1][i]` is the value of example i at epoch e.
    static func log(_ columns: [DynamicsLog.Metric: [[Float]]], seed: UInt64 = 1) -> DynamicsLog {
        var keyed: [DynamicsLog.ColumnKey: [Float]] = [:]
        var epochCount = 0
        var exampleCount = 0
        for (metric, rows) in columns {
            epochCount = max(epochCount, rows.count)
            for (index, row) in rows.enumerated() {
                exampleCount = row.count
                keyed[DynamicsLog.ColumnKey(epoch: index + 1, metric: metric)] = row
            }
        }
        return DynamicsLog(exampleCount: exampleCount, epochCount: epochCount, seed: seed, columns: keyed)
    }

    /// A log of several examples, each given as its sequence over epochs.
    static func sequences(_ metric: DynamicsLog.Metric, _ rows: [[Float]], seed: UInt64 = 1) -> DynamicsLog {
        log([metric: rows[0].indices.map { epoch in rows.map { $0[epoch] } }], seed: seed)
    }

    /// A log with random values for every metric: correctness 0 or 1, the rest uniform in [0, 1).
    static func random(exampleCount: Int, epochCount: Int, seed: UInt64) -> DynamicsLog {
        var random = KeyedRandom(seed: seed, stream: .test)
        var columns: [DynamicsLog.Metric: [[Float]]] = [:]
        for metric in DynamicsLog.Metric.measured(.inBatch) + DynamicsLog.Metric.measured(.clean) + [.cleanGradientNorm]
        {
            columns[metric] = (0..<epochCount).map { _ in
                (0..<exampleCount).map { _ in
                    let value = random.uniform()
                    return metric == .batchCorrect ? value.rounded() : value
                }
            }
        }
        return log(columns, seed: seed)
    }

    /// One score of some logs.
    static func column(
        _ name: ScoreName, _ logs: [DynamicsLog], _ convention: ScoreConvention = .dataDiet,
        options: ScoreSettings = ScoreSettings()
    ) throws -> ScoreColumn {
        try ScoreTable(logs: logs, names: [name], convention: convention, options: options).columns[0]
    }

    /// A column of given per-run scores.
    static func column(_ name: ScoreName, perSeed: [[Float]]) -> ScoreColumn {
        ScoreColumn(
            name: name, convention: .dataDiet, definition: ScoreConvention.dataDiet.definition(of: name), epochs: 1...1,
            seeds: perSeed.indices.map { UInt64($0 + 1) }, perSeed: perSeed, warnings: [])
    }

    /// Named examples with labels 0, 1, 0, 1, ...
    static func examples(ids: [String], predictions: [Int32]? = nil, groups: [GroupColumn] = []) -> ExampleTable {
        ExampleTable(
            datasetName: "made", datasetHash: nil, indices: ids.indices.map { Int32($0) }, identifiers: .named(ids),
            labels: ids.indices.map { Int32($0 % 2) }, classNames: ["cat", "dog, \"big\""], predictions: predictions,
            groups: groups)
    }

    /// Ids that say nothing about position.
    static func ids(_ count: Int) -> [String] { (0..<count).map { "image-\($0)" } }

    /// The error that an expression throws.
    static func failure(of work: () throws -> Void) -> CurateError? {
        do {
            try work()
            return nil
        } catch { return error as? CurateError }
    }
}
