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
        let column = ClassColumn(name: "recall", description: "a recall, which lies in 0...1", example: "0.91") {
            text -> Double? in Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
        }
        return try column.values(in: input, classNames: classNames)
    }
}
