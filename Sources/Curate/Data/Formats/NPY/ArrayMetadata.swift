/// The table beside arrays of features that says what their examples are: `metadata.csv`, or the one that is named.
///
/// A row is an example: its class, its partition, its name, and attributes, which become groups, each where there is such
/// a column. Rows are joined to examples by id when the arrays carry ids, and otherwise by order.
struct ArrayMetadata {
    /// The name it is found by.
    static let fileName = ImageMetadata.fileName
    /// The name of the column of names, in any case, unless it is told.
    private static let idColumn = "id"

    let input: InputBytes
    let dialect: CSVDialect
    /// The column of classes; nil when the arrays say them.
    let label: Int?
    /// The column of names.
    let id: Int?
    /// The column of partitions.
    let split: Int?
    /// The columns of attributes.
    let groups: [Int]
    /// Whether somebody named the columns of attributes.
    private let groupsAreChosen: Bool

    /// The class of each row, as text; empty without such a column.
    private(set) var labelTexts: [String] = []
    /// The partition of each row; empty without such a column.
    private(set) var partitions: [Partition] = []
    /// The name of each row; empty without such a column.
    private(set) var ids: [String] = []
    /// The value of each row, for each of `groups`.
    private(set) var groupTexts: [[String]]
    /// The number of rows.
    private(set) var count = 0

    /// Reads the table that goes with arrays, if there is one.
    ///
    /// - Parameters:
    ///   - listing: the directory of the arrays.
    ///   - options: which table, and which columns have which role; what they do not say is told by names.
    static func beside(_ listing: DirectoryListing, options: DatasetOptions) throws -> ArrayMetadata? {
        if let path = options.metadataPath {
            return try ArrayMetadata(InputBytes(contentsOf: path), options: options)
        }
        guard listing.contains(fileName) else { return nil }
        return try ArrayMetadata(listing.open(fileName), options: options)
    }

    /// Reads a table, gzipped or not.
    init(_ file: InputBytes, options: DatasetOptions) throws {
        input = Gzip.recognises(file) ? try Gzip.inflate(file, limit: options.inflatedByteLimit) : file
        var csv = options.csv
        csv.hasHeader = true
        // A table of one column, for instance of labels alone, has nothing to tell the delimiter by.
        var alone = csv
        alone.delimiter = csv.delimiter ?? UInt8(ascii: ",")
        let dialect = try (try? CSVDialect(of: input, options: csv)) ?? CSVDialect(of: input, options: alone)
        let (path, names) = (input.path, dialect.columnNames)
        let lowercase = names.map { $0.lowercased() }
        func column(_ name: String?, else usual: [String]) throws -> Int? {
            if let name { return try dialect.column(name, at: path) }
            return usual.lazy.compactMap { lowercase.firstIndex(of: $0) }.first
        }
        let label = try column(csv.label, else: CSVTable.usualLabels)
        let split = try column(csv.split, else: [ImageMetadata.splitColumn])
        let id = try column(csv.id, else: [Self.idColumn])
        let roles = [label, split, id].compactMap { $0 }
        guard Set(roles).count == roles.count else {
            throw CurateError(.usage, "a column has two roles", at: path, remedy: "give each column one role")
        }
        groupsAreChosen = !csv.groups.isEmpty
        if groupsAreChosen {
            // Whoever groups by the class need not know what its column is called.
            groups = try csv.groups.filter { $0 != GroupDefinition.labelWord || names.contains($0) }
                .map { try dialect.column($0, at: path) }.filter { $0 != label }
        } else {
            let ignored = try Set(csv.ignored.map { try dialect.column($0, at: path) })
            groups = names.indices.filter { column in
                !roles.contains(column) && !ignored.contains(column) && !names[column].isEmpty
                    && names.count { $0 == names[column] } == 1
            }
        }
        (self.dialect, self.label, self.split, self.id) = (dialect, label, split, id)
        groupTexts = groups.map { _ in [] }
        try readRows()
    }

    private mutating func readRows() throws {
        var lines: [String: Int] = [:]
        var words: LabelWords?
        try forEachRow { scanner, fields, line in
            count += 1
            func isMissing(_ column: Int) -> Bool {
                CSVValue.isMissing(
                    UnsafeRawBufferPointer(rebasing: input.bytes[fields[column].start..<fields[column].end]))
            }
            if let label {
                let text = scanner.text(fields[label])
                if isMissing(label) {
                    let known = try words ?? labelWords(in: label)
                    words = known
                    guard known.isClass(LabelWords.Word(text: text, isQuoted: fields[label].isQuoted)) else {
                        throw scanner.failure(
                            known.complaint(about: text), line: line, remedy: known.remedy(canDrop: false))
                    }
                }
                labelTexts.append(text)
            }
            if let split {
                let text = scanner.text(fields[split])
                guard let partition = Partition(text: text) else {
                    throw scanner.failure(
                        "'\(text)' in column '\(dialect.columnNames[split])' is not a partition", line: line,
                        remedy: "write train, validation or test, or 0, 1 or 2")
                }
                partitions.append(partition)
            }
            if let id {
                let text = scanner.text(fields[id])
                guard !text.isEmpty else {
                    throw scanner.failure("the row has no id", line: line, remedy: "name every row")
                }
                if let other = lines.updateValue(line, forKey: text) {
                    throw scanner.failure(
                        "id '\(text)' is also on line \(other)", line: line, remedy: "make ids unique")
                }
                ids.append(text)
            }
            for (number, column) in groups.enumerated() {
                groupTexts[number].append(isMissing(column) ? CSVTable.missingLevel : scanner.text(fields[column]))
            }
        }
    }

    private func labelWords(in column: Int) throws -> LabelWords {
        var words = LabelWords()
        try forEachRow { scanner, fields, _ in
            let field = fields[column]
            let bytes = UnsafeRawBufferPointer(rebasing: input.bytes[field.start..<field.end])
            words.add(scanner.text(field), isQuoted: field.isQuoted, isMissing: CSVValue.isMissing(bytes))
        }
        words.finish()
        return words
    }

    /// Visits the rows in order, each checked to have as many fields as there are columns.
    func forEachRow(_ body: (CSVScanner, [CSVScanner.Field], _ line: Int) throws -> Void) throws {
        var scanner = CSVScanner(input, delimiter: dialect.delimiter)
        var fields: [CSVScanner.Field] = []
        _ = try scanner.next(into: &fields)
        while let line = try scanner.next(into: &fields) {
            guard fields.count == dialect.columnNames.count else {
                throw scanner.failure(
                    "the row has \(fields.count) fields, \(dialect.columnNames.count) are expected", line: line,
                    remedy: "complete the row, or name the delimiter with `delimiter`")
            }
            try body(scanner, fields, line)
        }
    }

    /// The classes of the table: the names in order, and an index into them for each row.
    ///
    /// - Parameter given: names from a file; a label is one of them, or the position of one.
    func classes(named given: [String]?) throws -> (names: [String], labels: [Int32]) {
        try ClassNames.classes(of: labelTexts, named: given, in: input)
    }

    /// The groups of some rows, and what is said about the columns.
    ///
    /// Unless columns were named, one is a group when it has more than one value, and at most a hundred or half as many
    /// as there are rows.
    ///
    /// - Parameter rows: the row of each example, in the order of the dataset.
    func groupColumns(of rows: [Int]) -> (columns: [GroupColumn], notes: [String]) {
        var columns: [GroupColumn] = []
        var leftOut: [String] = []
        for (column, texts) in zip(groups, groupTexts) {
            let group = GroupColumn(name: dialect.columnNames[column], values: rows.map { texts[$0] })
            if groupsAreChosen || ImageMetadata.isGroup(group) {
                columns.append(group)
            } else {
                leftOut.append(group.name)
            }
        }
        func name(_ column: Int) -> String { "'\(dialect.columnNames[column])'" }
        var roles: [String] = []
        if let label { roles.append("classes \(name(label))") }
        if let split { roles.append("partitions \(name(split))") }
        if let id { roles.append("names \(name(id))") }
        if !columns.isEmpty { roles.append("groups " + columns.map { "'\($0.name)'" }.joined(separator: ", ")) }
        let file = DirectoryListing.split(input.path).name
        var notes = ["columns of \(file): \(roles.isEmpty ? "none is used" : roles.joined(separator: ", "))"]
        if !leftOut.isEmpty {
            notes.append("left out, one value or too many to be groups: \(leftOut.joined(separator: ", "))")
        }
        return (columns, notes)
    }
}
