/// Scores on their way to a file: the table, the examples it is about, and the ranks.
///
/// Rows are always in the order of the dataset. All formats carry direction and convention in a header: CSV in
/// leading comment lines (`pandas.read_csv(path, comment="#")`), JSON Lines in the first object, NPZ in the array
/// `header`, NPY in a JSON file beside it.
package struct ScoreExport: Sendable {
    /// The scores.
    package let table: ScoreTable
    /// The examples, in the order of the table.
    package let examples: ExampleTable
    /// The ranks of each column, 1 for the hardest.
    package let ranks: [[Int32]]
    /// The names of the group columns in files: those of the dataset, prefixed where they would clash.
    let groupNames: [String]

    /// Prepares an export.
    ///
    /// - Parameters:
    ///   - table: the scores.
    ///   - examples: the examples, in the order of the table.
    ///   - ties: their tie-break order, when the caller has it already.
    /// - Precondition: table and examples agree in count.
    package init(table: ScoreTable, examples: ExampleTable, ties: TieBreaker? = nil) {
        precondition(table.exampleCount == examples.count, "scores of other examples")
        self.table = table
        self.examples = examples
        let ties = ties ?? examples.tieBreaker()
        ranks = table.columns.map { $0.ranks(ties: ties) }
        var taken = Set(Self.fixedNames + table.columns.flatMap(Self.names(of:)))
        groupNames = examples.groups.map { group in
            var name = group.name
            while !taken.insert(name).inserted { name = "group_" + name }
            return name
        }
    }

    private static let fixedNames = ["index", "id", "label", "class", "partition", "prediction"]

    /// The file columns of one score: value, spread over runs when there are several, rank.
    static func names(of column: ScoreColumn) -> [String] {
        let name = column.name.rawValue
        return [name] + (column.standardDeviation == nil ? [] : ["\(name)_sd"]) + ["\(name)_rank"]
    }

    /// The names of the columns of CSV and JSON Lines, in order.
    package var columnNames: [String] {
        var names = ["index", "id", "label", "class", "partition"]
        if examples.predictions != nil { names.append("prediction") }
        return names + groupNames + table.columns.flatMap(Self.names(of:))
    }

    /// Everything that is to be read in a file about its scores, as sentences.
    package var warnings: [String] { table.warnings + table.columns.flatMap(\.warnings) }

    /// What comes before the content hash of the dataset in a comment line of CSV.
    static let datasetMark = "# dataset: "

    /// The line that says what the scores of a file are.
    ///
    /// For instance `# curate scores: el2n (data-diet, higher = harder, mean of 3 seeds, epoch 4)`, scores separated by
    /// semicolons.
    package var headerLine: String {
        "# curate scores: " + table.columns.map(\.headerPhrase).joined(separator: "; ")
    }

    /// What the scores of a file are, as one JSON object without line breaks.
    ///
    /// Keys: `curate` (always "scores"), `version`, `dataset` (the content hash, when there is one), `examples`, `columns`,
    /// `scores` (one object per score: `name`, `convention`, `direction`, `aggregation`, `seeds`, `first_epoch`, `epoch`,
    /// `description`) and `warnings`.
    package var headerJSON: String {
        var writer = ByteWriter { _ in }
        writer.append("{\"curate\":\"scores\",\"version\":1,")
        if let hash = examples.datasetHash { writer.append("\"dataset\":\"\(hash)\",") }
        writer.append("\"examples\":\(examples.count),\"columns\":")
        Self.append(columnNames, to: &writer)
        writer.append(",\"scores\":[")
        for (number, column) in table.columns.enumerated() {
            if number > 0 { writer.append(",") }
            writer.append("{\"name\":\"\(column.name.rawValue)\",\"convention\":\"\(column.convention.rawValue)\"")
            writer.append(",\"direction\":\"\(column.direction.phrase)\"")
            writer.append(",\"aggregation\":\"\(column.aggregation.rawValue)\"")
            writer.append(",\"seeds\":[\(column.seeds.map(String.init).joined(separator: ","))]")
            writer.append(",\"first_epoch\":\(column.epochs.lowerBound),\"epoch\":\(column.epoch),\"description\":")
            writer.appendJSON(column.description)
            writer.append("}")
        }
        writer.append("],\"warnings\":")
        Self.append(warnings, to: &writer)
        writer.append("}")
        return writer.text
    }

    private static func append(_ texts: [String], to writer: inout ByteWriter) {
        writer.append("[")
        for (number, text) in texts.enumerated() {
            if number > 0 { writer.append(",") }
            writer.appendJSON(text)
        }
        writer.append("]")
    }
}
