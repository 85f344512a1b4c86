/// The numbers of a table: one row of single-precision floats for each row kept, in partition order.
struct CSVMatrix {
    /// Numbers per row.
    let columnCount: Int
    /// The numbers.
    let buffer: OwnedBuffer
    /// What was decided without being told.
    private(set) var notes: [String] = []

    private let values: UnsafeMutableBufferPointer<Float>
    /// For each feature, the first of its columns; nothing when it has none.
    private let firstColumns: [Int?]

    /// - Parameters:
    ///   - table: the rows.
    ///   - survey: what is known of them.
    ///   - destinations: for each row kept, its place in partition order.
    ///   - trainingCount: how many of the first places are training rows.
    init(
        of table: CSVTable, _ survey: CSVSurvey, destinations: [Int], trainingCount: Int, byteLimit: Int
    ) throws {
        var columnCount = 0
        var firstColumns: [Int?] = []
        for encoding in survey.encodings {
            switch encoding {
            case .number:
                firstColumns.append(columnCount)
                columnCount += 1
            case .levels(let levels):
                firstColumns.append(columnCount)
                columnCount += levels.count
            case .nothing:
                firstColumns.append(nil)
            }
        }
        let input = table.files[0].input
        guard columnCount > 0 else {
            throw input.badData("no column has a value in training", remedy: "check the delimiter and the split")
        }
        let count = destinations.count.multipliedReportingOverflow(by: columnCount)
        guard !count.overflow && count.partialValue <= byteLimit / 4 else {
            throw input.badData(
                "\(destinations.count) rows of \(columnCount) numbers take more than \(byteLimit) bytes",
                remedy: "leave columns out with `ignore`, or save the features as a NumPy array, which is mapped")
        }
        guard let buffer = OwnedBuffer(byteCount: count.partialValue * 4) else {
            throw CurateError(.workFailed, "there is no memory for the numbers of the table", at: input.path)
        }
        self.columnCount = columnCount
        self.firstColumns = firstColumns
        self.buffer = buffer
        values = buffer.bytes.bindMemory(to: Float.self)
        values.initialize(repeating: 0)
        try fill(table, survey, destinations)
        replaceMissing(survey, trainingCount: trainingCount)
    }

    /// The features that became numbers, with their places.
    func columns(of table: CSVTable, _ survey: CSVSurvey) -> [FeatureColumn] {
        survey.encodings.indices.compactMap { feature in
            guard let first = firstColumns[feature] else { return nil }
            var (count, isCategory) = (1, false)
            if case .levels(let levels) = survey.encodings[feature] { (count, isCategory) = (levels.count, true) }
            return FeatureColumn(
                name: table.dialect.columnNames[table.features[feature]], elements: first..<(first + count),
                isCategory: isCategory)
        }
    }

    private mutating func fill(_ table: CSVTable, _ survey: CSVSurvey, _ destinations: [Int]) throws {
        var kept = 0
        var unseenCount = 0
        try table.forEachRow { row in
            guard survey.partitions[row.index] != nil else { return }
            let start = destinations[kept] * columnCount
            kept += 1
            for (feature, encoding) in survey.encodings.enumerated() {
                guard let column = firstColumns[feature] else { continue }
                let source = table.features[feature]
                switch encoding {
                case .number(let style):
                    values[start + column] = try number(row, source, table, style)
                case .levels(let levels):
                    if let level = levels[row.level(source)] {
                        values[start + column + level] = 1
                    } else {
                        unseenCount += 1
                    }
                case .nothing:
                    break
                }
            }
        }
        if unseenCount > 0 {
            notes.append("\(unseenCount) categorical values do not occur in training and became all zeros")
        }
    }

    /// A field's number; NaN for a missing one, until the median is known.
    private func number(
        _ row: CSVTable.Row, _ column: Int, _ table: CSVTable, _ style: NumberStyle
    ) throws -> Float {
        let bytes = row.bytes(column)
        if CSVValue.isMissing(bytes) { return .nan }
        let number = style.number(bytes)
        if number == nil, CSVValue.isMissingNumber(row.text(column)) { return .nan }
        // What is left is `inf` among numbers of another style.
        let value = Float(number ?? .infinity)
        guard value.isFinite else {
            throw row.scanner.failure(
                "'\(row.text(column))' in column \(table.name(column)) is not a finite number in single precision",
                line: row.line, remedy: "replace it, or leave it empty to have the training median put there")
        }
        return value
    }

    private mutating func replaceMissing(_ survey: CSVSurvey, trainingCount: Int) {
        let rowCount = values.count / columnCount
        var missingCount = 0
        var affectedCount = 0
        for (feature, encoding) in survey.encodings.enumerated() {
            guard case .number = encoding, let column = firstColumns[feature] else { continue }
            let missing = (0..<rowCount).filter { values[$0 * columnCount + column].isNaN }
            if missing.isEmpty { continue }
            let known = (0..<trainingCount).map { values[$0 * columnCount + column] }.filter { !$0.isNaN }
            let median = Self.median(known)
            for row in missing { values[row * columnCount + column] = median }
            missingCount += missing.count
            affectedCount += 1
        }
        if missingCount > 0 {
            notes.append(
                "\(missingCount) missing values in \(affectedCount) numeric columns became the column's training median"
            )
        }
    }

    /// The middle value, or the mean of the two middle ones.
    private static func median(_ values: [Float]) -> Float {
        let sorted = values.sorted()
        precondition(!sorted.isEmpty, "a column of numbers has a value in training")
        let upper = sorted[sorted.count / 2]
        guard sorted.count % 2 == 0 else { return upper }
        return Float((Double(sorted[sorted.count / 2 - 1]) + Double(upper)) / 2)
    }
}
