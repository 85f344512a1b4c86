/// What a store knows about a dataset.
public struct StoredDataset: Sendable, Equatable {
    /// The content hash, which is its identity.
    public let hash: String
    /// The name it was first stored under.
    public let name: String
    /// The format it was read from.
    public let format: String
    /// The number of examples in all partitions.
    public let exampleCount: Int
    /// The number of classes.
    public let classCount: Int
    /// Height x width x channels of one example.
    public let shape: String
    /// When it was first stored, as the caller said.
    public let createdAt: String

    /// Makes a description of a dataset.
    package init(
        hash: String, name: String, format: String, exampleCount: Int, classCount: Int, shape: String, createdAt: String
    ) {
        self.hash = hash
        self.name = name
        self.format = format
        self.exampleCount = exampleCount
        self.classCount = classCount
        self.shape = shape
        self.createdAt = createdAt
    }
}

extension Store {
    /// Stores the names, labels, partitions and groups of a dataset's examples, so that scores can be joined to them.
    ///
    /// Does nothing when a dataset of the same content is there. Features are not stored.
    ///
    /// - Parameters:
    ///   - dataset: the dataset.
    ///   - createdAt: the time, as text.
    public func registerDataset(_ dataset: Dataset, createdAt: String) throws {
        let shape = dataset.features.shape
        let row = StoredDataset(
            hash: dataset.contentHash, name: dataset.name, format: dataset.format.rawValue, exampleCount: dataset.count,
            classCount: dataset.classCount, shape: "\(shape.height)x\(shape.width)x\(shape.channels)",
            createdAt: createdAt)
        // Looked up first without the lock that another process may be holding.
        guard try self.dataset(hash: row.hash) == nil else { return }
        try writing {
            guard try self.dataset(hash: row.hash) == nil else { return }
            let content = Self.contentChecksum(of: dataset)
            try database.run(
                """
                INSERT INTO datasets (hash, name, format, example_count, class_count, shape, created_at,
                    content_checksum, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """,
                row.hash, row.name, row.format, row.exampleCount, row.classCount, row.shape, row.createdAt,
                content, row.checksum(contentChecksum: content))
            try insertContent(of: dataset, id: try datasetID(hash: row.hash))
        }
    }

    /// The dataset with a content hash, or nil when it is not stored.
    public func dataset(hash: String) throws -> StoredDataset? {
        try datasets().first { $0.hash == hash }
    }

    /// All datasets, in the order they were stored.
    public func datasets() throws -> [StoredDataset] {
        try reading {
            try checkedDatasets().map(\.dataset)
        }
    }

    /// The datasets with their row number and the checksum of their examples; each row and their number are checked.
    func checkedDatasets() throws -> [(id: Int, dataset: StoredDataset, contentChecksum: Int)] {
        var digest = TableDigest()
        let sql = """
            SELECT id, hash, name, format, example_count, class_count, shape, created_at, content_checksum, checksum
            FROM datasets ORDER BY id
            """
        let rows = try database.query(sql) { row in
            let dataset = StoredDataset(
                hash: row.text(1), name: row.text(2), format: row.text(3), exampleCount: row.integer(4),
                classCount: row.integer(5), shape: row.text(6), createdAt: row.text(7))
            guard dataset.checksum(contentChecksum: row.integer(8)) == row.integer(9) else {
                throw database.damaged("the entry of dataset '\(dataset.name)' does not match its checksum")
            }
            digest.add(row.integer(9))
            return (id: row.integer(0), dataset: dataset, contentChecksum: row.integer(8))
        }
        try check(digest, of: "datasets")
        return rows
    }

    /// The file-local number of a registered dataset.
    func datasetID(hash: String) throws -> Int {
        let ids = try database.query("SELECT id FROM datasets WHERE hash = ?1", hash) { $0.integer(0) }
        guard let id = ids.first else { preconditionFailure("dataset \(hash) was not registered") }
        return id
    }

    private func insertContent(of dataset: Dataset, id: Int) throws {
        for (label, name) in dataset.classNames.enumerated() {
            try database.run("INSERT INTO classes (dataset, label, name) VALUES (?1, ?2, ?3)", id, label, name)
        }
        let insert = try database.statement(
            "INSERT INTO examples (dataset, idx, id, label, partition) VALUES (?1, ?2, ?3, ?4, ?5)")
        for index in 0..<dataset.count {
            try insert.run(
                id, index, dataset.ids[index], Int(dataset.labels[index]), dataset.partitions[index].name)
        }
        for group in dataset.groups {
            for (index, value) in group.values.enumerated() {
                try database.run(
                    "INSERT INTO example_groups (dataset, name, idx, value) VALUES (?1, ?2, ?3, ?4)",
                    id, group.name, index, group.valueNames[Int(value)])
            }
        }
    }

    private static func contentChecksum(of dataset: Dataset) -> Int {
        var checksum = Checksum()
        for name in dataset.classNames { checksum.add(name) }
        for index in 0..<dataset.count {
            checksum.add(dataset.ids[index])
            checksum.add(Int(dataset.labels[index]))
            checksum.add(dataset.partitions[index].name)
        }
        let groups = dataset.groups.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for group in groups where !group.values.isEmpty {
            checksum.add(group.name)
            for value in group.values { checksum.add(group.valueNames[Int(value)]) }
        }
        return checksum.finish()
    }

    /// The same checksum over what is in the file.
    func storedContentChecksum(ofDataset id: Int) throws -> Int {
        var checksum = Checksum()
        _ = try database.query("SELECT name FROM classes WHERE dataset = ?1 ORDER BY label", id) {
            checksum.add($0.text(0))
        }
        let examples = "SELECT id, label, partition FROM examples WHERE dataset = ?1 ORDER BY idx"
        _ = try database.query(examples, id) {
            checksum.add($0.text(0))
            checksum.add($0.integer(1))
            checksum.add($0.text(2))
        }
        var group: String?
        let groups = "SELECT name, value FROM example_groups WHERE dataset = ?1 ORDER BY name, idx"
        _ = try database.query(groups, id) { row in
            if group != row.text(0) { checksum.add(row.text(0)) }
            group = row.text(0)
            checksum.add(row.text(1))
        }
        return checksum.finish()
    }
}

extension StoredDataset {
    /// The checksum of its row.
    fileprivate func checksum(contentChecksum: Int) -> Int {
        var checksum = Checksum()
        for text in [hash, name, format, shape, createdAt] { checksum.add(text) }
        for number in [exampleCount, classCount, contentChecksum] { checksum.add(number) }
        return checksum.finish()
    }
}

/// The number of rows of a table and the exclusive-or of their checksums.
struct TableDigest: Equatable {
    var rowCount = 0
    var digest = 0

    mutating func add(_ checksum: Int) {
        rowCount += 1
        digest ^= checksum
    }
}

extension Store {
    /// Throws when rows of a table have vanished or appeared.
    func check(_ found: TableDigest, of table: String) throws {
        let recorded = try database.query("SELECT row_count, digest FROM table_digests WHERE name = ?1", table) {
            TableDigest(rowCount: $0.integer(0), digest: $0.integer(1))
        }
        guard recorded == [found] else { throw database.damaged("entries of '\(table)' are missing or changed") }
    }
}
