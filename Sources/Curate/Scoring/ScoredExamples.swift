/// What is known about the examples a score table is about, in the order of its columns.
///
/// Scores travel with ids, labels and groups, so that a file of them is of use without the dataset beside it.
public struct ScoredExamples: Sendable {
    /// The index of each example in its dataset.
    public let indices: [Int]
    /// The names of the dataset's examples; subscripted by `indices`.
    public let identifiers: ExampleIdentifiers
    /// The class of each example.
    public let labels: [Int32]
    /// The name of each class.
    public let classNames: [String]
    /// The part of the dataset each example belongs to.
    public let partitions: [Partition]
    /// The predicted class of each example, when known.
    public let predictions: [Int32]?
    /// Attributes of the examples.
    public let groups: [GroupColumn]
    /// The content hash of the dataset, when there is one.
    public let datasetHash: String?

    /// The number of examples.
    public var count: Int { indices.count }

    /// Gathers what a dataset knows about some of its examples.
    public init(dataset: Dataset, indices: [Int], predictions: [Int32]? = nil) {
        self.init(
            indices: indices, identifiers: dataset.ids, labels: indices.map { dataset.labels[$0] },
            classNames: dataset.classNames, partitions: indices.map { dataset.partitions[$0] },
            predictions: predictions,
            groups: dataset.groups.map { group in
                GroupColumn(
                    name: group.name, valueNames: group.valueNames, values: indices.map { group.values[$0] })
            }, datasetHash: dataset.contentHash)
    }

    /// Assembles a description from columns that are already in the order of the scores.
    ///
    /// - Precondition: counts agree, and labels and predictions have class names.
    public init(
        indices: [Int], identifiers: ExampleIdentifiers, labels: [Int32], classNames: [String],
        partitions: [Partition], predictions: [Int32]? = nil, groups: [GroupColumn] = [], datasetHash: String? = nil
    ) {
        let count = indices.count
        precondition(labels.count == count && partitions.count == count, "one label and partition per example")
        precondition(predictions == nil || predictions?.count == count, "one prediction per example")
        precondition(groups.allSatisfy { $0.values.count == count }, "one group value per example")
        precondition(indices.allSatisfy { $0 >= 0 && $0 < identifiers.count }, "an index without an id")
        let classes = Int32(classNames.count)
        precondition(labels.allSatisfy { $0 >= 0 && $0 < classes }, "a label without a class name")
        precondition(predictions?.allSatisfy { $0 >= 0 && $0 < classes } ?? true, "a prediction without a class name")
        self.indices = indices
        self.identifiers = identifiers
        self.labels = labels
        self.classNames = classNames
        self.partitions = partitions
        self.predictions = predictions
        self.groups = groups
        self.datasetHash = datasetHash
    }

    /// The name of the example at a position of the score columns.
    public func id(at position: Int) -> String { identifiers[indices[position]] }

    /// The name of the class of the example at a position.
    public func className(at position: Int) -> String { classNames[Int(labels[position])] }

    /// The tie-break order of these examples.
    public func tieBreaker() -> TieBreaker { TieBreaker(ids: identifiers, indices: indices) }

    /// The class that most runs predict on the clean pass of an epoch, the lowest among equals.
    ///
    /// Nil when no run recorded its predictions at that epoch; runs that did not are left out.
    public static func majorityPredictions(of logs: [DynamicsLog], epoch: Int) -> [Int32]? {
        let columns = logs.compactMap { $0[.cleanPrediction, epoch: epoch] }
        guard let first = columns.first, columns.allSatisfy({ $0.count == first.count }) else { return nil }
        return first.indices.map { i in
            var best = first[i]
            var bestVotes = 0
            for column in columns {
                let votes = columns.reduce(0) { $0 + ($1[i] == column[i] ? 1 : 0) }
                if votes > bestVotes || (votes == bestVotes && column[i] < best) {
                    (best, bestVotes) = (column[i], votes)
                }
            }
            return Int32(best)
        }
    }
}
