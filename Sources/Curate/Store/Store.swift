import CSQLite

/// Every intermediate result in one SQLite file: datasets, artifacts with their columns, and scores.
///
/// A store is used from one thread at a time (it is not `Sendable`); several processes may open one file. Changes are
/// made in transactions, so a reader sees all of a change or nothing of it, also after `kill -9` or a power cut. What is
/// read back is checked against checksums: damage is an error that names the place, never a wrong answer.
///
/// A training run writes an epoch like this:
///
///     try store.transaction {
///         try store.putColumn(artifact: key, epoch: epoch, name: "batchLoss", floats: losses)
///         try store.putColumn(artifact: key, epoch: epoch, name: "state", bytes: state, role: .state)
///         try store.removeColumns(artifact: key, epochs: 0..<epoch, names: ["state"])
///         try store.addSeconds(seconds, to: key)
///         if epoch == epochCount { try store.completeArtifact(key) }
///     }
package final class Store {
    /// What a store is opened for.
    package enum Mode: Sendable {
        /// To ask; the file must exist and is not changed, except that a killed writer's unfinished transaction is undone.
        case read
        /// To ask and to store; the file is created when it is not there.
        case write
    }

    /// The file, as the caller named it.
    package let path: String
    package let database: Database
    private let owner: StoreOwner?

    /// The most bytes one BLOB may have, a multiple of four; longer columns are split.
    ///
    /// SQLite's own limit is 10⁹ bytes a row.
    package var largestPart = 256 << 20

    private var isInTransaction = false
    private var hasFailedChange = false

    /// Opens a store, and brings an older one up to date when it is opened to write.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - mode: whether to write.
    ///   - busyTimeout: for how many seconds to wait for another process that is writing.
    ///   - user: who opens it: named to others while this process writes, and told when it has to wait.
    /// - Throws: `CurateError`: `storeLocked` when the wait is over; `badData` when the file is something else, damaged or
    ///   from a newer version; `missingInput` when there is nothing to read; `cannotCreateOutput` when it cannot be
    ///   written.
    package static func open(
        path: String, mode: Mode, busyTimeout: Double = 10, user: StoreUser? = nil
    ) throws -> Store {
        let database = try Database(path: path, isWritable: mode == .write, busyTimeout: busyTimeout, user: user)
        try refuseForeignFile(database)
        try configure(database)
        let store = Store(database, owner: user?.owner)
        if mode == .write { try store.migrate() }
        try store.reading { try store.checkSchema() }
        return store
    }

    private init(_ database: Database, owner: StoreOwner?) {
        self.database = database
        self.owner = owner
        path = database.path
    }

    deinit {
        // The journal of a closed store is empty. Leaving this mode removes it, so that a store at rest is one file; when
        // another process is busy SQLite leaves the journal to it, and an empty file is the worst that can remain.
        guard database.isWritable else { return }
        sqlite3_busy_timeout(database.handle, 0)
        _ = try? database.query("PRAGMA journal_mode = DELETE") { _ in }
    }

    /// Makes several changes at once: all of them are stored, or, when the body throws, none.
    ///
    /// Every changing method may be called outside a transaction too, and is one by itself. When one of them fails
    /// the transaction fails, also if the body goes on: half of what belongs together is never stored.
    ///
    /// - Precondition: not called inside another transaction.
    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        precondition(!isInTransaction, "a transaction inside a transaction")
        return try withWriteLock(body)
    }

    /// Runs a change in the current transaction, or in its own.
    func writing<Result>(_ body: () throws -> Result) throws -> Result {
        guard isInTransaction else { return try withWriteLock(body) }
        do {
            return try body()
        } catch {
            hasFailedChange = true
            throw error
        }
    }

    /// Runs several queries on one state of the file.
    func reading<Result>(_ body: () throws -> Result) throws -> Result {
        try isInTransaction ? body() : withTransaction("BEGIN", body)
    }

    /// Runs a change, and tells those who wait for it whom they wait for.
    private func withWriteLock<Result>(_ body: () throws -> Result) throws -> Result {
        guard let owner else { return try withTransaction("BEGIN IMMEDIATE", body) }
        var isHolder = false
        defer { if isHolder { OwnerRecord.remove(owner, besides: path) } }
        return try withTransaction("BEGIN IMMEDIATE") {
            OwnerRecord.write(owner, besides: path)
            isHolder = true
            return try body()
        }
    }

    private func withTransaction<Result>(_ begin: String, _ body: () throws -> Result) throws -> Result {
        // One writer at a time: IMMEDIATE takes the write lock now, so that no one finds out later that they cannot write.
        try database.run(begin)
        isInTransaction = true
        hasFailedChange = false
        defer { isInTransaction = false }
        do {
            let result = try body()
            guard !hasFailedChange else {
                throw CurateError(.workFailed, "nothing was stored, because a part of it could not be", at: path)
            }
            try database.run("COMMIT")
            return result
        } catch {
            // The first failure is the one to tell; if this one fails too, the journal undoes the change at the next open.
            if database.isInTransaction { try? database.run("ROLLBACK") }
            throw error
        }
    }
}

extension Store {
    /// Names another program's database before anything of it is locked, recovered or changed.
    private static func refuseForeignFile(_ database: Database) throws {
        // The file format: 16 bytes of magic, and the application id, big-endian, at offset 68.
        let header = try database.rawBytes(count: 72)
        // Empty, or what a power cut left of a store's first commit, which its journal undoes.
        if header.allSatisfy({ $0 == 0 }) { return }
        // SQLite itself would take a file of a few bytes for an empty one, and overwrite it.
        guard header.starts(with: "SQLite format 3\0".utf8) else { throw database.failure(SQLITE_NOTADB) }
        let applicationID = header[68..<72].reduce(0) { $0 << 8 | Int($1) }
        guard applicationID == StoreSchema.applicationID else {
            throw CurateError(
                .badData, "this SQLite database is not a Curate store", at: database.path,
                remedy: "name another store; this file was left as it is")
        }
    }

    private static func configure(_ database: Database) throws {
        try database.execute(
            """
            PRAGMA cell_size_check = ON;
            PRAGMA trusted_schema = OFF;
            PRAGMA foreign_keys = ON;
            PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -16000;
            """)
        guard database.isWritable else { return try database.execute("PRAGMA query_only = ON") }
        // A rollback journal, not a write-ahead log: a store may lie on a network file system, where a log's shared memory
        // does not work, and it must be one file to copy. Truncating rather than deleting the journal makes a commit
        // durable without a sync of the directory, and FULL promises that a power cut neither damages the file nor takes
        // a committed epoch away; one commit an epoch makes its cost (milliseconds) irrelevant.
        // Freed pages are not overwritten with zeros: an epoch frees as many as its weights need.
        try database.execute("PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF;")
        let mode = try database.query("PRAGMA journal_mode = TRUNCATE") { $0.text(0) }
        guard mode == ["truncate"] else {
            throw CurateError(
                .storeLocked, "another program holds the store in journal mode '\(mode.joined())'", at: database.path,
                remedy: "close it and run the same command again")
        }
    }

    /// Creates the tables of a new file, or adds what newer versions have added.
    private func migrate() throws {
        guard try schemaVersion() < StoreSchema.version else { return }
        try transaction {
            // Asked again: another process may have done it while this one waited for the lock.
            let version = try schemaVersion()
            guard version < StoreSchema.version else { return }
            if version == 0 {
                guard try database.query("SELECT name FROM sqlite_schema", row: { $0.text(0) }).isEmpty else {
                    throw database.damaged("it has tables but no version")
                }
                try database.execute("PRAGMA application_id = \(StoreSchema.applicationID)")
            } else {
                try checkSchema(expecting: version)
            }
            for migration in StoreSchema.migrations[version...] { try database.execute(migration.script) }
            try database.execute("PRAGMA user_version = \(StoreSchema.version)")
            let info = "INSERT OR REPLACE INTO store_info (name, value) VALUES (?1, ?2)"
            try database.run(info, "schema_version", String(StoreSchema.version))
            try database.run(info, "schema", try schemaDigests().canonicalText)
        }
    }

    private func schemaVersion() throws -> Int {
        let version = try database.query("PRAGMA user_version") { $0.integer(0) }.first ?? 0
        guard version <= StoreSchema.version else {
            throw CurateError(
                .badData, "the store has schema version \(version), and this binary knows \(StoreSchema.version)",
                at: path, remedy: "use the newer curate that wrote it, or name another store")
        }
        return version
    }

    /// Finds damage to the definitions themselves: a table or trigger that changed would change answers.
    package func checkSchema(expecting expected: Int = StoreSchema.version) throws {
        let version = try schemaVersion()
        if version == 0, try database.query("SELECT name FROM sqlite_schema", row: { $0.text(0) }).isEmpty {
            throw CurateError(
                .missingInput, "the store is empty", at: path, remedy: "run something that writes to it first")
        }
        guard version >= expected else {
            throw CurateError(
                .badData, "the store has schema version \(version), and this binary reads \(expected)", at: path,
                remedy: "open it once with a command that writes, which brings it up to date")
        }
        let info = try database.query("SELECT name, value FROM store_info") { ($0.text(0), $0.text(1)) }
        let values = Dictionary(info) { first, _ in first }
        guard values["schema_version"] == String(version),
            let recorded = try? JSONValue(parsing: values["schema"] ?? "").objectValue
        else { throw database.damaged("its schema is not recorded") }
        let current = try schemaDigests().objectValue ?? [:]
        // Tables, indices and views that people added are theirs.
        for (name, digest) in recorded where current[name] != digest {
            throw database.damaged("the definition of '\(name)' has changed")
        }
    }

    /// A hash of the definition of every table, view, trigger and index in the file, by name.
    private func schemaDigests() throws -> JSONValue {
        let sql = "SELECT name, type, tbl_name, coalesce(sql, '') FROM sqlite_schema"
        let digests = try database.query(sql) { row in
            (row.text(0), JSONValue.string(SHA256.hexadecimal(of: "\(row.text(1)) \(row.text(2)) \(row.text(3))")))
        }
        return .object(Dictionary(digests) { first, _ in first })
    }
}
