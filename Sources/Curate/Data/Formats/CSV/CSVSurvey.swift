/// What has to be known of all rows before the first number can be stored: classes, partitions, types and levels.
struct CSVSurvey {
    /// How a feature column becomes numbers.
    enum Encoding {
        /// The value itself, which is written in a style.
        case number(NumberStyle)
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
    private var tallies: [ColumnTally]
    /// Features that are categories because somebody says so.
    private var areCategories: Set<Int> = []
    /// For each feature, the training rows in which it has a value.
    private var trainingCounts: [Int]
    /// Those of them in which it is a word that is missing among numbers.
    private var trainingWordCounts: [Int]

    init(of table: CSVTable, options: CSVOptions) throws {
        self.table = table
        self.options = options
        groups = table.groups.map { _ in [] }
        tallies = table.features.map { _ in ColumnTally() }
        trainingCounts = table.features.map { _ in 0 }
        trainingWordCounts = trainingCounts
        for name in options.categorical {
            let column = try table.dialect.column(name, at: table.files[0].input.path)
            if let feature = table.features.firstIndex(of: column) { areCategories.insert(feature) }
        }
        let blankCount = try table.forEachRow { try visit($0) }
        guard !labels.isEmpty else { throw table.files[0].input.badData("the table has no rows with a label") }
        if blankCount > 0 {
            notes.append("\(blankCount) row\(blankCount == 1 ? "" : "s") without any value were passed over")
        }
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
            let isWord = tallies[feature].add(bytes) {
                ColumnTally.Sample(text: row.text(column), file: row.file, line: row.line)
            }
            guard partition == .train else { continue }
            trainingCounts[feature] += 1
            if isWord { trainingWordCounts[feature] += 1 }
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
        var styles: [NumberStyle?] = []
        for feature in table.features.indices {
            styles.append(areCategories.contains(feature) ? nil : try style(of: feature))
        }
        let distinct = try DistinctValues(
            of: table, partitions,
            features: table.features.indices.filter { needsValues($0, isNumber: styles[$0] != nil) },
            numbers: Set(styles.indices.filter { styles[$0] != nil }), levelLimit: options.levelLimit,
            samples: table.features.indices.map(sample))
        var columns = ColumnNotes()
        encodings = try table.features.indices.map { feature in
            let name = table.name(table.features[feature])
            let knownCount = trainingCounts[feature] - (styles[feature] == nil ? 0 : trainingWordCounts[feature])
            guard knownCount > 0 else {
                columns.empty.append(name)
                return .nothing
            }
            let values = distinct.values[feature]
            // A group that somebody wants as a feature stays, whatever it holds.
            let isChosen = table.groups.contains(table.features[feature]) || areCategories.contains(feature)
            let areUnique = values.map { $0.count == trainingCounts[feature] } ?? false
            if !isChosen, areUnique, isName(feature, isNumber: styles[feature] != nil) {
                columns.names.append(name)
                return .nothing
            }
            if let style = styles[feature] {
                notes += tallies[feature].note(style, about: name)
                if tallies[feature].areRowNumbers, trainingCounts[feature] >= Self.leastRows {
                    columns.rowNumbers.append(name)
                }
                return .number(style)
            }
            let levels = (values ?? []).union(distinct.lacking.contains(feature) ? [CSVTable.missingLevel] : [])
            guard levels.count <= options.levelLimit else {
                throw DistinctValues.tooMany(options.levelLimit, in: table, feature, sample(of: feature))
            }
            columns.add(name, levelCount: levels.count, rowCount: trainingCounts[feature])
            let sorted = levels.sorted(by: bytewise)
            return .levels(Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices)))
        }
        notes += columns.notes
    }

    /// A value to quote of a feature.
    private func sample(of feature: Int) -> ColumnTally.Sample? {
        tallies[feature].odds.first ?? tallies[feature].styled
    }

    /// The least training rows from which it is said of a column that it numbers or names them.
    private static let leastRows = 10

    /// How the numbers of a feature are written; nil when its values are categories.
    private func style(of feature: Int) throws -> NumberStyle? {
        switch tallies[feature].verdict {
        case .numbers(let style): return style
        case .categories: return nil
        case .unclear(let problem, let sample):
            let input = table.files[sample?.file ?? 0].input
            throw CurateError(
                .badData, "column \(table.name(table.features[feature])) \(problem)",
                at: "\(input.path):\(sample?.line ?? 1)",
                remedy: "write plain numbers such as 1234.5 and leave a field empty where there is none; or leave the "
                    + "column out with `ignore`")
        }
    }

    /// Whether the different values of a feature have to be known: those of categories, and of what may be names.
    private func needsValues(_ feature: Int, isNumber: Bool) -> Bool {
        !isNumber || (tallies[feature].areWhole && RowNames.isUsual(table.dialect.columnNames[table.features[feature]]))
    }

    /// Whether a feature of which each value occurs once names rows: whole numbers under a usual name, or texts.
    private func isName(_ feature: Int, isNumber: Bool) -> Bool {
        guard trainingCounts[feature] >= Self.leastRows else { return false }
        let isUsual = RowNames.isUsual(table.dialect.columnNames[table.features[feature]])
        return isNumber
            ? isUsual && tallies[feature].areWhole : isUsual || trainingCounts[feature] >= 2 * Self.leastRows
    }

    /// The labels as classes: names in order, and an index into them for each row kept.
    func classes() -> (names: [String], labels: [Int32]) {
        let (names, classes) = ClassNames.arranged(labelTexts)
        return (names, labels.map { classes[Int($0)] })
    }
}
