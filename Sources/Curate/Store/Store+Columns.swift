/// The name, type and length of a column of an artifact.
package struct StoredColumn: Sendable, Hashable {
    /// How the elements of a column are stored.
    package enum ElementType: String, Sendable {
        /// IEEE single precision, little-endian.
        case float32
        /// Bytes that mean something to the one who wrote them.
        case uint8
    }

    /// The epoch it belongs to; 0 when it belongs to none.
    package let epoch: Int
    /// Its name, for instance `batchLoss` or `state`.
    package let name: String
    /// How its elements are stored.
    package let elementType: ElementType
    /// The number of elements.
    package let count: Int
    /// What it is for.
    package let role: ColumnRole

    /// Makes a description of a column.
    package init(epoch: Int, name: String, elementType: ElementType, count: Int, role: ColumnRole = .result) {
        self.epoch = epoch
        self.name = name
        self.elementType = elementType
        self.count = count
        self.role = role
    }
}

extension Store {
    /// Stores numbers under (artifact, epoch, name), in place of what was there.
    ///
    /// - Parameters:
    ///   - key: the artifact.
    ///   - epoch: the epoch; 0 for none.
    ///   - name: the name of the column.
    ///   - floats: the numbers.
    ///   - role: what columns of this name are for, the same whenever one is stored.
    /// - Throws: `CurateError` of kind `workFailed` when the artifact is complete or not there, for instance because
    ///   another process has finished or removed it meanwhile.
    package func putColumn(
        artifact key: ArtifactKey, epoch: Int, name: String, floats: [Float], role: ColumnRole = .result
    )
        throws
    {
        try floats.withUnsafeBytes {
            try putColumn(artifact: key, epoch: epoch, name: name, role, type: .float32, count: floats.count, bytes: $0)
        }
    }

    /// Stores bytes under (artifact, epoch, name), in place of what was there, as the variant for numbers does.
    package func putColumn(
        artifact key: ArtifactKey, epoch: Int, name: String, bytes: [UInt8], role: ColumnRole = .result
    )
        throws
    {
        try bytes.withUnsafeBytes {
            try putColumn(artifact: key, epoch: epoch, name: name, role, type: .uint8, count: bytes.count, bytes: $0)
        }
    }

    /// The numbers stored under (artifact, epoch, name), or nil when there are none.
    ///
    /// - Precondition: the column was stored as numbers.
    package func column(artifact key: ArtifactKey, epoch: Int, name: String) throws -> [Float]? {
        try readColumn(artifact: key, epoch: epoch, name: name, type: .float32)
    }

    /// The bytes stored under (artifact, epoch, name), or nil when there are none.
    ///
    /// - Precondition: the column was stored as bytes.
    package func columnBytes(artifact key: ArtifactKey, epoch: Int, name: String) throws -> [UInt8]? {
        try readColumn(artifact: key, epoch: epoch, name: name, type: .uint8)
    }

    /// The columns of an artifact by epoch and name; none when there is no such artifact.
    ///
    /// What is returned is checked, but the bytes of the columns are not read.
    package func columns(of key: ArtifactKey) throws -> [StoredColumn] {
        try reading {
            guard let (id, artifact) = try presentArtifact(key) else { return [] }
            let roles = try columnRoles(ofKind: artifact.identity.kind)
            return try checkedColumns(of: key, id: id).filter { $0.part == 0 }.map { row in
                guard let type = StoredColumn.ElementType(rawValue: row.elementType) else {
                    throw damagedColumn(key, row.epoch, row.name)
                }
                return StoredColumn(
                    epoch: row.epoch, name: row.name, elementType: type, count: row.elementCount,
                    role: roles[row.name] ?? .result)
            }
        }
    }

    /// The names of the columns an artifact has at one epoch, sorted by their bytes.
    package func columnNames(artifact key: ArtifactKey, epoch: Int) throws -> [String] {
        try columns(of: key).filter { $0.epoch == epoch }.map(\.name)
    }

    /// Removes columns by name from a range of epochs, for instance the training state of the epochs before this one.
    ///
    /// - Throws: `CurateError` of kind `workFailed` when the artifact is complete or not there.
    package func removeColumns(artifact key: ArtifactKey, epochs: Range<Int>, names: [String]) throws {
        try writing {
            let (id, _) = try runningArtifact(key)
            for name in names {
                try database.run(
                    "DELETE FROM columns WHERE artifact = ?1 AND epoch >= ?2 AND epoch < ?3 AND name = ?4",
                    id, epochs.lowerBound, epochs.upperBound, name)
            }
        }
    }

    private func putColumn(
        artifact key: ArtifactKey, epoch: Int, name: String, _ role: ColumnRole, type: StoredColumn.ElementType,
        count: Int, bytes: UnsafeRawBufferPointer
    ) throws {
        try writing {
            let (id, kind) = try runningArtifact(key)
            try declare(role, ofColumn: name, kind: kind)
            try database.run(
                "DELETE FROM columns WHERE artifact = ?1 AND epoch = ?2 AND name = ?3", id, epoch, name)
            let partCount = max(1, (bytes.count + largestPart - 1) / largestPart)
            for part in 0..<partCount {
                let range = part * largestPart..<min(bytes.count, (part + 1) * largestPart)
                let slice = UnsafeRawBufferPointer(rebasing: bytes[range])
                let row = ColumnRow(
                    epoch: epoch, name: name, part: part, partCount: partCount, elementType: type.rawValue,
                    elementCount: count, bytesChecksum: Checksum.of(slice))
                let statement = try database.statement(
                    """
                    INSERT INTO columns (artifact, epoch, name, part, part_count, element_type, element_count,
                        bytes_checksum, checksum, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                    """)
                defer { statement.reset() }
                try statement.bind(
                    id, epoch, name, part, partCount, type.rawValue, count, row.bytesChecksum,
                    row.checksum(artifact: key))
                try statement.bind(bytes: slice, at: 10)
                while try statement.step() {}
            }
        }
    }

    private func readColumn<Element: BitwiseCopyable>(
        artifact key: ArtifactKey, epoch: Int, name: String, type: StoredColumn.ElementType
    ) throws -> [Element]? {
        try reading {
            guard let (id, _) = try presentArtifact(key) else { return nil }
            let sql = "SELECT \(ColumnRow.fields) FROM columns WHERE artifact = ?1 AND epoch = ?2 AND name = ?3"
            var elements: [Element] = []
            var first: ColumnRow?
            var found = 0
            _ = try database.query(sql + " ORDER BY part", id, epoch, name) { fields in
                let row = ColumnRow(fields)
                let bytes = fields.bytes(ColumnRow.bytesField)
                guard row.checksum(artifact: key) == fields.integer(ColumnRow.checksumField),
                    row.bytesChecksum == Checksum.of(bytes), row.part == found,
                    row.elementCount == first?.elementCount ?? row.elementCount
                else { throw damagedColumn(key, epoch, name) }
                precondition(row.elementType == type.rawValue, "column '\(name)' holds \(row.elementType)")
                if first == nil { first = row }
                found += 1
                elements.append(contentsOf: bytes, of: row.elementCount)
            }
            guard let first else {
                // Not found by the index: make sure that it is not a damaged page that says so.
                _ = try checkedColumns(of: key, id: id)
                return nil
            }
            guard found == first.partCount, elements.count == first.elementCount else {
                throw damagedColumn(key, epoch, name)
            }
            return elements
        }
    }

    /// The row number and the kind of an artifact that may be changed.
    private func runningArtifact(_ key: ArtifactKey) throws -> (id: Int, kind: String) {
        guard let (id, artifact) = try presentArtifact(key) else { throw removedArtifact(key) }
        guard artifact.state == .running else {
            throw CurateError(
                .workFailed, "artifact \(key.short) is complete already, another process may have finished it",
                at: path, remedy: "run the same command again, which takes the finished result")
        }
        return (id, artifact.identity.kind)
    }

    /// The error for an artifact that was begun and is gone.
    func removedArtifact(_ key: ArtifactKey) -> CurateError {
        CurateError(
            .workFailed, "artifact \(key.short) is not in the store any more, another process may have removed it",
            at: path, remedy: "run the same command again")
    }

    /// An artifact by the index, and when it is not there a look that it really is not.
    private func presentArtifact(_ key: ArtifactKey) throws -> (id: Int, artifact: StoredArtifact)? {
        if let found = try storedArtifact(key) { return found }
        _ = try artifact(key)
        return nil
    }

    /// The rows of an artifact's columns by epoch, name and part, each checked, and that none is missing.
    @discardableResult
    private func checkedColumns(of key: ArtifactKey, id: Int) throws -> [ColumnRow] {
        var found = TableDigest()
        let sql = "SELECT \(ColumnRow.fields) FROM columns WHERE artifact = ?1 ORDER BY epoch, name, part"
        let rows = try database.query(sql, id) { fields in
            let row = ColumnRow(fields)
            let checksum = fields.integer(ColumnRow.checksumField)
            guard row.checksum(artifact: key) == checksum else { throw damagedColumn(key, row.epoch, row.name) }
            found.add(checksum)
            return row
        }
        let recorded = try database.query("SELECT column_count, column_digest FROM artifacts WHERE id = ?1", id) {
            TableDigest(rowCount: $0.integer(0), digest: $0.integer(1))
        }
        guard recorded == [found] else {
            throw database.damaged("columns of artifact \(key.short) are missing or changed")
        }
        return rows
    }

    /// The checksums of the parts of each column, which are the same in two stores where the bytes are.
    func columnChecksums(of key: ArtifactKey) throws -> [ColumnPlace: [Int]] {
        guard let (id, _) = try presentArtifact(key) else { return [:] }
        return Dictionary(grouping: try checkedColumns(of: key, id: id)) { ColumnPlace(epoch: $0.epoch, name: $0.name) }
            .mapValues { $0.map(\.bytesChecksum) }
    }

    /// The columns of an artifact whose bytes do not match their checksums; throws when it is more than bytes.
    func damagedColumns(of key: ArtifactKey, id: Int) throws -> [CurateError] {
        try checkedColumns(of: key, id: id)
        let sql = "SELECT \(ColumnRow.fields) FROM columns WHERE artifact = ?1 ORDER BY epoch, name, part"
        return try database.query(sql, id) { fields in
            let row = ColumnRow(fields)
            let isWhole = Checksum.of(fields.bytes(ColumnRow.bytesField)) == row.bytesChecksum
            return isWhole ? nil : damagedColumn(key, row.epoch, row.name)
        }.compactMap { $0 }
    }

    private func damagedColumn(_ key: ArtifactKey, _ epoch: Int, _ name: String) -> CurateError {
        database.damaged("column '\(name)' of epoch \(epoch) of artifact \(key.short) does not match its checksum")
    }
}

/// Where a column belongs within its artifact.
struct ColumnPlace: Hashable {
    let epoch: Int
    let name: String

    init(epoch: Int, name: String) {
        self.epoch = epoch
        self.name = name
    }

    init(_ column: StoredColumn) { self.init(epoch: column.epoch, name: column.name) }
}

/// One row of the table `columns` without its bytes.
private struct ColumnRow {
    let epoch: Int
    let name: String
    let part: Int
    let partCount: Int
    let elementType: String
    let elementCount: Int
    let bytesChecksum: Int

    static let fields = "epoch, name, part, part_count, element_type, element_count, bytes_checksum, checksum, bytes"
    static let checksumField: Int32 = 7
    static let bytesField: Int32 = 8

    init(
        epoch: Int, name: String, part: Int, partCount: Int, elementType: String, elementCount: Int, bytesChecksum: Int
    ) {
        self.epoch = epoch
        self.name = name
        self.part = part
        self.partCount = partCount
        self.elementType = elementType
        self.elementCount = elementCount
        self.bytesChecksum = bytesChecksum
    }

    init(_ row: Statement) {
        self.init(
            epoch: row.integer(0), name: row.text(1), part: row.integer(2), partCount: row.integer(3),
            elementType: row.text(4), elementCount: row.integer(5), bytesChecksum: row.integer(6))
    }

    /// The checksum covers where the bytes belong, so that bytes which moved are noticed too.
    func checksum(artifact: ArtifactKey) -> Int {
        var checksum = Checksum()
        for text in [artifact.hexadecimal, name, elementType] { checksum.add(text) }
        for number in [epoch, part, partCount, elementCount, bytesChecksum] { checksum.add(number) }
        return checksum.finish()
    }
}

extension Array where Element: BitwiseCopyable {
    /// Appends elements from bytes of any alignment; the first of several parts makes room for `total`.
    fileprivate mutating func append(contentsOf bytes: UnsafeRawBufferPointer, of total: Int) {
        let added = bytes.count / MemoryLayout<Element>.stride
        let elements = [Element](unsafeUninitializedCapacity: added) { buffer, count in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes.prefix(added * MemoryLayout<Element>.stride)))
            count = added
        }
        guard !isEmpty || added < total else {
            self = elements
            return
        }
        reserveCapacity(total)
        append(contentsOf: elements)
    }
}
