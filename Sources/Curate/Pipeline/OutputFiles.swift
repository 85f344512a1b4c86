import Glibc

/// The files that the stages of a plan keep besides the store, and which of them have to be written.
///
/// A file is ours when its content has a digest that was noted when a stage wrote it. Ours is replaced when the stage
/// has another key by now; one that somebody changed, or that was never ours, is only replaced when that is allowed.
struct OutputFiles {
    /// What may be replaced.
    enum Permission {
        /// No file that has other content.
        case nothing
        /// Files that a stage wrote and nobody changed since.
        case own
        /// Every file.
        case everything
    }

    private let outdated: [String: [String]]
    private let copied: Set<String>
    private let permission: Permission

    /// Looks at the files, before anything runs.
    ///
    /// - Throws: `CurateError(.cannotCreateOutput)` when a file may not or cannot be written.
    init(of plan: PipelinePlan, store: Store, permission: Permission) throws {
        var outdated: [String: [String]] = [:]
        var copied: Set<String> = []
        for stage in plan.stages {
            let isNew = try stage.work.directory.map { try OutputDirectory.make($0) } ?? false
            // Made again when there is something to put into it.
            defer { if isNew, let directory = stage.work.directory { rmdir(directory) } }
            for file in stage.work.files {
                if try Self.isCurrent(file, stage, store: store, permission) { continue }
                outdated[stage.label, default: []].append(file)
            }
            if let copy = stage.work.copyDirectory {
                let record = OutputDirectory.path(CopyRecord.fileName, in: copy)
                if try Self.isCurrent(record, stage, store: store, permission) { continue }
                copied.insert(stage.label)
                // Refused now rather than after the work.
                _ = try OutputFileSet(directory: copy, replacing: Self.replacesCopy(record, permission))
            }
        }
        self.outdated = outdated
        self.copied = copied
        self.permission = permission
    }

    /// Whether a copy may take the place of another, which is there if its record is and was checked.
    private static func replacesCopy(_ record: String, _ permission: Permission) -> Bool {
        permission == .everything || DirectoryListing.exists(record)
    }

    /// Refuses files that are there and that no stage is known to have written, before anything is read.
    ///
    /// - Parameter store: where it is noted who wrote what; nil when there is none yet.
    static func checkNew(of pipeline: Pipeline, store: Store?, _ permission: Permission) throws {
        guard permission != .everything else { return }
        for instance in pipeline.instances {
            for file in instance.kind.files(instance.values) where DirectoryListing.exists(file) {
                if try store?.outputFile(name(file)) == nil { try AtomicFile.check(path: file) }
            }
        }
    }

    /// Whether a stage's copy of data has to be written.
    func copiesData(of stage: PipelinePlan.Stage) -> Bool { copied.contains(stage.label) }

    /// The files of a stage that have to be written.
    func outdated(of stage: PipelinePlan.Stage) -> [String] { outdated[stage.label] ?? [] }

    private static func isCurrent(
        _ file: String, _ stage: PipelinePlan.Stage, store: Store, _ permission: Permission
    ) throws -> Bool {
        let isRecord = file == stage.work.copyDirectory.map { OutputDirectory.path(CopyRecord.fileName, in: $0) }
        guard DirectoryListing.exists(file) else {
            // Refused now rather than after the work; what is wrong with the directory of a copy the copy tells.
            if !isRecord { try AtomicFile.check(path: file) }
            return false
        }
        let noted = try store.outputFile(name(file))
        let digest = try noted == nil ? nil : SHA256.hexadecimal(ofFile: file)
        let isOurs = digest.map { noted?.digests.contains($0) ?? false } ?? false
        let isOfStage = noted?.key == stage.key?.hexadecimal
        if isOurs, isOfStage, noted?.digests.first == digest, stage.isCached {
            // The record of a copy stands for files that somebody may have changed.
            let directory = DirectoryListing.split(file).directory
            return try !isRecord || CopyRecord(in: directory)?.isTrue(in: directory) ?? false
        }
        let mayReplace: Bool =
            switch permission {
            case .everything: true
            case .own: isOurs
            // What the same result left there, and a killed process did not finish, is not anybody's else.
            case .nothing: isOurs && isOfStage
            }
        try AtomicFile.check(path: file, replacing: mayReplace)
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
            return try stage.work.export(file, to: file, replacing: true, in: context)
        }
        // A symbolic link stays a link: what it points to is replaced.
        let isNew = try stage.work.directory.map { try OutputDirectory.make($0) } ?? false
        // Only an empty directory can be removed.
        defer { if isNew, let directory = stage.work.directory { rmdir(directory) } }
        let target = resolved(file) ?? file
        let (directory, last) = DirectoryListing.split(target)
        // The ending says which format is written.
        let ending = last.lastIndex(of: ".").map { String(last[$0...]) } ?? ""
        let unfinished = "\(directory)/.\(last).unfinished\(ending)"
        try stage.work.export(file, to: unfinished, replacing: true, in: context)
        let former = resolved(file) == nil ? [] : [try SHA256.hexadecimal(ofFile: target)]
        let current = try SHA256.hexadecimal(ofFile: unfinished)
        try context.store.saveOutputFile(
            name(file), key: try stage.work.knownIdentity(in: context.store).key,
            digests: [current] + former.filter { $0 != current })
        guard rename(unfinished, target) == 0 else {
            throw CurateError(
                .cannotCreateOutput, "the file cannot be put in place: \(SystemError.describe(errno))", at: file,
                remedy: "check the permissions of its directory")
        }
    }

    /// Writes a stage's copy of data, and notes the digest of its record so that it is known again.
    func writeCopy(of stage: PipelinePlan.Stage, in context: StageContext) throws {
        guard let copy = stage.work.copyDirectory else { return }
        let record = OutputDirectory.path(CopyRecord.fileName, in: copy)
        // What may not be replaced was refused before anything ran.
        try stage.work.writeCopy(replacing: Self.replacesCopy(record, permission), in: context)
        try context.store.saveOutputFile(
            Self.name(record), key: try stage.work.knownIdentity(in: context.store).key,
            digests: [try SHA256.hexadecimal(ofFile: record)])
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
