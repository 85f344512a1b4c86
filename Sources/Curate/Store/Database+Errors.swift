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
            let holder = lockHolder(ofFile: path, seenFrom: busyWait.host).map { " by \($0)" } ?? ""
            if busyWait.isStopped {
                return CurateError(
                    .interrupted, "stopped while the store was in use\(holder)", at: path,
                    remedy: "run the same command again")
            }
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
