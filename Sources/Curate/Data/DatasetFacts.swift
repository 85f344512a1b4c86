/// What planning needs to know of a dataset, so that it need not be read.
package struct DatasetFacts: Sendable, Equatable {
    /// The content hash.
    package let contentHash: String
    /// What it is called.
    package let name: String
    /// The extents of one example.
    package let shape: FeatureMatrix.Shape
    /// The number of classes.
    package let classCount: Int
    /// The examples of each partition, in the order of `Partition.allCases`.
    package let partitionCounts: [Int]
    /// The attributes by which results can be broken down.
    package let groupNames: [String]
    /// What tells the divisions of these attributes apart from others of the same names, in their order.
    package let groupDigests: [String]
    /// The examples of each partition whose class has no training example.
    package let untrainedCounts: [Int]
    /// What is wrong with the classes, as sentences for the user.
    package let warnings: [String]

    /// The facts of a dataset.
    package init(of dataset: Dataset) {
        contentHash = dataset.contentHash
        name = dataset.name
        shape = dataset.features.shape
        classCount = dataset.classCount
        partitionCounts = Partition.allCases.map { partition in dataset.partitions.count { $0 == partition } }
        groupNames = dataset.groups.map(\.name)
        groupDigests = dataset.groups.map(\.digest)
        let untrained = UntrainedClasses(of: dataset)
        untrainedCounts = untrained.counts
        warnings = untrained.warnings
    }

    /// Which examples some groups hold, whatever they are called; null when none are named.
    ///
    /// Products and conditions are no part of the content hash, so that what reports on groups has this in its key.
    ///
    /// - Parameter names: the groups; nil for all.
    func groupIdentity(of names: [String]? = nil) -> JSONValue {
        let chosen = zip(groupNames, groupDigests).filter { names?.contains($0.0) ?? true }.map(\.1)
        return chosen.isEmpty ? .null : .strings(chosen)
    }

    /// The number of examples in one partition.
    package func count(of partition: Partition) -> Int { partitionCounts[Int(partition.rawValue)] }

    /// Whether there are examples to evaluate on.
    package var hasHeldOutExamples: Bool { count(of: .validation) + count(of: .test) > 0 }

    /// The facts as they are stored.
    var json: JSONValue {
        [
            "contentHash": .string(contentHash), "name": .string(name),
            "shape": .array([.int(shape.height), .int(shape.width), .int(shape.channels)]),
            "classCount": .int(classCount), "partitionCounts": .array(partitionCounts.map { .int($0) }),
            "groupNames": .strings(groupNames), "groupDigests": .strings(groupDigests),
            "untrainedCounts": .array(untrainedCounts.map { .int($0) }), "warnings": .strings(warnings),
        ]
    }

    /// The facts that `json` describes; nil when it describes none.
    init?(_ json: JSONValue) {
        guard let contentHash = json["contentHash"]?.stringValue, let name = json["name"]?.stringValue,
            let extents = json["shape"]?.arrayValue?.compactMap(\.intValue), extents.count == 3,
            let classCount = json["classCount"]?.intValue,
            let counts = json["partitionCounts"]?.arrayValue?.compactMap(\.intValue),
            counts.count == Partition.allCases.count, let groups = json["groupNames"]?.arrayValue
        else { return nil }
        self.contentHash = contentHash
        self.name = name
        shape = FeatureMatrix.Shape(height: extents[0], width: extents[1], channels: extents[2])
        self.classCount = classCount
        partitionCounts = counts
        groupNames = groups.compactMap(\.stringValue)
        // An earlier version did not keep them; what it kept is read to be verified, and used no more.
        groupDigests = json["groupDigests"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let untrained = json["untrainedCounts"]?.arrayValue?.compactMap(\.intValue) ?? []
        untrainedCounts = untrained.count == counts.count ? untrained : counts.map { _ in 0 }
        warnings = json["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
}
