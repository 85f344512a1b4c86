/// The way into the library for data: finds the format by looking and reads it.
public enum DatasetLoader {
    /// Reads the dataset at a path.
    ///
    /// - Parameters:
    ///   - path: a directory or a file.
    ///   - options: what is not to be found by looking.
    ///   - threadCount: how many threads decode images; the result does not depend on it.
    /// - Throws: `CurateError` of kind `missingInput` when there is nothing to read, `badData` when what is there is
    ///   damaged or inconsistent, `usage` when an option does not fit the data.
    public static func load(
        path: String, options: DatasetOptions = DatasetOptions(), threadCount: Int = 1
    ) throws -> Dataset {
        try OutputFileSet.refuseUnfinished(at: path)
        let format = try options.format ?? FormatDetection.format(of: path)
        try check(options, for: format, at: path)
        return switch format {
        case .idx: try IDXReader.load(path: path, options: options)
        case .cifar10: try CIFARReader.load(path: path, .ten)
        case .cifar100: try CIFARReader.load(path: path, .hundred)
        case .npy: try NPYReader.load(path: path, options: options)
        case .npz: try NPYReader.load(archive: path, options: options)
        case .csv: try CSVReader.load(path: path, options: options)
        case .imageFolder: try ImageFolderReader.load(path: path, options: options, threadCount: threadCount)
        }
    }

    /// Refuses a size of images that the format would not look at.
    private static func check(_ options: DatasetOptions, for format: DatasetFormat, at path: String) throws {
        if format == .imageFolder {
            if let shape = options.imageShape {
                throw CurateError(
                    .usage, "--image is for rows of numbers, and this is a folder of images", at: path,
                    remedy: "leave it out, or scale the images with --image-size \(min(shape.height, shape.width))")
            }
        } else if options.imageEdge != nil {
            throw CurateError(
                .usage, "--image-size is for folders of images, and this is \(format.rawValue)", at: path,
                remedy: "leave it out")
        }
    }
}

/// Tells the format of data by names in a directory and by the first bytes of a file.
package enum FormatDetection {
    /// The format of what is at a path, or an error that says what was looked for.
    package static func format(of path: String) throws -> DatasetFormat {
        if try DirectoryListing.isDirectory(path) { return try format(of: DirectoryListing(path: path)) }
        return try format(of: InputBytes(contentsOf: path))
    }

    /// The one format whose files are in a directory.
    package static func format(of listing: DirectoryListing) throws -> DatasetFormat {
        var found: [DatasetFormat] = []
        if try !IDXReader.files(in: listing).isEmpty { found.append(.idx) }
        if !CIFARReader.files(in: listing, .ten).isEmpty { found.append(.cifar10) }
        if !CIFARReader.files(in: listing, .hundred).isEmpty { found.append(.cifar100) }
        if try !NPYReader.files(in: listing).isEmpty { found.append(.npy) }
        if try !CSVReader.files(in: listing).isEmpty { found.append(.csv) }
        if found.count > 1 {
            let names = found.map(\.rawValue).joined(separator: " and ")
            throw CurateError(
                .badData, "the directory holds data in several formats: \(names)", at: listing.path,
                remedy: "choose one with --format")
        }
        if let format = found.first { return format }
        // Last, because the other formats are known by the names of their files, and pictures may lie beside any data.
        if try ImageFolderIndex.recognises(listing) { return .imageFolder }
        throw CurateError(
            .missingInput, "there is no data in the directory: \(lookedFor)", at: listing.path, remedy: hint(listing))
    }

    /// The format of a file's content.
    package static func format(of input: InputBytes) throws -> DatasetFormat {
        if input.hasPrefix(NPYHeader.magic) { return .npy }
        if ZIPArchive.recognises(input) { return .npz }
        let start = Gzip.recognises(input) ? try Gzip.prefix(of: input, count: 4096) : Array(input.bytes.prefix(4096))
        if IDXReader.recognises(start) { return .idx }
        // Text has no control characters but tabs and line ends; UTF-16 is told by the reader, with what to do.
        let isText = start.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d }
        if isText || start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) { return .csv }
        let (directory, name) = DirectoryListing.split(input.path)
        if name.hasSuffix(".bin") {
            throw input.badData("the format cannot be told", remedy: "for CIFAR, name the directory \(directory)")
        }
        throw input.badData(
            "the format cannot be told: it is not an IDX, NumPy (npy, npz) or CSV file, gzipped or not", byte: 0,
            remedy: ImageFiles.isImage(name)
                ? "name the directory that holds the directories of classes, not an image"
                : "name the format with --format, or convert the data to one of these")
    }

    private static let lookedFor =
        "looked for IDX (train-images-idx3-ubyte[.gz]), CIFAR-10 (data_batch_1.bin), CIFAR-100 (train.bin), "
        + "NumPy (X_train.npy and y_train.npy, features.npy and labels.npy), CSV (train.csv[.gz]) and images "
        + "(CLASS/*.png, train/CLASS/*.jpg, metadata.csv)"

    /// Advice for directories that are nearly right.
    private static func hint(_ listing: DirectoryListing) -> String {
        if listing.contains("data_batch_1") || (listing.contains("train") && listing.contains("meta")) {
            return "this is CIFAR for Python, which is pickled; fetch the binary version"
        }
        let inner = ["cifar-10-batches-bin", "cifar-100-binary", "raw", "MNIST", "FashionMNIST"]
        if let name = inner.first(where: listing.contains) { return "name the directory \(listing.path(of: name))" }
        let files = listing.names.filter { name in
            [".csv", ".csv.gz", ".tsv", ".npz"].contains { name.hasSuffix($0) }
        }
        if let name = files.first { return "name the file \(listing.path(of: name))" }
        if ImageFiles.areImages(in: listing) {
            return "put images into a directory for each class, or list them in metadata.csv (filename,label)"
        }
        return "name the directory that holds the files, or a file"
    }
}
