import Glibc

/// An output file that appears under its name whole or not at all.
///
/// Bytes go to a temporary file in the same directory; `commit()` flushes them to the disk and renames. A value that
/// goes away without `commit()` removes the temporary file; one that a killed process left is removed by
/// `removeAbandoned(in:)`. Something that is not a regular file (a pipe, a terminal, `/dev/stdout`) is written to
/// directly, because it cannot and must not be replaced.
package final class AtomicFile {
    /// The name the file will have.
    package let path: String
    /// Asked whenever bytes go to the disk; what it throws ends the writing.
    package var checkForStop: () throws -> Void = {}
    /// Takes in all bytes that are written from now on, when somebody wants to know their digest.
    package var hash: SHA256?
    /// How many bytes were written.
    package private(set) var byteCount = 0

    private let replacing: Bool
    private let temporaryPath: String?
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private var isCommitted = false

    private static let bufferSize = 1 << 18

    /// Refuses a file that could not be written, before any work, and clears its directory of what killed processes left.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - replacing: whether a file of that name may be replaced.
    /// - Throws: `CurateError` of kind `cannotCreateOutput`.
    package static func check(path: String, replacing: Bool = false) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        if file.temporaryPath != nil { removeAbandoned(in: directory(of: file.path)) }
    }

    /// Opens a temporary file beside the one to be made.
    ///
    /// - Parameters:
    ///   - path: the name the file gets at `commit()`.
    ///   - replacing: whether a file of that name may be replaced.
    /// - Throws: `CurateError` of kind `cannotCreateOutput`.
    package init(path: String, replacing: Bool = false) throws {
        var target = path
        var status = stat()
        if stat(path, &status) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                guard replacing else { throw Self.alreadyExists(path) }
                // A symbolic link stays a link: what it points to is replaced.
                if let resolved = realpath(path, nil) {
                    target = String(cString: resolved)
                    free(resolved)
                }
            case S_IFDIR:
                throw CurateError(
                    .cannotCreateOutput, "there is a directory of this name", at: path, remedy: "choose another name")
            default:
                self.path = path
                self.replacing = replacing
                temporaryPath = nil
                descriptor = open(path, O_WRONLY | O_CLOEXEC)
                if descriptor < 0 { throw Self.failure("cannot be opened for writing", path, errno) }
                return
            }
        }
        let (opened, temporary) = try Self.openTemporary(besides: target, reportedAs: path)
        self.path = target
        self.replacing = replacing
        descriptor = opened
        temporaryPath = temporary
        buffer.reserveCapacity(Self.bufferSize)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isCommitted, let temporaryPath { unlink(temporaryPath) }
    }

    /// Adds bytes.
    ///
    /// - Precondition: the file is not committed.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        precondition(!isCommitted, "writing to a committed file")
        hash?.update(bytes)
        byteCount += bytes.count
        if buffer.count + bytes.count <= Self.bufferSize {
            buffer.append(contentsOf: bytes)
        } else {
            try flush()
            try writeThrough(bytes)
        }
    }

    /// Adds bytes.
    ///
    /// - Precondition: the file is not committed.
    package func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Adds the UTF-8 bytes of some text.
    ///
    /// - Precondition: the file is not committed.
    package func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    /// Makes the file appear under its name, with everything written so far.
    ///
    /// - Precondition: the file is not committed.
    package func commit() throws {
        precondition(!isCommitted, "committing twice")
        try settle()
        guard let temporaryPath else {
            isCommitted = true
            return
        }
        try publish(temporaryPath)
        isCommitted = true
        // Not before: the lock on the descriptor is what keeps the temporary file from being taken for abandoned.
        close(descriptor)
        descriptor = -1
        syncDirectory()
    }

    /// Brings everything written so far to the disk, so that `commit()` has nothing left to do but to give the name.
    package func settle() throws {
        try flush()
        guard temporaryPath == nil || fsync(descriptor) == 0 else {
            throw Self.failure("cannot be written to the disk", path, errno)
        }
    }

    private func flush() throws {
        try buffer.withUnsafeBytes { try writeThrough($0) }
        buffer.removeAll(keepingCapacity: true)
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
        guard var position = bytes.baseAddress else { return }
        var left = bytes.count
        if left > 0 { try checkForStop() }
        while left > 0 {
            let written = Glibc.write(descriptor, position, left)
            if written < 0 {
                if errno == EINTR { continue }
                throw Self.failure("cannot be written", path, errno)
            }
            position += written
            left -= written
        }
    }

    private func publish(_ temporaryPath: String) throws {
        if !replacing {
            // `link` refuses an existing name in one step, which `rename` does not.
            if link(temporaryPath, path) == 0 {
                unlink(temporaryPath)
                return
            }
            if errno == EEXIST { throw Self.alreadyExists(path) }
            // Some file systems have no hard links; there, look first and then rename.
            if access(path, F_OK) == 0 { throw Self.alreadyExists(path) }
        }
        guard rename(temporaryPath, path) == 0 else { throw Self.failure("cannot be given its name", path, errno) }
    }

    /// Makes the new name itself survive a power failure, where the file system allows a directory to be synced.
    private func syncDirectory() {
        let directory = open(Self.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    private static func openTemporary(
        besides path: String, reportedAs reported: String
    ) throws -> (descriptor: Int32, path: String) {
        let directory = directory(of: path)
        for attempt in 0..<1000 {
            let temporary = "\(directory)/.curate-\(getpid())-\(attempt).partial"
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                if locks(descriptor) { return (descriptor, temporary) }
                close(descriptor)
                continue
            }
            if errno != EEXIST { throw failure("cannot be created", reported, errno) }
        }
        throw CurateError(
            .cannotCreateOutput, "the directory is full of unfinished files", at: directory,
            remedy: "remove its .curate-*.partial files")
    }

    /// Removes the temporary files of processes that were killed.
    ///
    /// A process that is writing holds a lock on its file, which ends with it.
    package static func removeAbandoned(in directory: String) {
        guard let listing = try? DirectoryListing(path: directory) else { return }
        for name in listing.names where name.hasPrefix(".curate-") && name.hasSuffix(".partial") {
            let path = listing.path(of: name)
            let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
            close(descriptor)
        }
    }

    /// Locks a new temporary file; false when somebody took it for abandoned in the moment before.
    private static func locks(_ descriptor: Int32) -> Bool {
        // A file system without locks refuses the question to everybody, so nothing is taken for abandoned there.
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno != EWOULDBLOCK }
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func alreadyExists(_ path: String) -> CurateError {
        CurateError(.cannotCreateOutput, "the file exists already", at: path, remedy: "set `force` to replace it")
    }

    private static func failure(_ what: String, _ path: String, _ code: Int32) -> CurateError {
        let remedy: String
        switch code {
        case ENOSPC, EDQUOT: remedy = "free some space or write to another disk"
        case EACCES, EPERM: remedy = "choose a directory you may write to"
        case EROFS: remedy = "choose a directory on a writable file system"
        case ENOENT, ENOTDIR: remedy = "make its directory first, for instance with mkdir -p"
        default: remedy = "choose another place for it"
        }
        let message = "the file \(what): \(SystemError.describe(code))"
        return CurateError(.cannotCreateOutput, message, at: path, remedy: remedy)
    }
}
