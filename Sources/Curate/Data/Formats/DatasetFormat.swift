/// One format a dataset can be read from: how it is told from others, read, copied, and watched for changes.
///
/// Every format is a value in a file of its own beside its reader and writer. To add one, write that file and a line
/// in `all`; loading, detection, copies, `format` in pipelines and its help follow from here.
package struct DatasetFormat: Sendable {
    /// What users type and read, for instance `idx`.
    package let name: String
    /// Whether it holds pictures of any size, which `imageSize` scales; other formats hold rows, which `image` shapes.
    package let scalesImages: Bool
    /// Whether `metadata` may name a table with what its examples are.
    package let takesMetadata: Bool
    /// What it is called and which names it is known by in a directory, for the message that nothing was found; nil for
    /// a format that is a single file.
    package let expectation: String?
    /// Whether its files are in a directory, by their names.
    ///
    /// Throws `badData` or `missingInput` when they are but cannot be meant together.
    package let isIn: @Sendable (DirectoryListing) throws -> Bool
    /// Whether `isIn` is asked only when no other format is found, because its files may lie beside those of any other.
    package let yieldsToOthers: Bool
    /// Whether a file holds it, by its first bytes.
    package let isStart: @Sendable (FileStart) -> Bool
    /// What to do about a directory that nearly holds it; nil when it does not look so.
    package let directoryAdvice: @Sendable (DirectoryListing) -> String?
    /// What to do about a file that belongs to it but is not the whole; nil when it does not look so.
    package let fileAdvice: @Sendable (_ path: String) -> String?
    /// Reads what is at a path; the result does not depend on the number of threads.
    package let load: @Sendable (_ path: String, DatasetOptions, _ threadCount: Int) throws -> Dataset
    /// Writes a copy into files that are yet to be published, and returns the path to read it by when they are.
    package let write: @Sendable (DatasetCopy, OutputFileSet) throws -> String
    /// The paths that what is read depends on, beside the one that is named.
    package let relatedPaths: @Sendable (_ path: String) throws -> [String]

    /// Describes a format; what is not said is so for none.
    package init(
        _ name: String, scalesImages: Bool = false, takesMetadata: Bool = false, expectation: String? = nil,
        isIn: @escaping @Sendable (DirectoryListing) throws -> Bool = { _ in false }, yieldsToOthers: Bool = false,
        isStart: @escaping @Sendable (FileStart) -> Bool = { _ in false },
        directoryAdvice: @escaping @Sendable (DirectoryListing) -> String? = { _ in nil },
        fileAdvice: @escaping @Sendable (_ path: String) -> String? = { _ in nil },
        load: @escaping @Sendable (_ path: String, DatasetOptions, _ threadCount: Int) throws -> Dataset,
        write: @escaping @Sendable (DatasetCopy, OutputFileSet) throws -> String,
        relatedPaths: @escaping @Sendable (_ path: String) throws -> [String] = DirectoryListing.neighbours
    ) {
        self.name = name
        self.scalesImages = scalesImages
        self.takesMetadata = takesMetadata
        self.expectation = expectation
        self.isIn = isIn
        self.yieldsToOthers = yieldsToOthers
        self.isStart = isStart
        self.directoryAdvice = directoryAdvice
        self.fileAdvice = fileAdvice
        self.load = load
        self.write = write
        self.relatedPaths = relatedPaths
    }
}

extension DatasetFormat {
    /// Every format, in the order they are looked for and listed.
    package static let all: [DatasetFormat] = [.idx, .cifar10, .cifar100, .npy, .npz, .safetensors, .csv, .imageFolder]
}

extension DatasetFormat: Hashable {
    /// Formats are equal when their names are.
    package static func == (left: DatasetFormat, right: DatasetFormat) -> Bool { left.name == right.name }

    /// Feeds the name.
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension DatasetFormat: RawRepresentable, CaseIterable {
    /// The format with a name, or nil when there is none.
    package init?(rawValue: String) {
        guard let format = Self.all.first(where: { $0.name == rawValue }) else { return nil }
        self = format
    }

    /// The name.
    package var rawValue: String { name }

    /// Every format.
    package static var allCases: [DatasetFormat] { all }
}

/// The beginning of a file, as it is and inflated when it is gzipped.
package struct FileStart {
    /// The whole file, as it is.
    package let file: InputBytes
    /// Its first 4,096 bytes, inflated when it is gzipped.
    package let bytes: [UInt8]

    /// Looks at a file.
    ///
    /// - Throws: `badData` when it is gzipped and its beginning is damaged.
    package init(of file: InputBytes) throws {
        let count = 4096
        self.file = file
        bytes = Gzip.recognises(file) ? try Gzip.prefix(of: file, count: count) : Array(file.bytes.prefix(count))
    }
}

extension DirectoryListing {
    /// The entries of a directory, or those beside a file, but not stores, which change at every run.
    package static func neighbours(_ path: String) throws -> [String] {
        let listing = try DirectoryListing(path: isDirectory(path) ? path : split(path).directory)
        return listing.names.filter { !$0.contains(".sqlite") }.map(listing.path(of:))
    }
}
