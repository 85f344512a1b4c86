/// One attribute of every example, as an index into its value names.
package struct GroupColumn: Sendable, Equatable {
    /// The column's name in the input.
    package let name: String
    /// The names of the values, sorted bytewise.
    package let valueNames: [String]
    /// For each example, an index into `valueNames`.
    package let values: [Int32]
    /// The value of examples that belong to none of the column's groups; nil when every example belongs to one.
    package let complement: Int32?

    /// Makes a column.
    package init(name: String, valueNames: [String], values: [Int32], complement: Int32? = nil) {
        self.name = name
        self.valueNames = valueNames
        self.values = values
        self.complement = complement
    }

    /// The column of some of the examples, in the order given.
    package func column(of examples: [Int]) -> GroupColumn {
        GroupColumn(name: name, valueNames: valueNames, values: examples.map { values[$0] }, complement: complement)
    }

    /// The SHA-256 of which examples belong together, in hexadecimal digits; names stay out.
    package var digest: String {
        let hash = SHA256()
        values.map(\.littleEndian).withUnsafeBytes { hash.update($0) }
        return SHA256.hexadecimal(hash.finalize())
    }
}

extension GroupColumn {
    /// Makes a column from the value of each example; the names are sorted bytewise.
    ///
    /// Values that are all numbers, those that are not known aside, are told apart as numbers.
    package init(name: String, values: [String]) {
        let distinct = Array(Set(values))
        var places: [String: Int32] = [:]
        for (place, text) in distinct.enumerated() { places[text] = Int32(place) }
        self.init(name: name, texts: distinct, codes: values.map { places[$0] ?? 0 })
    }

    /// Makes a column from distinct texts and, for each example, an index into them; else as from values.
    init(name: String, texts: [String], codes: [Int32]) {
        let values = ValueNames(of: texts, unknown: CSVTable.missingLevel)
        let valueNames = values.names.sorted(by: bytewise)
        let numbers = Dictionary(uniqueKeysWithValues: zip(valueNames, valueNames.indices.map { Int32($0) }))
        let byText = texts.map { numbers[values.name($0)] ?? 0 }
        self.init(name: name, valueNames: valueNames, values: codes.map { byText[Int($0)] })
    }
}
