/// Some examples of a dataset on their way to files: which ones, and with which labels.
///
/// Copies are written in the format the data came in, under its usual names and without compression. Features are the
/// bytes that were read; of a folder of images, symbolic links to the files are made instead. Reading a copy of all
/// examples with the labels unchanged gives a dataset with the same content hash.
package struct DatasetCopy: Sendable {
    /// What is copied from.
    package let dataset: Dataset
    /// The examples that are copied, ascending.
    package let indices: [Int]
    /// The class of every example of the dataset, copied or not.
    package let labels: [Int32]
    /// The path the dataset was read from.
    package let source: String
    /// How it was read.
    package let options: DatasetOptions

    /// Plans a copy.
    ///
    /// - Parameters:
    ///   - dataset: what to copy from.
    ///   - source: the path it was read from; tables are read again to copy their rows as they are.
    ///   - options: how it was read.
    ///   - indices: the examples to copy; nil for all.
    ///   - labels: a class for every example of the dataset; nil for its own.
    /// - Precondition: indices and labels are in range.
    package init(
        of dataset: Dataset, source: String, options: DatasetOptions = DatasetOptions(), keeping indices: [Int]? = nil,
        labels: [Int32]? = nil
    ) {
        self.dataset = dataset
        self.source = source
        self.options = options
        self.indices = indices?.sorted() ?? Array(0..<dataset.count)
        self.labels = labels ?? dataset.labels
        precondition(self.labels.count == dataset.count, "a label for every example")
        precondition(self.labels.allSatisfy { $0 >= 0 && Int($0) < dataset.classCount }, "a label without a class")
        precondition(self.indices.allSatisfy { $0 >= 0 && $0 < dataset.count }, "an example beyond the last one")
    }

    /// Writes the copy, which appears whole or is refused by the reader.
    ///
    /// - Parameters:
    ///   - directory: made if it does not exist; the one it is in must.
    ///   - replacing: whether files of the same names may be replaced; those of an older copy that are not written again
    ///     are removed then.
    /// - Returns: the path to read the copy by: the directory, or a file in it.
    /// - Throws: `cannotCreateOutput`; `usage` when the format cannot hold a validation part that was set aside.
    package func write(to directory: String, replacing: Bool = false) throws -> String {
        let files = try OutputFileSet(directory: directory, replacing: replacing)
        let path = try write(to: files)
        try files.publish()
        return path
    }

    /// Writes the copy into files that are yet to be published.
    ///
    /// - Returns: the path to read the copy by when they are.
    /// - Throws: as `write(to:replacing:)`.
    package func write(to files: OutputFileSet) throws -> String {
        let directory = files.directory
        guard indices.contains(where: { dataset.partitions[$0] == .train }) else {
            throw CurateError(
                .usage, "no training example is left to copy", at: directory, remedy: "keep at least one")
        }
        let own = try DirectoryListing.isDirectory(source) ? source : DirectoryListing.split(source).directory
        guard !OutputDirectory.isSame(own, directory) else {
            throw CurateError(
                .usage, "a copy beside its original would replace or mix with it", at: directory,
                remedy: "choose another directory")
        }
        return try dataset.format.write(self, files)
    }

    /// The copied examples of one partition.
    func indices(of partition: Partition) -> [Int] { indices.filter { dataset.partitions[$0] == partition } }

    /// The bytes of one example.
    func row(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: dataset.features.row(index), count: dataset.features.rowByteCount)
    }

    /// Writes the names of the classes, unless a reader would come to the same names without them.
    func writeClassNames(to files: OutputFileSet) throws {
        let names = dataset.classNames
        let largest = indices.map { labels[$0] }.max() ?? 0
        if names == (0...Int(largest)).map(String.init) { return }
        try write(names, as: ClassNames.fileName, to: files)
    }

    /// Writes one name a line.
    func write(_ names: [String], as fileName: String, to files: OutputFileSet) throws {
        if let name = names.first(where: { $0.contains(where: \.isNewline) || $0.trimmingSpaces() != $0 || $0.isEmpty })
        {
            throw CurateError(
                .cannotCreateOutput, "the class name '\(name)' cannot stand on a line of its own",
                at: OutputDirectory.path(fileName, in: files.directory),
                remedy: "rename the class in the data")
        }
        let file = try files.file(fileName)
        for name in names { try file.write(name + "\n") }
    }
}
