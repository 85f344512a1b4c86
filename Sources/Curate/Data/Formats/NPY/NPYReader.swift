/// Directories, pairs and archives of NumPy arrays.
package enum NPYReader {
    /// The two arrays of one partition.
    package struct Pair {
        /// The partition.
        package let partition: Partition
        /// One row of numbers for each example.
        package let features: NPYArray
        /// One class for each example.
        package let labels: NPYArray

        /// Joins features with their labels.
        package init(partition: Partition, features: NPYArray, labels: NPYArray) {
            self.partition = partition
            self.features = features
            self.labels = labels
        }
    }

    /// The pairs of `.npy` files of a directory, by name without ending; empty when it holds none.
    package static func files(in listing: DirectoryListing) throws -> [ArrayNames.Pair] {
        let names = listing.names.filter { $0.hasSuffix(".npy") }.map { String($0.dropLast(4)) }
        return try ArrayNames.pairs(among: names, at: listing.path)
    }

    /// Reads a directory, or one features file with its labels.
    package static func load(path: String, options: DatasetOptions) throws -> Dataset {
        if try DirectoryListing.isDirectory(path) {
            let listing = try DirectoryListing(path: path)
            let names = try files(in: listing)
            guard !names.isEmpty else {
                throw CurateError(
                    .missingInput, "there are no arrays of features and labels in the directory", at: path,
                    remedy: ArrayNames.expectation)
            }
            let pairs = try names.map { names in
                Pair(
                    partition: names.partition, features: try NPYArray(path: listing.path(of: names.features + ".npy")),
                    labels: try NPYArray(path: listing.path(of: names.labels + ".npy")))
            }
            return try dataset(
                from: pairs, path: path, format: .npy, classNames: ClassNames.beside(listing), options: options)
        }
        let (directory, name) = DirectoryListing.split(path)
        let listing = try DirectoryListing(path: directory)
        let features = try NPYArray(path: path)
        let labels = try NPYArray(path: options.labelsPath ?? labelsBeside(name, in: listing))
        return try dataset(
            from: [Pair(partition: .train, features: features, labels: labels)], path: path, format: .npy,
            classNames: ClassNames.beside(listing), options: options)
    }

    /// Reads an archive.
    package static func load(archive path: String, options: DatasetOptions) throws -> Dataset {
        let input = try InputBytes(contentsOf: path)
        let listing = try DirectoryListing(path: DirectoryListing.split(path).directory)
        return try dataset(fromArchive: input, classNames: ClassNames.beside(listing), options: options)
    }

    /// Reads an archive in memory.
    package static func dataset(
        fromArchive input: InputBytes, classNames: [String]?, options: DatasetOptions
    ) throws -> Dataset {
        let archive = try ZIPArchive(parsing: input)
        var members: [String: ZIPArchive.Member] = [:]
        for member in archive.members where member.name.hasSuffix(".npy") {
            let key = String(member.name.dropLast(4))
            guard members.updateValue(member, forKey: key) == nil else {
                throw input.badData("the archive holds two arrays named \(key)", remedy: "write it again")
            }
        }
        let names = try ArrayNames.pairs(among: members.keys.sorted(), at: input.path)
        guard !names.isEmpty else {
            let keys = members.keys.sorted().prefix(12).joined(separator: ", ")
            throw input.badData(
                "no features and labels are among the archive's keys (\(keys.isEmpty ? "none" : keys))",
                remedy: ArrayNames.expectation)
        }
        func array(_ key: String) throws -> NPYArray {
            guard let member = members[key] else { preconditionFailure("a key that was just listed") }
            return try NPYArray(parsing: archive.content(of: member))
        }
        let pairs = try names.map { names in
            Pair(
                partition: names.partition, features: try array(names.features), labels: try array(names.labels))
        }
        return try dataset(from: pairs, path: input.path, format: .npz, classNames: classNames, options: options)
    }

    /// Makes a dataset of arrays.
    package static func dataset(
        from pairs: [Pair], path: String, format: DatasetFormat, classNames: [String]?, options: DatasetOptions
    ) throws -> Dataset {
        guard let first = pairs.first else { preconditionFailure("no arrays to read") }
        let elementType = try elementType(of: first.features)
        let (shape, layout, note) = try exampleShape(of: first.features, options)
        var parts: [DatasetParts.Part] = []
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
            let count = features.shape[0]
            let labels = try classes(of: pair.labels, count: count, names: classNames, features: features)
            guard count > 0, features.count > 0, let base = features.content.bytes.baseAddress else {
                throw features.content.badData("the array is empty", remedy: "leave the file out")
            }
            let segment = FeatureMatrix.Segment(base: base, rowCount: count, owner: features.content.owner)
            parts.append(DatasetParts.Part(partition: pair.partition, segment: segment, labels: labels))
        }
        var result = DatasetParts(path: path, format: format, shape: shape, elementType: elementType, parts: parts)
        result.layout = layout
        result.classNames = classNames
        if let note { result.notes.append(note) }
        return try result.assemble()
    }

    /// The labels file whose name says the same partition as that of the features.
    private static func labelsBeside(_ name: String, in listing: DirectoryListing) throws -> String {
        let plain = name.hasSuffix(".npy") ? String(name.dropLast(4)) : name
        let partition = ArrayNames.meaning(of: plain)?.partition
        let candidates = listing.names.filter { candidate in
            guard candidate.hasSuffix(".npy"), let meaning = ArrayNames.meaning(of: String(candidate.dropLast(4)))
            else { return false }
            return meaning.role == .labels && meaning.partition == partition
        }
        guard candidates.count == 1, let found = candidates.first else {
            throw CurateError(
                .missingInput, "there are \(candidates.isEmpty ? "no" : "several") labels files for these features",
                at: listing.path(of: name),
                remedy: "call the two files features.npy and labels.npy, or X_train.npy and y_train.npy")
        }
        return listing.path(of: found)
    }

    private static func elementType(of features: NPYArray) throws -> FeatureMatrix.ElementType {
        switch features.elementType {
        case .uint8: return .uint8
        case .float32: return .float32
        case .float64: return .float64
        default:
            throw features.content.badData(
                "features of type \(features.elementType.name) are not read",
                remedy: "save array.astype(\"float32\"), or \"uint8\" for pixels")
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

    /// The labels as class indices: integers, booleans, or floats that hold integers, of shape (N,) or (N, 1).
    private static func classes(
        of labels: NPYArray, count: Int, names: [String]?, features: NPYArray
    ) throws -> [Int32] {
        guard labels.shape.count == 1 || (labels.shape.count == 2 && labels.shape[1] == 1) else {
            throw labels.content.badData(
                "labels of shape \(NPYHeader.text(labels.shape)) are not one class for each example",
                remedy: "save a vector; one-hot rows become one with labels.argmax(axis=1)")
        }
        guard labels.count == count else {
            throw labels.content.badData(
                "there are \(labels.count) labels for \(count) rows of \(features.path)",
                remedy: "the two arrays do not belong together; save them again")
        }
        return try (0..<count).map { row in
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
