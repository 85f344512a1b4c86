/// Arrays that belong together, and what lies beside them: a directory, a file with its neighbours, or an archive.
struct NPYSource {
    /// The arrays, partition by partition.
    let pairs: [NPYReader.Pair]
    /// What was named.
    let path: String
    let format: DatasetFormat
    /// The names of the classes, from a list beside the arrays.
    let classNames: [String]?
    /// The table that says what the examples are.
    let metadata: ArrayMetadata?

    /// What the ids of the arrays are; nil when they carry none.
    var idKind: ArrayColumn.Kind? {
        let columns = pairs.compactMap(\.ids)
        return columns.isEmpty ? nil : columns.contains(where: \.isText) ? .text : .number
    }

    init(
        pairs: [NPYReader.Pair], path: String, format: DatasetFormat, classNames: [String]?, metadata: ArrayMetadata?
    ) {
        self.pairs = pairs
        self.path = path
        self.format = format
        self.classNames = classNames
        self.metadata = metadata
    }

    /// Opens a directory, or one features file with what lies beside it.
    init(path: String, options: DatasetOptions) throws {
        let isDirectory = try DirectoryListing.isDirectory(path)
        let (directory, name) = isDirectory ? (path, "") : DirectoryListing.split(path)
        let listing = try DirectoryListing(path: directory)
        let metadata = try ArrayMetadata.beside(listing, options: options)
        let pairs: [NPYReader.Pair]
        if isDirectory {
            let names = try NPYReader.files(in: listing)
            guard !names.isEmpty else {
                throw CurateError(
                    .missingInput, "there are no arrays of features and labels in the directory", at: path,
                    remedy: ArrayNames.expectation)
            }
            func file(_ name: String) -> String { listing.path(of: name + ".npy") }
            // Of two sources of labels the table is the one.
            pairs = try names.map { names in
                NPYReader.Pair(
                    partition: names.partition, features: try NPYArray(path: file(names.features)),
                    labels: metadata?.label == nil ? try names.labels.map { try ArrayColumn(path: file($0)) } : nil,
                    ids: try names.ids.map { try ArrayColumn(path: file($0)) })
            }
        } else {
            let labels = options.labelsPath
            func beside(_ role: ArrayNames.Role) throws -> ArrayColumn? {
                try Self.array(role, beside: name, in: listing).map { try ArrayColumn(path: $0) }
            }
            pairs = [
                NPYReader.Pair(
                    partition: .train, features: try NPYArray(path: path),
                    labels: metadata?.label != nil && labels == nil
                        ? nil : try labels.map { try ArrayColumn(path: $0) } ?? beside(.labels),
                    ids: try beside(.ids))
            ]
        }
        self.init(
            pairs: pairs, path: path, format: .npy, classNames: try ClassNames.beside(listing), metadata: metadata)
    }

    /// Opens an archive with what lies beside it.
    init(archive path: String, options: DatasetOptions) throws {
        let listing = try DirectoryListing(path: DirectoryListing.split(path).directory)
        try self.init(
            archive: InputBytes(contentsOf: path), classNames: ClassNames.beside(listing),
            metadata: ArrayMetadata.beside(listing, options: options))
    }

    /// Opens an archive in memory.
    init(archive input: InputBytes, classNames: [String]?, metadata: ArrayMetadata?) throws {
        let archive = try ZIPArchive(parsing: input)
        var members: [String: ZIPArchive.Member] = [:]
        for member in archive.members where member.name.hasSuffix(".npy") {
            let key = String(member.name.dropLast(4))
            guard members.updateValue(member, forKey: key) == nil else {
                throw input.badData("the archive holds two arrays named \(key)", remedy: "write it again")
            }
        }
        let names = try ArrayNames.pairs(among: members.keys.sorted(), at: input.path)
        guard !names.isEmpty else {
            let keys = members.keys.sorted().prefix(12).joined(separator: ", ")
            throw input.badData(
                "no features and labels are among the archive's keys (\(keys.isEmpty ? "none" : keys))",
                remedy: ArrayNames.expectation)
        }
        func content(_ key: String) throws -> InputBytes {
            guard let member = members[key] else { preconditionFailure("a key that was just listed") }
            return try archive.content(of: member)
        }
        let pairs = try names.map { names in
            NPYReader.Pair(
                partition: names.partition, features: try NPYArray(parsing: content(names.features)),
                labels: metadata?.label == nil ? try names.labels.map { try ArrayColumn(parsing: content($0)) } : nil,
                ids: try names.ids.map { try ArrayColumn(parsing: content($0)) })
        }
        self.init(pairs: pairs, path: input.path, format: .npz, classNames: classNames, metadata: metadata)
    }

    /// The path of the array of a role whose name says the same partition as that of the features; nil when there is
    /// none.
    private static func array(
        _ role: ArrayNames.Role, beside name: String, in listing: DirectoryListing
    ) throws -> String? {
        let plain = name.hasSuffix(".npy") ? String(name.dropLast(4)) : name
        let partition = ArrayNames.meaning(of: plain)?.partition
        let candidates = listing.names.filter { candidate in
            guard candidate.hasSuffix(".npy"), let meaning = ArrayNames.meaning(of: String(candidate.dropLast(4)))
            else { return false }
            return meaning.role == role && meaning.partition == partition
        }
        guard candidates.count == 1 || (role == .ids && candidates.isEmpty), let found = candidates.first else {
            if role == .ids && candidates.isEmpty { return nil }
            throw CurateError(
                .missingInput,
                "there are \(candidates.isEmpty ? "no" : "several") \(role.rawValue) files for these features",
                at: listing.path(of: name),
                remedy: "call the two files features.npy and \(role.rawValue).npy, or X_train.npy and "
                    + (role == .labels ? "y_train.npy" : "ids_train.npy"))
        }
        return listing.path(of: found)
    }
}
