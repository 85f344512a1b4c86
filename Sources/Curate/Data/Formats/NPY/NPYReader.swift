/// Directories, pairs and archives of NumPy arrays.
package enum NPYReader {
    /// The arrays of one partition.
    package struct Pair {
        /// The partition.
        package let partition: Partition
        /// One row of numbers for each example.
        package let features: NPYArray
        /// One class for each example; nil when a table beside the arrays says them.
        package let labels: ArrayColumn?
        /// One name for each example, by which a table is joined; nil to join by order.
        package let ids: ArrayColumn?

        /// Joins features with their labels.
        package init(partition: Partition, features: NPYArray, labels: ArrayColumn?, ids: ArrayColumn? = nil) {
            self.partition = partition
            self.features = features
            self.labels = labels
            self.ids = ids
        }
    }

    /// The pairs of `.npy` files of a directory, by name without ending; empty when it holds none.
    package static func files(in listing: DirectoryListing) throws -> [ArrayNames.Pair] {
        let names = listing.names.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
        return try ArrayNames.pairs(among: names, at: listing.path)
    }

    /// Reads a directory, or one features file with its labels.
    package static func load(path: String, options: DatasetOptions) throws -> Dataset {
        try dataset(from: NPYSource(path: path, options: options), options: options)
    }

    /// Reads an archive.
    package static func load(archive path: String, options: DatasetOptions) throws -> Dataset {
        try dataset(from: NPYSource(archive: path, options: options), options: options)
    }

    /// Reads an archive in memory.
    package static func dataset(
        fromArchive input: InputBytes, classNames: [String]?, options: DatasetOptions
    ) throws -> Dataset {
        try dataset(from: NPYSource(archive: input, classNames: classNames, metadata: nil), options: options)
    }

    /// Makes a dataset of arrays.
    package static func dataset(
        from pairs: [Pair], path: String, format: DatasetFormat, classNames: [String]?, options: DatasetOptions
    ) throws -> Dataset {
        try dataset(
            from: NPYSource(pairs: pairs, path: path, format: format, classNames: classNames, metadata: nil),
            options: options)
    }

    /// Makes a dataset of arrays and what lies beside them.
    static func dataset(from source: NPYSource, options: DatasetOptions) throws -> Dataset {
        let pairs = source.pairs
        guard let first = pairs.first else { preconditionFailure("no arrays to read") }
        let (shape, layout, note) = try exampleShape(of: first.features, options)
        for pair in pairs {
            let features = pair.features
            guard features.elementType == first.features.elementType,
                features.shape.dropFirst() == first.features.shape.dropFirst()
            else {
                throw features.content.badData(
                    "the array is \(features.elementType.name) \(NPYHeader.text(features.shape)), "
                        + "\(first.features.path) is \(first.features.elementType.name) "
                        + NPYHeader.text(first.features.shape),
                    remedy: "save all partitions with one type and one shape of example")
            }
        }
        // First, because an empty array may declare any number of examples.
        if let empty = pairs.first(where: { $0.features.count == 0 }) {
            throw empty.features.content.badData("the array is empty", remedy: "leave the file out")
        }
        let arrangement = try ArrayArrangement(of: source)
        let (classNames, labels) = try classes(of: source, arrangement)
        let features = try pairs.map { try $0.features.asFeatures() }
        var result = DatasetParts(
            path: source.path, format: source.format, shape: shape, elementType: elementType(of: features[0]),
            parts: try arrangement.parts(of: pairs.map(\.partition), features: features, labels: labels))
        result.layout = layout
        result.classNames = classNames
        result.ids = arrangement.names
        if let note { result.notes.append(note) }
        if let metadata = source.metadata {
            let (groups, notes) = metadata.groupColumns(of: arrangement.rows)
            result.groups = groups
            result.labelName = metadata.label.map { metadata.dialect.columnNames[$0] }
            result.notes += notes + arrangement.notes
        }
        return try result.assemble()
    }

    /// The names of the classes, and the class of each example in the order of the dataset: as the table says when it
    /// has a column of them, otherwise as the arrays do.
    private static func classes(
        of source: NPYSource, _ arrangement: ArrayArrangement
    ) throws -> (names: [String]?, labels: [Int32]) {
        let asksForLabels = source.pairs.contains { $0.labels != nil }
        if let metadata = source.metadata, metadata.label != nil, !asksForLabels {
            let (names, labels) = try metadata.classes(named: source.classNames)
            return (names, arrangement.rows.map { labels[$0] })
        }
        let labels = try source.pairs.map { pair in
            guard let labels = pair.labels else {
                throw CurateError(
                    .missingInput, "there are no labels for \(name(of: pair.features))",
                    at: source.path, remedy: ArrayNames.expectation)
            }
            try check(labels, for: pair.features)
            return labels
        }
        // Texts name classes; where some arrays have texts, the numbers of others are names as well.
        if let texts = labels.first(where: \.isText) {
            let (names, numbers) = try ClassNames.classes(
                of: labels.flatMap { try $0.names(of: "label") }, named: source.classNames, in: texts.content)
            return (names, arrangement.order.apply(to: numbers))
        }
        let numbers = try labels.flatMap { labels -> [Int32] in
            guard case .numbers(let array) = labels else { preconditionFailure("texts among numbers") }
            return try classes(of: array, names: source.classNames)
        }
        return (source.classNames, arrangement.order.apply(to: numbers))
    }

    /// What an array is called in its directory or archive, without its ending.
    private static func name(of array: NPYArray) -> String {
        let member = array.path.hasSuffix("]") ? array.path.lastIndex(of: "[") : nil
        let name =
            member.map { String(array.path[$0...].dropFirst().dropLast()) }
            ?? DirectoryListing.split(array.path).name
        return name.hasSuffix(".npy") ? String(name.dropLast(4)) : name
    }

    private static func elementType(of features: NPYArray) -> FeatureMatrix.ElementType {
        switch features.elementType {
        case .uint8: return .uint8
        case .float32: return .float32
        case .float64: return .float64
        default: preconditionFailure("features that are \(features.elementType.name) after conversion")
        }
    }

    /// The extents of one example; channels are told from rows and columns by being 1, 3 or 4.
    private static func exampleShape(
        of features: NPYArray, _ options: DatasetOptions
    ) throws -> (FeatureMatrix.Shape, FeatureMatrix.Layout, note: String?) {
        let extents = features.shape
        switch extents.count {
        case 2:
            let vector = FeatureMatrix.Shape(height: 1, width: 1, channels: extents[1])
            guard let shape = options.imageShape else { return (vector, .channelsLast, nil) }
            try shape.check(holds: vector.channels, at: features.path)
            return (shape, options.imageLayout ?? .channelsLast, nil)
        case 3:
            return (FeatureMatrix.Shape(height: extents[1], width: extents[2], channels: 1), .channelsLast, nil)
        case 4:
            let channelCounts = [1, 3, 4]
            let isLast = channelCounts.contains(extents[3])
            let isFirst = channelCounts.contains(extents[1])
            guard let layout = options.imageLayout ?? (isLast ? .channelsLast : isFirst ? .channelsFirst : nil) else {
                throw features.content.badData(
                    "which axis of \(NPYHeader.text(extents)) is the channels cannot be told",
                    remedy: "say it with `layout: channels-last` or `layout: channels-first`")
            }
            let isGuess = options.imageLayout == nil && isLast && isFirst
            let note = isGuess ? "\(NPYHeader.text(extents)) was taken as channels last; `layout` overrides" : nil
            let shape =
                layout == .channelsLast
                ? FeatureMatrix.Shape(height: extents[1], width: extents[2], channels: extents[3])
                : FeatureMatrix.Shape(height: extents[2], width: extents[3], channels: extents[1])
            return (shape, layout, note)
        default:
            throw features.content.badData(
                "features of shape \(NPYHeader.text(extents)) are not examples by numbers",
                remedy: "save them as (examples, numbers), (examples, height, width) or with channels")
        }
    }

    /// Refuses labels that are not one for each example, of shape (N,) or (N, 1).
    private static func check(_ labels: ArrayColumn, for features: NPYArray) throws {
        guard labels.shape.count == 1 || (labels.shape.count == 2 && labels.shape[1] == 1) else {
            throw labels.content.badData(
                "labels of shape \(NPYHeader.text(labels.shape)) are not one class for each example",
                remedy: "save a vector; one-hot rows become one with labels.argmax(axis=1)")
        }
        guard labels.count == features.shape[0] else {
            throw labels.content.badData(
                "there are \(labels.count) labels for \(features.shape[0]) rows of \(features.path)",
                remedy: "the two arrays do not belong together; save them again")
        }
    }

    /// The labels as class indices: integers, booleans, or floats that hold integers.
    private static func classes(of labels: NPYArray, names: [String]?) throws -> [Int32] {
        try (0..<labels.count).map { row in
            guard let label = labels.integer(at: row) else {
                throw labels.content.badData(
                    "label \(labels.double(at: row)) at row \(row) is not a whole number",
                    remedy: "labels are class indices from 0 on")
            }
            return try ClassNames.check(label, row: row, names: names, in: labels.content)
        }
    }
}

extension FeatureMatrix.Shape {
    /// Refuses a picture whose numbers are not those of the vector it is made from.
    func check(holds count: Int, at path: String) throws {
        // Pixels of a shape read from text are at most 2^60; one built in code may overflow.
        let pixels = height.multipliedReportingOverflow(by: width)
        let numbers = pixels.partialValue.multipliedReportingOverflow(by: channels)
        guard height > 0, width > 0, channels > 0, !pixels.overflow, !numbers.overflow, numbers.partialValue == count
        else {
            throw CurateError(
                .usage,
                "an example has \(count) numbers, a picture of \(height)x\(width)x\(channels) needs another count",
                at: path, remedy: "choose extents whose product is \(count)")
        }
    }
}
