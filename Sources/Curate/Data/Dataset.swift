/// Labelled data with stable identities: what every other noun of the library refers to.
///
/// Examples of all partitions live in one index space, in the order of the files: training first, then validation,
/// then test. An example set aside for validation later keeps its place and name among the training examples; only
/// its entry in `partitions` changes. Features stay where they came from (memory or a mapped file) until a batch
/// asks for them.
public struct Dataset: Sendable {
    /// What the user calls it: the last component of its path.
    public let name: String
    /// The format it was read from.
    public let format: DatasetFormat
    /// Pixels or numbers, and how to reach one example's row.
    public let features: FeatureMatrix
    /// The class of each example, in 0..<classNames.count.
    public let labels: [Int32]
    /// The name of each class; digits when the input has no names.
    public let classNames: [String]
    /// The part of the dataset each example belongs to.
    public let partitions: [Partition]
    /// The name of each example, unique and stable under reordering where the input allows it.
    public let ids: ExampleIdentifiers
    /// Attributes by which results can be broken down (sex, background, source); empty when there are none.
    public let groups: [GroupColumn]
    /// SHA-256 over shape, features, labels, partitions, ids, class names and groups, in hexadecimal.
    public let contentHash: String
    /// What the reader decided without being told, as sentences for the user ("12 rows without a label left out").
    public let notes: [String]

    /// The number of examples in all partitions.
    public var count: Int { labels.count }

    /// The number of classes.
    public var classCount: Int { classNames.count }

    /// The indices of one partition, ascending.
    public func indices(of partition: Partition) -> [Int] {
        partitions.indices.filter { partitions[$0] == partition }
    }

    /// Assembles a dataset from parts that a reader has checked.
    ///
    /// - Precondition: labels, partitions, ids, groups and features agree in count, and labels are in range.
    public init(
        name: String, format: DatasetFormat, features: FeatureMatrix, labels: [Int32], classNames: [String],
        partitions: [Partition], ids: ExampleIdentifiers, groups: [GroupColumn], contentHash: String, notes: [String]
    ) {
        precondition(labels.count == features.count && partitions.count == labels.count, "mismatched counts")
        precondition(ids.count == labels.count && groups.allSatisfy { $0.values.count == labels.count })
        self.name = name
        self.format = format
        self.features = features
        self.labels = labels
        self.classNames = classNames
        self.partitions = partitions
        self.ids = ids
        self.groups = groups
        self.contentHash = contentHash
        self.notes = notes
    }
}

/// The formats a dataset can be read from; the raw value is what `--format` takes.
public enum DatasetFormat: String, Sendable, CaseIterable {
    /// A directory of MNIST-style IDX files, gzipped or not.
    case idx
    /// A directory of CIFAR-10 binary batches.
    case cifar10
    /// A directory of CIFAR-100 binary batches.
    case cifar100
    /// A directory or pair of NumPy arrays.
    case npy
    /// One NumPy archive.
    case npz
    /// Comma-separated values, gzipped or not.
    case csv
    /// A directory of PNG and JPEG files, sorted by directories or listed in `metadata.csv`.
    case imageFolder = "imagefolder"
}

/// The part of a dataset an example belongs to.
public enum Partition: UInt8, Sendable, CaseIterable {
    /// Trained on and scored.
    case train = 0
    /// Looked at while choosing.
    case validation = 1
    /// Looked at once.
    case test = 2

    /// The name users type and read.
    public var name: String {
        switch self {
        case .train: "train"
        case .validation: "validation"
        case .test: "test"
        }
    }
}

extension Partition {
    /// The part that a word of a table or a directory means, in any case; nothing for other words.
    package init?(word: String) {
        switch word.lowercased() {
        case "train", "training": self = .train
        case "val", "valid", "validation", "dev": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }
}

/// One attribute of every example, as an index into its value names.
public struct GroupColumn: Sendable, Equatable {
    /// The column's name in the input.
    public let name: String
    /// The names of the values, sorted bytewise.
    public let valueNames: [String]
    /// For each example, an index into `valueNames`.
    public let values: [Int32]

    /// Makes a column.
    public init(name: String, valueNames: [String], values: [Int32]) {
        self.name = name
        self.valueNames = valueNames
        self.values = values
    }
}

/// The names of the examples, kept as a rule when they follow one, so that ten million need no ten million strings.
public enum ExampleIdentifiers: Sendable, Equatable {
    /// `train/0`, `train/1`, ..., `test/0`: partition name and position within the partition's run of the files.
    case positional(partitionCounts: [Int])
    /// Names the input carried.
    case named([String])

    /// The number of names.
    public var count: Int {
        switch self {
        case .positional(let counts): counts.reduce(0, +)
        case .named(let names): names.count
        }
    }

    /// The name of one example.
    ///
    /// For positional names the examples are in the files' partition order (train, validation, test), as `Dataset`
    /// promises; an example carved out of training for validation is still called `train/17`.
    public subscript(index: Int) -> String {
        switch self {
        case .named(let names): return names[index]
        case .positional(let counts):
            var position = index
            for (partition, count) in zip(Partition.allCases, counts) {
                if position < count { return "\(partition.name)/\(position)" }
                position -= count
            }
            preconditionFailure("example \(index) is beyond the last one")
        }
    }
}
