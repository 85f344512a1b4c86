/// How a table is written: its delimiter, and whether its first record holds names.
package struct CSVDialect {
    /// The byte between fields.
    package let delimiter: UInt8
    /// The names of the columns: positions from 0 when there is no header.
    package let columnNames: [String]
    /// Whether the first record holds the names.
    package let hasHeader: Bool

    private static let sampleCount = 100

    /// Takes what the user said and tells the rest by looking at the first records.
    ///
    /// - Throws: `CurateError(.badData)` also for text that is not UTF-8, wherever in the table.
    package init(of input: InputBytes, options: CSVOptions) throws {
        try input.requireUTF8()
        try TableBeginning.refuseOtherFormats(input)
        delimiter = try options.delimiter ?? CSVScanner.declaredDelimiter(of: input) ?? Self.delimiter(of: input)
        var scanner = CSVScanner(input, delimiter: delimiter)
        var fields: [CSVScanner.Field] = []
        var sample: [[String]] = []
        var lines: [Int] = []
        while sample.count <= Self.sampleCount, let line = try scanner.next(into: &fields) {
            sample.append(fields.map(scanner.text))
            lines.append(line)
        }
        try TableBeginning.check(sample, lines: lines, of: input)
        guard let first = sample.first else { throw input.badData("the table has no rows") }
        hasHeader = options.hasHeader ?? Self.looksLikeHeader(first, over: sample.dropFirst(), options)
        columnNames = hasHeader ? first : first.indices.map(String.init)
    }

    /// The column a user's name means: a header, else a position.
    package func column(_ name: String, at path: String) throws -> Int {
        let matches = columnNames.indices.filter { columnNames[$0] == name }
        if matches.count > 1 {
            throw CurateError(
                .usage, "\(matches.count) columns are called '\(name)'", at: path,
                remedy: "name the one you mean by its position, \(matches[0]) or \(matches[1])")
        }
        if let match = matches.first { return match }
        if let position = Int(name) {
            let index = position < 0 ? position.addingReportingOverflow(columnNames.count).partialValue : position
            if columnNames.indices.contains(index) { return index }
        }
        let known = columnNames.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
        let more = columnNames.count > 20 ? ", ..." : ""
        throw CurateError(.usage, "there is no column '\(name)'", at: path, remedy: "the columns are \(known)\(more)")
    }

    /// The candidate that splits the first lines into the same number of fields, more than one.
    private static func delimiter(of input: InputBytes) throws -> UInt8 {
        var best: (delimiter: UInt8, score: Int)?
        for candidate in [",", "\t", ";", "|"].map({ (text: Unicode.Scalar) in UInt8(ascii: text) }) {
            var scanner = CSVScanner(input, delimiter: candidate)
            var fields: [CSVScanner.Field] = []
            var counts: [Int] = []
            // A wrong candidate may misread quotes; it then has what was read before.
            while counts.count < 20, (try? scanner.next(into: &fields)) ?? nil != nil { counts.append(fields.count) }
            guard let first = counts.first, first > 1 else { continue }
            // Agreement over lines comes first, then more fields; the earlier candidate wins a tie.
            let agreeing = counts.count { $0 == first }
            let score = agreeing * 1_000_000 / counts.count + min(first, 1000)
            if best.map({ score > $0.score }) ?? true { best = (candidate, score) }
        }
        guard let best else {
            try TableBeginning.refuseLinesBefore(input)
            throw input.badData(
                "no delimiter splits the first line: comma, tab, semicolon and bar were tried",
                remedy: "name the delimiter with `delimiter`")
        }
        return best.delimiter
    }

    private static func looksLikeHeader(
        _ first: [String], over rows: ArraySlice<[String]>, _ options: CSVOptions
    ) -> Bool {
        let named = [options.label, options.id, options.split].compactMap { $0 } + options.groups
        if named.contains(where: { Int($0) == nil && first.contains($0) }) { return true }
        if TableBeginning.isNumbering(first), !rows.contains(where: { $0 == first }) { return true }
        var textOverNumbers = false
        var recurs = false
        for (column, name) in first.enumerated() {
            let below = rows.compactMap { column < $0.count ? $0[column] : nil }.filter { !isMissing($0) }
            let areNumbers = !below.isEmpty && below.allSatisfy(isNumber)
            if areNumbers && !isNumber(name) && !isMissing(name) { textOverNumbers = true }
            if !areNumbers && below.contains(name) { recurs = true }
        }
        // Text over a column of numbers is a name. Where every column is text, a name does not recur below.
        let allText = first.dropFirst().allSatisfy { !isMissing($0) && !isNumber($0) }
        return textOverNumbers || (allText && !recurs && Set(first).count == first.count)
    }

    private static func isNumber(_ text: String) -> Bool { withBytes(text) { CSVValue.number($0) != nil } }

    private static func isMissing(_ text: String) -> Bool { withBytes(text) { CSVValue.isMissing($0) } }

    private static func withBytes(_ text: String, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        var text = text
        return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
