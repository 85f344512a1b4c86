import Glibc

/// What `copy.json` beside a copy says: which files were written with it.
///
/// With it, a later copy in its place takes away what it does not write again, and nothing else.
package struct CopyRecord: Sendable, Equatable {
    /// The name of the file.
    package static let fileName = "copy.json"

    /// One file.
    package struct Entry: Sendable, Equatable {
        /// Its name in the directory.
        package let name: String
        /// Its size.
        package let byteCount: Int
        /// Its SHA-256, in hexadecimal digits.
        package let digest: String
    }

    /// The files of the copy.
    package var files: [Entry]
    /// While one copy takes the place of another: the files of the former, which may still be there.
    package var former: [Entry] = []

    /// Describes a copy.
    package init(files: [Entry], former: [Entry] = []) {
        self.files = files
        self.former = former
    }

    /// Reads the record in a directory; nil when there is none.
    ///
    /// - Throws: `cannotCreateOutput` when there is something else of this name: what belongs to the copy is unknown then.
    package init?(in directory: String) throws {
        let path = OutputDirectory.path(Self.fileName, in: directory)
        guard DirectoryListing.exists(path) else { return nil }
        // Whatever it is instead, the answer is the same.
        guard let json = try? JSONValue(file: path), json["curate"]?.stringValue == Self.kind,
            let files = Self.entries(json["files"]),
            let former = Self.entries(json["former"] ?? .array([]))
        else {
            throw CurateError(
                .cannotCreateOutput, "the file is not the record of a copy that curate made", at: path,
                remedy: "move it away, or choose another directory")
        }
        self.init(files: files, former: former)
    }

    private static let kind = "copy"

    /// The entries of an array; nil when it is none, or names something outside of the directory.
    private static func entries(_ json: JSONValue?) -> [Entry]? {
        guard let array = json?.arrayValue else { return nil }
        let entries = array.compactMap { json -> Entry? in
            guard let name = json["name"]?.stringValue, let byteCount = json["bytes"]?.intValue,
                let digest = json["sha256"]?.stringValue, !name.isEmpty, !name.contains("/"), name != ".", name != ".."
            else { return nil }
            return Entry(name: name, byteCount: byteCount, digest: digest)
        }
        return entries.count == array.count ? entries : nil
    }

    /// Writes the record into a directory.
    package func write(in directory: String, replacing: Bool) throws {
        func array(_ entries: [Entry]) -> JSONValue {
            .array(
                entries.map {
                    ["name": .string($0.name), "bytes": .int($0.byteCount), "sha256": .string($0.digest)]
                })
        }
        var members: [String: JSONValue] = ["curate": .string(Self.kind), "version": 1, "files": array(files)]
        if !former.isEmpty { members["former"] = array(former) }
        let file = try AtomicFile(path: OutputDirectory.path(Self.fileName, in: directory), replacing: replacing)
        try file.write(JSONValue.object(members).prettyText + "\n")
        try file.commit()
    }

    /// Whether every file is there with the content it was written with.
    ///
    /// - Parameter directory: where the files are.
    package func isTrue(in directory: String) throws -> Bool {
        try files.allSatisfy { entry in
            let path = OutputDirectory.path(entry.name, in: directory)
            var status = stat()
            guard stat(path, &status) == 0, Int(status.st_size) == entry.byteCount else { return false }
            return try SHA256.hexadecimal(ofFile: path) == entry.digest
        }
    }

    /// The paths of the files that are still there and that another copy does not write.
    ///
    /// - Parameters:
    ///   - names: the files that the other copy writes.
    ///   - directory: where the files are.
    /// - Throws: `cannotCreateOutput` when one of them was changed since it was written.
    package func leftovers(besides names: Set<String>, in directory: String) throws -> [String] {
        var seen: Set<String> = []
        return try (files + former).compactMap { entry -> String? in
            guard !names.contains(entry.name), seen.insert(entry.name).inserted else { return nil }
            let path = OutputDirectory.path(entry.name, in: directory)
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            let versions = (files + former).filter { $0.name == entry.name }
            let isRegular = status.st_mode & S_IFMT == S_IFREG
            let hasSize = versions.contains { $0.byteCount == Int(status.st_size) }
            let digest = try isRegular && hasSize ? SHA256.hexadecimal(ofFile: path) : nil
            guard versions.contains(where: { $0.digest == digest }) else {
                throw CurateError(
                    .cannotCreateOutput, "the file belongs to an older copy here, and was changed since", at: path,
                    remedy: "move it away or remove it, or write the copy into another directory")
            }
            return path
        }
    }
}
