/// The recall of each class from a table with the columns `class` and `recall`.
package enum ClassRecalls {
    /// Reads a CSV file; lines that start with `#` are passed over.
    ///
    /// - Returns: one recall for each class, in the order of the names.
    /// - Throws: `badData` when a class is missing, unknown or named twice, or a recall is not in 0...1.
    package static func read(path: String, classNames: [String]) throws -> [Double] {
        try recalls(in: InputBytes(contentsOf: path), classNames: classNames)
    }

    /// Reads the bytes of a table.
    package static func recalls(in input: InputBytes, classNames: [String]) throws -> [Double] {
        let remedy = "write one line for each class, for instance: class,recall and then cat,0.91"
        var scanner = CSVScanner(input, delimiter: UInt8(ascii: ","))
        var fields: [CSVScanner.Field] = []
        var places: (name: Int, recall: Int)?
        var recalls = [Double?](repeating: nil, count: classNames.count)
        while let line = try scanner.next(into: &fields) {
            let texts = fields.map(scanner.text)
            if texts[0].hasPrefix("#") { continue }
            func failure(_ message: String) -> CurateError { scanner.failure(message, line: line, remedy: remedy) }
            guard let places else {
                guard let name = texts.firstIndex(of: "class"), let recall = texts.firstIndex(of: "recall") else {
                    throw failure("there are no columns class and recall")
                }
                places = (name, recall)
                continue
            }
            guard texts.count > max(places.name, places.recall) else { throw failure("the row is too short") }
            let name = texts[places.name]
            guard let label = classNames.firstIndex(of: name) else { throw failure("there is no class '\(name)'") }
            guard recalls[label] == nil else { throw failure("class '\(name)' occurs twice") }
            guard let recall = Double(texts[places.recall]), recall >= 0, recall <= 1 else {
                throw failure("'\(texts[places.recall])' is not a recall, which lies in 0...1")
            }
            recalls[label] = recall
        }
        return try zip(recalls, classNames).map { recall, name in
            guard let recall else { throw input.badData("class '\(name)' has no recall", remedy: remedy) }
            return recall
        }
    }
}
