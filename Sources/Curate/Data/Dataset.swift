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
