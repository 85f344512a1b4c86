extension DatasetFormat {
    /// A directory of CIFAR-10 binary batches.
    package static let cifar10 = cifar(
        .ten, named: "cifar10", expectation: "CIFAR-10 (data_batch_1.bin)", directory: "cifar-10-batches-bin",
        pickled: { $0.contains("data_batch_1") })
    /// A directory of CIFAR-100 binary batches.
    package static let cifar100 = cifar(
        .hundred, named: "cifar100", expectation: "CIFAR-100 (train.bin)", directory: "cifar-100-binary",
        pickled: { $0.contains("train") && $0.contains("meta") })

    /// - Parameters:
    ///   - directory: what the archive of the dataset unpacks to.
    ///   - pickled: whether a directory holds the version for Python.
    private static func cifar(
        _ variant: CIFARReader.Variant, named name: String, expectation: String, directory: String,
        pickled: @escaping @Sendable (DirectoryListing) -> Bool
    ) -> DatasetFormat {
        DatasetFormat(
            name, expectation: expectation,
            isIn: { !CIFARReader.files(in: $0, variant).isEmpty },
            directoryAdvice: { listing in
                if pickled(listing) { return "this is CIFAR for Python, which is pickled; fetch the binary version" }
                return listing.contains(directory) ? "name the directory \(listing.path(of: directory))" : nil
            },
            fileAdvice: { path in
                let (directory, file) = DirectoryListing.split(path)
                return file.hasSuffix(".bin") ? "for CIFAR, name the directory \(directory)" : nil
            },
            load: { path, _, _ in try CIFARReader.load(path: path, variant) },
            write: { copy, files in
                try copy.writeCIFAR(variant, to: files)
                return files.directory
            })
    }
}
