/// Reads the files that `ScoreExport` writes.
package enum ScoreFileReader {
    /// Reads a file by the ending of its name.
    ///
    /// A CSV without Curate's header lines is read as well when columns bear the names of scores; their usual directions
    /// are then taken.
    ///
    /// - Throws: `missingInput` when there is no file, `badData` when it is damaged, `usage` for another ending.
    package static func read(path: String) throws -> SavedScores {
        guard let format = ScoreFileFormat.allCases.first(where: { path.hasSuffix(".\($0.rawValue)") }) else {
            let endings = ScoreFileFormat.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
            throw CurateError(
                .usage, "the format of the scores cannot be told by the name", at: path,
                remedy: "name a file that ends in one of \(endings)")
        }
        let input = try InputBytes(contentsOf: path)
        switch format {
        case .csv: return try scores(fromCSV: input)
        case .jsonl: return try scores(fromJSONLines: input)
        case .npz: return try scores(fromArchive: input)
        case .npy:
            let header: InputBytes
            do {
                header = try InputBytes(contentsOf: path + ".json")
            } catch let error as CurateError where error.kind == .missingInput {
                throw CurateError(
                    .missingInput, "an array of scores needs its description beside it, and \(path).json is not there",
                    at: path,
                    remedy: "copy both files that were written together, or give the scores as .csv with a column id"
                )
            }
            return try scores(fromArray: input, header: header)
        }
    }

    static let remedy = "the file is damaged or was not written by curate score; write it again"

    /// Reads CSV.
    package static func scores(fromCSV input: InputBytes) throws -> SavedScores {
        var phrases: [String: (direction: ScoreDirection, phrase: String)] = [:]
        var datasetHash: String?
        var start = 0
        var commentLines = 0
        while start < input.count, input.bytes[start] == UInt8(ascii: "#") {
            let end = input.bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? input.count
            let line = String(decoding: input.bytes[start..<end], as: UTF8.self).trimmingSpaces()
            if line.hasPrefix("# curate scores: ") { phrases = Self.phrases(in: line) }
            if line.hasPrefix(ScoreExport.datasetMark) {
                datasetHash = String(line.dropFirst(ScoreExport.datasetMark.utf8.count))
            }
            start = min(end + 1, input.count)
            commentLines += 1
        }
        let table = try Table(input.slice(start..<input.count), linesBefore: commentLines)
        if phrases.isEmpty {
            for name in ScoreName.allCases where table.names.contains(name.rawValue) {
                phrases[name.rawValue] = (name.direction, "\(name.rawValue) of \(input.path)")
            }
        }
        let columns = try table.names.compactMap { name -> SavedScores.Column? in
            guard let (direction, phrase) = phrases[name] else { return nil }
            return SavedScores.Column(
                name: name, direction: direction, phrase: phrase, values: try table.numbers(name) { Float($0) })
        }
        guard !columns.isEmpty else {
            throw input.badData(
                "no column is a score: there are \(table.names.prefix(12).joined(separator: ", "))",
                remedy:
                    "the columns should bear the names of scores, for instance el2n; curate score writes such a"
                    + " file")
        }
        return SavedScores(
            path: input.path, columns: columns, ids: try table.texts("id"),
            indices: try table.names.contains("index") ? table.numbers("index") { Int($0) } : nil,
            labels: try table.names.contains("label") ? table.numbers("label") { Int32($0) } : nil,
            predictions: try table.names.contains("prediction") ? table.numbers("prediction") { Int32($0) } : nil,
            datasetHash: datasetHash)
    }

    /// The scores that the first line of a file names, with direction: `# curate scores: el2n (..., higher = harder, ...)`.
    private static func phrases(in line: String) -> [String: (direction: ScoreDirection, phrase: String)] {
        var found: [String: (direction: ScoreDirection, phrase: String)] = [:]
        for part in line.dropFirst("# curate scores: ".utf8.count).split(separator: ";") {
            let phrase = String(part).trimmingSpaces()
            let name = String(phrase.prefix { $0 != " " })
            // The longer phrase first: no direction's phrase is part of another's.
            guard let direction = ScoreDirection.allCases.first(where: { phrase.contains($0.phrase) }) else { continue }
            found[name] = (direction, phrase)
        }
        return found
    }

    /// A header object with the directions of its scores.
    private struct Header {
        let datasetHash: String?
        let scores: [(name: String, direction: ScoreDirection, phrase: String)]

        init(_ json: JSONValue, at path: String) throws {
            func failure(_ message: String) -> CurateError {
                CurateError(.badData, message, at: path, remedy: ScoreFileReader.remedy)
            }
            guard json["curate"]?.stringValue == "scores" else { throw failure("this is not the header of scores") }
            datasetHash = json["dataset"]?.stringValue
            scores = try (json["scores"]?.arrayValue ?? []).map { score in
                guard let name = score["name"]?.stringValue, let text = score["direction"]?.stringValue,
                    let direction = ScoreDirection.allCases.first(where: { $0.phrase == text })
                else { throw failure("the header does not say the name and direction of every score") }
                return (name, direction, score["description"]?.stringValue ?? name)
            }
            guard !scores.isEmpty else { throw failure("the header names no score") }
        }
    }

    /// Reads JSON Lines.
    package static func scores(fromJSONLines input: InputBytes) throws -> SavedScores {
        var header: Header?
        var ids: [String] = []
        var indices: [Int] = []
        var labels: [Int32] = []
        var values: [[Float]] = []
        for (number, bytes) in input.bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            let place = "\(input.path):\(number + 1)"
            let json = try JSONValue(parsing: Array(bytes), from: place)
            guard let header else {
                let own = try Header(json, at: place)
                header = own
                values = own.scores.map { _ in [] }
                continue
            }
            guard let id = json["id"]?.stringValue, let index = json["index"]?.intValue,
                let label = json["label"]?.intValue.flatMap({ Int32(exactly: $0) })
            else { throw CurateError(.badData, "the row lacks id, index or label", at: place, remedy: remedy) }
            ids.append(id)
            indices.append(index)
            labels.append(label)
            for (column, score) in header.scores.enumerated() {
                guard let value = json[score.name]?.doubleValue else {
                    throw CurateError(.badData, "the row has no number '\(score.name)'", at: place, remedy: remedy)
                }
                values[column].append(Float(value))
            }
        }
        guard let header, !ids.isEmpty else { throw input.badData("there are no scores", remedy: remedy) }
        return SavedScores(
            path: input.path,
            columns: zip(header.scores, values).map {
                SavedScores.Column(name: $0.name, direction: $0.direction, phrase: $0.phrase, values: $1)
            }, ids: ids, indices: indices, labels: labels, datasetHash: header.datasetHash)
    }

    /// Reads an archive: `index` and `label` place and check the scores, `header` says what they are.
    package static func scores(fromArchive input: InputBytes) throws -> SavedScores {
        let archive = try ZIPArchive(parsing: input)
        func array(_ name: String) throws -> NPYArray? {
            try archive.members.first { $0.name == name + ".npy" }.map {
                try NPYArray(parsing: archive.content(of: $0))
            }
        }
        guard let headerArray = try array("header"), headerArray.elementType == .uint8 else {
            throw input.badData("the archive has no header of scores", remedy: remedy)
        }
        let header = try Header(
            JSONValue(parsing: Array(headerArray.content.bytes), from: "\(input.path)[header]"), at: input.path)
        func integers(_ name: String) throws -> [Int]? {
            guard let array = try array(name) else { return nil }
            return try (0..<array.count).map { place in
                guard let integer = array.integer(at: place) else {
                    throw array.content.badData("element \(place) is not a whole number", remedy: remedy)
                }
                return integer
            }
        }
        let columns = try header.scores.map { score in
            guard let array = try array(score.name), array.shape.count == 1 else {
                throw input.badData("the archive has no list '\(score.name)'", remedy: remedy)
            }
            return SavedScores.Column(
                name: score.name, direction: score.direction, phrase: score.phrase,
                values: array.floats(0..<array.count))
        }
        let indices = try integers("index")
        let labels = try integers("label")
        let predictions = try integers("prediction")
        let counts = columns.map(\.values.count) + [indices, labels, predictions].compactMap { $0?.count }
        guard Set(counts).count == 1, counts[0] > 0 else {
            throw input.badData("the arrays of the archive have different lengths or are empty", remedy: remedy)
        }
        func narrowed(_ numbers: [Int]?) throws -> [Int32]? {
            try numbers?.map {
                guard let number = Int32(exactly: $0) else {
                    throw input.badData("\($0) is not a class", remedy: remedy)
                }
                return number
            }
        }
        return SavedScores(
            path: input.path, columns: columns, indices: indices, labels: try narrowed(labels),
            predictions: try narrowed(predictions), datasetHash: header.datasetHash)
    }

    /// Reads bare numbers with the header that is beside them.
    package static func scores(fromArray input: InputBytes, header headerInput: InputBytes) throws -> SavedScores {
        let header = try Header(
            JSONValue(parsing: Array(headerInput.bytes), from: headerInput.path), at: headerInput.path)
        let array = try NPYArray(parsing: input)
        let scoreCount = header.scores.count
        guard array.count > 0, array.shape == [array.count] && scoreCount == 1 || array.shape.count == 2,
            array.shape.count == 1 || array.shape[1] == scoreCount
        else {
            throw input.badData(
                "the array has the shape \(NPYHeader.text(array.shape)), its header names \(scoreCount) scores",
                remedy: remedy)
        }
        let rowCount = array.shape[0]
        let columns = header.scores.enumerated().map { number, score in
            SavedScores.Column(
                name: score.name, direction: score.direction, phrase: score.phrase,
                values: (0..<rowCount).map { array.float(at: $0 * scoreCount + number) })
        }
        return SavedScores(path: input.path, columns: columns, datasetHash: header.datasetHash)
    }

    /// A comma-separated table as columns.
    private struct Table {
        let names: [String]
        private let input: InputBytes
        private let scanner: CSVScanner
        private let linesBefore: Int
        private var fields: [[CSVScanner.Field]] = []
        private var lines: [Int] = []

        init(_ input: InputBytes, linesBefore: Int) throws {
            try input.requireUTF8()
            self.input = input
            self.linesBefore = linesBefore
            var scanner = CSVScanner(input, delimiter: UInt8(ascii: ","))
            var row: [CSVScanner.Field] = []
            guard try scanner.next(into: &row) != nil else {
                throw input.badData("the table has no rows", remedy: ScoreFileReader.remedy)
            }
            names = row.map(scanner.text)
            guard Set(names).count == names.count else {
                throw input.badData("two columns have the same name", remedy: ScoreFileReader.remedy)
            }
            while let line = try scanner.next(into: &row) {
                guard row.count == names.count else {
                    throw CurateError(
                        .badData, "the row has \(row.count) fields, \(names.count) are expected",
                        at: "\(input.path):\(line + linesBefore)", remedy: ScoreFileReader.remedy)
                }
                fields.append(row)
                lines.append(line + linesBefore)
            }
            self.scanner = scanner
            guard !fields.isEmpty else { throw input.badData("the table has no rows", remedy: ScoreFileReader.remedy) }
        }

        /// A column as text; nothing when there is none of this name.
        func texts(_ name: String) throws -> [String]? {
            guard let column = names.firstIndex(of: name) else { return nil }
            return fields.map { scanner.text($0[column]) }
        }

        /// A column as numbers.
        ///
        /// - Precondition: there is a column of this name.
        func numbers<Number>(_ name: String, _ convert: (String) -> Number?) throws -> [Number] {
            guard let column = names.firstIndex(of: name) else { preconditionFailure("a column that was just listed") }
            return try fields.enumerated().map { number, row in
                let text = scanner.text(row[column])
                guard let value = convert(text) else {
                    throw CurateError(
                        .badData, "'\(text)' in column '\(name)' is not a number of its kind",
                        at: "\(input.path):\(lines[number])", remedy: ScoreFileReader.remedy)
                }
                return value
            }
        }
    }
}
