/// Scores read back from a file that `curate score` wrote: CSV, JSON Lines, NPZ, or NPY with its header beside it.
package struct SavedScores: Sendable {
    /// One score.
    package struct Column: Sendable, Equatable {
        /// Its name.
        package let name: String
        /// Which end is the hard one.
        package let direction: ScoreDirection
        /// What the file says about it.
        package let phrase: String
        /// One value for each row.
        package let values: [Float]

        init(name: String, direction: ScoreDirection, phrase: String, values: [Float]) {
            self.name = name
            self.direction = direction
            self.phrase = phrase
            self.values = values
        }
    }

    /// The file.
    package let path: String
    /// The scores, in the order of the file.
    package let columns: [Column]
    /// The names of the examples; nil when the file has none.
    package let ids: [String]?
    /// The indices of the examples in their dataset; nil when the file has none.
    package let indices: [Int]?
    /// The classes of the examples; nil when the file has none.
    package let labels: [Int32]?
    /// The predicted classes of the examples; nil when the file has none.
    package let predictions: [Int32]?
    /// The content hash of the dataset; nil when the file does not say.
    package let datasetHash: String?

    /// The number of rows.
    package var count: Int { columns.first?.values.count ?? 0 }

    /// Puts together what a reader found.
    ///
    /// - Precondition: columns agree in count.
    init(
        path: String, columns: [Column], ids: [String]? = nil, indices: [Int]? = nil, labels: [Int32]? = nil,
        predictions: [Int32]? = nil, datasetHash: String? = nil
    ) {
        let count = columns.first?.values.count ?? 0
        precondition(columns.allSatisfy { $0.values.count == count }, "columns of one length")
        precondition(
            [ids?.count, indices?.count, labels?.count, predictions?.count].allSatisfy { $0 == nil || $0 == count })
        self.path = path
        self.columns = columns
        self.ids = ids
        self.indices = indices
        self.labels = labels
        self.predictions = predictions
        self.datasetHash = datasetHash
    }

    /// For each candidate, its row in the file.
    ///
    /// Rows are found by id, else by index, else by position when there are as many rows as candidates. A file made for
    /// other data is refused: by the dataset's content hash when the file has it, by unknown or missing ids, and by labels.
    ///
    /// - Throws: `badData` naming the first example that does not fit.
    package func rows(for candidates: ExampleTable) throws -> [Int32] {
        if let datasetHash, let own = candidates.datasetHash, datasetHash != own {
            throw CurateError(
                .badData,
                "the scores are of data with content \(datasetHash.prefix(12)), \(candidates.datasetName) has content"
                    + " \(own.prefix(12))", at: path,
                remedy: "read the data with the options it was scored with (`label`, `id`, `validation` and so on), or"
                    + " score it again")
        }
        let rows = try place(candidates)
        if let missing = rows.firstIndex(of: -1) {
            let count = rows.count { $0 < 0 }
            throw failure(
                "\(count) training examples of \(candidates.datasetName) have no score, the first is"
                    + " '\(candidates.id(at: missing))'")
        }
        if let labels {
            for (position, row) in rows.enumerated() where labels[Int(row)] != candidates.labels[position] {
                throw failure(
                    "'\(candidates.id(at: position))' has label \(labels[Int(row)]) in the scores and"
                        + " \(candidates.labels[position]) in \(candidates.datasetName)")
            }
        }
        return rows
    }

    /// The share of each class that the file's predictions get right; 1 for a class without examples.
    ///
    /// - Parameter rows: what `rows(for:)` returned.
    /// - Returns: nil when the file has no predictions.
    package func recall(of candidates: ExampleTable, rows: [Int32]) -> [Double]? {
        guard let predictions else { return nil }
        return candidates.recalls(of: rows.map { predictions[Int($0)] })
    }

    private func place(_ candidates: ExampleTable) throws -> [Int32] {
        var rows = [Int32](repeating: -1, count: candidates.count)
        func put(_ row: Int, at position: Int32?, _ name: String) throws {
            guard let position else {
                throw failure("\(name) is not a training example of \(candidates.datasetName)")
            }
            guard rows[Int(position)] < 0 else { throw failure("\(name) occurs twice") }
            rows[Int(position)] = Int32(truncatingIfNeeded: row)
        }
        if indices != nil || ids != nil {
            let positions = candidates.positionsByIndex()
            if let ids, case .named = candidates.identifiers {
                let positionsByID = candidates.positionsByID()
                for (row, id) in ids.enumerated() { try put(row, at: positionsByID[id], "id '\(id)'") }
                return rows
            }
            for row in 0..<count {
                let index = try index(ofRow: row, candidates.identifiers)
                let position = positions.indices.contains(index) ? positions[index] : -1
                try put(row, at: position >= 0 ? position : nil, ids.map { "id '\($0[row])'" } ?? "index \(index)")
            }
            return rows
        }
        guard count == candidates.count else {
            throw failure(
                "there are \(count) scores for \(candidates.count) training examples of \(candidates.datasetName)")
        }
        return (0..<count).map { Int32(truncatingIfNeeded: $0) }
    }

    /// The index of a row's example: by its id where ids follow a rule, else as the file says.
    private func index(ofRow row: Int, _ identifiers: ExampleIdentifiers) throws -> Int {
        guard let ids else { return indices?[row] ?? -1 }
        guard case .positional(let counts) = identifiers else { return -1 }
        let parts = ids[row].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Partition.allCases.first(where: { $0.name == parts[0] }),
            let position = Int(parts[1]), position >= 0, position < counts[Int(partition.rawValue)]
        else { return -1 }
        return counts[..<Int(partition.rawValue)].reduce(0, +) + position
    }

    private func failure(_ message: String) -> CurateError {
        CurateError(.badData, message, at: path, remedy: "the scores were made for other data; score this data")
    }
}
