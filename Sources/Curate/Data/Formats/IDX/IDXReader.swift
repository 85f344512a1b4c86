/// MNIST-style IDX files: unsigned bytes behind a big-endian header, gzipped or not.
package enum IDXReader {
    /// The images and labels of one partition.
    package struct Pair {
        /// The partition.
        package let partition: Partition
        /// The pixels, as stored (perhaps gzipped).
        package let images: InputBytes
        /// The labels, as stored (perhaps gzipped).
        package let labels: InputBytes

        /// Joins images with their labels.
        package init(partition: Partition, images: InputBytes, labels: InputBytes) {
            self.partition = partition
            self.images = images
            self.labels = labels
        }
    }

    /// The names of one partition's two files.
    package struct Names: Equatable {
        let partition: Partition
        let images: String
        let labels: String
    }

    /// Whether bytes that are not compressed start like an IDX file of bytes.
    package static func recognises(_ start: some Collection<UInt8>) -> Bool {
        let start = Array(start.prefix(4))
        return start.count == 4 && start[0] == 0 && start[1] == 0 && start[2] == 8 && (1...4).contains(start[3])
    }

    /// Reads a directory, or one images file next to its labels.
    package static func load(path: String, options: DatasetOptions) throws -> Dataset {
        if try DirectoryListing.isDirectory(path) {
            let listing = try DirectoryListing(path: path)
            let names = try files(in: listing)
            guard !names.isEmpty else {
                throw CurateError(
                    .missingInput, "there are no IDX files in the directory", at: path,
                    remedy: "it should hold train-images-idx3-ubyte and train-labels-idx1-ubyte, gzipped or not")
            }
            return try dataset(from: pairs(names, in: listing), path: path, classNames: ClassNames.beside(listing))
        }
        let (directory, name) = DirectoryListing.split(path)
        let listing = try DirectoryListing(path: directory)
        let labels: InputBytes
        if let labelsPath = options.labelsPath {
            labels = try InputBytes(contentsOf: labelsPath)
        } else if let labelsName = labelsName(for: name, in: listing) {
            labels = try listing.open(labelsName)
        } else {
            throw CurateError(
                .missingInput, "there is no labels file next to the images", at: path,
                remedy: "its name should be that of the images with 'labels' and 'idx1'")
        }
        let pair = Pair(partition: .train, images: try InputBytes(contentsOf: path), labels: labels)
        return try dataset(from: [pair], path: path, classNames: ClassNames.beside(listing))
    }

    /// The pairs of files in a directory; an images file without labels is an error.
    package static func files(in listing: DirectoryListing) throws -> [Names] {
        var found: [Partition: Names] = [:]
        for images in listing.names where stem(images, "images") != nil {
            // Both compressed and not: the one that needs no work.
            if images.hasSuffix(".gz"), listing.contains(String(images.dropLast(3))) { continue }
            guard let partition = stem(images, "images").flatMap(partition) else { continue }
            guard let labels = labelsName(for: images, in: listing) else {
                throw CurateError(
                    .missingInput, "there is no labels file for these images", at: listing.path(of: images),
                    remedy: "its name should be that of the images with 'labels' and 'idx1'")
            }
            if let other = found[partition] {
                throw CurateError(
                    .badData, "\(other.images) and \(images) are both the \(partition.name) images", at: listing.path,
                    remedy: "name one of the two files instead of the directory")
            }
            found[partition] = Names(partition: partition, images: images, labels: labels)
        }
        return Partition.allCases.compactMap { found[$0] }
    }

    /// Reads the pairs and makes a dataset of them.
    package static func dataset(from pairs: [Pair], path: String, classNames: [String]?) throws -> Dataset {
        var shape: FeatureMatrix.Shape?
        var parts: [DatasetParts.Part] = []
        for pair in pairs {
            let images = try IDXArray(parsing: pair.images, dimensions: 2...4)
            let labels = try IDXArray(parsing: pair.labels, dimensions: 1...1)
            let count = images.extents[0]
            guard labels.extents[0] == count else {
                throw pair.labels.badData(
                    "there are \(labels.extents[0]) labels for \(count) images of \(pair.images.path)",
                    remedy: "the two files do not belong together; fetch them again")
            }
            let own = try imageShape(images, pair.images)
            if let shape, shape != own {
                throw pair.images.badData(
                    "the images are \(own.text), those of another partition are \(shape.text)",
                    remedy: "keep different datasets in different directories")
            }
            shape = own
            let checked = try (0..<count).map { row in
                try ClassNames.check(Int(labels.content.bytes[row]), row: row, names: classNames, in: pair.labels)
            }
            guard let base = images.content.bytes.baseAddress else { preconditionFailure("images without bytes") }
            let segment = FeatureMatrix.Segment(base: base, rowCount: count, owner: images.content.owner)
            parts.append(DatasetParts.Part(partition: pair.partition, segment: segment, labels: checked))
        }
        guard let shape else { preconditionFailure("no files to read") }
        var result = DatasetParts(path: path, format: .idx, shape: shape, elementType: .uint8, parts: parts)
        result.classNames = classNames
        return try result.assemble()
    }

    private static func pairs(_ names: [Names], in listing: DirectoryListing) throws -> [Pair] {
        try names.map { names in
            Pair(
                partition: names.partition, images: try listing.open(names.images),
                labels: try listing.open(names.labels))
        }
    }

    private static func imageShape(_ images: IDXArray, _ input: InputBytes) throws -> FeatureMatrix.Shape {
        let extents = images.extents
        switch extents.count {
        case 2: return FeatureMatrix.Shape(height: 1, width: 1, channels: extents[1])
        case 3: return FeatureMatrix.Shape(height: extents[1], width: extents[2], channels: 1)
        default:
            guard [1, 3, 4].contains(extents[3]) else {
                throw input.badData(
                    "four-dimensional images must have 1, 3 or 4 channels last, not \(extents[3])", byte: 16)
            }
            return FeatureMatrix.Shape(height: extents[1], width: extents[2], channels: extents[3])
        }
    }

    /// What comes before `images` or `labels` in a name of the usual form, or nothing for other names.
    private static func stem(_ name: String, _ word: String) -> String? {
        let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        for dimension in word == "labels" ? [1] : [2, 3, 4] {
            for separator in ["-", "."] {
                let ending = "\(word)\(separator)idx\(dimension)-ubyte"
                if plain.hasSuffix(ending) { return String(plain.dropLast(ending.count)) }
            }
        }
        return nil
    }

    private static func partition(_ stem: String) -> Partition? {
        let words = stem.lowercased().split { $0 == "-" || $0 == "_" || $0 == "." }
        if words.contains("train") { return .train }
        if words.contains(where: { ["val", "valid", "validation"].contains($0) }) { return .validation }
        if words.contains(where: { ["t10k", "test"].contains($0) }) { return .test }
        return nil
    }

    /// The labels with the same stem, compressed or not.
    private static func labelsName(for images: String, in listing: DirectoryListing) -> String? {
        guard let stem = stem(images, "images") else { return nil }
        let candidates = listing.names.filter { self.stem($0, "labels") == stem }
        return candidates.first { !$0.hasSuffix(".gz") } ?? candidates.first
    }
}

/// One IDX file of unsigned bytes: extents and content, inflated when it was compressed.
private struct IDXArray {
    let extents: [Int]
    let content: InputBytes

    init(parsing input: InputBytes, dimensions: ClosedRange<Int>) throws {
        let isCompressed = Gzip.recognises(input)
        let start = isCompressed ? try Gzip.prefix(of: input, count: 20) : Array(input.bytes.prefix(20))
        guard start.count >= 4, start[0] == 0, start[1] == 0 else {
            throw input.badData(
                "this is not an IDX file: its magic number is wrong", byte: 0,
                remedy: "an IDX file starts with two zero bytes, a type and a number of dimensions; fetch it again")
        }
        guard start[2] == 8 else {
            throw input.badData(
                "the elements have IDX type \(start[2]), only unsigned bytes (8) are read", byte: 2,
                remedy: "convert the file to NumPy arrays")
        }
        let count = Int(start[3])
        guard dimensions.contains(count) else {
            throw input.badData(
                "the file has \(count) dimensions, \(Self.text(dimensions)) expected", byte: 3,
                remedy: "images and labels may be swapped; check the names of the files")
        }
        let headerCount = 4 + 4 * count
        let header = InputBytes(start, path: input.path)
        var extents: [Int] = []
        var size = 1
        for index in 0..<count {
            guard let extent = header.bigEndian32(at: 4 + 4 * index) else {
                throw input.badData("the header is cut short", byte: start.count, remedy: "fetch the file again")
            }
            guard extent > 0 else {
                throw input.badData("dimension \(index) is empty", byte: 4 + 4 * index, remedy: "fetch the file again")
            }
            let product = size.multipliedReportingOverflow(by: Int(extent))
            guard !product.overflow && product.partialValue <= Int.max - headerCount else {
                throw input.badData("the extents are impossibly large", byte: 4 + 4 * index)
            }
            size = product.partialValue
            extents.append(Int(extent))
        }
        let whole = isCompressed ? try Gzip.inflate(input, byteCount: headerCount + size) : input
        guard whole.count == headerCount + size else {
            throw input.badData(
                "the header declares \(size) bytes of content, \(whole.count - headerCount) follow", byte: headerCount,
                remedy: "the file was cut short or extended; fetch it again")
        }
        self.extents = extents
        content = whole.slice(headerCount..<whole.count)
    }

    private static func text(_ range: ClosedRange<Int>) -> String {
        range.count == 1 ? "\(range.lowerBound) is" : "\(range.lowerBound) to \(range.upperBound) are"
    }
}
