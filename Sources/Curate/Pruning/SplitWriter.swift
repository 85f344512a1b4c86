import Glibc

/// The files of a split in one directory: `split.csv`, `kept_indices.npy` and `manifest.json`, and `suspects.csv` where label
/// suspects were left out.
///
/// Each file appears whole or not at all, the manifest last. It carries the digests of the others, so that a directory
/// in which a killed writer left files of two splits is refused by `SplitReader`, and so that the suspects of a split that
/// is replaced go with it.
package enum SplitWriter {
    /// The rows, one per candidate.
    package static let tableName = "split.csv"
    /// The indices of the kept examples in the dataset, int64.
    package static let indicesName = "kept_indices.npy"
    /// Where the split comes from.
    package static let manifestName = "manifest.json"
    /// The label suspects that were left out; readers do without it.
    package static let suspectsName = "suspects.csv"
    /// The columns of the table.
    package static let columns = ["id", "index", "kept", "weight", "score", "rank", "stratum", "reason"]

    /// The paths of the files, the manifest last.
    ///
    /// - Parameter withSuspects: whether label suspects are written, too.
    package static func paths(in directory: String, withSuspects: Bool = false) -> [String] {
        ([tableName, indicesName] + (withSuspects ? [suspectsName] : []) + [manifestName])
            .map { OutputDirectory.path($0, in: directory) }
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
    package static func write(
        _ selection: some SplitContent, suspects: LabelSuspects? = nil, to directory: String, replacing: Bool = false,
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
        of selection: some SplitContent, _ suspects: LabelSuspects?, to directory: String, replacing: Bool,
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
        try manifest.write(selection.manifest.json(fileDigests: digests).prettyText + "\n")
        try manifest.settle()
        let former = try suspects == nil && replacing ? formerSuspects(in: directory) : nil
        for name in files.keys.sorted() { try files[name]?.commit() }
        // Before the manifest: until it is replaced it is what tells whose they are.
        if let former { unlink(former) }
        try manifest.commit()
    }

    /// Writes one of the files, as `write` would; with the manifest, the last of them, the suspects of an older split go.
    ///
    /// - Parameters:
    ///   - file: one of `paths`.
    ///   - selection: what was chosen.
    ///   - suspects: the label suspects that were left out; nil when none were looked for.
    ///   - path: where to write it.
    ///   - replacing: whether a file of that name may be replaced.
    ///   - checkForStop: asked while bytes are written; what it throws ends the writing, and nothing is left of it.
    static func writeFile(
        _ file: String, of selection: some SplitContent, suspects: LabelSuspects?, to path: String, replacing: Bool,
        checkForStop: @escaping () throws -> Void = {}
    ) throws {
        let name = DirectoryListing.split(file).name
        let output = try AtomicFile(path: path, replacing: replacing)
        output.checkForStop = checkForStop
        // Asked for every file, so that none is replaced when the suspects of the older split cannot go.
        let isLeft = replacing && suspects == nil
        let former = try isLeft ? formerSuspects(in: DirectoryListing.split(path).directory) : nil
        switch name {
        case tableName: try writeTable(of: selection) { try output.write($0) }
        case indicesName: try writeIndices(of: selection) { try output.write($0) }
        case suspectsName: try suspects?.write(selection.candidates, to: output)
        default:
            precondition(name == manifestName, "'\(file)' is no file of a split")
            let digests = try digests(of: selection, suspects, checkForStop)
            try output.write(selection.manifest.json(fileDigests: digests).prettyText + "\n")
            try output.settle()
            if let former { unlink(former) }
        }
        try output.commit()
    }

    /// The digests of all files but the manifest.
    private static func digests(
        of selection: some SplitContent, _ suspects: LabelSuspects?, _ checkForStop: () throws -> Void
    ) throws -> [String: String] {
        let (table, indices, list) = (SHA256(), SHA256(), SHA256())
        try withoutActuallyEscaping(checkForStop) { checkForStop in
            try writeTable(of: selection) {
                try checkForStop()
                table.update($0)
            }
        }
        try writeIndices(of: selection) { indices.update($0) }
        var hashes = [tableName: table, indicesName: indices]
        if let suspects {
            try suspects.write(selection.candidates) { list.update($0) }
            hashes[suspectsName] = list
        }
        return hashes.mapValues { SHA256.hexadecimal($0.finalize()) }
    }

    /// Writes the indices of the kept examples in the dataset as an int64 array.
    private static func writeIndices(of selection: some SplitContent, to sink: ByteSink) throws {
        let kept = selection.keptPositions.map { Int64(selection.candidates.indices[Int($0)]) }
        try NPYWriter.header(Int64.self, shape: [kept.count], count: kept.count).withUnsafeBytes { try sink($0) }
        try kept.withUnsafeBytes { try sink($0) }
    }

    /// Writes the rows as CSV: one line of column names, then one line per candidate in the order of the candidates.
    package static func writeTable(of selection: some SplitContent, to sink: @escaping ByteSink) throws {
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
