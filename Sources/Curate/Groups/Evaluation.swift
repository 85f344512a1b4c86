/// How well some runs predict held-out examples: over all, by class and by group, each number with its uncertainty.
///
/// A pure function of stored predictions. There are two kinds of uncertainty, and both are given: the standard deviation
/// says how much training again with another seed changes a number, the interval how much other examples of the same
/// kind would.
package struct Evaluation: Sendable, Equatable {
    /// A share of examples that were predicted right, over the runs.
    package struct Rate: Sendable, Equatable {
        /// What the examples have in common: the name of a class or of a group's value.
        package let name: String
        /// The number of examples.
        package let count: Int
        /// How many of them each run predicted right, in the order of the seeds.
        package let correctCounts: [Int]

        /// Makes a rate of counts.
        package init(name: String, count: Int, correctCounts: [Int]) {
            precondition(correctCounts.allSatisfy { (0...count).contains($0) }, "more right than there are")
            self.name = name
            self.count = count
            self.correctCounts = correctCounts
        }

        /// The mean over the runs; nil when there are no examples.
        package var mean: Double? {
            guard count > 0, !correctCounts.isEmpty else { return nil }
            return Double(correctCounts.reduce(0, +)) / Double(correctCounts.count) / Double(count)
        }

        /// The standard deviation over the runs, divisor n - 1; nil for fewer than two runs or no examples.
        package var standardDeviation: Double? {
            guard correctCounts.count > 1, let mean else { return nil }
            return Moments(of: correctCounts.map { Double($0) / Double(count) }, mean: mean).standardDeviation
        }

        /// The 95 % interval of the mean; nil when there are no examples.
        ///
        /// It is that of one test set of this size: the runs share their examples, so more runs do not make it narrower.
        package var interval: WilsonInterval? {
            mean.map { WilsonInterval(proportion: $0, count: count) }
        }
    }

    /// The rates of one group column.
    package struct Breakdown: Sendable, Equatable {
        /// The column's name.
        package let name: String
        /// The rate of each value, in the order of the values' names; values without examples are left out.
        package let values: [Rate]

        /// The value with the lowest mean, the first among equals.
        package var worst: Rate? { values.min { ($0.mean ?? 1) < ($1.mean ?? 1) } }

        /// The mean over the values, each counting the same whatever its size.
        package var meanOfValues: Double? {
            let means = values.compactMap(\.mean)
            return means.isEmpty ? nil : means.reduce(0, +) / Double(means.count)
        }
    }

    /// The part of the dataset that was predicted.
    package let partition: Partition
    /// The seeds of the runs.
    package let seeds: [UInt64]
    /// The accuracy over all examples.
    package let accuracy: Rate
    /// The recall of each class, in class order.
    package let classes: [Rate]
    /// The accuracies by the values of each group column.
    package let groups: [Breakdown]
    /// How often each class (row) was predicted as each (column), summed over the runs.
    package let confusion: [[Int]]

    /// The mean recall over the classes that have examples, each counting the same; nil when none has.
    package var meanOfClasses: Double? { Breakdown(name: "", values: classes.filter { $0.count > 0 }).meanOfValues }

    /// Compares predictions with labels.
    ///
    /// - Parameters:
    ///   - partition: the part of the dataset the examples are from.
    ///   - seeds: the seed of each run, at least one.
    ///   - predictions: for each run the class predicted for each example.
    ///   - labels: the class of each example.
    ///   - classNames: the name of each class.
    ///   - groups: attributes of these examples.
    /// - Precondition: counts agree, and labels and predictions have class names.
    package init(
        of predictions: [[Int32]], on partition: Partition, seeds: [UInt64], labels: [Int32], classNames: [String],
        groups: [GroupColumn]
    ) {
        precondition(!seeds.isEmpty && predictions.count == seeds.count, "one row of predictions per seed")
        precondition(predictions.allSatisfy { $0.count == labels.count }, "one prediction per example")
        precondition(groups.allSatisfy { $0.values.count == labels.count }, "one group value per example")
        self.partition = partition
        self.seeds = seeds
        func rate(_ name: String, where isMember: (Int) -> Bool) -> Rate {
            let members = labels.indices.filter(isMember)
            return Rate(
                name: name, count: members.count,
                correctCounts: predictions.map { run in members.count { run[$0] == labels[$0] } })
        }
        accuracy = rate("all") { _ in true }
        classes = classNames.enumerated().map { label, name in rate(name) { labels[$0] == Int32(label) } }
        self.groups = groups.map { group in
            let values = group.valueNames.enumerated().map { value, name in
                rate(name) { group.values[$0] == Int32(value) }
            }
            return Breakdown(name: group.name, values: values.filter { $0.count > 0 })
        }
        var confusion = [[Int]](repeating: [Int](repeating: 0, count: classNames.count), count: classNames.count)
        for run in predictions {
            for (label, prediction) in zip(labels, run) { confusion[Int(label)][Int(prediction)] += 1 }
        }
        self.confusion = confusion
    }

    /// An evaluation from its parts.
    init(
        partition: Partition, seeds: [UInt64], accuracy: Rate, classes: [Rate], groups: [Breakdown], confusion: [[Int]]
    ) {
        self.partition = partition
        self.seeds = seeds
        self.accuracy = accuracy
        self.classes = classes
        self.groups = groups
        self.confusion = confusion
    }
}
