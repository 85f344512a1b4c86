/// Where a dataset is and how it is read, as a pipeline or a command line says.
public struct DatasetSource: Sendable {
    /// A file or directory, relative to the current directory or absolute.
    package let path: String
    /// What is said of how to read it, by the names of `parameters`.
    private let values: StageValues

    /// The seed that chooses the validation set: fixed, so that every command and every run speaks of the same examples.
    package static let validationSeed: UInt64 = 0

    /// Describes a dataset.
    ///
    /// - Parameters:
    ///   - path: a file or directory.
    ///   - given: values of some of `parameters` besides the path, by name.
    /// - Throws: `CurateError(.usage)` for the first that is wrong.
    public init(path: String, _ given: [String: JSONValue] = [:]) throws {
        var checked: [String: JSONValue] = [:]
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let parameter = Self.parameters.first(where: { $0.name == name }) else {
                throw CurateError(.usage, "a dataset has no parameter '\(name)'")
            }
            do throws(ValueMismatch) {
                checked[name] = try parameter.checked(value)
            } catch {
                throw CurateError(.usage, "`\(name)` \(error.message)", remedy: error.suggestion)
            }
        }
        let values = StageValues(checked, of: Self.parameters)
        if let complaint = Self.rolesComplaints(values).first {
            let subject = complaint.parameter.map { "`\($0)` " } ?? ""
            throw CurateError(.usage, subject + complaint.message, remedy: complaint.suggestion)
        }
        self.init(values, path: path)
    }

    /// A source from checked values.
    init(_ values: StageValues, path: String) {
        self.values = values
        self.path = path
    }

    /// Reads the dataset, with its validation set carved out if one is asked for.
    ///
    /// - Parameter threadCount: how many threads decode images; the result does not depend on it.
    package func load(threadCount: Int = 1) throws -> Dataset {
        let dataset = try DatasetLoader.load(path: path, options: options, threadCount: threadCount)
        let share = values.number("validation")
        let parted =
            share > 0 ? try dataset.carvingValidation(fraction: share, seed: Self.validationSeed) : dataset
        return try parted.grouped(by: groupDefinitions)
    }

    /// The values that were given, without the path, by the names of their parameters.
    package var given: [String: JSONValue] {
        var given: [String: JSONValue] = [:]
        for parameter in Self.parameters where values.isGiven(parameter.name) && parameter.name != "path" {
            given[parameter.name] = values[parameter.name]
        }
        return given
    }

    /// The groups that are asked for; their texts were checked.
    private var groupDefinitions: [GroupDefinition] {
        values.texts("group").compactMap { try? GroupDefinition(parsing: $0) }
    }

    /// How the files are read.
    package var options: DatasetOptions {
        var options = DatasetOptions()
        options.format = values["format"]?.stringValue.flatMap { DatasetFormat(rawValue: $0) }
        options.imageShape = values["image"]?.stringValue.flatMap { FeatureMatrix.Shape(parsing: $0) }
        options.imageEdge = values["imageSize"]?.intValue
        let layout = values["layout"]?.stringValue
        options.imageLayout = Self.layouts.first { $0.name == layout }?.layout
        let delimiter = values["delimiter"]?.stringValue
        options.csv.delimiter = Self.delimiters.first { $0.name == delimiter }?.byte
        options.csv.hasHeader = values["header"]?.boolValue
        options.metadataPath = values["metadata"]?.stringValue
        options.csv.label = values["label"]?.stringValue
        options.csv.id = values["id"]?.stringValue
        let groups = groupDefinitions
        for column in groups.flatMap(\.columns) where !options.csv.groups.contains(column) {
            options.csv.groups.append(column)
        }
        // A condition on an age makes no feature less of it; what the groups are is another matter.
        let products = groups.flatMap { group in
            if case .product(let columns) = group.rule { columns } else { [String]() }
        }
        options.csv.featureGroups = Set(options.csv.groups)
        if !values.truth("groupAsFeature") { options.csv.featureGroups.subtract(products) }
        options.csv.split = values["split"]?.stringValue
        options.csv.ignored = values.texts("ignore")
        options.csv.dropsUnlabelled = values.truth("dropUnlabelled")
        return options
    }
}

extension DatasetSource {
    private static let reading = "READING FILES"
    private static let delimiters: [(name: String, byte: UInt8)] = [
        ("comma", UInt8(ascii: ",")), ("tab", UInt8(ascii: "\t")), ("semicolon", UInt8(ascii: ";")),
        ("bar", UInt8(ascii: "|")),
    ]
    private static let layouts: [(name: String, layout: FeatureMatrix.Layout)] = [
        ("channels-last", .channelsLast), ("channels-first", .channelsFirst),
    ]

    /// What the `dataset` of a pipeline file takes.
    package static let parameters: [Parameter] = [
        Parameter(
            "path", .input, isRequired: true,
            help: """
                The dataset: a directory of IDX or CIFAR files, NumPy arrays or images in directories by class, or one \
                .npy, .npz, .safetensors, .csv or .csv.gz file.
                """, option: "data",
            knownElsewhereAs: ["file", "dir", "directory", "data", "root"]),
        Parameter(
            "format", .word(DatasetFormat.allCases.map(\.rawValue)), absent: "found by looking",
            help: "How to read the data.", shownAs: "format", knownElsewhereAs: ["type"]),
        Parameter(
            "label", .text, absent: "label, class, target or y, else the last",
            help:
                "The column of a CSV or of metadata that holds the label, by name or position; of CelebA an attribute.",
            shownAs: "column",
            knownElsewhereAs: ["target", "labelColumn"]),
        Parameter(
            "id", .text, absent: "positions as names", help: "The CSV column that names each example.",
            shownAs: "column",
            knownElsewhereAs: ["index", "idColumn"]),
        Parameter(
            "group",
            .list(
                .checked(placeholder: "a column, a product like sex*label, or a condition like 'senior: age >= 65'") {
                    text in
                    do {
                        _ = try GroupDefinition(parsing: text)
                        return nil
                    } catch let error as CurateError {
                        return ValueMismatch(
                            "holds something else than groups: \(error.message)", suggestion: error.remedy)
                    } catch {
                        preconditionFailure("definitions of groups fail with something to tell")
                    }
                }), absent: "every attribute column, for formats that have them",
            help: """
                The groups to break results down by: columns (sex), products of columns (sex*label), or named \
                conditions ('senior: age >= 65').
                """, shownAs: "column,...", knownElsewhereAs: ["groups", "groupBy", "attribute", "sensitive"]),
        Parameter(
            "groupAsFeature", .boolean, default: false,
            help: "Whether columns that groups are made of are features too; columns of conditions always are.",
            section: reading),
        Parameter(
            "metadata", .input, absent: "metadata.csv beside the arrays, if there is one",
            help: """
                The table beside arrays that holds labels, parts, ids and groups, joined by id when the arrays \
                have ids, else by order.
                """, shownAs: "file",
            knownElsewhereAs: ["metadataFile", "meta", "attributes"]),
        Parameter(
            "split", .text, absent: "the files' own split",
            help: "The CSV column that says train, validation or test.", shownAs: "column",
            knownElsewhereAs: ["partition"]),
        Parameter(
            "ignore", .list(.text), absent: "none", help: "CSV columns to leave out of the features.",
            shownAs: "column,...",
            knownElsewhereAs: ["drop", "exclude"]),
        Parameter(
            "image",
            .checked(placeholder: "a size like 28x28 or 32x32x3") { text in
                if FeatureMatrix.Shape(parsing: text) != nil { return nil }
                return ValueMismatch("must be a size like 28x28 or 32x32x3, not \"\(text)\"")
            }, absent: "plain vectors", help: "Read each row of a CSV or a flat array as an image of this size.",
            shownAs: "size",
            knownElsewhereAs: ["shape", "imageShape"]),
        Parameter(
            "imageSize", .integer(1...4096), absent: "the images' own size",
            help: "Scale the images of a folder so that the short side has this length, and crop the middle.",
            shownAs: "pixels", section: reading,
            knownElsewhereAs: ["imageEdge", "imgSize", "resize", "resolution", "size"]),
        Parameter(
            "layout", .word(layouts.map(\.name)), absent: "told by the extents",
            help: "The order of the numbers of each image in NumPy arrays.", shownAs: "layout", section: reading,
            knownElsewhereAs: ["dataFormat"]),
        Parameter(
            "dropUnlabelled", .boolean, default: false,
            help: "Whether to leave out examples without a label instead of refusing them.", section: reading,
            knownElsewhereAs: ["dropUnlabeled"]),
        Parameter(
            "header", .boolean, absent: "found by looking", help: "Whether the first CSV row holds the column names.",
            section: reading),
        Parameter(
            "delimiter", .word(delimiters.map(\.name)), absent: "found by looking",
            help: "What separates the fields of a CSV.", shownAs: "name", section: reading,
            knownElsewhereAs: ["sep", "separator"]),
        Parameter(
            "validation", .number(.from(0, below: 1)), default: 0,
            help: "The share of the training examples to set aside for validation when the data has no such part.",
            shownAs: "fraction",
            knownElsewhereAs: ["val", "valFraction", "validationFraction", "validationSplit"]),
    ]

    /// A column has one role; the same one as label and group would leak the answer into the question.
    static func rolesComplaints(_ values: StageValues) -> [StageComplaint] {
        let single = ["label", "id", "split"].compactMap { role in values[role]?.stringValue.map { ($0, role) } }
        let groups = values.texts("group").flatMap { (try? GroupDefinition(parsing: $0))?.columns ?? [] }
        let several =
            Set(groups).sorted(by: bytewise).map { ($0, "group") } + values.texts("ignore").map { ($0, "ignore") }
        var seen: [String: String] = [:]
        return (single + several).compactMap { column, role in
            // The class may take part in a group: that is what most papers call a group.
            guard let earlier = seen.updateValue(role, forKey: column), (earlier, role) != ("label", "group") else {
                return nil
            }
            return StageComplaint(
                role, "names the column '\(column)', which is given to `\(earlier)` already",
                suggestion: "give each column one role")
        }
    }
}
