import Glibc

/// A directory that results are written into.
package enum OutputDirectory {
    /// Makes the directory if there is none; the one it is in must exist.
    ///
    /// - Returns: whether it was made.
    /// - Throws: `CurateError(.cannotCreateOutput)`.
    @discardableResult package static func make(_ path: String) throws -> Bool {
        if mkdir(path, 0o777) == 0 { return true }
        let code = errno
        var status = stat()
        if code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return false }
        let remedy: String
        switch code {
        case EEXIST: remedy = "a file has this name; choose another"
        case ENOENT, ENOTDIR: remedy = "make the directory it is in first, for instance with mkdir -p"
        default: remedy = "choose a place you may write to"
        }
        throw CurateError(
            .cannotCreateOutput, "the directory cannot be made: \(SystemError.describe(code))", at: path, remedy: remedy
        )
    }

    /// Whether two paths lead to the same directory.
    package static func isSame(_ first: String, _ second: String) -> Bool {
        var (one, other) = (stat(), stat())
        return stat(first, &one) == 0 && stat(second, &other) == 0 && one.st_dev == other.st_dev
            && one.st_ino == other.st_ino
    }

    /// The path of a file in a directory.
    package static func path(_ name: String, in directory: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }
}

/// A file that appears whole or not at all, and whose SHA-256 is known when it does.
package final class DigestedFile {
    private let file: AtomicFile
    private let digest = SHA256()

    /// Opens a temporary file beside the one to be made.
    ///
    /// - Parameter checkForStop: asked while bytes go to the disk; what it throws ends the writing.
    package init(path: String, replacing: Bool, checkForStop: @escaping () throws -> Void = {}) throws {
        file = try AtomicFile(path: path, replacing: replacing)
        file.checkForStop = checkForStop
    }

    /// Adds bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        digest.update(bytes)
        try file.write(bytes)
    }

    /// Adds bytes.
    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    /// Brings everything to the disk and returns its SHA-256 in hexadecimal; nothing is added or stopped any more.
    package func settle() throws -> String {
        try file.settle()
        return SHA256.hexadecimal(digest.finalize())
    }

    /// Makes the file appear.
    ///
    /// - Precondition: it is settled.
    package func commit() throws { try file.commit() }
}
