/// What a reader found, before it is a dataset: parts of partitions in any order, and what belongs to all of them.
package struct DatasetParts {
    /// A run of examples of one partition.
    package struct Part {
        /// The partition.
        package let partition: Partition
        /// The rows.
        package let segment: FeatureMatrix.Segment
        /// The class of each row.
        package let labels: [Int32]

        /// Describes a run of examples.
        package init(partition: Partition, segment: FeatureMatrix.Segment, labels: [Int32]) {
            precondition(segment.rowCount == labels.count, "a label for each row")
            self.partition = partition
            self.segment = segment
            self.labels = labels
        }
    }

    /// What the user calls the dataset.
    package let name: String
    /// Where it is, for error messages.
    package let path: String
    /// The format.
    package let format: DatasetFormat
    /// The extents of one example.
    package let shape: FeatureMatrix.Shape
    /// How a number is stored.
    package let elementType: FeatureMatrix.ElementType
    /// The order of numbers in a row.
    package var layout = FeatureMatrix.Layout.channelsLast
    /// The examples, partition by partition once assembled.
    package let parts: [Part]
    /// Names of classes, or nothing for digits.
    package var classNames: [String]?
    /// Names of examples in the order of `parts`, or nothing to number them.
    package var ids: [String]?
    /// Group columns in the order of `parts`.
    package var groups: [GroupColumn] = []
    /// What the input calls the column of classes.
    package var labelName: String?
    /// The features as the input names them.
    package var columns: [FeatureColumn] = []
    /// What the reader decided without being told.
    package var notes: [String] = []

    package init(
        path: String, format: DatasetFormat, shape: FeatureMatrix.Shape, elementType: FeatureMatrix.ElementType,
        parts: [Part]
    ) {
        self.path = path
        self.format = format
        self.shape = shape
        self.elementType = elementType
        self.parts = parts
        name = Self.name(of: path)
    }

    /// Checks the features, hashes everything in the same pass, and makes the dataset.
    ///
    /// - Precondition: when there are ids or groups, the parts are in partition order.
    package func assemble() throws -> Dataset {
        let ordered = Partition.allCases.flatMap { partition in parts.filter { $0.partition == partition } }
        let counts = Partition.allCases.map { partition in
            ordered.filter { $0.partition == partition }.reduce(0) { $0 + $1.labels.count }
        }
        guard counts[0] > 0 else {
            throw CurateError(
                .badData, "there are no training examples", at: path, remedy: "add the training part of the data")
        }
        guard counts.reduce(0, +) <= Int(Int32.max) else {
            throw CurateError(.badData, "there are more than \(Int32.max) examples", at: path, remedy: "split the data")
        }
        let features = FeatureMatrix(
            shape: shape, elementType: elementType, layout: layout, segments: ordered.map(\.segment))
        let labels = ordered.flatMap(\.labels)
        let classNames = ClassNames.named(classNames, largestLabel: labels.max() ?? 0)
        let partitions = ordered.flatMap { part in
            [Partition](repeating: part.partition, count: part.labels.count)
        }
        let ids = ids.map { ExampleIdentifiers.named($0) } ?? .positional(partitionCounts: counts)

        var hash = ContentHash(shape: shape, elementType: elementType, layout: layout)
        try features.forEachBlock { block, firstRow in
            if let element = FeatureMatrix.firstNonFinite(in: block, elementType) {
                throw nonFinite(element, firstRow: firstRow, features: features, ids: ids)
            }
            hash.add(rows: block)
        }
        hash.add(labels)
        hash.add(partitions)
        hash.add(ids)
        hash.add(classNames)
        for group in groups {
            hash.add(group.name)
            hash.add(group.valueNames)
            hash.add(group.values)
        }
        var dataset = Dataset(
            name: name, format: format, features: features, labels: labels, classNames: classNames,
            partitions: partitions, ids: ids, groups: groups, contentHash: hash.finalize(), notes: notes)
        dataset.labelName = labelName
        dataset.columns = columns
        return dataset
    }

    private func nonFinite(
        _ element: Int, firstRow: Int, features: FeatureMatrix, ids: ExampleIdentifiers
    ) -> CurateError {
        let row = firstRow + element / shape.elementCount
        let column = element % shape.elementCount
        let base = features.row(row)
        let value =
            elementType == .float64
            ? base.loadUnaligned(fromByteOffset: column * 8, as: Double.self)
            : Double(base.loadUnaligned(fromByteOffset: column * 4, as: Float.self))
        return CurateError(
            .badData, "example \(ids[row]) has the value \(value) at element \(column)", at: path,
            remedy: "replace values that are not finite, for instance with numpy.nan_to_num, or leave the example out")
    }

    /// The last component of a path, without the endings that only tell the format.
    package static func name(of path: String) -> String {
        let trimmed = String(path.reversed().drop { $0 == "/" }.reversed())
        var name = DirectoryListing.split(trimmed).name
        for ending in [".gz", ".csv", ".tsv", ".npz", ".npy", ".safetensors"]
        where name.lowercased().hasSuffix(ending) && name.count > ending.count {
            name.removeLast(ending.count)
        }
        return name.isEmpty ? path : name
    }
}
