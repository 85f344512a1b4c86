/// The table beside a copy of arrays.
extension DatasetCopy {
    /// What a table beside a copy says.
    enum Table { case none, saysLabels, saysOthers }

    /// Writes the rows of the copied examples in the order of their arrays, every field as it was but for what changed.
    ///
    /// A copy carries no ids but those of the table, so that it is joined by order.
    func writeMetadata(_ source: NPYSource, to files: OutputFileSet) throws -> Table {
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
                    fields[split] = ExactDecimal(fields[split]) == nil ? partition.name : "\(partition.rawValue)"
                }
                try file.write(record(fields, delimiter, label: metadata.label))
            }
        }
        guard metadata.label != nil else { return .saysOthers }
        if ClassNames.arranged(Array(texts)).names == dataset.classNames {
            try files.omit(ClassNames.fileName)
        } else {
            try write(dataset.classNames, as: ClassNames.fileName, to: files)
        }
        return .saysLabels
    }
}
