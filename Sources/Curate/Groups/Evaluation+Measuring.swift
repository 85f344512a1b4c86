import Glibc

extension Evaluation {
    /// Compares predictions with labels.
    ///
    /// - Parameters:
    ///   - predictions: what was predicted of which examples.
    ///   - minimumGroupSize: groups of fewer examples are left out of the minimum, at least 1.
    ///   - rule: tells which classes have many, medium or few training examples, where their numbers are known.
    package init(of predictions: Predictions, minimumGroupSize: Int = 1, rule: FrequencyRule = .oltr) {
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
        let outcomes = RepeatedOutcomes(of: runs.map(\.classes), labels: labels)
        let bounds = SimultaneousRates(of: outcomes, zip(predictions.groups, judged).map { ($0.values, $1) })
        let classBounds = SimultaneousRates(of: outcomes, [(labels, classes.map { $0.count > 0 })])
        let measured = OverallMeasures(of: predictions)

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
            confusion: measured.confusion, measures: measured.measures,
            frequency: predictions.trainingCounts.map { Frequency(rule: rule, trainingCounts: $0) },
            notes: measured.notes)
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

}

/// Intervals of accuracies that hold for some groups at once.
private struct SimultaneousRates {
    /// For each column and value the interval; nil for a value that is no group.
    let intervals: [[ClosedRange<Double>?]]

    /// For each example its value, and for each value whether it is a group.
    typealias Column = (values: [Int32], isGroup: [Bool])

    /// The interval of the lowest accuracy, as `SimultaneousProportions` explains it; nil without groups.
    var minimum: ClosedRange<Double>? {
        let all = intervals.joined().compactMap { $0 }
        return all.map(\.lowerBound).min().flatMap { lower in all.map(\.upperBound).min().map { lower...$0 } }
    }

    /// The covariances of more groups than this are not worth their room, and hardly any two of them matter.
    private static let mostCovariances = 1000

    /// Measures groups.
    ///
    /// - Parameters:
    ///   - outcomes: what the runs got right.
    ///   - columns: for each column the value of each example, and for each value whether it is a group, in which case it
    ///     has examples.
    init(of outcomes: RepeatedOutcomes, _ columns: [Column]) {
        let groupCount = columns.reduce(0) { $0 + $1.isGroup.count { $0 } }
        if groupCount == 0 {
            intervals = columns.map { $0.isGroup.map { _ in nil } }
        } else if groupCount <= Self.mostCovariances {
            intervals = Self.correlated(outcomes, columns)
        } else {
            intervals = Self.bounded(outcomes, columns, groupCount: groupCount)
        }
    }

    private static func correlated(_ outcomes: RepeatedOutcomes, _ columns: [Column]) -> [[ClosedRange<Double>?]] {
        let cells = MembershipCells(
            columns: columns.map { MembershipCells.Column(values: $0.values, isGroup: $0.isGroup) },
            exampleCount: outcomes.counts.count)
        guard let shares = SimultaneousProportions(of: outcomes, in: cells) else {
            preconditionFailure("groups without examples")
        }
        var intervals = columns.map { $0.isGroup.map { _ -> ClosedRange<Double>? in nil } }
        let groups = columns.map { column in column.isGroup.indices.filter { column.isGroup[$0] } }
        for (subset, share) in zip(cells.subsets, shares.shares) {
            intervals[subset.column][groups[subset.column][Int(subset.value)]] = share.simultaneous
        }
        return intervals
    }

    /// Exact intervals at the tail that Šidák's inequality gives to each of the groups, however they overlap.
    private static func bounded(
        _ outcomes: RepeatedOutcomes, _ columns: [Column], groupCount: Int
    ) -> [[ClosedRange<Double>?]] {
        let tail = -expm1(log(0.95) / Double(groupCount)) / 2
        return columns.map { values, isGroup in
            var (sizes, right) = ([Int](repeating: 0, count: isGroup.count), [Int](repeating: 0, count: isGroup.count))
            for (value, count) in zip(values, outcomes.counts) {
                sizes[Int(value)] += 1
                right[Int(value)] += Int(count)
            }
            return isGroup.indices.map { value in
                guard isGroup[value] else { return nil }
                let found = ClopperPearson(
                    successes: Double(right[value]) / Double(outcomes.runCount), count: sizes[value], tail: tail)
                return found.lower...found.upper
            }
        }
    }
}

extension MembershipCells.Column {
    /// A column of which only some values are groups: the others become one value, which the sets leave out.
    init(values: [Int32], isGroup: [Bool]) {
        var count: Int32 = 0
        let numbers = isGroup.map { isGroup -> Int32? in
            defer { if isGroup { count += 1 } }
            return isGroup ? count : nil
        }
        let others = count
        let dense = numbers.map { $0 ?? others }
        self.init(values: values.map { dense[Int($0)] }, valueCount: Int(others) + 1, excluded: others)
    }
}
