/// The table that lists the images of a folder, `metadata.csv`, as group_DRO, WILDS and Hugging Face write it.
///
/// A row is an image: its path from the folder, its class, and, where there are such columns, its partition (0, 1, 2 or
/// words) and attributes, which become groups.
struct ImageMetadata {
    static let fileName = "metadata.csv"

    /// Names of the column of paths, in order of preference.
    static let fileColumns = ["img_filename", "filename", "file_name", "path", "filepath", "image", "file"]
    static let splitColumn = "split"
    /// An attribute has at most so many values, and on average two images for each.
    private static let valueLimit = 100

    let table: CSVTable
    let survey: CSVSurvey
    /// The column of paths.
    let file: Int
    /// The path of each row that has a label.
    let paths: [String]
    /// The partition of each row that has a label.
    let partitions: [Partition]
    /// Where each row that has a label goes in the dataset.
    let order: PartitionOrder
    /// The groups, in the order of the dataset.
    let groupColumns: [GroupColumn]
    let notes: [String]

    /// Whether an attribute that nobody named is taken for a group.
    static func isGroup(_ column: GroupColumn) -> Bool {
        let count = column.valueNames.count
        return count > 1 && count <= valueLimit && count * 2 <= column.values.count
    }

    /// Whether a directory has such a table, with a column that holds paths.
    static func recognises(_ listing: DirectoryListing) throws -> Bool {
        guard listing.contains(fileName) else { return false }
        var options = CSVOptions()
        options.hasHeader = true
        let input = try listing.open(fileName)
        // Reading it then says what is wrong; passing it over would make classes of its directories.
        guard (try? input.requireUTF8()) != nil else { return true }
        let dialect = try? CSVDialect(of: input, options: options)
        return dialect.map { column(fileColumns, of: $0) != nil } ?? false
    }

    /// Reads the table of a folder.
    ///
    /// - Parameters:
    ///   - listing: the folder.
    ///   - options: which columns have which role; what they do not say is told by the names of the columns.
    init(_ listing: DirectoryListing, options: CSVOptions) throws {
        let input = try listing.open(Self.fileName)
        var options = options
        options.hasHeader = true
        let dialect = try CSVDialect(of: input, options: options)
        guard let file = Self.column(Self.fileColumns, of: dialect) else {
            throw input.badData(
                "no column holds the paths of the images",
                remedy: "call it \(Self.fileColumns.prefix(3).joined(separator: ", ")) or path; "
                    + "the columns are \(dialect.columnNames.prefix(20).joined(separator: ", "))")
        }
        self.file = file
        let names = dialect.columnNames
        func position(_ name: String) throws -> Int { try dialect.column(name, at: input.path) }
        if options.label == nil {
            guard let label = Self.column(CSVTable.usualLabels, of: dialect) else {
                throw CurateError(
                    .usage, "no column is called \(CSVTable.usualLabels.joined(separator: ", "))", at: input.path,
                    remedy: "name the column of classes with `label`")
            }
            options.label = names[label]
        }
        if options.split == nil { options.split = Self.column([Self.splitColumn], of: dialect).map { names[$0] } }
        if options.id == nil { options.id = names[file] }
        let roles = try Set([options.label, options.split, options.id].compactMap { $0 }.map(position) + [file])
        let isChosen = !options.groups.isEmpty
        if !isChosen {
            let ignored = try Set(options.ignored.map(position))
            options.groups = names.indices.filter { column in
                !roles.contains(column) && !ignored.contains(column) && !names[column].isEmpty
                    && names.count { $0 == names[column] } == 1
            }.map { names[$0] }
        }
        table = try CSVTable(
            files: [CSVTable.File(partition: .train, input: input)], options: options, hasFeatures: false)
        survey = try CSVSurvey(of: table, options: options)
        partitions = survey.partitions.compactMap { $0 }
        order = PartitionOrder(partitions)
        paths = try Self.paths(table, survey, file: file)

        var columns: [GroupColumn] = []
        var leftOut: [String] = []
        for (column, values) in zip(table.groups, survey.groups) {
            let group = GroupColumn(name: names[column], values: order.apply(to: values))
            if isChosen || Self.isGroup(group) {
                columns.append(group)
            } else {
                leftOut.append(group.name)
            }
        }
        groupColumns = columns
        var roleTexts = ["images '\(names[file])'", "classes \(table.name(table.label))"]
        if let split = table.split { roleTexts.append("partitions \(table.name(split))") }
        if !columns.isEmpty {
            roleTexts.append("groups " + columns.map { "'\($0.name)'" }.joined(separator: ", "))
        }
        var notes = ["columns of \(Self.fileName): \(roleTexts.joined(separator: ", "))"]
        if !leftOut.isEmpty {
            notes.append("left out, one value or too many to be groups: \(leftOut.joined(separator: ", "))")
        }
        self.notes = notes + survey.notes
    }

    /// The classes of the rows that have labels: the names in order, and an index into them for each row.
    ///
    /// - Parameter given: names from a file; a label is one of them, or the position of one.
    func classes(named given: [String]?) throws -> (names: [String], labels: [Int32]) {
        let (texts, labels) = survey.classes()
        guard let given else {
            guard texts.count <= ClassNames.largestClassCount else {
                throw table.files[0].input.badData(
                    "column \(table.name(table.label)) has \(texts.count) distinct labels",
                    remedy: "name the column of classes with `label`")
            }
            return (texts, labels)
        }
        let numbers = try texts.map { text in
            guard let number = ClassNames.givenPlace(of: text, among: given) else {
                throw table.files[0].input.badData(
                    "the label '\(text)' is neither a class name nor the position of one",
                    remedy: "add it to class_names.txt, or remove the list")
            }
            return Int32(number)
        }
        return (given, labels.map { numbers[Int($0)] })
    }

    /// The first of some names that is a column's, whatever its case.
    private static func column(_ names: [String], of dialect: CSVDialect) -> Int? {
        let columns = dialect.columnNames.map { $0.lowercased() }
        return names.lazy.compactMap { columns.firstIndex(of: $0) }.first
    }

    private static func paths(_ table: CSVTable, _ survey: CSVSurvey, file: Int) throws -> [String] {
        var paths: [String] = []
        try table.forEachRow { row in
            guard survey.partitions[row.index] != nil else { return }
            let path = row.text(file)
            guard !path.isEmpty, !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
                throw row.scanner.failure(
                    "'\(path)' does not lead to a file in the folder", line: row.line,
                    remedy: "write paths from the folder that holds \(fileName)")
            }
            paths.append(path)
        }
        return paths
    }
}
