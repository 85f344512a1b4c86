extension SavedScores {
    /// One score in the order of the candidates.
    ///
    /// - Parameters:
    ///   - name: which one.
    ///   - rows: what `rows(for:)` returned.
    /// - Throws: `usage` when the file does not have it.
    package func score(named name: String, rows: [Int32]) throws -> PruningScore {
        guard let column = columns.first(where: { $0.name == name }) else {
            let known = columns.map(\.name).joined(separator: ", ")
            throw CurateError(
                .usage, "there is no score '\(name)' in the file", at: path,
                remedy: "it has \(known); score again with `by: \(name)`")
        }
        return PruningScore(
            name: name, direction: column.direction, values: rows.map { column.values[Int($0)] },
            source: column.phrase)
    }
}
