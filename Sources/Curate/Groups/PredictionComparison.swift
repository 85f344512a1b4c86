/// How runs of two sorts differ on the same examples, over all and by group, with intervals of pairs.
///
/// A change is the second minus the first. Both are compared example by example, so what is hard for both cancels: the
/// intervals are much narrower than those of the accuracies, and two accuracies whose intervals overlap may differ surely.
package struct PredictionComparison: Sendable, Equatable {
    /// How the two differ on some examples.
    package struct Change: Sendable, Equatable {
        /// What the examples are called: `all`, or a group's full name.
        package let name: String
        /// The number of examples.
        package let count: Int
        /// The accuracy of the first, the mean over its runs.
        package let first: Double
        /// The accuracy of the second.
        package let second: Double
        /// The 95 % interval of the change of these examples alone.
        package let interval: ClosedRange<Double>
        /// The interval that holds for all groups at once; nil for all examples together.
        package let simultaneous: ClosedRange<Double>?
        /// Whether one run is better than another; nil for several runs of either.
        package let test: McNemarTest?
        /// How the losses differ; nil when they are not known of all runs.
        package let losses: LossChange?

        /// The second minus the first.
        package var change: Double { second - first }

        /// Whether the change is not 0, with 95 % confidence for all groups at once.
        package var isSure: Bool { !(simultaneous ?? interval).contains(0) }
    }

    /// How the worst groups differ, whichever they are.
    package struct WorstChange: Sendable, Equatable {
        /// The full name of the first's worst group.
        package let firstName: String
        /// Its accuracy.
        package let first: Double
        /// The full name of the second's worst group.
        package let secondName: String
        /// Its accuracy.
        package let second: Double
        /// The 95 % interval of the change.
        package let interval: ClosedRange<Double>

        /// The second's worst minus the first's worst.
        package var change: Double { second - first }
    }

    /// A group that was left out.
    package struct SmallGroup: Sendable, Equatable {
        /// Its full name.
        package let name: String
        /// The number of its examples.
        package let count: Int
    }

    /// What the user calls the first.
    package let firstName: String
    /// What the user calls the second.
    package let secondName: String
    /// The part of the dataset; nil when nothing says it.
    package let partition: Partition?
    /// The number of runs of the first.
    package let firstRunCount: Int
    /// The number of runs of the second.
    package let secondRunCount: Int
    /// All examples.
    package let overall: Change
    /// The groups of at least `minimumGroupSize` examples, in the order of the columns and their values.
    package let groups: [Change]
    /// Groups that have fewer examples.
    package let leftOut: [SmallGroup]
    /// The worst groups; nil without groups.
    package let worst: WorstChange?
    /// Groups of fewer examples were left out.
    package let minimumGroupSize: Int

    /// The covariances of more groups take too much room.
    private static let mostGroups = 1000

    /// Compares runs of two sorts.
    ///
    /// - Parameters:
    ///   - first: predictions.
    ///   - second: predictions for the same examples, in the same order.
    ///   - minimumGroupSize: groups of fewer examples are left out, at least 1.
    /// - Throws: `CurateError(.usage)` when there are no examples, or too many groups.
    /// - Precondition: labels, classes and groups are the same.
    package init(_ first: Predictions, _ second: Predictions, minimumGroupSize: Int = 1) throws {
        precondition(first.labels == second.labels && first.groups == second.groups, "predictions of the same examples")
        guard first.count > 0 else {
            throw CurateError(.usage, "there are no examples to compare on", remedy: "choose a part with `on`")
        }
        let before = RepeatedOutcomes(of: first.runs.map(\.classes), labels: first.labels)
        let after = RepeatedOutcomes(of: second.runs.map(\.classes), labels: second.labels)
        let losses = first.meanLosses.flatMap { own in second.meanLosses.map { (first: own, second: $0) } }
        func lossChange(_ isIn: (Int) -> Bool) -> LossChange? {
            losses.flatMap { losses in
                let chosen = first.labels.indices.filter(isIn)
                return LossChange(first: chosen.map { losses.first[$0] }, second: chosen.map { losses.second[$0] })
            }
        }
        var lossChanges: [LossChange?] = []
        var names: [String] = []
        var leftOut: [SmallGroup] = []
        let columns = first.groups.map { column in
            var counts = [Int](repeating: 0, count: column.valueNames.count)
            for value in column.values { counts[Int(value)] += 1 }
            let isGroup = counts.indices.map { counts[$0] >= minimumGroupSize && column.complement != Int32($0) }
            for value in counts.indices where column.complement != Int32(value) {
                let name = Evaluation.fullName(column: column.name, value: column.valueNames[value])
                if isGroup[value] {
                    names.append(name)
                    lossChanges.append(lossChange { column.values[$0] == Int32(value) })
                } else {
                    leftOut.append(SmallGroup(name: name, count: counts[value]))
                }
            }
            return MembershipCells.Column(values: column.values, isGroup: isGroup)
        }
        guard names.count <= Self.mostGroups else {
            throw CurateError(
                .usage, "there are \(names.count) groups, more than can be compared together",
                remedy: "define fewer with `group`, or leave small ones out with `minGroup`")
        }
        let cells = MembershipCells(columns: columns, exampleCount: first.count)
        let whole = MembershipCells(
            columns: [MembershipCells.Column(values: [Int32](repeating: 0, count: first.count), valueCount: 1)],
            exampleCount: first.count)
        func changes(
            _ cells: MembershipCells, _ names: [String], _ losses: [LossChange?], together: Bool
        ) -> [Change] {
            guard let found = SimultaneousDifferences(of: after, minus: before, in: cells) else { return [] }
            let isPair = first.runs.count == 1 && second.runs.count == 1
            let tests: [McNemarTest?] =
                isPair
                ? McNemarTest.tests(
                    first: first.runs[0].classes, second: second.runs[0].classes, labels: first.labels, in: cells)
                : cells.subsets.map { _ in nil }
            return zip(zip(names, found.differences), zip(tests, losses)).map { named, others in
                Change(
                    name: named.0, count: named.1.count, first: named.1.second, second: named.1.first,
                    interval: named.1.pointwise, simultaneous: together ? named.1.simultaneous : nil, test: others.0,
                    losses: others.1)
            }
        }
        overall = changes(whole, ["all"], [lossChange { _ in true }], together: false)[0]
        let groups = changes(cells, names, lossChanges, together: true)
        self.groups = groups
        worst = MinimumDifference(of: after, minus: before, in: cells).map { found in
            let (own, others) = (found.lowestOfSecond, found.lowestOfFirst)
            return WorstChange(
                firstName: names[own], first: groups[own].first, secondName: names[others],
                second: groups[others].second, interval: found.interval)
        }
        (firstName, secondName, partition) = (first.name, second.name, first.partition)
        (firstRunCount, secondRunCount) = (first.runs.count, second.runs.count)
        self.leftOut = leftOut
        self.minimumGroupSize = minimumGroupSize
    }
}

extension PredictionComparison {
    /// The comparison for people's programs.
    package var json: JSONValue {
        [
            "first": .string(firstName), "second": .string(secondName), "partition": .optional(partition?.name),
            "firstRuns": .int(firstRunCount), "secondRuns": .int(secondRunCount), "minGroup": .int(minimumGroupSize),
            "all": overall.json, "groups": .array(groups.map(\.json)),
            "leftOut": .array(leftOut.map { ["name": .string($0.name), "count": .int($0.count)] }),
            "worst": worst.map { worst in
                [
                    "firstName": .string(worst.firstName), "first": .double(worst.first),
                    "secondName": .string(worst.secondName), "second": .double(worst.second),
                    "change": .double(worst.change), "interval": .interval(worst.interval),
                ]
            } ?? .null,
        ]
    }
}

extension PredictionComparison.Change {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "count": .int(count), "first": .double(first), "second": .double(second),
            "change": .double(change), "interval": .interval(interval), "simultaneous": .interval(simultaneous),
            "mcNemar": test.map { test in
                [
                    "onlyFirst": .int(test.onlyFirst), "onlySecond": .int(test.onlySecond),
                    "p": .double(test.probability), "method": .string(test.method.rawValue),
                ]
            } ?? .null, "losses": losses?.json ?? .null,
        ]
    }
}
