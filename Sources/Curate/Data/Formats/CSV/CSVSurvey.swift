/// What has to be known of all rows before the first number can be stored: classes, partitions, types and levels.
struct CSVSurvey {
    /// How a feature column becomes numbers.
    enum Encoding {
        /// The value itself.
        case number
        /// One number for each level, 1 for the row's own.
        case levels([String: Int])
        /// Not at all.
        case nothing
    }

    /// The partition of each row; nothing for rows left out.
    private(set) var partitions: [Partition?] = []
    /// For each row kept, an index into `labelTexts`.
    private(set) var labels: [Int32] = []
    /// The distinct labels in order of appearance.
    private(set) var labelTexts: [String] = []
    /// The name of each row kept, when there is a column of names.
    private(set) var ids: [String] = []
    /// The value of each row kept, for each group column.
    private(set) var groups: [[String]]
    /// For each of the table's feature columns, how it becomes numbers.
    private(set) var encodings: [Encoding] = []
    /// What was decided without being told.
    private(set) var notes: [String] = []

    private let table: CSVTable
    private let options: CSVOptions
    private var labelNumbers: [String: Int32] = [:]
    /// The words among labels that usually say nothing; looked at once there is one.
    private var words: LabelWords?
    private var idPlaces: [String: (file: Int, line: Int)] = [:]
    private var isNumeric: [Bool]
    private var hasTrainingValue: [Bool]

    init(of table: CSVTable, options: CSVOptions) throws {
        self.table = table
        self.options = options
        groups = table.groups.map { _ in [] }
        isNumeric = table.features.map { _ in true }
        hasTrainingValue = table.features.map { _ in false }
        for name in options.categorical {
            let column = try table.dialect.column(name, at: table.files[0].input.path)
            if let feature = table.features.firstIndex(of: column) { isNumeric[feature] = false }
        }
        try table.forEachRow { try visit($0) }
        guard !labels.isEmpty else { throw table.files[0].input.badData("the table has no rows with a label") }
        let droppedCount = partitions.count - labels.count
        if droppedCount > 0 { notes.append("\(droppedCount) rows without a label were left out") }
        notes += words?.notes(about: table.name(table.label)) ?? []
        try chooseEncodings()
    }

    private mutating func visit(_ row: CSVTable.Row) throws {
        guard try !isUnlabelled(row) else {
            guard options.dropsUnlabelled else {
                let words = try LabelWords(of: table)
                throw row.scanner.failure(
                    words.complaint(about: row.text(table.label)), line: row.line,
                    remedy: words.remedy(canDrop: true))
            }
            partitions.append(nil)
            return
        }
        let partition = try partition(of: row)
        partitions.append(partition)
        labels.append(labelNumber(row.text(table.label)))
        if let column = table.id { ids.append(try id(of: row, column)) }
        for (number, column) in table.groups.enumerated() { groups[number].append(row.level(column)) }
        for (feature, column) in table.features.enumerated() {
            let bytes = row.bytes(column)
            if CSVValue.isMissing(bytes) { continue }
            if partition == .train { hasTrainingValue[feature] = true }
            if isNumeric[feature] && CSVValue.number(bytes) == nil { isNumeric[feature] = false }
        }
    }

    /// Whether a row says no class; a word that usually means so may be one.
    private mutating func isUnlabelled(_ row: CSVTable.Row) throws -> Bool {
        guard row.isMissing(table.label) else { return false }
        let word = row.word(table.label)
        if word.text.isEmpty { return true }
        let words = try self.words ?? LabelWords(of: table)
        self.words = words
        return !words.isClass(word)
    }

    private mutating func labelNumber(_ text: String) -> Int32 {
        if let number = labelNumbers[text] { return number }
        let number = Int32(truncatingIfNeeded: labelTexts.count)
        labelNumbers[text] = number
        labelTexts.append(text)
        return number
    }

    private func partition(of row: CSVTable.Row) throws -> Partition {
        guard let column = table.split else { return table.files[row.file].partition }
        let text = row.text(column)
        guard let partition = Partition(text: text) else {
            throw row.scanner.failure(
                "'\(text)' in column \(table.name(column)) is not a partition", line: row.line,
                remedy: "write train, validation or test, or 0, 1 or 2")
        }
        return partition
    }

    private mutating func id(of row: CSVTable.Row, _ column: Int) throws -> String {
        let text = row.text(column)
        guard !text.isEmpty else {
            throw row.scanner.failure("the row has no id", line: row.line, remedy: "name every row")
        }
        if let place = idPlaces.updateValue((row.file, row.line), forKey: text) {
            throw row.scanner.failure(
                "id '\(text)' is also on line \(place.line) of \(table.files[place.file].input.path)", line: row.line,
                remedy: "make ids unique, or leave out the id column to number the rows")
        }
        return text
    }

    private mutating func chooseEncodings() throws {
        var levels: [Int: Set<String>] = [:]
        for feature in table.features.indices where !isNumeric[feature] { levels[feature] = [] }
        if !levels.isEmpty {
            try table.forEachRow { row in
                guard partitions[row.index] == .train else { return }
                for feature in table.features.indices where !isNumeric[feature] {
                    let level = row.level(table.features[feature])
                    if levels[feature]?.insert(level).inserted == true { try checkLevels(levels[feature], feature) }
                }
            }
        }
        encodings = table.features.indices.map { feature in
            guard hasTrainingValue[feature] else { return .nothing }
            guard let found = levels[feature] else { return .number }
            let sorted = found.sorted(by: bytewise)
            return .levels(Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices)))
        }
        let empty = table.features.indices.filter { !hasTrainingValue[$0] }.map { table.name(table.features[$0]) }
        if !empty.isEmpty {
            notes.append("left out, having no value in training: \(empty.joined(separator: ", "))")
        }
        let categorical = levels.keys.sorted().filter { hasTrainingValue[$0] }.map { feature in
            "\(table.name(table.features[feature])) (\(levels[feature]?.count ?? 0))"
        }
        if !categorical.isEmpty {
            notes.append("categorical columns with levels: \(categorical.joined(separator: ", "))")
        }
    }

    private func checkLevels(_ levels: Set<String>?, _ feature: Int) throws {
        guard let levels, levels.count > options.levelLimit else { return }
        throw table.files[0].input.badData(
            "column \(table.name(table.features[feature])) has more than \(options.levelLimit) distinct values "
                + "that are not all numbers",
            remedy: "leave it out with `ignore`, or name it as the id or a group")
    }

    /// The labels as classes: names in order, and an index into them for each row kept.
    func classes() -> (names: [String], labels: [Int32]) {
        let (names, classes) = ClassNames.arranged(labelTexts)
        return (names, labels.map { classes[Int($0)] })
    }
}
