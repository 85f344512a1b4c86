/// Groups that a dataset gets after it was stored: how it is divided is no part of its content.
extension Store {
    /// Adds groups to a dataset that is stored, and replaces conditions that mean something else by now.
    ///
    /// Columns and products of columns are what they were, since the content is; only a condition can have a new meaning
    /// under an old name.
    ///
    /// - Parameters:
    ///   - columns: the groups of the dataset as it is read now.
    ///   - hash: its content hash.
    func addGroups(_ columns: [GroupColumn], toDataset hash: String) throws {
        let id = try reading { try datasetID(hash: hash) }
        let isNew = try reading { try columns.map { try isNews($0, ofDatasetID: id) } }
        // Usually nothing is: whoever only looks takes no lock that another process may be holding.
        guard isNew.contains(true) else { return }
        try writing {
            let news = try columns.filter { try isNews($0, ofDatasetID: id) }.map { StoredExamples.Group($0) }
            try putGroups(news, ofDataset: hash)
        }
    }

    /// Adds groups to a dataset that is stored, in place of those of the same names, and brings its checksums up to date.
    ///
    /// - Returns: how many were added.
    @discardableResult
    func putGroups(_ news: [StoredExamples.Group], ofDataset hash: String) throws -> Int {
        // A condition that holds for nobody any more has no rows, and those that it had go.
        let groups = news.filter { group in group.values.contains { $0 != nil } }
        guard !news.isEmpty else { return 0 }
        try writing {
            guard let entry = try checkedDatasets().first(where: { $0.dataset.hash == hash }) else { return }
            var examples = try examples(ofDatasetID: entry.id)
            guard examples.checksum() == entry.contentChecksum else {
                throw database.damaged("the examples of dataset '\(entry.dataset.name)' do not match their checksum")
            }
            let names = Set(news.map(\.name))
            for name in names {
                try database.run("DELETE FROM example_groups WHERE dataset = ?1 AND name = ?2", entry.id, name)
            }
            try insertGroups(groups, ofDatasetID: entry.id)
            examples.groups = StoredExamples.sorted(examples.groups.filter { !names.contains($0.name) } + groups)
            let content = examples.checksum()
            try database.run(
                "UPDATE datasets SET content_checksum = ?2, checksum = ?3 WHERE id = ?1", entry.id, content,
                entry.dataset.checksum(contentChecksum: content))
        }
        return news.count
    }

    /// Whether a group is not stored as it is now.
    private func isNews(_ column: GroupColumn, ofDatasetID id: Int) throws -> Bool {
        guard column.complement != nil else {
            // Three examples tell whether it is there, and whether a condition took its name meanwhile.
            let last = column.values.count - 1
            return try Set([0, last / 2, last]).contains { index in
                guard index >= 0 else { return false }
                let sql = "SELECT value FROM example_groups WHERE dataset = ?1 AND name = ?2 AND idx = ?3"
                let found = try database.query(sql, id, column.name, index) { $0.text(0) }
                return found != [column.valueNames[Int(column.values[index])]]
            }
        }
        let sql = "SELECT idx, value FROM example_groups WHERE dataset = ?1 AND name = ?2 ORDER BY idx"
        let stored = try database.query(sql, id, column.name) { (index: $0.integer(0), value: $0.text(1)) }
        let members = column.values.indices.filter { column.values[$0] != column.complement }
        return stored.count != members.count
            || zip(stored, members).contains { row, index in
                row.index != index || row.value != column.valueNames[Int(column.values[index])]
            }
    }

    /// Writes the rows of groups.
    func insertGroups(_ groups: [StoredExamples.Group], ofDatasetID id: Int) throws {
        let statement = try database.statement(
            "INSERT INTO example_groups (dataset, name, idx, value) VALUES (?1, ?2, ?3, ?4)")
        for group in groups {
            for (index, value) in group.values.enumerated() {
                guard let value else { continue }
                try statement.run(id, group.name, index, value)
            }
        }
    }
}

extension StoredExamples.Group {
    /// A column as it is stored: without the value that stands for no group.
    init(_ column: GroupColumn) {
        self.init(
            name: column.name,
            values: column.values.map { $0 == column.complement ? nil : column.valueNames[Int($0)] })
    }
}
