/// One table of predictions as it stands in a file: texts as codes, probabilities as numbers.
struct PredictionTable {
    /// The file.
    let path: String
    /// What its columns are.
    let columns: PredictionColumns
    /// The label of each row.
    private(set) var labels = CSVTextColumn(keepsWords: true)
    /// The name of each row; nil without a column of names.
    private(set) var ids: CSVTextColumn?
    /// The part of each row; nil when no column says it.
    private(set) var partitions: [Partition]?
    /// For each column that groups are made of, the value of each row.
    private(set) var attributes: [CSVTextColumn]
    /// The rows that are evaluated, ascending.
    private(set) var evaluated: [Int] = []
    /// For each column of predictions, the predicted class of each row that is evaluated.
    private(set) var predicted: [CSVTextColumn]
    /// The columns of probabilities for each row that is evaluated, [rows][columns].
    private(set) var probabilities: [Float] = []
    /// The line of each row that is evaluated.
    private(set) var lines: [Int32] = []

    /// Probabilities of an example may add up to this much more or less than 1, for those that were written with few digits.
    private static let sumTolerance = 0.02

    /// Reads a file.
    ///
    /// - Throws: `CurateError` of kind `usage` for columns that are not there, of kind `badData` for a row that cannot be
    ///   understood, with its line.
    init(path: String, options: PredictionOptions) throws {
        self.path = path
        var input = try InputBytes(contentsOf: path)
        if Gzip.recognises(input) { input = try Gzip.inflate(input, limit: options.inflatedByteLimit) }
        let dialect = try CSVDialect(of: input, options: options.csv)
        columns = try PredictionColumns(of: dialect, options: options, path: path)
        if columns.id != nil { ids = CSVTextColumn() }
        if columns.split != nil { partitions = [] }
        attributes = columns.attributes.map { _ in CSVTextColumn() }
        predicted = columns.predicted.map { _ in CSVTextColumn(keepsWords: true) }
        var words: [PossibleWord] = []
        // Of several runs in one table nobody knows whose the probabilities are.
        let probabilityColumns = columns.predicted.count > 1 ? [] : columns.probabilities.columns
        let isDistribution = if case .byClass = columns.probabilities { true } else { false }

        var scanner = CSVScanner(input, delimiter: dialect.delimiter)
        var fields: [CSVScanner.Field] = []
        var expectsHeader = dialect.hasHeader
        let wanted = options.partition ?? .test
        var row = 0
        while let line = try scanner.next(into: &fields) {
            if expectsHeader {
                expectsHeader = false
                continue
            }
            guard fields.count == dialect.columnNames.count else {
                throw scanner.failure(
                    "the row has \(fields.count) fields, \(dialect.columnNames.count) are expected", line: line,
                    remedy: "complete the row, or name the delimiter with `delimiter`")
            }
            var isEvaluated = true
            if let split = columns.split {
                let partition = try Self.partition(scanner.text(fields[split]), scanner, line)
                partitions?.append(partition)
                isEvaluated = partition == wanted
            }
            try Self.append(fields[columns.label], to: &labels, "label", &words, scanner, line)
            if let id = columns.id { ids?.append(fields[id], of: scanner) }
            for (number, attribute) in columns.attributes.enumerated() {
                attributes[number].append(fields[attribute.column], of: scanner)
            }
            if isEvaluated {
                evaluated.append(row)
                lines.append(Int32(clamping: line))
                for (number, column) in columns.predicted.enumerated() {
                    try Self.append(fields[column], to: &predicted[number], "prediction", &words, scanner, line)
                }
                if !probabilityColumns.isEmpty {
                    var sum = 0.0
                    for column in probabilityColumns {
                        let share = try Self.share(fields[column], scanner, line)
                        sum += share
                        probabilities.append(Float(share))
                    }
                    if isDistribution, abs(sum - 1) > Self.sumTolerance {
                        throw scanner.failure(
                            "the probabilities add up to \(NumberText.significant(sum))", line: line,
                            remedy: "write a probability for every class; of logits, write the softmax")
                    }
                }
            }
            row += 1
        }
        try check(words)
        try check(wanted)
    }

    /// The first row of a label or prediction that is a word like `NA`.
    private struct PossibleWord {
        let word: LabelWords.Word
        let what: String
        let line: Int
    }

    private static let wordRemedy =
        "leave the row out, or find out why there is none: a value of NaN comes from a training that diverged; if it is a "
        + "class, write it in quotes"

    /// Refuses words that are no classes; what is one in the column of labels is one among predictions.
    private func check(_ words: [PossibleWord]) throws {
        guard !words.isEmpty else { return }
        var counts = [Int](repeating: 0, count: labels.texts.count)
        for code in labels.codes { counts[Int(code)] += 1 }
        var known = LabelWords()
        for (text, count) in zip(labels.texts, counts) {
            let isQuoted = words.contains { $0.what == "label" && $0.word.text == text && $0.word.isQuoted }
            known.add(text, isQuoted: isQuoted, isMissing: CSVValue.isMissing(text: text), count: count)
        }
        known.finish()
        for own in words where !own.word.isQuoted {
            let isClass = [true, false].contains {
                known.isClass(LabelWords.Word(text: own.word.text, isQuoted: $0))
            }
            guard !isClass else { continue }
            throw CurateError(
                .badData, "the row has no \(own.what): '\(own.word.text)' is read as missing",
                at: "\(path):\(own.line)",
                remedy: Self.wordRemedy)
        }
    }

    private static func append(
        _ field: CSVScanner.Field, to column: inout CSVTextColumn, _ what: String, _ words: inout [PossibleWord],
        _ scanner: CSVScanner, _ line: Int
    ) throws {
        column.append(field, of: scanner)
        let bytes = UnsafeRawBufferPointer(rebasing: scanner.input.bytes[field.start..<field.end])
        guard CSVValue.isMissing(bytes) else { return }
        guard field.start == field.end else {
            let word = LabelWords.Word(text: scanner.text(field), isQuoted: field.isQuoted)
            if !words.contains(where: { $0.word == word && $0.what == what }) {
                words.append(PossibleWord(word: word, what: what, line: line))
            }
            return
        }
        throw scanner.failure(
            "the row has no \(what)", line: line,
            remedy:
                "leave the row out, or find out why there is none: a value of NaN comes from a training that diverged")
    }

    private static func share(_ field: CSVScanner.Field, _ scanner: CSVScanner, _ line: Int) throws -> Double {
        let bytes = UnsafeRawBufferPointer(rebasing: scanner.input.bytes[field.start..<field.end])
        guard let number = CSVValue.number(bytes), number >= -1e-6, number <= 1 + 1e-6 else {
            throw scanner.failure(
                "'\(scanner.text(field))' is no probability", line: line,
                remedy: "write numbers from 0 to 1; of logits, write the softmax")
        }
        return min(1, max(0, number))
    }

    private static func partition(_ text: String, _ scanner: CSVScanner, _ line: Int) throws -> Partition {
        if let partition = Partition(text: text) { return partition }
        throw scanner.failure(
            "'\(text)' is not a partition", line: line,
            remedy: "write train, validation or test, or 0, 1 or 2; name another column with `split`")
    }

    private func check(_ wanted: Partition) throws {
        guard !labels.codes.isEmpty else {
            throw CurateError(.badData, "the table has no rows", at: path, remedy: "write one row per example")
        }
        if evaluated.isEmpty {
            let there = Partition.allCases.compactMap { partition in
                let count = partitions?.count { $0 == partition } ?? 0
                return count > 0 ? "\(count) of \(partition.name)" : nil
            }
            throw CurateError(
                .usage, "the table has no rows of \(wanted.name)", at: path,
                remedy: "there are \(there.joined(separator: ", ")): choose the part with `on`")
        }
        guard let ids, ids.texts.count < ids.codes.count else { return }
        var seen = Set<Int32>()
        for code in ids.codes where !seen.insert(code).inserted {
            throw CurateError(
                .badData, "two rows have the id '\(ids.texts[Int(code)])'", at: path,
                remedy: "predictions of several runs stand in several columns, pred_0 and pred_1, or in several files")
        }
    }

    /// The place of a row that is evaluated, for errors.
    func place(_ position: Int) -> String { "\(path):\(lines[position])" }

    /// The texts of predicted classes over all runs.
    var predictedTexts: [String] { predicted.flatMap(\.texts) }
}
