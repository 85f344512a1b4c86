/// The examples a pruning rule chooses from: the training examples of one dataset, and what rules may look at.
///
/// A *position* is a place in these arrays; an *index* is the example's place in its dataset. Nothing depends on the
/// order of the positions: rules see scores, labels, groups and the hashes of ids.
public struct PruningCandidates: Sendable {
    /// What the user calls the dataset.
    public let datasetName: String
    /// The content hash of the dataset.
    public let datasetHash: String
    /// For each position, the index in the dataset.
    public let indices: [Int32]
    /// The names of all examples of the dataset, subscripted by index.
    public let identifiers: ExampleIdentifiers
    /// The class of each position.
    public let labels: [Int32]
    /// The name of each class.
    public let classNames: [String]
    /// Attributes of the positions.
    public let groups: [GroupColumn]

    /// The number of candidates.
    public var count: Int { indices.count }

    /// Gathers the training examples of a dataset, or some of them.
    ///
    /// - Parameters:
    ///   - dataset: the dataset.
    ///   - chosen: the indices of training examples, ascending; nil for all of them.
    public init(dataset: Dataset, indices chosen: [Int]? = nil) {
        let indices = (chosen ?? dataset.indices(of: .train)).map { Int32($0) }
        self.init(
            datasetName: dataset.name, datasetHash: dataset.contentHash, indices: indices, identifiers: dataset.ids,
            labels: indices.map { dataset.labels[Int($0)] }, classNames: dataset.classNames,
            groups: dataset.groups.map { group in
                GroupColumn(
                    name: group.name, valueNames: group.valueNames, values: indices.map { group.values[Int($0)] })
            })
    }

    /// Assembles candidates from columns that agree.
    ///
    /// - Precondition: one label and one group value per index, labels have names, indices have ids.
    public init(
        datasetName: String, datasetHash: String, indices: [Int32], identifiers: ExampleIdentifiers, labels: [Int32],
        classNames: [String], groups: [GroupColumn] = []
    ) {
        precondition(labels.count == indices.count, "one label per example")
        precondition(groups.allSatisfy { $0.values.count == indices.count }, "one group value per example")
        let classes = Int32(classNames.count)
        precondition(labels.allSatisfy { $0 >= 0 && $0 < classes }, "a label without a class name")
        let ids = Int32(identifiers.count)
        precondition(indices.allSatisfy { $0 >= 0 && $0 < ids }, "an index without an id")
        self.datasetName = datasetName
        self.datasetHash = datasetHash
        self.indices = indices
        self.identifiers = identifiers
        self.labels = labels
        self.classNames = classNames
        self.groups = groups
    }

    /// The name of the example at a position.
    public func id(at position: Int) -> String { identifiers[Int(indices[position])] }

    /// The mixed bits of the name at a position: what ties are broken and random draws are keyed by.
    func hash(at position: Int) -> UInt64 { identifiers.hash(at: Int(indices[position])) }

    /// The position of each name.
    func positionsByID() -> [String: Int32] {
        var positions: [String: Int32] = [:]
        positions.reserveCapacity(count)
        for position in 0..<count { positions[id(at: position)] = Int32(truncatingIfNeeded: position) }
        return positions
    }

    /// The position of each example of the dataset, by index; -1 where it is no candidate.
    func positionsByIndex() -> [Int32] {
        var positions = [Int32](repeating: -1, count: identifiers.count)
        for (position, index) in indices.enumerated() { positions[Int(index)] = Int32(truncatingIfNeeded: position) }
        return positions
    }

    /// How many candidates each class has.
    public var classCounts: [Int] { Self.counts(of: labels, valueCount: classNames.count) }

    /// How often each value occurs.
    static func counts(of values: [Int32], valueCount: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: valueCount)
        for value in values { counts[Int(value)] += 1 }
        return counts
    }
}
