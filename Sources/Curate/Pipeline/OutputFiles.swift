import Glibc

/// The files that the stages of a plan keep besides the store, and which of them have to be written.
///
/// A file is ours when its content has a digest that was noted when a stage wrote it. Ours is replaced when the stage
/// has another key by now; one that somebody changed, or that was never ours, is only replaced when that is allowed.
struct OutputFiles {
    private let outdated: [String: [String]]

    /// Looks at the files, before anything runs.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)` when a file may not or cannot be written.
    init(of plan: PipelinePlan, store: Store, replacing: Bool) throws {
        var outdated: [String: [String]] = [:]
        for stage in plan.stages {
            if let directory = stage.work.directory { try OutputDirectory.make(directory) }
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
            try AtomicFile.check(path: file)
            return false
        }
        let noted = try store.outputFile(name(file))
        let digest = try noted == nil ? nil : SHA256.hexadecimal(ofFile: file)
        let isOurs = digest.map { noted?.digests.contains($0) ?? false } ?? false
        if isOurs, noted?.key == stage.key.hexadecimal, noted?.digests.first == digest, stage.isCached { return true }
        try AtomicFile.check(path: file, replacing: isOurs || replacing)
        return false
    }

    /// Writes a stage's result to a file, and notes its digest so that it is known again.
    ///
    /// The digest is noted between writing and renaming, beside that of the file before: a process that is killed at any
    /// moment leaves a file that is known.
    static func write(_ file: String, of stage: PipelinePlan.Stage, in context: StageContext) throws {
        var status = stat()
        if stat(file, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            // A device or pipe has no content to know it by, and must not be replaced.
            return try stage.work.export(to: file, replacing: true, in: context)
        }
        // A symbolic link stays a link: what it points to is replaced.
        let target = resolved(file) ?? file
        let (directory, last) = DirectoryListing.split(target)
        // The ending says which format is written.
        let ending = last.lastIndex(of: ".").map { String(last[$0...]) } ?? ""
        let unfinished = "\(directory)/.\(last).unfinished\(ending)"
        try stage.work.export(to: unfinished, replacing: true, in: context)
        let former = resolved(file) == nil ? [] : [try SHA256.hexadecimal(ofFile: target)]
        let current = try SHA256.hexadecimal(ofFile: unfinished)
        try context.store.saveOutputFile(
            name(file), key: stage.key, digests: [current] + former.filter { $0 != current })
        guard rename(unfinished, target) == 0 else {
            throw CurateError(
                .cannotCreateOutput, "the file cannot be put in place: \(SystemError.describe(errno))", at: file,
                remedy: "check the permissions of its directory")
        }
    }

    private static func resolved(_ file: String) -> String? {
        guard let resolved = realpath(file, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// What a file is noted under: its absolute path.
    private static func name(_ file: String) -> String {
        let (directory, name) = DirectoryListing.split(file)
        return resolved(directory).map { "\($0)/\(name)" } ?? file
    }
}
