/// Labelled data with stable identities: what every other noun of the library refers to.
///
/// Examples of all partitions live in one index space, in the order of the files: training first, then validation,
/// then test. An example set aside for validation later keeps its place and name among the training examples; only
/// its entry in `partitions` changes. Features stay where they came from (memory or a mapped file) until a batch
/// asks for them.
package struct Dataset: Sendable {
    /// What the user calls it: the last component of its path.
    package let name: String
    /// The format it was read from.
    package let format: DatasetFormat
    /// Pixels or numbers, and how to reach one example's row.
    package let features: FeatureMatrix
    /// The class of each example, in 0..<classNames.count.
    package let labels: [Int32]
    /// The name of each class; digits when the input has no names.
    package let classNames: [String]
    /// The part of the dataset each example belongs to.
    package let partitions: [Partition]
    /// The name of each example, unique and stable under reordering where the input allows it.
    package let ids: ExampleIdentifiers
    /// Attributes by which results can be broken down (sex, background, source); empty when there are none.
    package internal(set) var groups: [GroupColumn]
    /// What the input calls the column of classes; nil when it has no such column.
    package internal(set) var labelName: String?
    /// The features as the input names them, for tables of single-precision numbers; empty for other data.
    package internal(set) var columns: [FeatureColumn] = []
    /// SHA-256 over shape, features, labels, partitions, ids, class names and groups, in hexadecimal.
    package let contentHash: String
    /// What the reader decided without being told, as sentences for the user ("12 rows without a label left out").
    package let notes: [String]

    /// The number of examples in all partitions.
    package var count: Int { labels.count }

    /// The number of classes.
    package var classCount: Int { classNames.count }

    /// The indices of one partition, ascending.
    package func indices(of partition: Partition) -> [Int] {
        partitions.indices.filter { partitions[$0] == partition }
    }

    /// Assembles a dataset from parts that a reader has checked.
    ///
    /// - Precondition: labels, partitions, ids, groups and features agree in count, and labels are in range.
    package init(
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

/// Sentences of a reader about its decisions.
package enum DatasetNote {
    private static let mark = "warning: "

    /// What a note warns of; nil when it only says what was decided.
    package static func warning(_ note: String) -> String? {
        note.hasPrefix(mark) ? String(note.dropFirst(mark.count)) : nil
    }
}
