/// One attribute of every example, as an index into its value names.
public struct GroupColumn: Sendable, Equatable {
    /// The column's name in the input.
    public let name: String
    /// The names of the values, sorted bytewise.
    public let valueNames: [String]
    /// For each example, an index into `valueNames`.
    public let values: [Int32]

    /// Makes a column.
    public init(name: String, valueNames: [String], values: [Int32]) {
        self.name = name
        self.valueNames = valueNames
        self.values = values
    }
}

extension GroupColumn {
    /// Makes a column from the value of each example; the names are sorted bytewise.
    package init(name: String, values: [String]) {
        let valueNames = Set(values).sorted(by: bytewise)
        let numbers = Dictionary(uniqueKeysWithValues: zip(valueNames, valueNames.indices.map { Int32($0) }))
        self.init(name: name, valueNames: valueNames, values: values.map { numbers[$0] ?? 0 })
    }
}
