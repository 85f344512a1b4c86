/// Suspects as stores and files keep them, and their way back.
extension LabelSuspects {
    /// The suspects with the indices of their dataset in place of positions.
    package func json(_ candidates: PruningCandidates) -> JSONValue {
        [
            "method": .string(method),
            "index": .array(entries.map { .int(Int(candidates.indices[Int($0.position)])) }),
            "given": .array(entries.map { .int(Int($0.given)) }),
            "suggested": .array(entries.map { $0.suggested.map { .int(Int($0)) } ?? .null }),
            "confidence": .array(entries.map { .double($0.confidence) }),
        ]
    }

    /// Reads what `json(_:)` makes; those that are not among the candidates are left out.
    ///
    /// - Throws: `badData` when it cannot be what was written.
    package init(_ json: JSONValue, of candidates: PruningCandidates, at path: String) throws {
        let failure = CurateError(
            .badData, "a list of label suspects cannot be read", at: path,
            remedy: "'curate store verify' says what is damaged")
        guard let method = json["method"]?.stringValue, let indices = json["index"]?.arrayValue,
            let given = json["given"]?.arrayValue, let suggested = json["suggested"]?.arrayValue,
            let confidence = json["confidence"]?.arrayValue,
            [given.count, suggested.count, confidence.count].allSatisfy({ $0 == indices.count })
        else { throw failure }
        let places = Self.places(of: candidates)
        let classes = 0..<candidates.classNames.count
        var entries: [Entry] = []
        for row in indices.indices {
            guard let index = indices[row].intValue, let label = given[row].intValue, classes.contains(label),
                let sure = confidence[row].doubleValue
            else { throw failure }
            let other = suggested[row].intValue
            if let other, !classes.contains(other) { throw failure }
            guard let position = places[index] else { continue }
            guard candidates.labels[Int(position)] == label else { throw failure }
            entries.append(
                Entry(
                    position: position, given: Int32(label), suggested: other.map { Int32($0) }, confidence: sure))
        }
        self.init(entries: entries, method: method)
    }

    private static func places(of candidates: PruningCandidates) -> [Int: Int32] {
        Dictionary(
            uniqueKeysWithValues: candidates.indices.enumerated().map {
                (Int($0.element), Int32(truncatingIfNeeded: $0.offset))
            })
    }

    /// Reads a file that `write` made, or any CSV file with a column `id`.
    ///
    /// - Parameters:
    ///   - path: the file; lines that start with `#` are passed over, but for the hash of the dataset.
    ///   - candidates: the examples it must be about.
    /// - Throws: `badData` when it is of another dataset, names an unknown example or one twice, or is damaged.
    public init(path: String, of candidates: PruningCandidates) throws {
        try self.init(reading: InputBytes(contentsOf: path), of: candidates)
    }

    /// Reads the bytes of a file.
    package init(reading input: InputBytes, of candidates: PruningCandidates) throws {
        let remedy = "write it again with curate score --by label-issues --suspects"
        var positions: [String: Int32] = [:]
        for position in 0..<candidates.count { positions[candidates.id(at: position)] = Int32(position) }
        let labels = Dictionary(
            candidates.classNames.enumerated().map { ($0.element, Int32($0.offset)) },
            uniquingKeysWith: { first, _ in first })
        var scanner = CSVScanner(input, delimiter: UInt8(ascii: ","))
        var fields: [CSVScanner.Field] = []
        var columns: [String: Int]?
        var method = "a list from a file"
        var entries: [Entry] = []
        var seen: Set<Int32> = []
        while let line = try scanner.next(into: &fields) {
            let texts = fields.map(scanner.text)
            func failure(_ message: String) -> CurateError { scanner.failure(message, line: line, remedy: remedy) }
            if texts[0].hasPrefix("#") {
                let comment = texts.joined(separator: ", ")
                if comment.hasPrefix("# curate suspects: ") { method = String(comment.dropFirst(19)) }
                if comment.hasPrefix("# dataset: "), String(comment.dropFirst(11)) != candidates.datasetHash {
                    throw failure("the suspects are of another dataset than \(candidates.datasetName)")
                }
                continue
            }
            guard let columns else {
                guard texts.contains("id") else { throw failure("there is no column id") }
                columns = Dictionary(
                    texts.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
                continue
            }
            func text(_ column: String) -> String? {
                columns[column].flatMap { texts.indices.contains($0) ? texts[$0] : nil }
            }
            guard let id = text("id"), let position = positions[id] else {
                throw failure("there is no training example '\(text("id") ?? "")' in \(candidates.datasetName)")
            }
            guard seen.insert(position).inserted else { throw failure("'\(id)' occurs twice") }
            let given = candidates.labels[Int(position)]
            if let name = text("given"), name != candidates.classNames[Int(given)] {
                throw failure("'\(id)' has the label '\(candidates.classNames[Int(given)])', not '\(name)'")
            }
            var suggested: Int32?
            if let name = text("suggested"), !name.isEmpty {
                guard let label = labels[name] else { throw failure("there is no class '\(name)'") }
                suggested = label
            }
            var confidence = 1.0
            if let number = text("confidence") {
                guard let value = Double(number), value >= 0, value <= 1 else {
                    throw failure("'\(number)' is not a confidence, which lies in 0...1")
                }
                confidence = value
            }
            entries.append(Entry(position: position, given: given, suggested: suggested, confidence: confidence))
        }
        guard columns != nil else { throw input.badData("there is no line of column names", remedy: remedy) }
        self.init(entries: entries, method: method)
    }
}
