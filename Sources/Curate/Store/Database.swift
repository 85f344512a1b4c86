import CSQLite
import Glibc

/// One connection to one SQLite file.
///
/// Used from one thread at a time: the class is not `Sendable`, so the compiler sees to it, and SQLite is opened
/// without its own mutexes. Every failure is thrown as a `CurateError` that names the file.
package final class Database {
    /// The file, as the caller named it.
    package let path: String
    /// Whether the connection was opened to write.
    package let isWritable: Bool
    package let handle: OpaquePointer
    let busyWait: BusyWait
    private var statements: [String: Statement] = [:]

    /// Opens a file without reading or changing anything in it.
    ///
    /// - Parameters:
    ///   - path: the file. To write, it is created when it is not there.
    ///   - isWritable: whether to write. To read, the file must exist.
    ///   - busyTimeout: for how many seconds to wait when another process holds a lock.
    ///   - user: whom to tell about a wait.
    package init(path: String, isWritable: Bool, busyTimeout: Double, user: StoreUser? = nil) throws {
        try Self.checkPath(path, isWritable: isWritable)
        self.path = path
        self.isWritable = isWritable
        busyWait = BusyWait(path: path, seconds: busyTimeout, user: user)
        // A reader also asks for write access: it may have to roll back what a killed writer left. Without permission
        // SQLite falls back to read-only by itself.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (isWritable ? SQLITE_OPEN_CREATE : 0)
        // A leading directory keeps SQLite from taking `:memory:` or `file:...` for something else than a file.
        let file = path.utf8.first == UInt8(ascii: "/") ? path : "./" + path
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(file, &opened, flags, nil)
        guard let opened else { throw CurateError(.internalError, "SQLite has no memory for a connection", at: path) }
        handle = opened
        guard code == SQLITE_OK else {
            // A connection that failed to open must be closed too; the deinitialiser does that.
            throw failure(sqlite3_extended_errcode(opened))
        }
        sqlite3_extended_result_codes(opened, 1)
        busyWait.install(on: opened)
        if isWritable && sqlite3_db_readonly(opened, "main") == 1 { throw failure(SQLITE_READONLY) }
    }

    deinit {
        statements.removeAll()
        // The "v2" waits for statements that are still referenced instead of leaking the file.
        sqlite3_close_v2(handle)
    }

    /// Whether SQLite is inside a transaction.
    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// The statement for some SQL, prepared at its first use.
    package func statement(_ sql: String) throws -> Statement {
        if let statement = statements[sql] { return statement }
        var prepared: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil))
        guard let prepared else { preconditionFailure("no SQL in '\(sql)'") }
        let statement = Statement(handle: prepared, database: self)
        statements[sql] = statement
        return statement
    }

    /// Runs a statement that returns no rows.
    package func run<each Value: SQLBindable>(_ sql: String, _ values: repeat each Value) throws {
        try statement(sql).run(repeat each values)
    }

    /// Runs a query and turns each row into a value.
    package func query<Row, each Value: SQLBindable>(
        _ sql: String, _ values: repeat each Value, row: (Statement) throws -> Row
    ) throws -> [Row] {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(repeat each values)
        var rows: [Row] = []
        while try statement.step() { rows.append(try row(statement)) }
        return rows
    }

    /// Runs several statements separated by semicolons.
    package func execute(_ script: String) throws {
        try check(sqlite3_exec(handle, script, nil, nil, nil))
    }

    /// Reads bytes of the file as they are, without a lock and without rolling back a killed writer's transaction.
    ///
    /// It goes through SQLite's own file: opening and closing another descriptor of the same file would drop the
    /// locks this process holds on it (a rule of POSIX).
    ///
    /// - Returns: the first `count` bytes, filled with zeros beyond the end.
    package func rawBytes(count: Int) throws -> [UInt8] {
        var pointer: UnsafeMutablePointer<sqlite3_file>?
        try check(sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &pointer))
        guard let file = pointer, let read = file.pointee.pMethods?.pointee.xRead else {
            preconditionFailure("SQLite opened \(path) without a file")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let code = read(file, &bytes, Int32(count), 0)
        // Beyond the end of the file SQLite fills with zeros and says so; that is an answer here.
        guard code == SQLITE_OK || code == Self.shortRead else { throw failure(code) }
        return bytes
    }

    /// SQLITE_IOERR_SHORT_READ, a macro Swift cannot import.
    private static let shortRead = SQLITE_IOERR | (2 << 8)

    private static func checkPath(_ path: String, isWritable: Bool) throws {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw CurateError(.usage, "the store needs a file name", remedy: "name a file, for example curate.sqlite")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else {
                let reason = String(cString: strerror(errno))
                throw CurateError(
                    isWritable ? .cannotCreateOutput : .missingInput, "the store cannot be reached (\(reason))",
                    at: path, remedy: "check the permissions of its directory")
            }
            guard isWritable else {
                throw CurateError(
                    .missingInput, "there is no store here", at: path,
                    remedy: "run something that writes one first, or name another file")
            }
            let parent = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) + "/" } ?? "."
            guard stat(parent, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw CurateError(
                    .cannotCreateOutput, "there is no directory \(parent)", at: path, remedy: "create it first")
            }
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let what = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
            throw CurateError(
                isWritable ? .cannotCreateOutput : .badData, "this is \(what), not a store", at: path,
                remedy: "name a file, for example curate.sqlite")
        }
    }
}
