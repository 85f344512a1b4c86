/// Copies as tables.
extension DatasetCopy {
    /// Writes the rows of the copied examples, every field as it was but for labels that changed.
    ///
    /// The tables are read again, because the dataset has only the numbers that were made of them. Rows stay in the
    /// files and in the order they were in; the header, the delimiter and columns that are no features stay as well.
    ///
    /// - Returns: the path to read the copy by.
    func writeCSV(to output: OutputFileSet) throws -> String {
        let isDirectory = try DirectoryListing.isDirectory(source)
        var names: [String] = []
        var files: [CSVTable.File] = []
        if isDirectory {
            let listing = try DirectoryListing(path: source)
            for (name, partition) in try CSVReader.files(in: listing) {
                names.append(name)
                files.append(CSVTable.File(partition: partition, input: try inflated(listing.open(name))))
            }
        } else {
            names = [DirectoryListing.split(source).name]
            files = [CSVTable.File(partition: .train, input: try inflated(InputBytes(contentsOf: source)))]
        }
        let outputNames = names.map { name in
            name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        }
        let table = try CSVTable(files: files, options: options.csv)
        let survey = try CSVSurvey(of: table, options: options.csv)
        let order = PartitionOrder(survey.partitions.compactMap { $0 })
        guard order.destinations.count == dataset.count else {
            throw CurateError(
                .badData, "the table has changed since it was read", at: source, remedy: "run the command again")
        }
        var isCopied = [Bool](repeating: false, count: dataset.count)
        for index in indices { isCopied[index] = true }

        var outputFiles: [AtomicFile] = []
        for name in outputNames {
            let file = try output.file(name)
            if table.dialect.hasHeader {
                try file.write(record(table.dialect.columnNames, table.dialect.delimiter))
            }
            outputFiles.append(file)
        }
        var kept = 0
        try table.forEachRow { row in
            guard let partition = survey.partitions[row.index] else { return }
            let index = order.destinations[kept]
            kept += 1
            guard dataset.partitions[index] == partition else {
                throw CurateError(
                    .usage, "a table cannot say which of its training rows were set aside for validation", at: source,
                    remedy: "leave `validation` out, or give the table a column for `split`")
            }
            guard isCopied[index] else { return }
            var fields = row.fields.indices.map(row.text)
            if labels[index] != dataset.labels[index] { fields[table.label] = dataset.classNames[Int(labels[index])] }
            try outputFiles[row.file].write(record(fields, table.dialect.delimiter, label: table.label))
        }
        return isDirectory ? output.directory : OutputDirectory.path(outputNames[0], in: output.directory)
    }

    private func inflated(_ input: InputBytes) throws -> InputBytes {
        Gzip.recognises(input) ? try Gzip.inflate(input, limit: options.inflatedByteLimit) : input
    }

    /// One line.
    ///
    /// - Parameter label: the field of the class, where a word like `NA` is quoted: a class that fewer rows are left of
    ///   would otherwise be a missing label.
    func record(_ fields: [String], _ delimiter: UInt8, label: Int? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        for (number, field) in fields.enumerated() {
            if number > 0 { bytes.append(delimiter) }
            let isWord = number == label && !field.isEmpty && CSVValue.isMissing(text: field)
            CSVField.append(
                field, to: &bytes, delimiter: delimiter, isAlone: fields.count == 1, isText: isWord)
        }
        bytes.append(0x0a)
        return bytes
    }
}
