/// What is known about some examples of one dataset, column by column: what scores are of and rules choose from.
///
/// A *position* is a place in these arrays; an *index* is the example's place in its dataset. Ids, labels and groups
/// travel along, so that a file of scores or a split is of use without the dataset beside it.
package struct ExampleTable: Sendable {
    /// What the user calls the dataset.
    package let datasetName: String
    /// The content hash of the dataset; nil when there is none, as for logits from elsewhere.
    package let datasetHash: String?
    /// For each position, the index in the dataset.
    package let indices: [Int32]
    /// The names of all examples of the dataset, subscripted by index.
    package let identifiers: ExampleIdentifiers
    /// The class of each position.
    package let labels: [Int32]
    /// The name of each class.
    package let classNames: [String]
    /// The part of the dataset each position belongs to.
    package let partitions: [Partition]
    /// The predicted class of each position, when known.
    package let predictions: [Int32]?
    /// Attributes of the positions.
    package let groups: [GroupColumn]

    /// The number of examples.
    package var count: Int { indices.count }

    /// Gathers what a dataset knows about some of its examples.
    ///
    /// - Parameters:
    ///   - dataset: the dataset.
    ///   - chosen: the indices of the examples, in the order of the positions; nil for all training examples.
    ///   - predictions: the predicted class of each.
    package init(dataset: Dataset, indices chosen: [Int]? = nil, predictions: [Int32]? = nil) {
        let indices = chosen ?? dataset.indices(of: .train)
        self.init(
            datasetName: dataset.name, datasetHash: dataset.contentHash, indices: indices.map { Int32($0) },
            identifiers: dataset.ids, labels: indices.map { dataset.labels[$0] }, classNames: dataset.classNames,
            partitions: indices.map { dataset.partitions[$0] }, predictions: predictions,
            groups: dataset.groups.map { $0.column(of: indices) })
    }

    /// Assembles a table from columns that agree; without partitions the examples are trained on.
    ///
    /// - Precondition: one label, partition, prediction and group value per index; labels and predictions have names,
    ///   indices have ids.
    package init(
        datasetName: String, datasetHash: String?, indices: [Int32], identifiers: ExampleIdentifiers, labels: [Int32],
        classNames: [String], partitions: [Partition]? = nil, predictions: [Int32]? = nil, groups: [GroupColumn] = []
    ) {
        let count = indices.count
        precondition(
            labels.count == count && partitions?.count ?? count == count, "one label and partition per example")
        precondition(predictions?.count ?? count == count, "one prediction per example")
        precondition(groups.allSatisfy { $0.values.count == count }, "one group value per example")
        let classes = Int32(classNames.count)
        precondition(labels.allSatisfy { $0 >= 0 && $0 < classes }, "a label without a class name")
        precondition(predictions?.allSatisfy { $0 >= 0 && $0 < classes } ?? true, "a prediction without a class name")
        let ids = Int32(identifiers.count)
        precondition(indices.allSatisfy { $0 >= 0 && $0 < ids }, "an index without an id")
        self.datasetName = datasetName
        self.datasetHash = datasetHash
        self.indices = indices
        self.identifiers = identifiers
        self.labels = labels
        self.classNames = classNames
        self.partitions = partitions ?? [Partition](repeating: .train, count: count)
        self.predictions = predictions
        self.groups = groups
    }

    /// The name of the example at a position.
    package func id(at position: Int) -> String { identifiers[Int(indices[position])] }

    /// The name of the class of the example at a position.
    package func className(at position: Int) -> String { classNames[Int(labels[position])] }

    /// The tie-break order of these examples.
    package func tieBreaker() -> TieBreaker { TieBreaker(ids: identifiers, indices: indices.map { Int($0) }) }

    /// The mixed bits of the name at a position: what ties are broken and random draws are keyed by.
    func hash(at position: Int) -> UInt64 { identifiers.hash(at: Int(indices[position])) }

    /// The position of each name.
    func positionsByID() -> [String: Int32] {
        var positions: [String: Int32] = [:]
        positions.reserveCapacity(count)
        for position in 0..<count { positions[id(at: position)] = Int32(truncatingIfNeeded: position) }
        return positions
    }

    /// The position of each example of the dataset, by index; -1 where the table does not have it.
    func positionsByIndex() -> [Int32] {
        var positions = [Int32](repeating: -1, count: identifiers.count)
        for (position, index) in indices.enumerated() { positions[Int(index)] = Int32(truncatingIfNeeded: position) }
        return positions
    }

    /// How many examples each class has.
    package var classCounts: [Int] { Self.counts(of: labels, valueCount: classNames.count) }

    /// The share of each class that some predictions get right; 1 where a class has no examples.
    ///
    /// - Precondition: there is one prediction per position.
    package func recalls(of predictions: [Int32]) -> [Double] {
        precondition(predictions.count == count, "one prediction per example")
        var right = [Int](repeating: 0, count: classNames.count)
        for (predicted, label) in zip(predictions, labels) where predicted == label { right[Int(label)] += 1 }
        return zip(right, classCounts).map { $1 > 0 ? Double($0) / Double($1) : 1 }
    }

    /// How often each value occurs.
    static func counts(of values: [Int32], valueCount: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: valueCount)
        for value in values { counts[Int(value)] += 1 }
        return counts
    }
}
