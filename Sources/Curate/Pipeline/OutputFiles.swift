import Glibc

/// The files that the stages of a plan keep besides the store, and which of them have to be written.
///
/// A file is ours when its content has the digest that was noted when a stage wrote it. Ours is replaced when the stage
/// has another key by now; one that somebody changed, or that was never ours, is only replaced when that is allowed.
struct OutputFiles {
    private let outdated: [String: [String]]

    /// Looks at the files, before anything runs.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)` when a file may not or cannot be written.
    init(of plan: PipelinePlan, store: Store, replacing: Bool) throws {
        var outdated: [String: [String]] = [:]
        for stage in plan.stages {
            for file in stage.work.files {
                if try Self.isCurrent(file, stage, store: store, replacing: replacing) { continue }
                outdated[stage.label, default: []].append(file)
            }
        }
        self.outdated = outdated
    }

    /// The files of a stage that have to be written.
    func outdated(of stage: PipelinePlan.Stage) -> [String] { outdated[stage.label] ?? [] }

    private static func isCurrent(
        _ file: String, _ stage: PipelinePlan.Stage, store: Store, replacing: Bool
    ) throws -> Bool {
        guard DirectoryListing.exists(file) else {
            // Refused now rather than after the work.
            _ = try AtomicFile(path: file)
            return false
        }
        let noted = try store.outputFile(name(file))
        let isOurs = try noted.map { try $0.digest == digest(of: file) } ?? false
        if isOurs, noted?.key == stage.key.hexadecimal, stage.isCached { return true }
        _ = try AtomicFile(path: file, replacing: isOurs || replacing)
        return false
    }

    /// Notes that a stage wrote a file, so that it is known again; a device or pipe has no content to know it by.
    static func note(_ file: String, of stage: PipelinePlan.Stage, store: Store) throws {
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        try store.saveOutputFile(name(file), key: stage.key, digest: try digest(of: file))
    }

    /// What a file is noted under: its absolute path.
    private static func name(_ file: String) -> String {
        let (directory, name) = DirectoryListing.split(file)
        guard let resolved = realpath(directory, nil) else { return file }
        defer { free(resolved) }
        return "\(String(cString: resolved))/\(name)"
    }

    /// The SHA-256 of a file's content.
    private static func digest(of file: String) throws -> String {
        let content = try InputBytes(contentsOf: file)
        let hash = SHA256()
        hash.update(content.bytes)
        return SHA256.hexadecimal(hash.finalize())
    }
}
