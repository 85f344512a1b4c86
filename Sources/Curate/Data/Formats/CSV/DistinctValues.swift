/// The different values that some features of a table have in training.
struct DistinctValues {
    /// For each feature that was looked at, its values; those that are not known are none.
    private(set) var values: [Int: Set<String>] = [:]
    /// The features that lack a value in some training row.
    private(set) var lacking: Set<Int> = []

    /// Reads the columns.
    ///
    /// - Parameters:
    ///   - table: the rows.
    ///   - partitions: the part of each row; nothing for rows left out.
    ///   - features: which of the table's features to look at.
    ///   - numbers: those of them that are numbers, of which only those without a value that occurs twice are kept.
    ///   - levelLimit: the most different values of a column in which one occurs twice.
    ///   - samples: for each feature, a value to quote.
    /// - Throws: `CurateError(.badData)` for a column with more.
    init(
        of table: CSVTable, _ partitions: [Partition?], features: [Int], numbers: Set<Int>, levelLimit: Int,
        samples: [ColumnTally.Sample?]
    ) throws {
        guard !features.isEmpty else { return }
        for feature in features { values[feature] = [] }
        var counts: [Int: Int] = [:]
        try table.forEachRow { row in
            guard partitions[row.index] == .train else { return }
            for feature in features where values[feature] != nil {
                let column = table.features[feature]
                guard !row.isMissing(column) else {
                    lacking.insert(feature)
                    continue
                }
                counts[feature, default: 0] += 1
                values[feature]?.insert(row.text(column))
                // As long as no value occurs twice the column may be one of names, which is left out.
                let count = values[feature]?.count ?? 0
                guard count < counts[feature] ?? 0 else { continue }
                if numbers.contains(feature) { values[feature] = nil }
                guard count > levelLimit, values[feature] != nil else { continue }
                throw Self.tooMany(levelLimit, in: table, feature, samples[feature])
            }
        }
    }

    /// The error for a feature of more different values than categories may have.
    static func tooMany(
        _ levelLimit: Int, in table: CSVTable, _ feature: Int, _ sample: ColumnTally.Sample?
    ) -> CurateError {
        let example = sample.map { ", as \(ColumnTally.quoted($0))" } ?? ""
        return table.files[0].input.badData(
            "column \(table.name(table.features[feature])) has more than \(levelLimit) distinct values that are not all "
                + "numbers\(example)",
            remedy: "leave it out with `ignore`, or name it as the id or a group")
    }
}

/// Names of columns that number or name rows.
enum RowNames {
    private static let words: Set<String> = [
        "id", "index", "idx", "row", "rowid", "rownumber", "rownum", "rowno", "uuid", "guid", "key", "identifier", "nr",
        "no", "number", "serial", "serialnumber",
    ]

    /// Whether a column is called as such columns usually are: `id`, `PassengerId`, `row_id`, pandas' `Unnamed: 0`.
    static func isUsual(_ name: String) -> Bool {
        if name.hasPrefix("Unnamed: ") { return true }
        let lowercase = name.lowercased()
        if words.contains(lowercase.filter { $0.isLetter || $0.isNumber }) { return true }
        return ["_id", "-id", " id", ".id"].contains { lowercase.hasSuffix($0) }
            || (name.hasSuffix("Id") || name.hasSuffix("ID")) && name.count > 2
    }
}

/// What is said of the columns of a table.
struct ColumnNotes {
    /// Columns without a value in training.
    var empty: [String] = []
    /// Columns that name rows.
    var names: [String] = []
    /// Columns that are features and number the rows.
    var rowNumbers: [String] = []
    private var categories: [String] = []
    private var manyLevels: [String] = []

    /// The levels that are never too many for their rows.
    private static let fewLevels = 20

    /// Takes a column of categories.
    mutating func add(_ name: String, levelCount: Int, rowCount: Int) {
        categories.append("\(name) (\(levelCount))")
        if levelCount > Self.fewLevels, levelCount * 2 > rowCount {
            manyLevels.append("\(name) (\(levelCount) for \(rowCount) training rows)")
        }
    }

    /// The sentences.
    var notes: [String] {
        var notes: [String] = []
        if !empty.isEmpty { notes.append("left out, having no value in training: \(empty.joined(separator: ", "))") }
        if !names.isEmpty {
            notes.append("left out, naming or numbering the rows: \(names.joined(separator: ", "))")
        }
        if !categories.isEmpty {
            notes.append("categorical columns with levels: \(categories.joined(separator: ", "))")
        }
        if !manyLevels.isEmpty {
            notes.append(
                "warning: nearly as many levels as rows, from which nothing can be learned: "
                    + "\(manyLevels.joined(separator: ", ")); if it is a name leave it out with `ignore`, if a number "
                    + "write plain numbers")
        }
        if !rowNumbers.isEmpty {
            notes.append(
                "warning: a feature that numbers the rows says the class where rows are sorted: "
                    + "\(rowNumbers.joined(separator: ", ")); leave it out with `ignore` unless it is a measurement")
        }
        return notes
    }
}
