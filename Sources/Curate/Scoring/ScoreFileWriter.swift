/// The formats scores are written in.
package enum ScoreFileFormat: String, Sendable, CaseIterable {
    /// Comma-separated values; the first line, a `#` comment, carries direction and convention.
    case csv
    /// A header object, then one object per example.
    case jsonl
    /// The bare numbers, with the header beside them as FILE.npy.json.
    case npy
    /// All columns as arrays, the header among them.
    case npz

    /// Whether a file's name says that it has this format.
    func isFormat(of path: String) -> Bool { path.hasSuffix(".\(rawValue)") }
}

extension ScoreExport {
    /// What follows the name of an array in the name of the file that says what it holds.
    static let headerEnding = ".json"

    /// Writes a file, which appears whole or not at all.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - format: its format.
    ///   - replacing: whether files of that name may be replaced.
    /// - Throws: `CurateError(.cannotCreateOutput)`.
    package func write(to path: String, format: ScoreFileFormat, replacing: Bool) throws {
        switch format {
        case .csv:
            let file = try AtomicFile(path: path, replacing: replacing)
            try writeCSV { try file.write($0) }
            try file.commit()
        case .jsonl:
            let file = try AtomicFile(path: path, replacing: replacing)
            try writeJSONLines { try file.write($0) }
            try file.commit()
        case .npy:
            try writeHeader(to: path + Self.headerEnding, replacing: replacing)
            try writeArray(to: path, replacing: replacing)
        case .npz:
            let file = try NPZWriter(path: path, replacing: replacing)
            for array in namedArrays {
                try file.add(
                    array.name, bytes: array.bytes, typeDescriptor: array.typeDescriptor, shape: array.shape)
            }
            try file.finish()
        }
    }
    /// Writes the bare numbers of a plain NPY file.
    func writeArray(to path: String, replacing: Bool) throws {
        let matrix = scoreMatrix
        let file = try AtomicFile(path: path, replacing: replacing)
        try file.write(NPYWriter.header(typeDescriptor: matrix.typeDescriptor, shape: matrix.shape))
        try file.write(matrix.bytes)
        try file.commit()
    }

    /// Writes what belongs beside a plain NPY file.
    func writeHeader(to path: String, replacing: Bool) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        try file.write(headerJSON + "\n")
        try file.commit()
    }
}
