extension Evaluation {
    /// Compares predictions with labels.
    ///
    /// - Parameters:
    ///   - predictions: what was predicted of which examples.
    ///   - minimumGroupSize: groups of fewer examples are left out of the minimum, at least 1.
    package init(of predictions: Predictions, minimumGroupSize: Int = 1) {
        precondition(minimumGroupSize >= 1, "a group without examples has no accuracy")
        let (labels, runs) = (predictions.labels, predictions.runs)
        let rightness = runs.map { run in zip(run.classes, labels).map { $0 == $1 } }
        let losses = runs.compactMap(\.losses)
        let hasLosses = losses.count == runs.count

        let classTally = Tally(
            of: labels, valueCount: predictions.classNames.count, rightness: rightness, losses: [])
        let classes = predictions.classNames.enumerated().map { classTally.rate(of: $0, named: $1) }
        let tallies = predictions.groups.map {
            Tally(
                of: $0.values, valueCount: $0.valueNames.count, rightness: rightness,
                losses: hasLosses ? losses : [])
        }
        let judged = zip(predictions.groups, tallies).map { column, tally in
            tally.counts.indices.map { value in
                tally.counts[value] >= minimumGroupSize && column.complement != Int32(value)
            }
        }
        let rightShares = predictions.rightShares
        let bounds = Self.simultaneousIntervals(of: rightShares, predictions.groups, taking: judged)
        let classColumn = GroupColumn(
            name: GroupDefinition.labelWord, valueNames: predictions.classNames, values: labels)
        let classBounds = Self.simultaneousIntervals(
            of: rightShares, [classColumn], taking: [classes.map { $0.count > 0 }])

        self.init(
            partition: predictions.partition, seeds: runs.map(\.seed),
            accuracy: Rate(
                name: "all", count: labels.count, correctCounts: rightness.map { $0.count { $0 } }),
            classes: classes, worstClassInterval: classes.count { $0.count > 0 } > 1 ? classBounds.minimum : nil,
            groups: predictions.groups.indices.map { number in
                let column = predictions.groups[number]
                let values = column.valueNames.indices.filter { column.complement != Int32($0) }.map { value in
                    Group(
                        column: column.name, rate: tallies[number].rate(of: value, named: column.valueNames[value]),
                        population: predictions.populations?[number][value],
                        losses: hasLosses ? tallies[number].meanLosses(of: value) : nil,
                        simultaneous: bounds.intervals[number][value])
                }
                return Breakdown(name: column.name, values: values)
            }, worstInterval: bounds.minimum, minimumGroupSize: minimumGroupSize,
            confusion: Self.confusion(of: predictions), measures: Self.measures(of: predictions),
            notes: Self.notes(on: predictions))
    }

    /// How many examples have each value, how many of them each run has right, and the sum of their losses.
    private struct Tally {
        var counts: [Int]
        /// [runs][values].
        var right: [[Int]]
        /// [runs][values]; empty without losses.
        var lossSums: [[Double]]

        init(of values: [Int32], valueCount: Int, rightness: [[Bool]], losses: [[Float]]) {
            counts = [Int](repeating: 0, count: valueCount)
            for value in values { counts[Int(value)] += 1 }
            right = rightness.map { isRight in
                var own = [Int](repeating: 0, count: valueCount)
                for (value, isRight) in zip(values, isRight) where isRight { own[Int(value)] += 1 }
                return own
            }
            lossSums = losses.map { losses in
                var own = [Double](repeating: 0, count: valueCount)
                for (value, loss) in zip(values, losses) { own[Int(value)] += Double(loss) }
                return own
            }
        }

        func rate(of value: Int, named name: String) -> Rate {
            Rate(name: name, count: counts[value], correctCounts: right.map { $0[value] })
        }

        func meanLosses(of value: Int) -> Spread? {
            counts[value] > 0 ? Spread(lossSums.map { $0[value] / Double(counts[value]) }) : nil
        }
    }

    /// A table of more classes than this is left out: it would be larger than all that is known of most data.
    private static let mostClassesOfConfusion = 1000

    private static func confusion(of predictions: Predictions) -> [[Int]] {
        let count = predictions.classNames.count
        guard count <= mostClassesOfConfusion else { return [] }
        var flat = [Int](repeating: 0, count: count * count)
        for run in predictions.runs {
            for (label, predicted) in zip(predictions.labels, run.classes) {
                flat[Int(label) * count + Int(predicted)] += 1
            }
        }
        return (0..<count).map { Array(flat[$0 * count..<($0 + 1) * count]) }
    }
}
