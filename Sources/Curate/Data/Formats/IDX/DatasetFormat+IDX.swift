extension DatasetFormat {
    /// A directory of MNIST-style IDX files, or one images file beside its labels; gzipped or not.
    package static let idx = DatasetFormat(
        "idx", expectation: "IDX (train-images-idx3-ubyte[.gz])",
        isIn: { try !IDXReader.files(in: $0).isEmpty },
        isStart: { IDXReader.recognises($0.bytes) },
        directoryAdvice: { listing in
            // What torchvision leaves around the files.
            ["raw", "MNIST", "FashionMNIST"].first(where: listing.contains).map {
                "name the directory \(listing.path(of: $0))"
            }
        },
        load: { path, options, _ in try IDXReader.load(path: path, options: options) },
        write: { copy, files in
            try copy.writeIDX(to: files)
            return files.directory
        })
}
