import Glibc

/// The names in a directory, sorted, so that nothing depends on the file system's order.
package struct DirectoryListing {
    /// The directory.
    package let path: String
    /// The names in it, without `.` and `..`.
    package let names: [String]

    /// Describes a directory from names already known.
    package init(path: String, names: [String]) {
        self.path = path
        self.names = names.sorted()
    }

    /// Reads a directory.
    package init(path: String) throws {
        guard let directory = opendir(path) else {
            throw CurateError(
                .missingInput, "the directory cannot be read: \(SystemError.describe(errno))", at: path,
                remedy: "check its name and permissions")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        self.init(path: path, names: names)
    }

    /// Whether a name is in it.
    package func contains(_ name: String) -> Bool { names.contains(name) }

    /// The path of one of its names.
    package func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// Maps one of its files.
    package func open(_ name: String) throws -> InputBytes { try InputBytes(contentsOf: path(of: name)) }

    /// Whether a path leads to a directory; an error when it leads nowhere.
    package static func isDirectory(_ path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let remedy = errno == EACCES ? "check the permissions of the path" : "check the spelling of the path"
            throw CurateError(
                .missingInput, "there is no data here: \(SystemError.describe(errno))", at: path, remedy: remedy)
        }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether there is something at a path.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// The directory and the name of a file.
    package static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let name = String(path[path.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }
}
