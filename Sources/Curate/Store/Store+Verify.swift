extension Store {
    /// Reads the whole store and returns what is wrong with it; an empty list means that nothing is.
    ///
    /// It checks the structure of the file, references between tables, that what a result was made from is there, and
    /// every checksum, and recomputes every key. Nothing is changed. An error is thrown only when the store cannot be read
    /// at all, for instance because it is locked. Other processes may write between one part and the next.
    ///
    /// - Parameter progress: told how many of the parts are done.
    package func verify(progress: (_ completed: Int, _ total: Int) -> Void = { _, _ in }) throws -> [CurateError] {
        var problems: [CurateError] = []
        var checks: [() throws -> [CurateError]] = [
            checkPages, checkReferences, checkInputs, checkDatasets, checkEntries, checkPipelines,
        ]
        // Artifacts and scores one by one: they are what takes long. A list that is damaged is told by its own check.
        checks += ((try? artifacts()) ?? []).map { artifact in { try self.check(artifact) } }
        checks += ((try? scoreSets()) ?? []).map { set in
            {
                _ = try self.scores(in: set.key)
                return []
            }
        }
        for (number, check) in checks.enumerated() {
            progress(number, checks.count)
            var found: [CurateError]
            do {
                found = try reading(check)
            } catch let error as CurateError where error.kind == .badData {
                found = [error]
            }
            // One damaged list stops several checks.
            problems += found.filter { !problems.contains($0) }
        }
        progress(checks.count, checks.count)
        return problems
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

    /// What something was made from must be there, or nobody can say any more how it came about.
    private func checkInputs() throws -> [CurateError] {
        let items = try items()
        let keys = Set(items.map(\.key))
        return items.flatMap { item in
            item.inputs.filter { !keys.contains($0) }.map { missing in
                CurateError(
                    .badData,
                    "\(item.kind) \(item.shortKey) was made from \(missing.prefix(8)), which is not in the store",
                    at: path, remedy: "merge the store that has it, or make \(item.shortKey) again")
            }
        }
    }

    /// Rows that cannot be listed at all; the checks of single ones begin from the lists.
    private func checkEntries() throws -> [CurateError] {
        var problems: [CurateError] = []
        let lists = [
            { _ = try self.artifacts() }, { _ = try self.scoreSets() }, { _ = try self.columnRoles(ofKind: "") },
        ]
        for list in lists {
            do {
                try list()
            } catch let error as CurateError where error.kind == .badData {
                problems.append(error)
            }
        }
        return problems
    }

    private func checkDatasets() throws -> [CurateError] {
        try checkedDatasets().flatMap { entry -> [CurateError] in
            let isWhole = try examples(ofDatasetID: entry.id).checksum() == entry.contentChecksum
            let name = entry.dataset.name
            return isWhole ? [] : [database.damaged("the examples of dataset '\(name)' do not match their checksum")]
        }
    }

    private func check(_ artifact: StoredArtifact) throws -> [CurateError] {
        // Another process may have removed it since it was listed; `artifact` tells that from a damaged index.
        guard try self.artifact(artifact.key) != nil, let (id, _) = try storedArtifact(artifact.key) else { return [] }
        return try damagedColumns(of: artifact.key, id: id)
    }
}
