/// How far two ways of training differ, seed by seed: the mean of the differences with its interval.
///
/// Runs of one seed begin alike and see their examples in one order, so that what a seed does to both cancels. The
/// interval is that of Student's t over the seeds: it says how much training again with other seeds would change, not
/// how much other examples would.
package struct EvaluationContrast: Sendable, Equatable {
    /// One number of both.
    package struct Row: Sendable, Equatable {
        /// What it is: "balanced accuracy".
        package let name: String
        /// First minus second, in shares of 1.
        package let difference: PairedDifference
    }

    /// The numbers that both have for some seed, from all examples to the rarest.
    package let rows: [Row]

    /// Compares two evaluations on the same examples.
    ///
    /// - Parameters:
    ///   - evaluation: whose differences they are, and whose classes are divided into many, medium and few.
    ///   - other: what is taken off.
    package init(of evaluation: Evaluation, against other: Evaluation) {
        var rows: [Row] = []
        func add(_ name: String, _ value: (Evaluation, Int) -> Double?) {
            func bySeed(_ evaluation: Evaluation) -> [UInt64: Double] {
                Dictionary(
                    zip(evaluation.seeds, evaluation.seeds.indices).compactMap { seed, run in
                        value(evaluation, run).map { (seed, $0) }
                    }, uniquingKeysWith: { first, _ in first })
            }
            if let difference = PairedDifference(bySeed(evaluation), minus: bySeed(other)) {
                rows.append(Row(name: name, difference: difference))
            }
        }
        func mean(_ values: [Double]) -> Double? {
            values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
        func recalls(_ evaluation: Evaluation, _ run: Int, of chosen: [Int]? = nil) -> [Double] {
            (chosen ?? Array(evaluation.classes.indices)).compactMap { Self.share(evaluation.classes[$0], run) }
        }
        add("accuracy") { Self.share($0.accuracy, $1) }
        add("balanced accuracy") { mean(recalls($0, $1)) }
        for bin in evaluation.frequencyBins where !bin.classes.isEmpty {
            add("\(bin.bin.rawValue) training examples") { mean(recalls($0, $1, of: bin.classes)) }
        }
        add("worst class") { recalls($0, $1).min() }
        add("worst group") { evaluation, run in
            evaluation.groups.flatMap(\.values).filter { $0.rate.count >= evaluation.minimumGroupSize }
                .compactMap { Self.share($0.rate, run) }.min()
        }
        self.rows = rows
    }

    private static func share(_ rate: Evaluation.Rate, _ run: Int) -> Double? {
        rate.count > 0 ? Double(rate.correctCounts[run]) / Double(rate.count) : nil
    }

    /// The differences as JSON.
    package var json: JSONValue {
        .array(
            rows.map { row in
                [
                    "name": .string(row.name), "mean": .double(row.difference.mean),
                    "lower": .optional(row.difference.interval?.lowerBound),
                    "upper": .optional(row.difference.interval?.upperBound), "seeds": .int(row.difference.count),
                ]
            })
    }
}
