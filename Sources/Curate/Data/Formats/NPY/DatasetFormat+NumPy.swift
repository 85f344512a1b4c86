extension DatasetFormat {
    /// A directory of NumPy arrays, or one array of features beside its labels.
    package static let npy = DatasetFormat(
        "npy", takesMetadata: true,
        expectation: "NumPy (X_train.npy and y_train.npy, features.npy and labels.npy)",
        isIn: { try !NPYReader.files(in: $0).isEmpty },
        isStart: { $0.file.hasPrefix(NPYHeader.magic) },
        load: { path, options, _ in try NPYReader.load(path: path, options: options) },
        write: { copy, files in
            try copy.writeNPY(to: files)
            return files.directory
        })

    /// One NumPy archive.
    package static let npz = DatasetFormat(
        "npz", takesMetadata: true,
        isStart: { ZIPArchive.recognises($0.file) },
        directoryAdvice: { $0.adviceToName(endings: [".npz"]) },
        load: { path, options, _ in try NPYReader.load(archive: path, options: options) },
        write: { copy, files in
            let name = DatasetParts.name(of: copy.source) + ".npz"
            try copy.writeNPZ(name, to: files)
            return OutputDirectory.path(name, in: files.directory)
        })
}

extension DirectoryListing {
    /// Advice to name the first file with one of some endings instead of the directory; nil when there is none.
    func adviceToName(endings: [String]) -> String? {
        names.first { name in endings.contains { name.hasSuffix($0) } }.map { "name the file \(path(of: $0))" }
    }
}
