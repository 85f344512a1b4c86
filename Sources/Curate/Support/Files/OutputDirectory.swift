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
