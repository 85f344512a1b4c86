/// Tables of comma-separated values, gzipped or not: one file, or a directory of train, validation and test files.
package enum CSVReader {
    private static let stems: [(stem: String, partition: Partition)] = [
        ("train", .train), ("training", .train), ("validation", .validation), ("valid", .validation),
        ("val", .validation), ("dev", .validation), ("test", .test),
    ]

    /// The table files of a directory with their partitions; empty when it holds none that say train.
    package static func files(in listing: DirectoryListing) throws -> [(name: String, partition: Partition)] {
        var found: [(name: String, partition: Partition)] = []
        for (stem, partition) in stems {
            for ending in [".csv", ".tsv", ".csv.gz", ".tsv.gz"] where listing.contains(stem + ending) {
                let name = stem + ending
                // The same table compressed and not: the one that needs no work.
                if name.hasSuffix(".gz") && listing.contains(String(name.dropLast(3))) { continue }
                if let other = found.first(where: { $0.partition == partition }) {
                    throw CurateError(
                        .badData, "\(other.name) and \(name) are both the \(partition.name) table", at: listing.path,
                        remedy: "name one of the two files instead of the directory")
                }
                found.append((name, partition))
            }
        }
        return found.first?.partition == .train ? found : []
    }

    /// Reads a file or a directory.
    package static func load(path: String, options: DatasetOptions) throws -> Dataset {
        let files: [CSVTable.File]
        if try DirectoryListing.isDirectory(path) {
            let listing = try DirectoryListing(path: path)
            let names = try Self.files(in: listing)
            guard !names.isEmpty else {
                throw CurateError(
                    .missingInput, "there is no train.csv in the directory", at: path,
                    remedy: "name a table file, or call the files train.csv and test.csv")
            }
            files = try names.map { CSVTable.File(partition: $0.partition, input: try listing.open($0.name)) }
        } else {
            files = [CSVTable.File(partition: .train, input: try InputBytes(contentsOf: path))]
        }
        return try dataset(from: files, path: path, options: options)
    }

    /// Reads tables in memory and makes a dataset of them.
    package static func dataset(
        from files: [CSVTable.File], path: String, options: DatasetOptions
    ) throws -> Dataset {
        let inflated = try files.map { file in
            guard Gzip.recognises(file.input) else { return file }
            let input = try Gzip.inflate(file.input, limit: options.inflatedByteLimit)
            return CSVTable.File(partition: file.partition, input: input)
        }
        let table = try CSVTable(files: inflated, options: options.csv)
        let survey = try CSVSurvey(of: table, options: options.csv)
        let order = PartitionOrder(survey.partitions.compactMap { $0 })
        let matrix = try CSVMatrix(
            of: table, survey, destinations: order.destinations, trainingCount: order.counts[0],
            byteLimit: options.csv.matrixByteLimit)
        let (classNames, labels) = survey.classes()
        guard classNames.count <= ClassNames.largestClassCount else {
            throw inflated[0].input.badData(
                "column \(table.name(table.label)) has \(classNames.count) distinct labels",
                remedy: "name the column of classes with `label`")
        }

        var shape = FeatureMatrix.Shape(height: 1, width: 1, channels: matrix.columnCount)
        if let image = options.imageShape {
            try image.check(holds: matrix.columnCount, at: path)
            shape = image
        }
        let ordered = order.apply(to: labels)
        var parts: [DatasetParts.Part] = []
        var start = 0
        for (partition, count) in zip(Partition.allCases, order.counts) where count > 0 {
            guard let base = matrix.buffer.bytes.baseAddress else { preconditionFailure("a matrix without memory") }
            let segment = FeatureMatrix.Segment(
                base: UnsafeRawPointer(base) + start * matrix.columnCount * 4, rowCount: count, owner: matrix.buffer)
            let own = Array(ordered[start..<(start + count)])
            parts.append(DatasetParts.Part(partition: partition, segment: segment, labels: own))
            start += count
        }
        var result = DatasetParts(path: path, format: .csv, shape: shape, elementType: .float32, parts: parts)
        result.layout = options.imageShape == nil ? .channelsLast : options.imageLayout ?? .channelsLast
        result.classNames = classNames
        result.labelName = table.dialect.columnNames[table.label]
        result.columns = matrix.columns(of: table, survey)
        if table.id != nil { result.ids = order.apply(to: survey.ids) }
        result.groups = zip(table.groups, survey.groups).map { column, values in
            GroupColumn(name: table.dialect.columnNames[column], values: order.apply(to: values))
        }
        result.notes = table.notes + survey.notes + matrix.notes
        result.notes += [ValueNames(of: survey.labelTexts).note(about: table.name(table.label))].compactMap { $0 }
        if classNames.count > 50 && classNames.count * 2 > labels.count {
            result.notes.append("\(classNames.count) classes for \(labels.count) rows: is the label column right?")
        }
        return try result.assemble()
    }
}
