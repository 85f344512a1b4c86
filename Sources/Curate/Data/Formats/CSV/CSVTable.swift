/// One or more files of the same columns, and what the columns mean.
package struct CSVTable {
    /// One file of rows.
    package struct File {
        /// The partition of its rows, unless a column says otherwise.
        package let partition: Partition
        /// The text, inflated.
        package let input: InputBytes

        /// Describes a file.
        package init(partition: Partition, input: InputBytes) {
            self.partition = partition
            self.input = input
        }
    }

    /// One row while it is being looked at.
    struct Row {
        let scanner: CSVScanner
        let fields: [CSVScanner.Field]
        let line: Int
        /// The number of its file.
        let file: Int
        /// The number of the row over all files.
        let index: Int

        /// A field's bytes as written between its quotes.
        func bytes(_ column: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: scanner.input.bytes[fields[column].start..<fields[column].end])
        }

        func isMissing(_ column: Int) -> Bool { CSVValue.isMissing(bytes(column)) }

        /// A field as a word that may be a class.
        func word(_ column: Int) -> LabelWords.Word {
            LabelWords.Word(text: text(column), isQuoted: fields[column].isQuoted)
        }

        func text(_ column: Int) -> String { scanner.text(fields[column]) }

        /// The text, or the level that stands for a value that is not known.
        func level(_ column: Int) -> String { isMissing(column) ? CSVTable.missingLevel : text(column) }
    }

    let files: [File]
    let dialect: CSVDialect
    /// The column of classes.
    let label: Int
    /// The column of names.
    let id: Int?
    /// The column of partitions.
    let split: Int?
    /// The columns of groups.
    let groups: [Int]
    /// The columns that are features, ascending.
    let features: [Int]
    /// What was decided without being told.
    let notes: [String]

    /// The level that stands for a value that is not known.
    static let missingLevel = "(missing)"

    /// What the column of classes is called when it is not named, in order of preference.
    static let usualLabels = ["label", "class", "target", "y"]

    /// Tells the dialect by the first file and resolves the names of columns.
    ///
    /// - Parameter hasFeatures: whether columns without a role are features; otherwise they are nothing.
    init(files: [File], options: CSVOptions, hasFeatures: Bool = true) throws {
        guard let first = files.first else { preconditionFailure("no table to read") }
        let path = first.input.path
        self.files = files
        dialect = try CSVDialect(of: first.input, options: options)
        let dialect = dialect
        for file in files.dropFirst() { try file.input.requireUTF8() }
        func column(_ name: String) throws -> Int { try dialect.column(name, at: path) }
        var notes: [String] = []
        if options.hasHeader == nil && !dialect.hasHeader {
            notes.append("no header row was found, so columns are called by their positions from 0")
        }
        id = try options.id.map(column)
        split = try options.split.map(column)
        // Whoever groups by the class need not know what its column is called.
        let asked = options.groups.filter { $0 != GroupDefinition.labelWord || dialect.columnNames.contains($0) }
        let askedColumns = try asked.map(column)
        if let name = options.label {
            label = try column(name)
        } else {
            let names = dialect.columnNames.map { $0.lowercased() }
            let taken = Set([id, split].compactMap { $0 })
            let found = Self.usualLabels.lazy.compactMap { names.firstIndex(of: $0) }.first { !taken.contains($0) }
            guard let chosen = found ?? names.indices.last(where: { !taken.contains($0) }) else {
                throw CurateError(.usage, "no column is left for the labels", at: path, remedy: "name it with `label`")
            }
            label = chosen
            notes.append("column '\(dialect.columnNames[label])' was taken as the label")
        }
        var excluded = Set(try options.ignored.map(column) + [label, id, split].compactMap { $0 })
        guard id != label && split != label else {
            throw CurateError(.usage, "the label column has a second role", at: path, remedy: "name another column")
        }
        let label = label
        groups = askedColumns.filter { $0 != label }
        let kept = Set(try options.featureGroups.intersection(asked).map(column))
        excluded.formUnion(groups.filter { !kept.contains($0) })
        if hasFeatures, !groups.isEmpty {
            let (inside, outside) = (groups.filter(kept.contains), groups.filter { !kept.contains($0) })
            func names(_ columns: [Int]) -> String {
                columns.map { "'\(dialect.columnNames[$0])'" }.joined(separator: ", ")
            }
            if !outside.isEmpty {
                notes.append("\(names(outside)) \(outside.count == 1 ? "is" : "are") for groups and no feature")
            }
            if !inside.isEmpty {
                notes.append("\(names(inside)) \(inside.count == 1 ? "is" : "are") for groups and a feature as well")
            }
        }
        if hasFeatures, dialect.hasHeader, dialect.columnNames[0].isEmpty, !excluded.contains(0), !groups.contains(0) {
            excluded.insert(0)
            notes.append("the first column has no name and was left out as row numbers")
        }
        features = hasFeatures ? dialect.columnNames.indices.filter { !excluded.contains($0) } : []
        guard !hasFeatures || !features.isEmpty else {
            throw CurateError(
                .badData, "no column is left to learn from", at: path,
                remedy: "check the delimiter and the label column")
        }
        self.notes = notes
    }

    /// A column as messages call it.
    func name(_ column: Int) -> String { "'\(dialect.columnNames[column])'" }

    /// Visits the rows of all files in order, each checked to have as many fields as there are columns.
    ///
    /// Rows of empty fields, which spreadsheets leave at the end of a table, are passed over.
    ///
    /// - Returns: how many were passed over.
    @discardableResult
    func forEachRow(_ body: (Row) throws -> Void) throws -> Int {
        var index = 0
        var blankCount = 0
        for (file, source) in files.enumerated() {
            var scanner = CSVScanner(source.input, delimiter: dialect.delimiter)
            var fields: [CSVScanner.Field] = []
            var expectsHeader = dialect.hasHeader
            while let line = try scanner.next(into: &fields) {
                if expectsHeader {
                    expectsHeader = false
                    try checkHeader(fields.map(scanner.text), scanner, line)
                    continue
                }
                guard fields.count == dialect.columnNames.count else {
                    throw scanner.failure(
                        "the row has \(fields.count) fields, \(dialect.columnNames.count) are expected", line: line,
                        remedy: "complete the row, or name the delimiter with `delimiter`")
                }
                if fields.count > 1, fields.allSatisfy({ $0.start == $0.end && !$0.isQuoted }) {
                    blankCount += 1
                    continue
                }
                try body(Row(scanner: scanner, fields: fields, line: line, file: file, index: index))
                index += 1
            }
        }
        return blankCount
    }

    private func checkHeader(_ names: [String], _ scanner: CSVScanner, _ line: Int) throws {
        guard names != dialect.columnNames else { return }
        let missing = dialect.columnNames.filter { !names.contains($0) }
        let added = names.filter { !dialect.columnNames.contains($0) }
        var difference = "the order differs"
        if !missing.isEmpty { difference = "missing: \(missing.prefix(5).joined(separator: ", "))" }
        if !added.isEmpty { difference = "unexpected: \(added.prefix(5).joined(separator: ", "))" }
        throw scanner.failure(
            "the columns are not those of \(files[0].input.path): \(difference)", line: line,
            remedy: "write the same columns to all files, or name one file instead of the directory")
    }
}
