import CSQLite
import Glibc

extension Database {
    /// Throws unless a result code says that all is well.
    package func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    /// SQLite's last failure as an error the user can act on.
    package func failure(_ code: Int32) -> CurateError {
        let text = String(cString: sqlite3_errmsg(handle))
        let systemError = sqlite3_system_errno(handle)
        let reason = systemError == 0 ? text : "\(text): \(String(cString: strerror(systemError)))"
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            let holder = lockHolder(ofFile: path).map { " by \($0)" } ?? ""
            return CurateError(
                .storeLocked, "the store is in use\(holder)", at: path,
                remedy: "wait until it is free and run the same command again, or name another store")
        case SQLITE_READONLY where code == Self.readOnlyRollback:
            return CurateError(
                .missingInput, "the store was left in the middle of a write, and cannot be put right read-only",
                at: path, remedy: "open it once with write permission")
        case SQLITE_READONLY:
            return CurateError(
                .cannotCreateOutput, "the store is read-only", at: path,
                remedy: "make the file and its directory writable, or name another store")
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
            return CurateError(
                isWritable ? .cannotCreateOutput : .missingInput, "the store cannot be opened (\(reason))", at: path,
                remedy: "check the permissions of the file and its directory")
        case SQLITE_FULL:
            return diskFull
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT:
            return diskFull
        case SQLITE_IOERR:
            return CurateError(
                isWritable ? .cannotCreateOutput : .missingInput, "reading or writing failed (\(reason))", at: path,
                remedy: "check the disk; what was stored before is kept")
        case SQLITE_NOTADB:
            return CurateError(
                .badData, "this is not a Curate store, or its first page is damaged", at: path,
                remedy: "name another store; this file was left as it is")
        case SQLITE_NOMEM:
            return CurateError(.internalError, "SQLite ran out of memory", at: path)
        case SQLITE_MISUSE:
            preconditionFailure("SQLite was misused: \(text)")
        default:
            // Every statement is a constant that fits the schema, so what SQLite refuses now is the file's fault.
            return damaged(text)
        }
    }

    /// The error for content that cannot be what was written.
    package func damaged(_ what: String) -> CurateError {
        CurateError(
            .badData, "the store is damaged: \(what)", at: path,
            remedy: "restore a copy or name another store; this file was left as it is")
    }

    private var diskFull: CurateError {
        CurateError(
            .cannotCreateOutput, "the disk is full; what was stored before is kept", at: path,
            remedy: "free some space and run the same command again")
    }

    /// SQLITE_READONLY_ROLLBACK, a macro Swift cannot import.
    private static let readOnlyRollback = SQLITE_READONLY | (3 << 8)
}

/// The process that holds SQLite's write lock on a file, as `process 123 (name)`; nil when it cannot be told.
private func lockHolder(ofFile path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0, let locks = firstBytes(ofFile: "/proc/locks") else { return nil }
    // One lock: `1: POSIX  ADVISORY  WRITE 123 fe:00:4711 1073741825 1073741825`. SQLite locks the bytes from 2³⁰ on.
    for line in locks.split(separator: "\n") {
        let fields = line.split(separator: " ")
        guard fields.count == 8, fields[3] == "WRITE", fields[5].split(separator: ":").last == "\(status.st_ino)",
            let first = Int(fields[6]), (0x4000_0000..<0x4000_0200).contains(first), let process = Int(fields[4])
        else { continue }
        if process == Int(getpid()) { return "this process" }
        let name = firstBytes(ofFile: "/proc/\(process)/comm")?.split(separator: "\n").first
        return "process \(process)" + (name.map { " (\($0))" } ?? "")
    }
    return nil
}

/// The start of a file in /proc, which has no size to ask for.
private func firstBytes(ofFile path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    var filled = 0
    while filled < bytes.count {
        let count = bytes[filled...].withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        filled += count
    }
    return String(decoding: bytes[..<filled], as: UTF8.self)
}
