import Glibc

/// Files of one directory that belong together: all of them appear, or readers are told that they do not.
///
/// Everything goes to temporary files first. `publish()` puts a mark into the directory, gives the files their names and
/// takes the mark away. A process that is killed before leaves what was there; one that is killed in between leaves the
/// mark, for which `refuseUnfinished(at:)` refuses the directory, and which only a set that may replace files clears.
package final class OutputFileSet {
    /// The name of the mark.
    package static let markName = ".curate-unfinished"

    /// The directory.
    package let directory: String
    private let replacing: Bool
    private let checkForStop: () throws -> Void
    private var files: [AtomicFile] = []
    private var tree: LinkTree?
    private var omitted: [String] = []
    private var isSettled = false
    /// Whether the directory is still as empty as it was made.
    private var madeInVain: Bool

    /// Makes the directory if there is none, and clears it of what killed processes left behind.
    ///
    /// - Parameters:
    ///   - directory: the one it is in must exist.
    ///   - replacing: whether files of the same names may be replaced.
    ///   - checkForStop: asked while bytes are written; what it throws ends the writing.
    /// - Throws: `CurateError(.cannotCreateOutput)`, also when the directory is unfinished and may not be replaced.
    package init(directory: String, replacing: Bool, checkForStop: @escaping () throws -> Void = {}) throws {
        self.directory = directory
        self.replacing = replacing
        self.checkForStop = checkForStop
        madeInVain = try OutputDirectory.make(directory)
        AtomicFile.removeAbandoned(in: directory)
        LinkTree.removeAbandoned(in: directory)
        if !replacing && DirectoryListing.exists(mark) {
            throw CurateError(
                .cannotCreateOutput, "the files here are unfinished: the process that wrote them was stopped",
                at: directory, remedy: "pass --force to write them again")
        }
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
        files.append(file)
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

    /// Removes a file of an earlier set that this one does not have, once the files appear.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)` when there is one and it may not be replaced.
    package func omit(_ name: String) throws {
        let path = OutputDirectory.path(name, in: directory)
        guard DirectoryListing.exists(path) else { return }
        // Told by the same words as any file that is there.
        if !replacing { _ = try AtomicFile(path: path) }
        omitted.append(path)
    }

    /// Brings everything written so far to the disk, after which nothing is stopped any more.
    package func settle() throws {
        try tree?.settle()
        for file in files { try file.settle() }
        try checkForStop()
        isSettled = true
    }

    /// Makes the files appear.
    package func publish() throws {
        if !isSettled { try settle() }
        madeInVain = false
        if files.count > 1 || tree != nil { try AtomicFile(path: mark, replacing: true).commit() }
        try tree?.commit()
        for path in omitted { unlink(path) }
        for file in files { try file.commit() }
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
            remedy: "write them again with --force, or remove \(markName) if you know them to be whole")
    }

    private var mark: String { OutputDirectory.path(Self.markName, in: directory) }
}
