/// CIFAR-10 and CIFAR-100 in their binary form: label bytes and 32x32x3 planes, one record after the other.
package enum CIFARReader {
    /// Which of the two datasets.
    package enum Variant {
        /// Ten classes; a record is a label and the pixels.
        case ten
        /// A hundred classes; a record is a coarse label, a fine label and the pixels.
        case hundred

        var format: DatasetFormat { self == .ten ? .cifar10 : .cifar100 }
        var labelCount: Int { self == .ten ? 1 : 2 }
        var classCount: Int { self == .ten ? 10 : 100 }
        var recordCount: Int { labelCount + pixelCount }
        var namesFile: String { self == .ten ? "batches.meta.txt" : "fine_label_names.txt" }
    }

    /// One file of records.
    package struct Batch {
        /// The partition its examples belong to.
        package let partition: Partition
        /// The records.
        package let records: InputBytes

        /// Describes a file.
        package init(partition: Partition, records: InputBytes) {
            self.partition = partition
            self.records = records
        }
    }

    private static let pixelCount = 32 * 32 * 3
    static let coarseCount = 20

    /// The names of the record files of a directory with their partitions; empty when it holds none.
    package static func files(in listing: DirectoryListing, _ variant: Variant) -> [(
        name: String, partition: Partition
    )] {
        switch variant {
        case .ten:
            let batches = (1...5).map { "data_batch_\($0).bin" }.filter(listing.contains)
            let test = ["test_batch.bin"].filter(listing.contains)
            return batches.map { ($0, .train) } + test.map { ($0, .test) }
        case .hundred:
            let train = ["train.bin"].filter(listing.contains)
            let test = ["test.bin"].filter(listing.contains)
            return train.map { ($0, .train) } + test.map { ($0, .test) }
        }
    }

    /// Reads a directory.
    package static func load(path: String, _ variant: Variant) throws -> Dataset {
        let listing = try DirectoryListing(path: path)
        let files = files(in: listing, variant)
        guard !files.isEmpty else {
            let expected =
                variant == .ten
                ? "data_batch_1.bin ... data_batch_5.bin and test_batch.bin"
                : "train.bin and test.bin"
            throw CurateError(
                .missingInput, "there are no \(variant.format.rawValue) batches in the directory", at: path,
                remedy: "it should hold \(expected), from the binary version of the dataset")
        }
        let batches = try files.map { Batch(partition: $0.partition, records: try listing.open($0.name)) }
        func names(_ file: String) throws -> [String]? {
            listing.contains(file) ? try ClassNames.lines(of: listing.open(file)) : nil
        }
        let classNames = try names(variant.namesFile) ?? ClassNames.beside(listing)
        let coarseNames = variant == .hundred ? try names("coarse_label_names.txt") : nil
        var notes: [String] = []
        let batchCount = files.count { $0.partition == .train }
        if variant == .ten && batchCount < 5 {
            notes.append("only \(batchCount) of the 5 training batches are there")
        }
        return try dataset(
            from: batches, variant, path: path, classNames: classNames, coarseNames: coarseNames, notes: notes)
    }

    /// Reads batches and makes a dataset of them.
    package static func dataset(
        from batches: [Batch], _ variant: Variant, path: String, classNames: [String]?, coarseNames: [String]?,
        notes: [String] = []
    ) throws -> Dataset {
        try check(classNames, count: variant.classCount, path)
        try check(coarseNames, count: coarseCount, path)
        var parts: [DatasetParts.Part] = []
        var coarse: [Int32] = []
        for partition in Partition.allCases {
            for batch in batches where batch.partition == partition {
                let part = try read(batch, variant, coarse: &coarse)
                parts.append(part)
            }
        }
        let shape = FeatureMatrix.Shape(height: 32, width: 32, channels: 3)
        var result = DatasetParts(
            path: path, format: variant.format, shape: shape, elementType: .uint8, parts: parts)
        result.layout = .channelsFirst
        result.classNames = classNames ?? (0..<variant.classCount).map(String.init)
        if variant == .hundred { result.groups = [coarseGroup(coarse, names: coarseNames)] }
        result.notes = notes
        return try result.assemble()
    }

    /// Copies the pixels of a file, whose rows are not next to each other, and takes the labels.
    private static func read(_ batch: Batch, _ variant: Variant, coarse: inout [Int32]) throws -> DatasetParts.Part {
        let records = batch.records
        let recordCount = variant.recordCount
        let count = records.count / recordCount
        guard count > 0 && records.count % recordCount == 0 else {
            throw records.badData(
                "\(records.count) bytes are not a whole number of records of \(recordCount) bytes",
                byte: count * recordCount, remedy: "the file was cut short or is another format; fetch it again")
        }
        guard let pixels = OwnedBuffer(byteCount: count * pixelCount), let target = pixels.bytes.baseAddress,
            let source = records.bytes.baseAddress
        else { throw CurateError(.workFailed, "there is no memory for the images", at: records.path) }
        var labels: [Int32] = []
        labels.reserveCapacity(count)
        for row in 0..<count {
            let start = row * recordCount
            if variant == .hundred {
                coarse.append(try label(records, at: start, row: row, below: coarseCount, "coarse label"))
            }
            let place = start + variant.labelCount - 1
            labels.append(try label(records, at: place, row: row, below: variant.classCount, "label"))
            (target + row * pixelCount).copyMemory(from: source + start + variant.labelCount, byteCount: pixelCount)
        }
        let segment = FeatureMatrix.Segment(base: UnsafeRawPointer(target), rowCount: count, owner: pixels)
        return DatasetParts.Part(partition: batch.partition, segment: segment, labels: labels)
    }

    private static func label(
        _ records: InputBytes, at offset: Int, row: Int, below limit: Int, _ what: String
    ) throws -> Int32 {
        let value = records.bytes[offset]
        guard value < limit else {
            throw records.badData(
                "\(what) \(value) of record \(row) is out of range", byte: offset,
                remedy: "it must be below \(limit); the file is damaged or of the other CIFAR, see `format`")
        }
        return Int32(value)
    }

    private static func check(_ names: [String]?, count: Int, _ path: String) throws {
        guard let names, names.count != count else { return }
        throw CurateError(
            .badData, "there are \(names.count) names for \(count) classes", at: path,
            remedy: "write one name a line in the file of names, or remove the file")
    }

    /// Group values are sorted by name, so the labels are renumbered.
    private static func coarseGroup(_ labels: [Int32], names: [String]?) -> GroupColumn {
        let names = names ?? (0..<coarseCount).map(String.init)
        return GroupColumn(name: "coarse", values: labels.map { names[Int($0)] })
    }
}
