/// The lists of CelebA: which images there are, their attributes, and their partitions.
///
/// Z. Liu, P. Luo, X. Wang and X. Tang, "Deep learning face attributes in the wild", ICCV 2015. The images lie in
/// `img_align_celeba`; beside it are `list_attr_celeba` and `list_eval_partition`, as the authors wrote them (`.txt`, a
/// line with the count and one with the names, then columns between spaces) or with commas and a header (`.csv`).
struct CelebALists {
    /// The path of each image from the folder, in the order of the dataset.
    let paths: [String]
    let partitions: [Partition]
    /// The class of each image: 0 without the attribute, 1 with it.
    let labels: [Int32]
    let classNames: [String]
    /// The attribute that is the class.
    let labelName: String
    /// The attributes that were asked for as groups.
    let groups: [GroupColumn]
    let notes: [String]

    private static let imageDirectory = "img_align_celeba"
    private static let attributeStem = "list_attr_celeba"
    private static let partitionStem = "list_eval_partition"
    /// What worst groups are measured on in most papers.
    private static let usualLabel = "Blond_Hair"

    /// Whether a directory holds CelebA.
    static func recognises(_ listing: DirectoryListing) -> Bool {
        name(attributeStem, in: listing) != nil && listing.isDirectory(imageDirectory)
    }

    /// Reads the lists.
    ///
    /// - Parameters:
    ///   - listing: the folder.
    ///   - options: which attribute is the class, and which are groups.
    /// - Throws: `usage` when no attribute is named or one is named that there is not, `badData` when the lists are damaged
    ///   or do not fit together.
    init(_ listing: DirectoryListing, options: CSVOptions) throws {
        guard let name = Self.name(Self.attributeStem, in: listing) else {
            preconditionFailure("a list that was found")
        }
        guard options.id == nil, options.split == nil, options.ignored.isEmpty else {
            throw CurateError(
                .usage, "`id`, `split` and `ignore` say nothing of CelebA, whose lists are known", at: listing.path,
                remedy: "leave them out")
        }
        let input = try listing.open(name)
        var lines = try CelebALines(input)
        let attributes = try Self.header(&lines)
        guard let labelName = options.label else {
            throw CurateError(
                .usage, "CelebA has \(attributes.count) attributes, and none is said to be the class",
                at: listing.path,
                remedy: "name it with `label`, for instance "
                    + "`label: \(attributes.contains(Self.usualLabel) ? Self.usualLabel : attributes[0])`")
        }
        func column(_ attribute: String) throws -> Int {
            if let found = attributes.firstIndex(of: attribute) { return found + 1 }
            let guess = Suggestion.nearest(to: attribute, among: attributes)
            throw CurateError(
                .usage, "there is no attribute '\(attribute)'", at: input.path,
                remedy: guess.map { "did you mean '\($0)'?" }
                    ?? "the attributes are \(attributes.prefix(20).joined(separator: ", "))")
        }
        let label = try column(labelName)
        let asked = options.groups.filter { $0 != GroupDefinition.labelWord && $0 != labelName }
        let columns = try asked.map(column)

        // Kaggle's archive has the directory twice.
        let inner = "\(Self.imageDirectory)/\(Self.imageDirectory)"
        let directory = DirectoryListing.exists(listing.path(of: inner)) ? inner : Self.imageDirectory
        var paths: [String] = []
        var labels: [Int32] = []
        var values = columns.map { _ in [Bool]() }
        while let fields = lines.next() {
            guard fields.count == attributes.count + 1 else {
                throw lines.failure("the line has \(fields.count) fields, \(attributes.count + 1) are expected")
            }
            paths.append("\(directory)/\(try Self.imageName(fields[0], lines))")
            labels.append(try Self.has(fields[label], lines) ? 1 : 0)
            for (number, column) in columns.enumerated() { values[number].append(try Self.has(fields[column], lines)) }
        }
        if let declared = lines.declaredCount, declared != paths.count {
            throw input.badData(
                "the list says it has \(declared) images, and it has \(paths.count)",
                remedy: "it was cut short; fetch it again")
        }
        guard !paths.isEmpty else { throw input.badData("the list has no images") }
        var notes = ["CelebA: the class is '\(labelName)'"]
        let partitions = try Self.partitions(of: paths, directory, in: listing)
        if partitions == nil {
            notes.append("there is no \(Self.partitionStem), so that every image is for training")
        }
        let order = PartitionOrder(partitions ?? [Partition](repeating: .train, count: paths.count))
        self.paths = order.apply(to: paths)
        self.partitions = order.apply(to: partitions ?? [Partition](repeating: .train, count: paths.count))
        self.labels = order.apply(to: labels)
        classNames = [Self.text(labelName, false), Self.text(labelName, true)]
        self.labelName = labelName
        groups = zip(asked, values).map { name, values in
            GroupColumn(name: name, values: order.apply(to: values).map { Self.text(name, $0) })
        }
        self.notes = notes
    }

    /// The names of the attributes; the first line may be the count.
    private static func header(_ lines: inout CelebALines) throws -> [String] {
        var fields = lines.next()
        if let first = fields, first.count == 1, let count = Int(first[0]) {
            lines.declaredCount = count
            fields = lines.next()
        }
        guard var names = fields, names.count > 1 else {
            throw lines.failure("the line with the names of the attributes is missing")
        }
        // With commas the column of images has a name as well; with spaces it has none.
        if lines.declaredCount == nil { names.removeFirst() }
        return names
    }

    private static func partitions(
        of paths: [String], _ directory: String, in listing: DirectoryListing
    ) throws -> [Partition]? {
        guard let name = name(partitionStem, in: listing) else { return nil }
        let input = try listing.open(name)
        var lines = try CelebALines(input)
        var told: [String: Partition] = [:]
        var isFirst = true
        while let fields = lines.next() {
            defer { isFirst = false }
            if isFirst && fields.count == 2 && UInt8(fields[1]) == nil { continue }
            guard fields.count == 2, let partition = UInt8(fields[1]).flatMap({ Partition(rawValue: $0) }) else {
                throw lines.failure("the line is not an image and 0, 1 or 2")
            }
            told["\(directory)/\(fields[0])"] = partition
        }
        return try paths.map { path in
            guard let partition = told[path] else {
                throw input.badData(
                    "there is no partition for \(path)",
                    remedy: "the two lists do not belong together; fetch them again")
            }
            return partition
        }
    }

    /// A name in the directory of images, and no way out of it.
    private static func imageName(_ text: String, _ lines: CelebALines) throws -> String {
        guard !text.contains("/"), !text.hasPrefix("."), ImageFiles.isImage(text) else {
            throw lines.failure("'\(text)' is not the name of an image")
        }
        return text
    }

    private static func has(_ text: String, _ lines: CelebALines) throws -> Bool {
        switch text {
        case "1": return true
        case "-1", "0": return false
        default: throw lines.failure("'\(text)' is not 1 or -1")
        }
    }

    private static func text(_ attribute: String, _ has: Bool) -> String { has ? attribute : "not " + attribute }

    private static func name(_ stem: String, in listing: DirectoryListing) -> String? {
        [".csv", ".txt"].map { stem + $0 }.first(where: listing.contains)
    }
}

/// Lines of fields between commas, spaces or tabs.
struct CelebALines {
    private let input: InputBytes
    private var position = 0
    private var line = 0
    /// How many images a first line says there are.
    var declaredCount: Int?

    init(_ input: InputBytes) throws {
        try input.requireUTF8()
        self.input = input
    }

    /// The fields of the next line that is not blank; nil at the end.
    mutating func next() -> [String]? {
        while position < input.count {
            line += 1
            var fields: [String] = []
            var start = position
            func end(_ place: Int) {
                if place > start { fields.append(String(decoding: input.bytes[start..<place], as: UTF8.self)) }
                start = place + 1
            }
            var hasEnded = false
            while position < input.count && !hasEnded {
                let byte = input.bytes[position]
                if byte == 0x0a { hasEnded = true }
                if byte <= 0x20 || byte == UInt8(ascii: ",") { end(position) }
                position += 1
            }
            if !hasEnded { end(position) }
            if !fields.isEmpty { return fields }
        }
        return nil
    }

    /// An error at the line that was read last.
    func failure(_ message: String) -> CurateError {
        CurateError(.badData, message, at: "\(input.path):\(line)", remedy: "fetch the list again")
    }
}
