/// What is in a dataset, as a value to print or to encode: `curate inspect` shows it.
package struct DatasetInspection: Sendable, Equatable {
    /// One class with its examples.
    package struct ClassCounts: Sendable, Equatable {
        /// The class's name.
        package let name: String
        /// Examples in training, validation and test.
        package let counts: [Int]
    }

    /// One value of a group column.
    package struct GroupValue: Sendable, Equatable {
        /// The value's name.
        package let name: String
        /// Examples with the value in training, validation and test.
        package let counts: [Int]
        /// Examples with the value in each class, over all partitions.
        package let classCounts: [Int]
        /// Examples with the value in each class, for training, validation and test.
        package let classCountsByPartition: [[Int]]
        /// Whether it is a group; otherwise it stands for the examples that belong to none of the column's.
        package let isGroup: Bool
    }

    /// One group column.
    package struct Group: Sendable, Equatable {
        /// The column's name.
        package let name: String
        /// Its values, sorted bytewise.
        package let values: [GroupValue]
    }

    /// Numbers over all features of all examples, as stored.
    package struct Values: Sendable, Equatable {
        /// The smallest.
        package let minimum: Double
        /// The largest.
        package let maximum: Double
        /// The mean.
        package let mean: Double
        /// The population standard deviation.
        package let standardDeviation: Double
    }

    /// Examples of one partition whose features are equal byte for byte.
    package struct Duplicates: Sendable, Equatable {
        /// The partition.
        package let partition: Partition
        /// Sets of equal examples.
        package let setCount: Int
        /// Examples that repeat another one: members of sets beyond each set's first.
        package let redundantCount: Int
        /// Sets whose members have different labels.
        package let conflictingSetCount: Int
        /// The names of the members of the first few sets.
        package let examples: [[String]]
    }

    /// Examples of one partition whose features also occur in another one.
    package struct Leakage: Sendable, Equatable {
        /// The partition that should be unseen.
        package let partition: Partition
        /// The partition the examples also occur in.
        package let source: Partition
        /// Examples of `partition` that occur in `source`.
        package let count: Int
        /// How many of them have a label that none of their twins in `source` has.
        package let conflictingCount: Int
        /// The first few, each with one twin in `source`.
        package let examples: [[String]]
    }

    /// What the user calls the dataset.
    package let name: String
    /// The format it was read from.
    package let format: DatasetFormat
    /// The dataset's content hash.
    package let contentHash: String
    /// Examples in training, validation and test.
    package let counts: [Int]
    /// The extents of one example.
    package let shape: FeatureMatrix.Shape
    /// How a number is stored.
    package let elementType: FeatureMatrix.ElementType
    /// The order of numbers in a row.
    package let layout: FeatureMatrix.Layout
    /// The classes in order.
    package let classes: [ClassCounts]
    /// The largest class over the smallest in training, classes without training examples left aside; nothing when
    /// fewer than two have any.
    package let imbalanceRatio: Double?
    /// The group columns.
    package let groups: [Group]
    /// Numbers over all features.
    package let values: Values
    /// The positions of numbers that are the same in all examples.
    package let constantFeatures: [Int]
    /// Duplicates in each partition that has examples.
    package let duplicates: [Duplicates]
    /// Leakage between partitions that have examples.
    package let leakage: [Leakage]
    /// Features that alone (nearly) determine the label.
    package let shortcuts: [LabelShortcut]
    /// Classes that no training example has.
    package let untrained: UntrainedClasses
    /// What the reader decided without being told.
    package let notes: [String]

    /// The most members of one set of duplicates that are named.
    private static let memberCount = 5

    /// Looks at every number of a dataset, once.
    ///
    /// - Parameters:
    ///   - dataset: what to look at.
    ///   - exampleCount: how many sets of duplicates, and how many leaked examples, are named.
    package init(of dataset: Dataset, exampleCount: Int = 5) {
        name = dataset.name
        format = dataset.format
        contentHash = dataset.contentHash
        shape = dataset.features.shape
        elementType = dataset.features.elementType
        layout = dataset.features.layout
        notes = dataset.notes
        let partitionCount = Partition.allCases.count
        var counts = [Int](repeating: 0, count: partitionCount)
        var classCounts = [[Int]](
            repeating: [Int](repeating: 0, count: partitionCount), count: dataset.classCount)
        for (label, partition) in zip(dataset.labels, dataset.partitions) {
            counts[Int(partition.rawValue)] += 1
            classCounts[Int(label)][Int(partition.rawValue)] += 1
        }
        self.counts = counts
        classes = zip(dataset.classNames, classCounts).map { ClassCounts(name: $0, counts: $1) }
        let present = classCounts.map { $0[0] }.filter { $0 > 0 }
        imbalanceRatio = present.count < 2 ? nil : Double(present.max() ?? 0) / Double(present.min() ?? 1)
        groups = dataset.groups.map { Self.group($0, in: dataset) }
        untrained = UntrainedClasses(of: dataset)
        shortcuts = LabelShortcut.found(in: dataset)

        let summary = FeatureSummary(of: dataset.features)
        values = Values(
            minimum: summary.minimum, maximum: summary.maximum, mean: summary.mean,
            standardDeviation: summary.standardDeviation)
        constantFeatures = dataset.count > 1 ? summary.constantColumns : []
        let sets = DuplicateSearch.sets(of: dataset.features, keys: summary.keys)
        let occupied = Partition.allCases.filter { counts[Int($0.rawValue)] > 0 }
        duplicates = occupied.map { Self.duplicates(in: $0, sets, dataset, exampleCount) }
        leakage = occupied.flatMap { source in
            occupied.filter { $0.rawValue > source.rawValue }.map { partition in
                Self.leakage(into: partition, from: source, sets, dataset, exampleCount)
            }
        }
    }

    private static func group(_ column: GroupColumn, in dataset: Dataset) -> Group {
        let partitionCount = Partition.allCases.count
        let none = [[Int]](repeating: [Int](repeating: 0, count: dataset.classCount), count: partitionCount)
        var counts = [[[Int]]](repeating: none, count: column.valueNames.count)
        for (index, value) in column.values.enumerated() {
            counts[Int(value)][Int(dataset.partitions[index].rawValue)][Int(dataset.labels[index])] += 1
        }
        let values = column.valueNames.indices.map { value in
            let own = counts[value]
            return GroupValue(
                name: column.valueNames[value], counts: own.map { $0.reduce(0, +) },
                classCounts: (0..<dataset.classCount).map { label in own.reduce(0) { $0 + $1[label] } },
                classCountsByPartition: own, isGroup: column.complement.map { Int($0) != value } ?? true)
        }
        return Group(name: column.name, values: values)
    }

    private static func duplicates(
        in partition: Partition, _ sets: [[Int]], _ dataset: Dataset, _ exampleCount: Int
    ) -> Duplicates {
        let own = sets.map { set in set.filter { dataset.partitions[$0] == partition } }.filter { $0.count > 1 }
        return Duplicates(
            partition: partition, setCount: own.count, redundantCount: own.reduce(0) { $0 + $1.count - 1 },
            conflictingSetCount: own.count { set in Set(set.map { dataset.labels[$0] }).count > 1 },
            examples: own.prefix(exampleCount).map { set in set.prefix(memberCount).map { dataset.ids[$0] } })
    }

    private static func leakage(
        into partition: Partition, from source: Partition, _ sets: [[Int]], _ dataset: Dataset, _ exampleCount: Int
    ) -> Leakage {
        var count = 0
        var conflictingCount = 0
        var examples: [[String]] = []
        for set in sets {
            let twins = set.filter { dataset.partitions[$0] == source }
            guard let twin = twins.first else { continue }
            let labels = Set(twins.map { dataset.labels[$0] })
            for index in set where dataset.partitions[index] == partition {
                count += 1
                if !labels.contains(dataset.labels[index]) { conflictingCount += 1 }
                if examples.count < exampleCount { examples.append([dataset.ids[index], dataset.ids[twin]]) }
            }
        }
        return Leakage(
            partition: partition, source: source, count: count, conflictingCount: conflictingCount, examples: examples)
    }
}
