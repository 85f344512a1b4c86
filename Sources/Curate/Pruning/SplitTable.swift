/// The rows of `split.csv`: every candidate, and what happened to it.
package struct SplitTable: Sendable, Equatable {
    /// One candidate.
    package struct Row: Sendable, Equatable {
        /// The name of the example.
        package let id: String
        /// The index in the dataset.
        package let index: Int32
        /// What happened to it.
        package let reason: SplitReason
        /// The weight; 0 when it was not kept.
        package let weight: Float
        /// The number it was ranked by, if there was one.
        package let score: Float?
        /// The rank, 1 for the hardest, if there was a score.
        package let rank: Int32?
        /// The stratum; empty when there are none.
        package let stratum: String
    }

    /// The rows in the order of the file.
    package let rows: [Row]

    /// Reads the bytes of a table, strictly: what `SplitWriter` writes and nothing else.
    ///
    /// - Throws: `badData` with file and line.
    package init(parsing input: InputBytes) throws {
        try input.requireUTF8()
        var scanner = CSVScanner(input, delimiter: UInt8(ascii: ","))
        var fields: [CSVScanner.Field] = []
        guard let header = try scanner.next(into: &fields), fields.map(scanner.text) == SplitWriter.columns else {
            throw input.badData(
                "the first line is not \(SplitWriter.columns.joined(separator: ","))", remedy: Self.remedy)
        }
        _ = header
        var rows: [Row] = []
        var linesOfIDs: [String: Int] = [:]
        var linesOfIndices: [Int32: Int] = [:]
        while let line = try scanner.next(into: &fields) {
            let row = try Self.row(fields.map(scanner.text), scanner, line)
            if let other = linesOfIDs.updateValue(line, forKey: row.id) {
                throw scanner.failure("id '\(row.id)' is also on line \(other)", line: line, remedy: Self.remedy)
            }
            if let other = linesOfIndices.updateValue(line, forKey: row.index) {
                throw scanner.failure("index \(row.index) is also on line \(other)", line: line, remedy: Self.remedy)
            }
            rows.append(row)
        }
        guard !rows.isEmpty else { throw input.badData("the table has no rows", remedy: Self.remedy) }
        self.rows = rows
    }

    static let remedy = "the file was damaged or edited; write the split again with curate prune"

    private static func row(_ fields: [String], _ scanner: CSVScanner, _ line: Int) throws -> Row {
        func failure(_ message: String) -> CurateError { scanner.failure(message, line: line, remedy: remedy) }
        guard fields.count == SplitWriter.columns.count else {
            throw failure("the row has \(fields.count) fields, \(SplitWriter.columns.count) are expected")
        }
        guard !fields[0].isEmpty else { throw failure("the row has no id") }
        guard let index = Int32(fields[1]), index >= 0 else { throw failure("'\(fields[1])' is not an index") }
        guard fields[2] == "0" || fields[2] == "1" else { throw failure("kept is '\(fields[2])', not 0 or 1") }
        guard let weight = number(fields[3]), weight >= 0 else { throw failure("'\(fields[3])' is not a weight") }
        let score = number(fields[4])
        guard fields[4].isEmpty || score != nil else { throw failure("'\(fields[4])' is not a score") }
        let rank = Int32(fields[5])
        guard fields[5].isEmpty || (rank ?? 0) > 0 else { throw failure("'\(fields[5])' is not a rank") }
        guard (score == nil) == (rank == nil) else { throw failure("score and rank go together") }
        guard let reason = SplitReason(rawValue: fields[7]) else { throw failure("'\(fields[7])' is not a reason") }
        guard reason.isKept == (fields[2] == "1") else {
            throw failure("kept is \(fields[2]) and the reason is \(reason.rawValue)")
        }
        guard reason.isKept == (weight > 0) else { throw failure("kept is \(fields[2]) and the weight is \(weight)") }
        return Row(
            id: fields[0], index: index, reason: reason, weight: weight, score: score, rank: rank, stratum: fields[6])
    }

    private static func number(_ text: String) -> Float? {
        guard let number = Float(text), number.isFinite else { return nil }
        return number
    }
}
