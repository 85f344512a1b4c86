/// What a store keeps of the examples of a dataset, in the dataset's order: everything but their features.
package struct StoredExamples: Sendable, Equatable {
    /// A group column: a value for every example that belongs to one of its groups.
    package struct Group: Sendable, Equatable {
        /// The column's name.
        package let name: String
        /// One value per example; nil for those that belong to no group of the column.
        package let values: [String?]

        /// Whether every example belongs to a group.
        var isWhole: Bool { !values.contains(nil) }
    }

    /// The name of each class.
    package internal(set) var classNames: [String] = []
    /// The name of each example.
    package internal(set) var ids: [String] = []
    /// The class of each example.
    package internal(set) var labels: [Int] = []
    /// The name of the partition of each example.
    package internal(set) var partitions: [String] = []
    /// The group columns, by the bytes of their names.
    package internal(set) var groups: [Group] = []

    /// The number of examples.
    package var count: Int { ids.count }

    /// The indices of the examples of one partition, ascending.
    package func indices(of partition: Partition) -> [Int] {
        partitions.indices.filter { partitions[$0] == partition.name }
    }

    /// Whether both are of the same examples and classes, however these are divided into groups.
    func isSame(as other: StoredExamples) -> Bool {
        classNames == other.classNames && ids == other.ids && labels == other.labels && partitions == other.partitions
    }

    init() {}

    init(_ dataset: Dataset) {
        classNames = dataset.classNames
        ids = (0..<dataset.count).map { dataset.ids[$0] }
        labels = dataset.labels.map { Int($0) }
        partitions = dataset.partitions.map(\.name)
        groups = Self.sorted(dataset.groups.map { Group($0) }.filter { group in group.values.contains { $0 != nil } })
    }

    /// Groups as the file lists them, by the bytes of their names.
    static func sorted(_ groups: [Group]) -> [Group] {
        groups.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// What the store compares with when it checks these rows.
    func checksum() -> Int {
        var checksum = Checksum()
        for name in classNames { checksum.add(name) }
        for index in 0..<count {
            checksum.add(ids[index])
            checksum.add(labels[index])
            checksum.add(partitions[index])
        }
        for group in groups {
            checksum.add(group.name)
            let isWhole = group.isWhole
            for (index, value) in group.values.enumerated() {
                guard let value else { continue }
                // Who belongs to a group is a part of it when not everybody does.
                if !isWhole { checksum.add(index) }
                checksum.add(value)
            }
        }
        return checksum.finish()
    }
}

extension Store {
    /// The examples of a dataset by its content hash, or nil when it is not stored.
    package func examples(ofDataset hash: String) throws -> StoredExamples? {
        try reading {
            guard let entry = try checkedDatasets().first(where: { $0.dataset.hash == hash }) else { return nil }
            let examples = try examples(ofDatasetID: entry.id)
            guard examples.checksum() == entry.contentChecksum else {
                throw database.damaged("the examples of dataset '\(entry.dataset.name)' do not match their checksum")
            }
            return examples
        }
    }

    /// The examples of a dataset as the file has them, not checked.
    func examples(ofDatasetID id: Int) throws -> StoredExamples {
        var examples = StoredExamples()
        examples.classNames = try database.query("SELECT name FROM classes WHERE dataset = ?1 ORDER BY label", id) {
            $0.text(0)
        }
        _ = try database.query("SELECT id, label, partition FROM examples WHERE dataset = ?1 ORDER BY idx", id) { row in
            examples.ids.append(row.text(0))
            examples.labels.append(row.integer(1))
            examples.partitions.append(row.text(2))
        }
        var name: String?
        let count = examples.count
        var values = [String?](repeating: nil, count: count)
        func endGroup() {
            if let name { examples.groups.append(StoredExamples.Group(name: name, values: values)) }
            values = [String?](repeating: nil, count: count)
        }
        let sql = "SELECT name, idx, value FROM example_groups WHERE dataset = ?1 ORDER BY name, idx"
        _ = try database.query(sql, id) { row in
            if name != row.text(0) {
                endGroup()
                name = row.text(0)
            }
            let index = row.integer(1)
            guard values.indices.contains(index) else {
                throw database.damaged("a group '\(row.text(0))' has an example that there is not")
            }
            values[index] = row.text(2)
        }
        endGroup()
        return examples
    }

    /// Stores the entry of a dataset with its examples; does nothing when one of this hash is there.
    func insertDataset(_ row: StoredDataset, _ examples: StoredExamples) throws {
        // Looked up first without the lock that another process may be holding.
        guard try dataset(hash: row.hash) == nil else { return }
        try writing {
            guard try dataset(hash: row.hash) == nil else { return }
            let content = examples.checksum()
            try database.run(
                """
                INSERT INTO datasets (hash, name, format, example_count, class_count, shape, created_at,
                    content_checksum, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """,
                row.hash, row.name, row.format, row.exampleCount, row.classCount, row.shape, row.createdAt,
                content, row.checksum(contentChecksum: content))
            let id = try datasetID(hash: row.hash)
            for (label, name) in examples.classNames.enumerated() {
                try database.run("INSERT INTO classes (dataset, label, name) VALUES (?1, ?2, ?3)", id, label, name)
            }
            let insert = try database.statement(
                "INSERT INTO examples (dataset, idx, id, label, partition) VALUES (?1, ?2, ?3, ?4, ?5)")
            for index in 0..<examples.count {
                try insert.run(
                    id, index, examples.ids[index], examples.labels[index], examples.partitions[index])
            }
            try insertGroups(examples.groups, ofDatasetID: id)
        }
    }
}
