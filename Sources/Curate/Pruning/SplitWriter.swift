import Glibc

/// The files of a split in one directory: `split.csv`, `kept_indices.npy` and `manifest.json`, and `suspects.csv` where label
/// suspects were left out.
///
/// Each file appears whole or not at all, the manifest last. It carries the digests of the others, so that a directory
/// in which a killed writer left files of two splits is refused by `SplitReader`, and so that the suspects of a split that
/// is replaced go with it.
public enum SplitWriter {
    /// The rows, one per candidate.
    public static let tableName = "split.csv"
    /// The indices of the kept examples in the dataset, int64.
    public static let indicesName = "kept_indices.npy"
    /// Where the split comes from.
    public static let manifestName = "manifest.json"
    /// The label suspects that were left out; readers do without it.
    public static let suspectsName = "suspects.csv"
    /// The columns of the table.
    public static let columns = ["id", "index", "kept", "weight", "score", "rank", "stratum", "reason"]

    /// The paths of the files.
    public static func paths(in directory: String) -> [String] {
        [tableName, indicesName, manifestName].map { OutputDirectory.path($0, in: directory) }
    }

    /// Refuses a directory that cannot be written to or already holds a split, before anything is computed.
    ///
    /// What killed writers left behind in it is removed.
    ///
    /// - Parameters:
    ///   - directory: the directory.
    ///   - withSuspects: whether label suspects will be written, too.
    ///   - replacing: whether files of an earlier split may be replaced.
    public static func check(_ directory: String, withSuspects: Bool = false, replacing: Bool) throws {
        let isNew = try OutputDirectory.make(directory)
        // Made again when there is something to put into it.
        defer { if isNew { rmdir(directory) } }
        AtomicFile.removeAbandoned(in: directory)
        let isBegun = paths(in: directory).dropLast().contains { DirectoryListing.exists($0) }
        if !replacing && isBegun && !DirectoryListing.exists(OutputDirectory.path(manifestName, in: directory)) {
            throw CurateError(
                .cannotCreateOutput, "a split without its \(manifestName) is here, as a stopped process leaves it",
                at: directory, remedy: "set `force` to write it again")
        }
        for path in paths(in: directory) { _ = try AtomicFile(path: path, replacing: replacing) }
        if withSuspects {
            _ = try AtomicFile(path: OutputDirectory.path(suspectsName, in: directory), replacing: replacing)
        } else if replacing {
            _ = try formerSuspects(in: directory)
        }
    }

    /// The path of the suspects that belong to the split in a directory, if there are any.
    ///
    /// - Throws: `cannotCreateOutput` when somebody changed them.
    private static func formerSuspects(in directory: String) throws -> String? {
        let manifest = OutputDirectory.path(manifestName, in: directory)
        let suspects = OutputDirectory.path(suspectsName, in: directory)
        guard DirectoryListing.exists(manifest), DirectoryListing.exists(suspects) else { return nil }
        // A manifest that cannot be read says nothing of them.
        let json = try? JSONValue(file: manifest)
        guard let expected = json?["files"]?[suspectsName]?.stringValue else { return nil }
        guard try SHA256.hexadecimal(ofFile: suspects) == expected else {
            throw CurateError(
                .cannotCreateOutput, "the file belongs to an older split here, and was changed since", at: suspects,
                remedy: "move it away or remove it, or write the split into another directory")
        }
        return suspects
    }

    /// Writes a selection.
    ///
    /// - Parameters:
    ///   - selection: what was chosen.
    ///   - suspects: the label suspects that were left out; nil when none were looked for.
    ///   - directory: made if it does not exist; the one it is in must.
    ///   - replacing: whether files of an earlier split may be replaced.
    ///   - checkForStop: asked while bytes go to the disk, before any file gets its name; what it throws ends the
    ///     writing, and nothing is left of it.
    /// - Throws: `CurateError(.cannotCreateOutput)`, and what `checkForStop` throws.
    public static func write(
        _ selection: PruningSelection, suspects: LabelSuspects? = nil, to directory: String, replacing: Bool = false,
        checkForStop: @escaping () throws -> Void = {}
    ) throws {
        let isNew = try OutputDirectory.make(directory)
        do {
            try writeFiles(of: selection, suspects, to: directory, replacing: replacing, checkForStop: checkForStop)
        } catch {
            // Only an empty directory can be removed.
            if isNew { rmdir(directory) }
            throw error
        }
    }

    private static func writeFiles(
        of selection: PruningSelection, _ suspects: LabelSuspects?, to directory: String, replacing: Bool,
        checkForStop: @escaping () throws -> Void
    ) throws {
        func open(_ name: String) throws -> AtomicFile {
            let file = try AtomicFile(path: OutputDirectory.path(name, in: directory), replacing: replacing)
            file.checkForStop = checkForStop
            file.hash = SHA256()
            return file
        }
        let (table, indices, manifest) = (try open(tableName), try open(indicesName), try open(manifestName))
        var files = [tableName: table, indicesName: indices]
        try writeTable(of: selection) { try table.write($0) }
        try writeIndices(of: selection) { try indices.write($0) }
        if let suspects {
            let list = try open(suspectsName)
            try suspects.write(selection.candidates, to: list)
            files[suspectsName] = list
        }
        let digests = try files.compactMapValues { file in
            try file.settle()
            return file.hash.map { SHA256.hexadecimal($0.finalize()) }
        }
        try manifest.write(SplitManifest(of: selection).json(fileDigests: digests).prettyText + "\n")
        try manifest.settle()
        let former = try suspects == nil && replacing ? formerSuspects(in: directory) : nil
        for name in files.keys.sorted() { try files[name]?.commit() }
        // Before the manifest: until it is replaced it is what tells whose they are.
        if let former { unlink(former) }
        try manifest.commit()
    }

    /// Writes one of the files, told by its ending, as `write` would; with the manifest, the last of them, the suspects of
    /// an older split go.
    ///
    /// - Parameters:
    ///   - selection: what was chosen.
    ///   - path: ends like one of `paths`.
    ///   - replacing: whether a file of that name may be replaced.
    ///   - checkForStop: asked while bytes are written; what it throws ends the writing, and nothing is left of it.
    static func writeFile(
        of selection: PruningSelection, to path: String, replacing: Bool,
        checkForStop: @escaping () throws -> Void = {}
    ) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        file.checkForStop = checkForStop
        // Asked for every file, so that none is replaced when the suspects of the older split cannot go.
        let former = replacing ? try formerSuspects(in: DirectoryListing.split(path).directory) : nil
        if path.hasSuffix(".csv") {
            try writeTable(of: selection) { try file.write($0) }
        } else if path.hasSuffix(".npy") {
            try writeIndices(of: selection) { try file.write($0) }
        } else {
            precondition(path.hasSuffix(".json"), "no file of a split ends like '\(path)'")
            let (table, indices) = (SHA256(), SHA256())
            try writeTable(of: selection) {
                try checkForStop()
                table.update($0)
            }
            try writeIndices(of: selection) { indices.update($0) }
            let digests = [tableName: table, indicesName: indices].mapValues { SHA256.hexadecimal($0.finalize()) }
            try file.write(SplitManifest(of: selection).json(fileDigests: digests).prettyText + "\n")
            try file.settle()
            if let former { unlink(former) }
        }
        try file.commit()
    }

    /// Writes the indices of the kept examples in the dataset as an int64 array.
    private static func writeIndices(of selection: PruningSelection, to sink: ByteSink) throws {
        let kept = selection.keptPositions.map { Int64(selection.candidates.indices[Int($0)]) }
        try NPYWriter.header(Int64.self, shape: [kept.count], count: kept.count).withUnsafeBytes { try sink($0) }
        try kept.withUnsafeBytes { try sink($0) }
    }

    /// Writes the rows as CSV: one line of column names, then one line per candidate in the order of the candidates.
    package static func writeTable(of selection: PruningSelection, to sink: @escaping ByteSink) throws {
        var writer = ByteWriter(sink: sink)
        writer.append(columns.joined(separator: ",") + "\n")
        let candidates = selection.candidates
        let ranks = selection.ranks
        let comma = UInt8(ascii: ",")
        for position in 0..<candidates.count {
            let reason = selection.reasons[position]
            writer.appendField(candidates.id(at: position))
            writer.append(comma)
            writer.append(Int(candidates.indices[position]))
            writer.append(reason.isKept ? ",1," : ",0,")
            appendWeight(selection.weight(at: position), to: &writer)
            writer.append(comma)
            if let ranking = selection.ranking { writer.append(ranking.values[position]) }
            writer.append(comma)
            if let ranks { writer.append(Int(ranks[position])) }
            writer.append(comma)
            writer.appendField(selection.stratum(at: position))
            writer.append(comma)
            writer.append(reason.rawValue)
            writer.append(UInt8(ascii: "\n"))
            try writer.flushIfLarge()
        }
        try writer.flush()
    }

    /// Most weights are 0 or 1.
    private static func appendWeight(_ weight: Float, to writer: inout ByteWriter) {
        if weight == 0 || weight == 1 { writer.append(weight == 0 ? 0 : 1) } else { writer.append(weight) }
    }
}
