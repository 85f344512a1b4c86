/// Which images an image folder holds, and what is said about them; no image has been opened yet.
///
/// Either the lists of CelebA or `metadata.csv` name the images, or directories sort them: `class/image`, or `train/class/image` with
/// `validation` and `test` beside. An example is called by its path from the folder.
package struct ImageFolderIndex {
    /// One image.
    struct Entry: Equatable {
        /// The path from the folder.
        let path: String
        let partition: Partition
        let label: Int32
    }

    /// The folder.
    let folder: String
    /// The images, partition by partition.
    let entries: [Entry]
    let classNames: [String]
    /// The name of each image: its path, unless a column names it.
    let ids: [String]
    let groups: [GroupColumn]
    /// What the table of the folder calls the column of classes; nil when the directories tell the class.
    let labelName: String?
    /// The table that lists the images; nothing when directories sort them.
    let metadata: ImageMetadata?
    /// What was decided without being told.
    let notes: [String]

    /// The most names that a note lists.
    private static let namedCount = 3

    /// Whether a directory is an image folder, by a look at a few of its directories.
    package static func recognises(_ listing: DirectoryListing) throws -> Bool {
        if try CelebALists.recognises(listing) || ImageMetadata.recognises(listing) { return true }
        return try listing.visibleDirectories.contains { name in
            let inner = try DirectoryListing(path: listing.path(of: name))
            if ImageFiles.areImages(in: inner) { return true }
            return try inner.visibleDirectories.contains { own in
                ImageFiles.areImages(in: try DirectoryListing(path: inner.path(of: own)))
            }
        }
    }

    /// Looks at the names in a folder, and at its metadata.
    ///
    /// - Throws: `missingInput` when there are no images, `badData` when what is said about them does not fit together,
    ///   `usage` when an option does not.
    package init(folder: String, options: CSVOptions) throws {
        let listing = try DirectoryListing(path: folder)
        if CelebALists.recognises(listing) {
            self.init(try CelebALists(listing, options: options), in: listing)
            return
        }
        let classNames = try ClassNames.beside(listing)
        if listing.contains(ImageMetadata.fileName) {
            try self.init(ImageMetadata(listing, options: options), in: listing, classNames: classNames)
        } else {
            guard options == CSVOptions() else {
                throw CurateError(
                    .usage, "options for columns are given, and there is no \(ImageMetadata.fileName)", at: folder,
                    remedy: "leave them out, or write \(ImageMetadata.fileName) with a row for each image")
            }
            try self.init(directoriesOf: listing, classNames: classNames)
        }
    }

    private init(_ lists: CelebALists, in listing: DirectoryListing) {
        folder = listing.path
        entries = lists.paths.indices.map { number in
            Entry(path: lists.paths[number], partition: lists.partitions[number], label: lists.labels[number])
        }
        classNames = lists.classNames
        ids = lists.paths
        groups = lists.groups
        labelName = lists.labelName
        metadata = nil
        notes = lists.notes
    }

    private init(_ metadata: ImageMetadata, in listing: DirectoryListing, classNames: [String]?) throws {
        let (names, labels) = try metadata.classes(named: classNames)
        let survey = metadata.survey
        let entries = metadata.paths.indices.map { row in
            Entry(path: metadata.paths[row], partition: metadata.partitions[row], label: labels[row])
        }
        folder = listing.path
        self.classNames = names
        self.entries = metadata.order.apply(to: entries)
        ids = metadata.order.apply(to: survey.ids)
        groups = metadata.groupColumns
        labelName = metadata.table.dialect.columnNames[metadata.table.label]
        self.metadata = metadata
        let listed = Set(metadata.paths)
        let unlisted = try ImageFiles(below: listing.path).images.filter { !listed.contains($0) }
        var notes = metadata.notes
        if !unlisted.isEmpty {
            notes.append("\(unlisted.count) images are not in \(ImageMetadata.fileName): \(Self.sample(unlisted))")
        }
        self.notes = notes
    }

    private init(directoriesOf listing: DirectoryListing, classNames given: [String]?) throws {
        let parts = try Self.parts(of: listing)
        var found: [(partition: Partition, className: String, images: [String])] = []
        var emptyDirectories: [String] = []
        var strays: [String] = []
        for (partition, directory) in parts {
            let own = directory.isEmpty ? listing : try DirectoryListing(path: listing.path(of: directory))
            func path(_ name: String) -> String { directory.isEmpty ? name : "\(directory)/\(name)" }
            for name in own.visibleDirectories {
                let files = try ImageFiles(below: listing.path, in: path(name))
                try files.checkEndings(at: listing.path)
                strays += files.others
                if files.images.isEmpty {
                    emptyDirectories.append(path(name))
                } else {
                    found.append((partition, name, files.images))
                }
            }
            // Beside the classes; the names of classes and what copies come with are no strays.
            strays += own.visibleNames.filter { ImageFiles.isImage($0) }.map(path)
        }
        guard !found.isEmpty else {
            throw CurateError(
                .missingInput, "there are no images in directories of classes", at: listing.path,
                remedy: "put PNG or JPEG files into a directory for each class, or list them in "
                    + ImageMetadata.fileName)
        }
        let names = given ?? Set(found.map(\.className)).sorted(by: bytewise)
        let numbers = Dictionary(zip(names, names.indices.map { Int32($0) }), uniquingKeysWith: { first, _ in first })
        var entries: [Entry] = []
        for partition in Partition.allCases {
            for (own, className, images) in found where own == partition {
                guard let label = numbers[className] else {
                    throw CurateError(
                        .badData, "the directory of the class '\(className)' is not in the list of class names",
                        at: listing.path, remedy: "add it to class_names.txt, or remove the list")
                }
                entries += images.map { Entry(path: $0, partition: partition, label: label) }
            }
        }
        folder = listing.path
        self.entries = entries
        classNames = names
        ids = entries.map(\.path)
        groups = []
        labelName = nil
        metadata = nil
        var notes: [String] = []
        if !emptyDirectories.isEmpty {
            notes.append("directories without images were left out: \(Self.sample(emptyDirectories))")
        }
        if !strays.isEmpty {
            notes.append(
                "\(strays.count) files that are no images, or not in a class, were left out: \(Self.sample(strays))")
        }
        let others = parts[0].directory.isEmpty ? [] : listing.visibleDirectories.filter { Partition(word: $0) == nil }
        if !others.isEmpty {
            notes.append("directories beside those of the partitions were left out: \(Self.sample(others))")
        }
        self.notes = notes
    }

    /// The directories that hold those of classes: of the partitions, or the folder itself.
    ///
    /// A directory called `train` is a class when images lie in it, and a partition when directories do.
    private static func parts(of listing: DirectoryListing) throws -> [(partition: Partition, directory: String)] {
        let directories = listing.visibleDirectories
        let holdsClasses = try directories.contains { name in
            guard Partition(word: name) == .train else { return false }
            let inner = try DirectoryListing(path: listing.path(of: name))
            return !ImageFiles.areImages(in: inner) && !inner.visibleDirectories.isEmpty
        }
        guard holdsClasses else { return [(.train, "")] }
        let parts = directories.compactMap { name in Partition(word: name).map { (partition: $0, directory: name) } }
        for partition in Partition.allCases {
            let own = parts.filter { $0.partition == partition }
            guard own.count < 2 else {
                throw CurateError(
                    .badData, "\(own[0].directory) and \(own[1].directory) are both the \(partition.name) images",
                    at: listing.path, remedy: "rename one of the two, or name one of them instead of the folder")
            }
        }
        return parts
    }

    private static func sample(_ names: [String]) -> String {
        names.prefix(namedCount).joined(separator: ", ") + (names.count > namedCount ? ", ..." : "")
    }
}
