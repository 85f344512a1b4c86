/// A split read back from its directory, checked against its manifest.
public struct SplitFiles: Sendable, Equatable {
    /// The directory.
    package let directory: String
    /// Where the split comes from.
    public let manifest: SplitManifest
    /// Every candidate.
    package let table: SplitTable

    /// Puts together what was read and checks that it agrees.
    ///
    /// - Throws: `badData` when rows, indices and manifest are not of one split.
    package init(directory: String, manifest: SplitManifest, table: SplitTable, keptIndices: [Int32]) throws {
        func failure(_ message: String, _ name: String) -> CurateError {
            CurateError(
                .badData, message, at: OutputDirectory.path(name, in: directory), remedy: SplitTable.remedy)
        }
        let kept = table.rows.filter { $0.reason.isKept }
        guard table.rows.count == manifest.candidateCount else {
            throw failure(
                "there are \(table.rows.count) rows, the manifest says \(manifest.candidateCount)",
                SplitWriter.tableName)
        }
        guard kept.count == manifest.keptCount else {
            throw failure("\(kept.count) rows are kept, the manifest says \(manifest.keptCount)", SplitWriter.tableName)
        }
        guard kept.map(\.index) == keptIndices else {
            throw failure("the indices are not those of the kept rows", SplitWriter.indicesName)
        }
        self.directory = directory
        self.manifest = manifest
        self.table = table
    }

    /// The split for training on a dataset.
    ///
    /// - Throws: `badData` when it was made for another dataset, or names an example that the dataset does not have.
    package func split(for dataset: Dataset) throws -> Split {
        let kept = table.rows.filter { $0.reason.isKept }
        let split = Split(indices: kept.map(\.index), weights: kept.map(\.weight), manifest: manifest)
        guard dataset.contentHash == split.datasetHash else {
            try split.check(against: dataset)
            preconditionFailure("another dataset was accepted")
        }
        for row in table.rows {
            guard Int(row.index) < dataset.count, dataset.ids[Int(row.index)] == row.id else {
                let actual = Int(row.index) < dataset.count ? "is '\(dataset.ids[Int(row.index)])'" : "does not exist"
                throw CurateError(
                    .badData, "unknown id '\(row.id)': example \(row.index) of \(dataset.name) \(actual)",
                    at: OutputDirectory.path(SplitWriter.tableName, in: directory), remedy: SplitTable.remedy)
            }
        }
        return split
    }

    /// The row of one example.
    ///
    /// - Throws: `usage` when there is none of this name.
    package func row(ofID id: String) throws -> SplitTable.Row {
        if let row = table.rows.first(where: { $0.id == id }) { return row }
        let example = table.rows[0].id
        throw CurateError(
            .usage, "unknown id '\(id)'", at: OutputDirectory.path(SplitWriter.tableName, in: directory),
            remedy: "the split has \(table.rows.count) training examples, called like '\(example)'")
    }
}

/// Reads the files of a split.
public enum SplitReader {
    /// Whether a path is a directory with the files of a split; they may be damaged.
    package static func isSplit(_ path: String) -> Bool {
        SplitWriter.paths(in: path).allSatisfy { DirectoryListing.exists($0) }
    }

    /// Reads a split from its directory, or from any of its files' paths.
    ///
    /// - Throws: `missingInput` when a file is not there, `badData` when one was changed or they do not belong together.
    public static func read(path: String) throws -> SplitFiles {
        let directory = try directory(path)
        let paths = SplitWriter.paths(in: directory)
        let manifestInput = try input(paths[2], of: directory)
        let json = try JSONValue(parsing: Array(manifestInput.bytes), from: paths[2])
        let manifest = try SplitManifest(parsing: json, at: paths[2])
        let table = try input(paths[0], of: directory)
        let indices = try input(paths[1], of: directory)
        for (name, input) in [(SplitWriter.tableName, table), (SplitWriter.indicesName, indices)] {
            guard let expected = json["files"]?[name]?.stringValue else {
                throw CurateError(
                    .badData, "the manifest has no digest of \(name)", at: paths[2], remedy: SplitTable.remedy)
            }
            let digest = SHA256()
            digest.update(input.bytes)
            guard SHA256.hexadecimal(digest.finalize()) == expected else {
                throw CurateError(
                    .badData, "the file is not the one the manifest was written with", at: input.path,
                    remedy: SplitTable.remedy)
            }
        }
        return try SplitFiles(
            directory: directory, manifest: manifest, table: SplitTable(parsing: table),
            keptIndices: keptIndices(parsing: indices))
    }

    /// Reads where a split comes from, and a digest of all it holds: the manifest names those of the other files.
    ///
    /// - Throws: as `read`.
    static func manifest(path: String) throws -> (manifest: SplitManifest, digest: String) {
        let directory = try directory(path)
        let path = SplitWriter.paths(in: directory)[2]
        let content = try input(path, of: directory)
        let digest = SHA256()
        digest.update(content.bytes)
        let json = try JSONValue(parsing: Array(content.bytes), from: path)
        return (try SplitManifest(parsing: json, at: path), SHA256.hexadecimal(digest.finalize()))
    }

    private static func directory(_ path: String) throws -> String {
        try DirectoryListing.isDirectory(path) ? path : DirectoryListing.split(path).directory
    }

    /// Reads the array of kept indices.
    package static func keptIndices(parsing input: InputBytes) throws -> [Int32] {
        let array = try NPYArray(parsing: input)
        guard array.shape.count == 1 else {
            throw input.badData(
                "indices of shape \(NPYHeader.text(array.shape)) are not a list", remedy: SplitTable.remedy)
        }
        return try (0..<array.count).map { place in
            guard let index = array.integer(at: place).flatMap({ Int32(exactly: $0) }), index >= 0 else {
                throw input.badData("element \(place) is not an index", remedy: SplitTable.remedy)
            }
            return index
        }
    }

    private static func input(_ path: String, of directory: String) throws -> InputBytes {
        do {
            return try InputBytes(contentsOf: path)
        } catch let error as CurateError where error.kind == .missingInput {
            throw CurateError(
                .missingInput, "there is no split here: \(error.message)", at: path,
                remedy: "name a directory that curate prune made")
        }
    }
}
