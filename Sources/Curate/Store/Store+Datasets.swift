/// What a store knows about a dataset.
package struct StoredDataset: Sendable, Equatable {
    /// The content hash, which is its identity.
    package let hash: String
    /// The name it was first stored under.
    package let name: String
    /// The format it was read from.
    package let format: String
    /// The number of examples in all partitions.
    package let exampleCount: Int
    /// The number of classes.
    package let classCount: Int
    /// Height x width x channels of one example.
    package let shape: String
    /// When it was first stored, as the caller said.
    package let createdAt: String

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
    /// When a dataset of the same content is there, only groups that it lacks are added. Features are not stored.
    ///
    /// - Parameters:
    ///   - dataset: the dataset.
    ///   - createdAt: the time, as text.
    package func registerDataset(_ dataset: Dataset, createdAt: String) throws {
        let shape = dataset.features.shape
        let row = StoredDataset(
            hash: dataset.contentHash, name: dataset.name, format: dataset.format.rawValue, exampleCount: dataset.count,
            classCount: dataset.classCount, shape: "\(shape.height)x\(shape.width)x\(shape.channels)",
            createdAt: createdAt)
        // Looked up before the examples are gone through: this is asked by every verb.
        guard try self.dataset(hash: row.hash) == nil else {
            return try addGroups(dataset.groups, toDataset: row.hash)
        }
        try insertDataset(row, StoredExamples(dataset))
    }

    /// Removes a dataset with its examples; does nothing when there is none of this hash.
    ///
    /// - Precondition: no artifact and no scores belong to it.
    func removeDataset(hash: String) throws {
        try writing { try database.run("DELETE FROM datasets WHERE hash = ?1", hash) }
    }

    /// The dataset with a content hash, or nil when it is not stored.
    package func dataset(hash: String) throws -> StoredDataset? {
        try datasets().first { $0.hash == hash }
    }

    /// All datasets, in the order they were stored.
    package func datasets() throws -> [StoredDataset] {
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
}

extension StoredDataset {
    /// The checksum of its row.
    func checksum(contentChecksum: Int) -> Int {
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
