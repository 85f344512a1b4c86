/// What some runs predicted for the same examples, with what is known of these: what evaluations and comparisons are of.
///
/// It does not matter who trained: the `evaluate` stage makes it of runs in a store, `PredictionTable` of a file.
package struct Predictions: Sendable {
    /// What one run predicted.
    package struct Run: Sendable, Equatable {
        /// The seed of the run, or its number when nobody knows the seed.
        package let seed: UInt64
        /// The predicted class of each example.
        package let classes: [Int32]
        /// The probability of each class, [examples][classes]; nil when only the predicted class is known.
        package let probabilities: [Float]?
        /// The cross-entropy of each example, natural logarithm; nil without probabilities.
        package let losses: [Float]?

        /// Describes a run.
        package init(seed: UInt64, classes: [Int32], probabilities: [Float]? = nil, losses: [Float]? = nil) {
            self.seed = seed
            self.classes = classes
            self.probabilities = probabilities
            self.losses = losses
        }
    }

    /// What the user calls them: a file, or the name of the dataset.
    package let name: String
    /// The part of the dataset that the examples are from; nil when nothing says it.
    package let partition: Partition?
    /// The class of each example.
    package let labels: [Int32]
    /// The name of each class.
    package let classNames: [String]
    /// The name of each example; nil when they have none but their place.
    package let ids: [String]?
    /// Attributes of these examples.
    package let groups: [GroupColumn]
    /// For each column of `groups` and each of its values the number of examples in train, validation and test, whether
    /// predicted or not; nil when only predicted examples are known.
    package let populations: [[[Int]]]?
    /// The number of training examples of each class; nil when it is not known what was trained on.
    package let trainingCounts: [Int]?
    /// The runs, at least one.
    package let runs: [Run]

    /// The number of examples.
    package var count: Int { labels.count }

    /// Gathers predictions.
    ///
    /// - Precondition: counts agree, labels and predictions have class names, and there is at least one run.
    package init(
        name: String, partition: Partition?, labels: [Int32], classNames: [String], ids: [String]? = nil,
        groups: [GroupColumn], populations: [[[Int]]]? = nil, trainingCounts: [Int]? = nil, runs: [Run]
    ) {
        precondition(
            !runs.isEmpty && runs.allSatisfy { $0.classes.count == labels.count }, "one prediction per example")
        precondition(groups.allSatisfy { $0.values.count == labels.count }, "one group value per example")
        precondition(ids?.count ?? labels.count == labels.count, "one name per example")
        precondition(populations?.count ?? groups.count == groups.count, "populations of each column")
        precondition(trainingCounts?.count ?? classNames.count == classNames.count, "a number for each class")
        for run in runs {
            precondition(run.losses?.count ?? labels.count == labels.count, "one loss per example")
            precondition(
                run.probabilities?.count ?? labels.count * classNames.count == labels.count * classNames.count,
                "one probability per example and class")
        }
        self.name = name
        self.partition = partition
        self.labels = labels
        self.classNames = classNames
        self.ids = ids
        self.groups = groups
        self.populations = populations
        self.trainingCounts = trainingCounts
        self.runs = runs
    }
}

extension Predictions {
    /// The same with the number of training examples of each class.
    ///
    /// - Precondition: there is one for each class.
    package func with(trainingCounts: [Int]) -> Predictions {
        Predictions(
            name: name, partition: partition, labels: labels, classNames: classNames, ids: ids, groups: groups,
            populations: populations, trainingCounts: trainingCounts, runs: runs)
    }
}

extension Predictions.Run {
    /// A run of which the logits are known.
    ///
    /// - Parameters:
    ///   - seed: the seed of the run.
    ///   - logits: raw logits, a row per example, of at least two classes.
    ///   - labels: the class of each example.
    package init(seed: UInt64, logits: ExampleRows, labels: [Int32]) {
        precondition(logits.count == labels.count, "one row per example")
        var (classes, losses) = ([Int32](), [Float]())
        classes.reserveCapacity(labels.count)
        losses.reserveCapacity(labels.count)
        logits.values.withUnsafeBufferPointer { values in
            guard let first = values.baseAddress else { return }
            for (example, label) in labels.enumerated() {
                let metrics = LogitMetrics(
                    logits: first + example * logits.width, count: logits.width, label: Int(label))
                classes.append(metrics.prediction)
                losses.append(metrics.loss)
            }
        }
        // Of logits that are not finite there are no probabilities; the largest is still a prediction.
        let isFinite = losses.allSatisfy(\.isFinite)
        self.init(
            seed: seed, classes: classes, probabilities: isFinite ? logits.softmax : nil,
            losses: isFinite ? losses : nil)
    }
}

extension GroupColumn {
    /// How many examples of each part each value has: [values][train, validation, test].
    ///
    /// - Parameter partitions: the part of each example of the column.
    package func populations(_ partitions: [Partition]) -> [[Int]] {
        precondition(partitions.count == values.count, "one part per example")
        var counts = [[Int]](
            repeating: [Int](repeating: 0, count: Partition.allCases.count), count: valueNames.count)
        for (value, partition) in zip(values, partitions) { counts[Int(value)][Int(partition.rawValue)] += 1 }
        return counts
    }
}
