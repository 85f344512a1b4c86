/// A value of each class from a table with the columns `class` and one of another name.
package struct ClassColumn<Value> {
    /// The name of the column of values.
    let name: String
    /// What a value is, after "is not": `a recall, which lies in 0...1`.
    let description: String
    /// What a value looks like.
    let example: String
    /// Reads a value; nil when the text is none.
    let parse: (String) -> Value?

    /// Reads the bytes of a table; lines that start with `#` are passed over.
    ///
    /// - Returns: one value for each class, in the order of the names.
    /// - Throws: `badData` when a class is missing, unknown or named twice, or a value is none.
    func values(in input: InputBytes, classNames: [String]) throws -> [Value] {
        try input.requireUTF8()
        let remedy = "write one line for each class, for instance: class,\(name) and then cat,\(example)"
        var scanner = CSVScanner(input, delimiter: UInt8(ascii: ","))
        var fields: [CSVScanner.Field] = []
        var places: (class: Int, value: Int)?
        var values = [Value?](repeating: nil, count: classNames.count)
        while let line = try scanner.next(into: &fields) {
            let texts = fields.map(scanner.text)
            if texts[0].hasPrefix("#") { continue }
            func failure(_ message: String) -> CurateError { scanner.failure(message, line: line, remedy: remedy) }
            guard let places else {
                guard let first = texts.firstIndex(of: "class"), let second = texts.firstIndex(of: name) else {
                    throw failure("there are no columns class and \(name)")
                }
                places = (first, second)
                continue
            }
            guard texts.count > max(places.class, places.value) else { throw failure("the row is too short") }
            let own = texts[places.class]
            guard let label = ClassNames.place(of: own, among: classNames) else {
                throw failure("there is no class '\(own)'")
            }
            guard values[label] == nil else { throw failure("class '\(own)' occurs twice") }
            guard let value = parse(texts[places.value]) else {
                throw failure("'\(texts[places.value])' is not \(description)")
            }
            values[label] = value
        }
        return try zip(values, classNames).map { value, own in
            guard let value else { throw input.badData("class '\(own)' has no \(name)", remedy: remedy) }
            return value
        }
    }
}
