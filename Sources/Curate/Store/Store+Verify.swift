extension Store {
    /// Reads the whole store and returns what is wrong with it; an empty list means that nothing is.
    ///
    /// It checks the structure of the file, references between tables, and every checksum, and recomputes every key.
    /// Nothing is changed. An error is thrown only when the store cannot be read at all, for instance because it is locked.
    public func verify() throws -> [CurateError] {
        try reading {
            try [checkPages, checkReferences, checkDatasets, checkArtifacts, checkScores].flatMap { try collect($0) }
        }
    }

    /// The problems a check returns, or the damage that kept it from ending.
    private func collect(_ check: () throws -> [CurateError]) throws -> [CurateError] {
        do {
            return try check()
        } catch let error as CurateError where error.kind == .badData {
            return [error]
        }
    }

    private func checkPages() throws -> [CurateError] {
        try checkSchema()
        let lines = try database.query("PRAGMA integrity_check") { $0.text(0) }
        return lines == ["ok"] ? [] : lines.map { database.damaged($0) }
    }

    private func checkReferences() throws -> [CurateError] {
        let broken = try database.query("PRAGMA foreign_key_check") { row in
            database.damaged("a row of '\(row.text(0))' refers to a missing row of '\(row.text(2))'")
        }
        let sql = """
            SELECT sets.name, count(*) FROM score_sets AS sets JOIN scores ON scores.score_set = sets.id
            LEFT JOIN examples ON examples.dataset = sets.dataset AND examples.idx = scores.idx
            WHERE examples.idx IS NULL GROUP BY sets.id
            """
        return try broken
            + database.query(sql) { row in
                database.damaged("\(row.integer(1)) scores '\(row.text(0))' belong to no example")
            }
    }

    private func checkDatasets() throws -> [CurateError] {
        try checkedDatasets().flatMap { entry in
            try collect {
                let name = entry.dataset.name
                return try storedContentChecksum(ofDataset: entry.id) == entry.contentChecksum
                    ? [] : [database.damaged("the examples of dataset '\(name)' do not match their checksum")]
            }
        }
    }

    private func checkArtifacts() throws -> [CurateError] {
        try artifacts().flatMap { artifact -> [CurateError] in
            try collect {
                guard let (id, _) = try storedArtifact(artifact.key) else {
                    return [database.damaged("the index of artifacts misses \(artifact.key.short)")]
                }
                return try damagedColumns(of: artifact.key, id: id)
            }
        }
    }

    private func checkScores() throws -> [CurateError] {
        try scoreSets().flatMap { set in
            try collect {
                _ = try scores(in: set.key)
                return []
            }
        }
    }
}
