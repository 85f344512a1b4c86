/// Tells the format of data by names in a directory and by the first bytes of a file.
package enum FormatDetection {
    /// The format of what is at a path, or an error that says what was looked for.
    package static func format(of path: String) throws -> DatasetFormat {
        if try DirectoryListing.isDirectory(path) { return try format(of: DirectoryListing(path: path)) }
        return try format(of: InputBytes(contentsOf: path))
    }

    /// The one format whose files are in a directory.
    package static func format(of listing: DirectoryListing) throws -> DatasetFormat {
        let found = try DatasetFormat.all.filter { try !$0.yieldsToOthers && $0.isIn(listing) }
        if found.count > 1 {
            let names = found.map(\.name).joined(separator: " and ")
            throw CurateError(
                .badData, "the directory holds data in several formats: \(names)", at: listing.path,
                remedy: "choose one with `format`")
        }
        if let format = try found.first ?? DatasetFormat.all.first(where: { try $0.yieldsToOthers && $0.isIn(listing) })
        {
            return format
        }
        throw CurateError(
            .missingInput, "there is no data in the directory: looked for \(expectations)", at: listing.path,
            remedy: DatasetFormat.all.lazy.compactMap { $0.directoryAdvice(listing) }.first
                ?? "name the directory that holds the files, or a file")
    }

    /// The format of a file's content.
    package static func format(of input: InputBytes) throws -> DatasetFormat {
        let start = try FileStart(of: input)
        if let format = DatasetFormat.all.first(where: { $0.isStart(start) }) { return format }
        throw input.badData(
            "the format cannot be told: it is not an IDX, NumPy (npy, npz), safetensors or CSV file, gzipped or not",
            byte: 0,
            remedy: DatasetFormat.all.lazy.compactMap { $0.fileAdvice(input.path) }.first
                ?? "name the format with `format`, or convert the data to one of these")
    }

    /// What is looked for in a directory.
    private static var expectations: String {
        let texts = DatasetFormat.all.compactMap(\.expectation)
        return texts.dropLast().joined(separator: ", ") + " and " + (texts.last ?? "")
    }
}
