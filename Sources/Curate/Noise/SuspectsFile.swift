/// Suspects as files keep them, and their way back.
extension LabelSuspects {
    /// Writes one line per suspect: `rank`, `id`, `index`, `given` and `suggested` class names, `confidence`.
    package func write(_ candidates: ExampleTable, to path: String, replacing: Bool) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        try write(candidates) { try file.write($0) }
        try file.commit()
    }

    /// Writes the lines into a file that somebody else commits.
    func write(_ candidates: ExampleTable, to file: AtomicFile) throws {
        try write(candidates) { try file.write($0) }
    }

    /// Writes the lines, a piece at a time.
    func write(_ candidates: ExampleTable, to sink: @escaping ByteSink) throws {
        var writer = ByteWriter(sink: sink)
        writer.append("# curate suspects: \(method)\n")
        if let hash = candidates.datasetHash { writer.append("# dataset: \(hash)\n") }
        writer.append("rank,id,index,given,suggested,confidence\n")
        for (place, entry) in entries.enumerated() {
            writer.append(place + 1)
            writer.append(",")
            writer.appendField(candidates.id(at: Int(entry.position)))
            writer.append(",")
            writer.append(Int(candidates.indices[Int(entry.position)]))
            writer.append(",")
            writer.appendField(candidates.classNames[Int(entry.given)])
            writer.append(",")
            if let suggested = entry.suggested { writer.appendField(candidates.classNames[Int(suggested)]) }
            writer.append(",")
            writer.append(Float(entry.confidence))
            writer.append("\n")
            try writer.flushIfLarge()
        }
        try writer.flush()
    }

    /// Reads a file that `write` made, or any CSV file with a column `id`.
    ///
    /// - Parameters:
    ///   - path: the file; lines that start with `#` are passed over, but for the hash of the dataset.
    ///   - candidates: the examples it must be about.
    /// - Throws: `badData` when it is of another dataset, names an unknown example or one twice, or is damaged.
    package init(path: String, of candidates: ExampleTable) throws {
        try self.init(reading: InputBytes(contentsOf: path), of: candidates)
    }

    /// Reads the bytes of a file.
    package init(reading input: InputBytes, of candidates: ExampleTable) throws {
        try input.requireUTF8()
        let remedy =
            "write it again: curate score by label-issues writes one, and so does a stage of kind suspects"
        let positions = candidates.positionsByID()
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
