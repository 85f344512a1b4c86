/// Copies as NumPy arrays and archives.
extension DatasetCopy {
    private static let stems: [(partition: Partition, stem: String)] = [
        (.train, "train"), (.validation, "validation"), (.test, "test"),
    ]

    /// Writes X_train.npy and y_train.npy, and the same for the other partitions that have examples; labels go into the
    /// table instead when the data has one that says them.
    func writeNPY(to files: OutputFileSet) throws {
        let table = try writeMetadata(NPYSource(path: source, options: options), to: files)
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            let features = try files.file("X_\(stem).npy")
            try features.write(NPYWriter.header(typeDescriptor: typeDescriptor, shape: arrayShape(own.count)))
            for index in own { try features.write(row(index)) }
            if table == .saysLabels { continue }
            let classes = try files.file("y_\(stem).npy")
            try classes.write(NPYWriter.header(Int64.self, shape: [own.count], count: own.count))
            try own.map { Int64(labels[$0]) }.withUnsafeBytes { try classes.write($0) }
        }
        if table != .saysLabels { try writeClassNames(to: files) }
    }

    /// Writes one archive of the same arrays.
    func writeNPZ(_ name: String, to files: OutputFileSet) throws {
        let table = try writeMetadata(NPYSource(archive: source, options: options), to: files)
        let archive = try NPZWriter(files.file(name))
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            try archive.add(
                "X_\(stem)", typeDescriptor: typeDescriptor, shape: arrayShape(own.count),
                pieces: { sink in for index in own { try sink(row(index)) } })
            if table == .saysLabels { continue }
            try archive.add("y_\(stem)", own.map { Int64(labels[$0]) }, shape: [own.count])
        }
        try archive.writeDirectory()
        if table != .saysLabels { try writeClassNames(to: files) }
    }

    /// What a table beside a copy says.
    private enum Table { case none, saysLabels, saysOthers }

    /// Writes the rows of the copied examples in the order of their arrays, every field as it was but for what changed.
    ///
    /// A copy carries no ids but those of the table, so that it is joined by order.
    private func writeMetadata(_ source: NPYSource, to files: OutputFileSet) throws -> Table {
        guard let metadata = source.metadata else {
            try files.omit(ArrayMetadata.fileName)
            return .none
        }
        let arrangement = try ArrayArrangement(of: source)
        guard arrangement.rows.count == dataset.count else {
            throw CurateError(
                .badData, "the arrays have changed since they were read", at: self.source,
                remedy: "run the command again")
        }
        var records: [[String]] = []
        records.reserveCapacity(metadata.count)
        try metadata.forEachRow { scanner, fields, _ in records.append(fields.map(scanner.text)) }
        let file = try files.file(ArrayMetadata.fileName)
        let delimiter = metadata.dialect.delimiter
        try file.write(record(metadata.dialect.columnNames, delimiter))
        var texts: Set<String> = []
        for partition in Partition.allCases {
            for index in indices(of: partition) {
                let row = arrangement.rows[index]
                var fields = records[row]
                if let label = metadata.label {
                    if labels[index] != dataset.labels[index] {
                        fields[label] = dataset.classNames[Int(labels[index])]
                    }
                    texts.insert(fields[label])
                }
                if let split = metadata.split, metadata.partitions[row] != partition {
                    // In the manner of the table: a number, or a word.
                    fields[split] = UInt8(fields[split]) == nil ? partition.name : "\(partition.rawValue)"
                }
                try file.write(record(fields, delimiter))
            }
        }
        guard metadata.label != nil else { return .saysOthers }
        let found = Array(texts)
        if ClassNames.order(of: found).map({ found[$0] }) == dataset.classNames {
            try files.omit(ClassNames.fileName)
        } else {
            try write(dataset.classNames, as: ClassNames.fileName, to: files)
        }
        return .saysLabels
    }

    /// NumPy's name of the features' type.
    private var typeDescriptor: String {
        switch dataset.features.elementType {
        case .uint8: UInt8.npyDescription
        case .float32: Float.npyDescription
        case .float64: Double.npyDescription
        }
    }

    /// (N, D) for vectors; (N, H, W), (N, H, W, C) or (N, C, H, W) for images.
    private func arrayShape(_ count: Int) -> [Int] {
        let shape = dataset.features.shape
        guard shape.isImage else { return [count, shape.channels] }
        if dataset.features.layout == .channelsFirst { return [count, shape.channels, shape.height, shape.width] }
        return [count, shape.height, shape.width] + (shape.channels == 1 ? [] : [shape.channels])
    }
}
