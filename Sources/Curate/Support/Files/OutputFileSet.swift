import Glibc

/// Files of one directory that belong together: all of them appear, or readers are told that they do not.
///
/// Everything goes to temporary files first. `publish()` puts a mark into the directory, gives the files their names and
/// takes the mark away. A process that is killed before leaves what was there; one that is killed in between leaves the
/// mark, for which `refuseUnfinished(at:)` refuses the directory, and which only a set that may replace files clears.
///
/// A record beside the files says which they are (`CopyRecord`). A set that takes the place of another removes the files of
/// that one which it does not write itself, once its own are there, and no other files.
package final class OutputFileSet {
    /// The name of the mark.
    package static let markName = ".curate-unfinished"

    /// The directory.
    package let directory: String
    private let replacing: Bool
    private let checkForStop: () throws -> Void
    private var files: [(name: String, file: AtomicFile)] = []
    /// What is known of the files that were here before.
    private let former: CopyRecord?
    private var entries: [CopyRecord.Entry] = []
    /// The files of the former set that are to go.
    private var leftovers: [String] = []
    private var tree: LinkTree?
    private var isSettled = false
    /// Whether the directory is still as empty as it was made.
    private var madeInVain: Bool

    /// Makes the directory if there is none, and clears it of what killed processes left behind.
    ///
    /// - Parameters:
    ///   - directory: the one it is in must exist.
    ///   - replacing: whether files of the same names may be replaced.
    ///   - checkForStop: asked while bytes are written; what it throws ends the writing.
    /// - Throws: `CurateError(.cannotCreateOutput)`, also when the directory is unfinished or another set is in it, which
    ///   may not be replaced.
    package init(directory: String, replacing: Bool, checkForStop: @escaping () throws -> Void = {}) throws {
        self.directory = directory
        self.replacing = replacing
        self.checkForStop = checkForStop
        madeInVain = try OutputDirectory.make(directory)
        AtomicFile.removeAbandoned(in: directory)
        LinkTree.removeAbandoned(in: directory)
        let isUnfinished = DirectoryListing.exists(OutputDirectory.path(Self.markName, in: directory))
        if !replacing && isUnfinished {
            throw CurateError(
                .cannotCreateOutput, "the files here are unfinished: the process that wrote them was stopped",
                at: directory, remedy: "set `force` to write them again")
        }
        _ = try AtomicFile(path: OutputDirectory.path(CopyRecord.fileName, in: directory), replacing: replacing)
        former = try CopyRecord(in: directory)
    }

    deinit {
        files = []
        tree = nil
        // Only an empty directory can be removed.
        if madeInVain { rmdir(directory) }
    }

    /// Opens one of the files.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)`, for instance when there is one of this name already.
    package func file(_ name: String) throws -> AtomicFile {
        let file = try AtomicFile(path: OutputDirectory.path(name, in: directory), replacing: replacing)
        file.checkForStop = checkForStop
        file.hash = SHA256()
        files.append((name, file))
        return file
    }

    /// Symbolic links that appear with the files; the same tree at every call.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)`, for instance when there are directories in the directory.
    package func links() throws -> LinkTree {
        if let tree { return tree }
        let made = try LinkTree(directory: directory, replacing: replacing, checkForStop: checkForStop)
        tree = made
        return made
    }

    /// Says that the set has no file of this name, which its readers would take for a part of it.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)` when there is one that no earlier set wrote.
    package func omit(_ name: String) throws {
        let path = OutputDirectory.path(name, in: directory)
        let isKnown = ((former?.files ?? []) + (former?.former ?? [])).contains { $0.name == name }
        guard !isKnown, DirectoryListing.exists(path) else { return }
        throw CurateError(
            .cannotCreateOutput, "the file is not of this copy, but would be read with it", at: path,
            remedy: "move it away, or choose another directory")
    }

    /// Brings everything written so far to the disk, after which nothing is stopped or added any more.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)`, also when a file that would have to go was changed by somebody.
    package func settle() throws {
        try tree?.settle()
        for (_, file) in files { try file.settle() }
        leftovers = try former?.leftovers(besides: Set(files.map(\.name)), in: directory) ?? []
        try checkForStop()
        entries = files.map { name, file in
            let digest = file.hash.map { SHA256.hexadecimal($0.finalize()) } ?? ""
            return CopyRecord.Entry(name: name, byteCount: file.byteCount, digest: digest)
        }
        isSettled = true
    }

    /// Makes the files appear, and those of the former set that are not among them disappear.
    ///
    /// The record names the files of both sets until that is done, so that whoever comes after a killed process knows
    /// them all.
    package func publish() throws {
        if !isSettled { try settle() }
        madeInVain = false
        try AtomicFile(path: mark, replacing: true).commit()
        let earlier = (former?.files ?? []) + (former?.former ?? [])
        try CopyRecord(files: entries, former: earlier).write(in: directory, replacing: replacing)
        try tree?.commit()
        for (_, file) in files { try file.commit() }
        for path in leftovers {
            guard unlink(path) == 0 || errno == ENOENT else {
                throw CurateError(
                    .cannotCreateOutput, "the file of an older copy cannot be removed: \(SystemError.describe(errno))",
                    at: path, remedy: "check the permissions of its directory, and run the same command again")
            }
        }
        if !earlier.isEmpty { try CopyRecord(files: entries).write(in: directory, replacing: true) }
        unlink(mark)
    }

    /// Refuses data among files that are unfinished.
    ///
    /// - Parameter path: the directory or one of its files.
    /// - Throws: `CurateError(.badData)`.
    package static func refuseUnfinished(at path: String) throws {
        let directory = try DirectoryListing.isDirectory(path) ? path : DirectoryListing.split(path).directory
        guard DirectoryListing.exists(OutputDirectory.path(markName, in: directory)) else { return }
        throw CurateError(
            .badData, "the files here are unfinished: the process that wrote them was stopped", at: directory,
            remedy: "write them again with `force`, or remove \(markName) if you know them to be whole")
    }

    private var mark: String { OutputDirectory.path(Self.markName, in: directory) }
}
