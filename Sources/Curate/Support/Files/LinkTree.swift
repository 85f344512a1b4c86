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
        _ = try Self.replaced(in: directory, by: [], replacing: replacing)
        for attempt in 0..<1000 {
            let path = OutputDirectory.path(".curate-\(getpid())-\(attempt).partial", in: directory)
            if mkdir(path, 0o777) == 0 {
                let opened = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                if opened >= 0 && Self.locks(opened) {
                    (temporary, descriptor) = (path, opened)
                    return
                }
                if opened >= 0 { close(opened) }
            } else if errno != EEXIST {
                throw Self.failure("a directory cannot be made", path, errno)
            }
        }
        throw CurateError(
            .cannotCreateOutput, "the directory is full of unfinished files", at: directory,
            remedy: "remove its .curate-*.partial files")
    }

    deinit {
        Self.remove(temporary)
        close(descriptor)
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

    /// Brings the directories to the disk, and refuses names that are taken.
    func settle() throws {
        _ = try Self.replaced(in: directory, by: topNames(), replacing: replacing)
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
        let names = try topNames()
        let replaced = try Self.replaced(in: directory, by: names, replacing: replacing)
        let former = OutputDirectory.path(".former", in: temporary)
        guard mkdir(former, 0o777) == 0 else { throw Self.failure("a directory cannot be made", former, errno) }
        for name in replaced {
            try move(OutputDirectory.path(name, in: directory), to: OutputDirectory.path(name, in: former))
        }
        for name in names {
            try move(OutputDirectory.path(name, in: temporary), to: OutputDirectory.path(name, in: directory))
        }
    }

    /// The names at the top of the tree.
    private func topNames() throws -> [String] { try DirectoryListing(path: temporary).names }

    private func move(_ path: String, to target: String) throws {
        guard rename(path, target) == 0 else { throw Self.failure("cannot be given its name", target, errno) }
    }

    /// What is in a directory and gives way to a tree: all directories, which would mix with it, and what has one of its
    /// names.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)` when something may not be replaced.
    private static func replaced(in directory: String, by names: [String], replacing: Bool) throws -> [String] {
        let listing = try DirectoryListing(path: directory)
        let taken = Set(names)
        return try listing.visibleNames.filter { name in
            let path = listing.path(of: name)
            guard taken.contains(name) || isRealDirectory(path) else { return false }
            guard replacing else {
                throw CurateError(
                    .cannotCreateOutput, "this exists already", at: path,
                    remedy: "choose another directory, or set `force` to replace links that were written before")
            }
            guard holdsOnlyLinks(path) else {
                throw CurateError(
                    .cannotCreateOutput, "there are files here, not links alone, and they are not replaced", at: path,
                    remedy: "choose another directory")
            }
            return true
        }
    }

    /// Locks a new directory; false when somebody took it for abandoned in the moment before.
    private static func locks(_ descriptor: Int32) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno != EWOULDBLOCK }
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
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
