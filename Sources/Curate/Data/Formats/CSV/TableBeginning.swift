/// What stands above a table: titles, comments, other formats, and names that are numbers.
enum TableBeginning {
    /// The lines above a table that are told for what they are.
    private static let mostLinesBefore = 20
    /// The lines of one length that make a table.
    private static let leastRows = 3

    /// Whether a first row is 0, 1, 2, ..., the names that pandas gives columns without names; an empty first field is that
    /// of the row numbers.
    static func isNumbering(_ fields: [String]) -> Bool {
        let names = fields[0].isEmpty ? fields.dropFirst() : fields[...]
        return fields.count >= 3 && names.enumerated().allSatisfy { $1 == "\($0)" }
    }

    /// Refuses text that is a table of another format.
    ///
    /// - Throws: `CurateError(.badData)` that names the format.
    static func refuseOtherFormats(_ input: InputBytes) throws {
        var scanner = CSVScanner(input, delimiter: 0)
        var fields: [CSVScanner.Field] = []
        // Comments stand above the name of the relation.
        while let line = (try? scanner.next(into: &fields)) ?? nil, line <= mostLinesBefore {
            let text = scanner.text(fields[0])
            if text.hasPrefix("%") { continue }
            guard text.lowercased().hasPrefix("@relation") else { return }
            throw CurateError(
                .badData, "this is an ARFF file, not a table of separated values", at: "\(input.path):\(line)",
                remedy: "write it as CSV, for instance with pandas.DataFrame(scipy.io.arff.loadarff(path)[0]).to_csv")
        }
    }

    /// Refuses a table with lines above it, which have fewer or more fields than all that follow.
    ///
    /// - Parameters:
    ///   - records: the first records.
    ///   - lines: the line of each.
    static func check(_ records: [[String]], lines: [Int], of input: InputBytes) throws {
        guard let count = records.last?.count, count > 1, let first = records.first, first.count != count else {
            return
        }
        let begin = records.lastIndex { $0.count != count }.map { $0 + 1 } ?? 0
        guard begin <= mostLinesBefore, records.count - begin >= leastRows else { return }
        if begin == 1, first.count == count - 1, count > 2 {
            throw CurateError(
                .badData,
                "the first line has \(first.count) fields and all others \(count): the rows have names, and the "
                    + "column of names has none", at: "\(input.path):\(lines[0])",
                remedy: "write the table with a name for every column, in R with row.names = FALSE")
        }
        throw above(first.joined(separator: " "), line: lines[0], table: lines[begin], fieldCount: count, of: input)
    }

    /// Refuses lines that no delimiter splits above lines that one does.
    static func refuseLinesBefore(_ input: InputBytes) throws {
        for delimiter in ",\t;|".utf8 {
            var scanner = CSVScanner(input, delimiter: delimiter)
            var fields: [CSVScanner.Field] = []
            var records: [(line: Int, count: Int, text: String)] = []
            while records.count < mostLinesBefore + leastRows, let line = (try? scanner.next(into: &fields)) ?? nil {
                records.append((line, fields.count, fields.map(scanner.text).joined(separator: " ")))
            }
            guard let count = records.last?.count, count > 1 else { continue }
            let begin = records.lastIndex { $0.count != count }.map { $0 + 1 } ?? 0
            guard begin > 0, records.count - begin >= leastRows else { continue }
            throw above(
                records[0].text, line: records[0].line, table: records[begin].line, fieldCount: count, of: input)
        }
    }

    private static func above(
        _ text: String, line: Int, table: Int, fieldCount: Int, of input: InputBytes
    ) -> CurateError {
        let shown = text.count > 40 ? text.prefix(40) + "..." : text[...]
        let name = DirectoryListing.split(input.path).name
        return CurateError(
            .badData, "'\(shown)' is no row of the table, which begins on line \(table) with \(fieldCount) fields",
            at: "\(input.path):\(line)",
            remedy: "remove what is above it, for instance with tail -n +\(table) '\(name)' > 'table-\(name)'")
    }
}
