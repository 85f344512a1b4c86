import Glibc

/// Symbolic links in directories of their own, which appear in an output directory all at once, as files of a set do.
///
/// The tree grows in a temporary directory inside the output directory; `commit()` renames what is at its top. An
/// earlier tree is replaced as a whole, and only while it holds nothing but links: a directory with files of somebody's
/// is never touched. A temporary directory that a killed process left is removed by `removeAbandoned(in:)`.
package final class LinkTree {
    private let directory: String
    private let replacing: Bool
    private let checkForStop: () throws -> Void
    private let temporary: String
    private let descriptor: Int32
    private var made: Set<String> = []
    private var linkCount = 0

    /// Links that are made between two questions whether to stop.
    private static let linksPerCheck = 256

    /// Makes the temporary directory.
    ///
    /// - Parameters:
    ///   - directory: the output directory, which exists.
    ///   - replacing: whether directories of links that are there may be replaced.
    ///   - checkForStop: asked now and then; what it throws ends the making.
    /// - Throws: `CurateError(.cannotCreateOutput)`, also when other directories would mix with the tree.
    init(directory: String, replacing: Bool, checkForStop: @escaping () throws -> Void) throws {
        self.directory = directory
        self.replacing = replacing
        self.checkForStop = checkForStop
        try Self.checkIsFree(directory, replacing: replacing)
        for attempt in 0..<1000 {
            let path = OutputDirectory.path(".curate-\(getpid())-\(attempt).partial", in: directory)
            if mkdir(path, 0o777) == 0 {
                // The lock tells others that the directory is not abandoned.
                descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                if descriptor >= 0 { flock(descriptor, LOCK_EX | LOCK_NB) }
                temporary = path
                return
            }
            if errno != EEXIST { throw Self.failure("a directory cannot be made", path, errno) }
        }
        throw CurateError(
            .cannotCreateOutput, "the directory is full of unfinished files", at: directory,
            remedy: "remove its .curate-*.partial files")
    }

    deinit {
        Self.remove(temporary)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Adds a link, and the directories it lies in.
    ///
    /// - Parameters:
    ///   - path: where, from the output directory.
    ///   - target: what it leads to.
    package func add(_ path: String, to target: String) throws {
        if linkCount % Self.linksPerCheck == 0 { try checkForStop() }
        linkCount += 1
        let names = path.split(separator: "/").filter { $0 != "." }.map { String($0) }
        for count in 1..<max(1, names.count) {
            let part = names.prefix(count).joined(separator: "/")
            guard made.insert(part).inserted else { continue }
            let own = OutputDirectory.path(part, in: temporary)
            guard mkdir(own, 0o777) == 0 else { throw Self.failure("a directory cannot be made", own, errno) }
        }
        let own = OutputDirectory.path(names.joined(separator: "/"), in: temporary)
        guard symlink(target, own) == 0 else { throw Self.failure("a symbolic link cannot be made", own, errno) }
    }

    /// Brings the directories to the disk.
    func settle() throws {
        for path in [""] + made.sorted() {
            let own = open(OutputDirectory.path(path, in: temporary), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard own >= 0 else { throw Self.failure("a directory cannot be opened", path, errno) }
            defer { close(own) }
            // File systems that cannot sync a directory say so by EINVAL.
            guard fsync(own) == 0 || errno == EINVAL else { throw Self.failure("cannot be synced", path, errno) }
        }
    }

    /// Puts the tree in its place.
    func commit() throws {
        try Self.checkIsFree(directory, replacing: replacing)
        let listing = try DirectoryListing(path: directory)
        let names = try DirectoryListing(path: temporary).names
        let former = OutputDirectory.path(".former", in: temporary)
        guard mkdir(former, 0o777) == 0 else { throw Self.failure("a directory cannot be made", former, errno) }
        let replaced = listing.visibleNames.filter { Self.isRealDirectory(listing.path(of: $0)) || names.contains($0) }
        for name in replaced {
            guard Self.holdsOnlyLinks(listing.path(of: name)) else {
                throw CurateError(
                    .cannotCreateOutput, "the file exists already, and is no link", at: listing.path(of: name),
                    remedy: "choose another directory")
            }
            try move(listing.path(of: name), to: OutputDirectory.path(name, in: former))
        }
        for name in names {
            try move(OutputDirectory.path(name, in: temporary), to: listing.path(of: name))
        }
    }

    private func move(_ path: String, to target: String) throws {
        guard rename(path, target) == 0 else { throw Self.failure("cannot be given its name", target, errno) }
    }

    /// Refuses a directory that holds other directories, unless they are links that may be replaced.
    private static func checkIsFree(_ directory: String, replacing: Bool) throws {
        let listing = try DirectoryListing(path: directory)
        for name in listing.visibleNames where isRealDirectory(listing.path(of: name)) {
            let path = listing.path(of: name)
            guard replacing else {
                throw CurateError(
                    .cannotCreateOutput, "the directory exists already", at: path,
                    remedy: "choose another directory, or pass --force to replace links that were written before")
            }
            guard holdsOnlyLinks(path) else {
                throw CurateError(
                    .cannotCreateOutput, "the directory holds files that are no links, and those are not replaced",
                    at: path, remedy: "choose another directory")
            }
        }
    }

    /// Whether there is nothing but links and directories of links.
    private static func holdsOnlyLinks(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        if status.st_mode & S_IFMT == S_IFLNK { return true }
        guard status.st_mode & S_IFMT == S_IFDIR, let listing = try? DirectoryListing(path: path) else { return false }
        return listing.names.allSatisfy { holdsOnlyLinks(listing.path(of: $0)) }
    }

    private static func isRealDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Removes the temporary directories of processes that were killed.
    ///
    /// A process that is writing holds a lock on its directory, which ends with it.
    static func removeAbandoned(in directory: String) {
        guard let listing = try? DirectoryListing(path: directory) else { return }
        for name in listing.names where name.hasPrefix(".curate-") && name.hasSuffix(".partial") {
            let descriptor = open(listing.path(of: name), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { remove(listing.path(of: name)) }
            close(descriptor)
        }
    }

    /// Removes a tree of links; a file that is none stays, and so does what it lies in.
    private static func remove(_ path: String) {
        if isRealDirectory(path) {
            guard let listing = try? DirectoryListing(path: path) else { return }
            for name in listing.names { remove(listing.path(of: name)) }
            rmdir(path)
        } else if holdsOnlyLinks(path) {
            unlink(path)
        }
    }

    private static func failure(_ what: String, _ path: String, _ code: Int32) -> CurateError {
        CurateError(
            .cannotCreateOutput, "\(what): \(SystemError.describe(code))", at: path,
            remedy: "choose a place you may write to, on a file system that has symbolic links")
    }
}
