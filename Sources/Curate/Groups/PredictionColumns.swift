/// Which columns of a table of predictions are what, by their usual names or as somebody says.
struct PredictionColumns {
    /// The column of classes.
    let label: Int
    /// The column that names examples.
    let id: Int?
    /// The column that says train, validation or test.
    let split: Int?
    /// The columns of predicted classes, one for each run; none when the probabilities say it.
    let predicted: [Int]
    /// The seed of each run.
    let seeds: [UInt64]
    /// The columns of probabilities.
    let probabilities: Probabilities
    /// The columns that groups are made of, by the names in the definitions.
    let attributes: [(name: String, column: Int)]
    /// What was decided without being told.
    let notes: [String]

    /// Columns of probabilities.
    enum Probabilities: Equatable {
        case none
        /// One for each class, with the class as its name says it.
        case byClass([(column: Int, className: String)])
        /// That of the second of two classes.
        case ofSecondClass(Int)

        static func == (a: Probabilities, b: Probabilities) -> Bool { a.columns == b.columns }

        /// The columns.
        var columns: [Int] {
            switch self {
            case .none: []
            case .byClass(let named): named.map(\.column)
            case .ofSecondClass(let column): [column]
            }
        }
    }

    private static let usualLabels = ["label", "y", "target", "y_true", "true", "class", "truth", "labels"]
    private static let usualIDs = ["id", "index", "idx", "img_id", "image_id", "example"]
    private static let usualSplits = ["split", "partition"]
    private static let usualPredictions = [
        "prediction", "pred", "y_pred", "predicted", "predictions", "y_hat", "yhat",
    ]
    private static let usualProbabilities = ["probability", "p", "prob", "proba"]

    /// Finds the columns of a table.
    ///
    /// - Throws: `CurateError(.usage)` for a column that is named and not there, and when none can be found.
    init(of dialect: CSVDialect, options: PredictionOptions, path: String) throws {
        let names = dialect.columnNames.map { $0.lowercased() }
        func column(_ name: String) throws -> Int { try dialect.column(name, at: path) }
        func usual(_ candidates: [String]) -> Int? { candidates.lazy.compactMap { names.firstIndex(of: $0) }.first }
        var notes: [String] = []
        func named(_ column: Int) -> String { "'\(dialect.columnNames[column])'" }

        let csv = options.csv
        guard let label = try csv.label.map(column) ?? usual(Self.usualLabels) else {
            throw CurateError(
                .usage, "no column is called \(Self.usualLabels.prefix(4).joined(separator: ", ")) or class", at: path,
                remedy: "name the column of classes with `label`; the columns are "
                    + Self.listed(dialect.columnNames))
        }
        id = try csv.id.map(column) ?? usual(Self.usualIDs)
        split = try csv.split.map(column) ?? usual(Self.usualSplits)

        let byClass = dialect.columnNames.enumerated().compactMap { number, name in
            Self.className(in: name).map { (column: number, className: $0) }
        }
        if options.probabilities.count == 1 {
            probabilities = .ofSecondClass(try column(options.probabilities[0]))
        } else if !options.probabilities.isEmpty {
            probabilities = .byClass(
                try options.probabilities.map { name in
                    let number = try column(name)
                    return (number, Self.className(in: dialect.columnNames[number]) ?? dialect.columnNames[number])
                })
        } else if byClass.count > 1 {
            probabilities = .byClass(byClass)
        } else {
            probabilities = usual(Self.usualProbabilities).map { .ofSecondClass($0) } ?? .none
        }

        if !options.predicted.isEmpty {
            let columns = try options.predicted.map(column)
            predicted = columns
            seeds = columns.indices.map { Self.runNumber(in: names[columns[$0]]) ?? UInt64($0) }
        } else if let only = usual(Self.usualPredictions) {
            predicted = [only]
            seeds = [0]
        } else {
            let numbered = names.enumerated().compactMap { number, name in
                Self.runNumber(in: name).map { (column: number, run: $0) }
            }.sorted { $0.run < $1.run }
            predicted = numbered.map(\.column)
            seeds = numbered.isEmpty ? [0] : numbered.map(\.run)
        }
        guard !predicted.isEmpty || probabilities != .none else {
            throw CurateError(
                .usage,
                "no column is called \(Self.usualPredictions.prefix(3).joined(separator: ", ")), and none p_CLASS",
                at: path,
                remedy: "name the column of predictions with `predicted`, or those of probabilities with "
                    + "`probabilities`; the columns are \(Self.listed(dialect.columnNames))")
        }
        guard Set(seeds).count == seeds.count, Set(predicted).count == predicted.count else {
            throw CurateError(
                .usage, "two columns of predictions are of one run", at: path,
                remedy: "number them differently, like pred_0 and pred_1")
        }
        if predicted.contains(label) || probabilities.columns.contains(label) {
            throw CurateError(
                .usage, "column \(named(label)) is both the label and a prediction", at: path,
                remedy: "name the column of classes with `label`")
        }
        self.label = label
        attributes = try options.attributeNames.filter {
            $0 != GroupDefinition.labelWord || dialect.columnNames.contains($0)
        }.map { (name: $0, column: try column($0)) }
        if csv.label == nil { notes.append("column \(named(label)) was taken as the label") }
        if options.predicted.isEmpty, !predicted.isEmpty {
            notes.append(
                "\(predicted.map(named).joined(separator: ", ")) taken as the prediction of \(predicted.count) run\(predicted.count == 1 ? "" : "s")"
            )
        }
        self.notes = notes
    }

    /// The class that the name of a column of probabilities ends in: `p_cat`.
    static func className(in name: String) -> String? {
        for start in ["probability_", "proba_", "prob_", "p_"]
        where name.lowercased().hasPrefix(start) && name.utf8.count > start.utf8.count {
            return String(name.dropFirst(start.count))
        }
        return nil
    }

    /// The run that the name of a column of predictions ends in: `pred_3`, `prediction_seed3`.
    static func runNumber(in name: String) -> UInt64? {
        for start in usualPredictions where name.hasPrefix(start) {
            var rest = name.dropFirst(start.count)
            if rest.hasPrefix("_") { rest = rest.dropFirst() }
            for word in ["seed", "run"] where rest.hasPrefix(word) { rest = rest.dropFirst(word.count) }
            if rest.hasPrefix("_") { rest = rest.dropFirst() }
            if !rest.isEmpty, rest.allSatisfy(\.isASCII), let number = UInt64(rest) { return number }
        }
        return nil
    }

    private static func listed(_ names: [String]) -> String {
        names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
    }
}

/// How a table of predictions is read.
package struct PredictionOptions: Sendable {
    /// The dialect, and the columns of labels, ids and partitions as far as they are named.
    package var csv = CSVOptions()
    /// The columns of predicted classes, one for each run; none to find them by their names.
    package var predicted: [String] = []
    /// The columns of probabilities; none to find them by their names.
    package var probabilities: [String] = []
    /// The groups.
    package var groups: [GroupDefinition] = []
    /// The part that is evaluated where a column says the part; nil for test.
    package var partition: Partition?
    /// The most bytes a gzipped table may inflate to.
    package var inflatedByteLimit = 8 << 30

    /// The defaults.
    package init() {}

    /// The columns that groups are made of, each once.
    var attributeNames: [String] {
        groups.flatMap(\.columns).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
