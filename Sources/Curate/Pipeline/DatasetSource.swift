/// Where a dataset is and how it is read, as a pipeline or a command line says.
public struct DatasetSource: Sendable, Equatable {
    /// A file or directory, relative to the current directory or absolute.
    public var path: String
    /// How it is read.
    public var options: DatasetOptions
    /// The share of training examples to set aside for validation; 0 for none.
    public var validationFraction: Double

    /// The seed that chooses the validation set: fixed, so that every command and every run speaks of the same examples.
    public static let validationSeed: UInt64 = 0

    /// Describes a dataset.
    public init(path: String, options: DatasetOptions = DatasetOptions(), validationFraction: Double = 0) {
        self.path = path
        self.options = options
        self.validationFraction = validationFraction
    }

    /// Reads the dataset, with its validation set carved out if one is asked for.
    ///
    /// - Parameter threadCount: how many threads decode images; the result does not depend on it.
    public func load(threadCount: Int = 1) throws -> Dataset {
        let dataset = try DatasetLoader.load(path: path, options: options, threadCount: threadCount)
        guard validationFraction > 0 else { return dataset }
        return try dataset.carvingValidation(fraction: validationFraction, seed: Self.validationSeed)
    }
}

extension DatasetSource {
    private static let delimiters: [(name: String, byte: UInt8)] = [
        ("comma", UInt8(ascii: ",")), ("tab", UInt8(ascii: "\t")), ("semicolon", UInt8(ascii: ";")),
        ("bar", UInt8(ascii: "|")),
    ]
    private static let layouts: [(name: String, layout: FeatureMatrix.Layout)] = [
        ("channels-last", .channelsLast), ("channels-first", .channelsFirst),
    ]

    /// What the `dataset` of a pipeline file takes.
    static let parameters: [StageParameter] = [
        StageParameter(
            "path", .file(endings: []), isRequired: true,
            help: "The directory or file that holds the data, relative to the pipeline file.",
            knownElsewhereAs: ["file", "dir", "directory", "data", "root"]),
        StageParameter(
            "format", .word(DatasetFormat.allCases.map(\.rawValue)), absent: "found by looking",
            help: "How to read the data.", knownElsewhereAs: ["type"]),
        StageParameter(
            "label", .text, absent: "label, class, target or y, else the last",
            help: "The CSV column that holds the label, by name or position.",
            knownElsewhereAs: ["target", "labelColumn"]),
        StageParameter(
            "id", .text, absent: "positions as names", help: "The CSV column that names each example.",
            knownElsewhereAs: ["index", "idColumn"]),
        StageParameter(
            "group", .texts, absent: "none", help: "CSV columns to break results down by, for instance sex or source.",
            knownElsewhereAs: ["groups"]),
        StageParameter(
            "split", .text, absent: "the files' own split",
            help: "The CSV column that says train, validation or test.", knownElsewhereAs: ["partition"]),
        StageParameter(
            "ignore", .texts, absent: "none", help: "CSV columns to leave out of the features.",
            knownElsewhereAs: ["drop", "exclude"]),
        StageParameter(
            "image",
            .checked(placeholder: "a size like \"28x28\" or \"32x32x3\"") { text in
                if FeatureMatrix.Shape(parsing: text) != nil { return nil }
                return ValueMismatch("must be a size like \"28x28\" or \"32x32x3\", not \"\(text)\"")
            }, absent: "plain vectors", help: "Read each row of a CSV or a flat array as an image of this size.",
            knownElsewhereAs: ["shape", "imageShape"]),
        StageParameter(
            "imageSize", .integer(1...4096), absent: "the images' own size",
            help: "Scale the images of a folder so that the short side has this length, and crop the middle.",
            knownElsewhereAs: ["imageEdge", "resize", "resolution", "size"]),
        StageParameter(
            "layout", .word(layouts.map(\.name)), absent: "told by the extents",
            help: "The order of the numbers of each image in NumPy arrays.", knownElsewhereAs: ["dataFormat"]),
        StageParameter(
            "dropUnlabelled", .boolean, default: false,
            help: "Whether to leave out examples without a label instead of refusing them.",
            knownElsewhereAs: ["dropUnlabeled"]),
        StageParameter(
            "header", .boolean, absent: "found by looking", help: "Whether the first CSV row holds the column names."),
        StageParameter(
            "delimiter", .word(delimiters.map(\.name)), absent: "found by looking",
            help: "What separates the fields of a CSV.", knownElsewhereAs: ["sep", "separator"]),
        StageParameter(
            "validation", .number(.from(0, below: 1)), default: 0,
            help: "The share of the training examples to set aside for validation when the data has no such part.",
            knownElsewhereAs: ["val", "validationFraction", "validationSplit"]),
    ]

    /// A source from the checked values of a file.
    init(_ values: StageValues, path: String) {
        var options = DatasetOptions()
        options.format = values["format"]?.stringValue.flatMap { DatasetFormat(rawValue: $0) }
        options.imageShape = values["image"]?.stringValue.flatMap { FeatureMatrix.Shape(parsing: $0) }
        options.imageEdge = values["imageSize"]?.intValue
        let layout = values["layout"]?.stringValue
        options.imageLayout = Self.layouts.first { $0.name == layout }?.layout
        let delimiter = values["delimiter"]?.stringValue
        options.csv.delimiter = Self.delimiters.first { $0.name == delimiter }?.byte
        options.csv.hasHeader = values["header"]?.boolValue
        options.csv.label = values["label"]?.stringValue
        options.csv.id = values["id"]?.stringValue
        options.csv.groups = values.texts("group")
        options.csv.split = values["split"]?.stringValue
        options.csv.ignored = values.texts("ignore")
        options.csv.dropsUnlabelled = values.truth("dropUnlabelled")
        self.init(path: path, options: options, validationFraction: values.number("validation"))
    }

    /// A column has one role; the same one as label and group would leak the answer into the question.
    static func rolesComplaints(_ values: StageValues) -> [StageComplaint] {
        let single = ["label", "id", "split"].compactMap { role in values[role]?.stringValue.map { ($0, role) } }
        let several = ["group", "ignore"].flatMap { role in values.texts(role).map { ($0, role) } }
        var seen: [String: String] = [:]
        return (single + several).compactMap { column, role in
            guard let earlier = seen.updateValue(role, forKey: column) else { return nil }
            return StageComplaint(
                role, "names the column '\(column)', which is given to '\(earlier)' already",
                suggestion: "give each column one role")
        }
    }
}
