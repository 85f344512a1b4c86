import Curate

extension ValueFormat where Value == FeatureMatrix.Shape {
    /// The size of an image, `HxW` or `HxWxC`; one channel unless said otherwise.
    package static var imageShape: ValueFormat<FeatureMatrix.Shape> {
        ValueFormat(
            placeholder: "HxW[xC]",
            parse: { text throws(ValueProblem) in
                let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
                let extents = parts.compactMap { Int($0) }.filter { $0 > 0 && $0 <= 1 << 16 }
                guard extents.count == parts.count, extents.count == 2 || extents.count == 3 else {
                    throw ValueProblem("must be a size like 28x28 or 32x32x3", shown: text)
                }
                return FeatureMatrix.Shape(
                    height: extents[0], width: extents[1], channels: extents.count == 3 ? extents[2] : 1)
            },
            describe: { "\($0.height)x\($0.width)x\($0.channels)" })
    }
}

/// The byte between the fields of a table; the raw value is what `--delimiter` takes.
package enum DelimiterName: String, Sendable, CaseIterable {
    case comma, tab, semicolon, bar

    /// The byte itself.
    package var byte: UInt8 {
        switch self {
        case .comma: UInt8(ascii: ",")
        case .tab: UInt8(ascii: "\t")
        case .semicolon: UInt8(ascii: ";")
        case .bar: UInt8(ascii: "|")
        }
    }
}

/// The order of the numbers of an image; the raw value is what `--layout` takes.
package enum LayoutName: String, Sendable, CaseIterable {
    case channelsLast = "channels-last"
    case channelsFirst = "channels-first"
}

/// Which data, and how to read it: shared by every verb that takes DATA.
package struct DataOptions: Sendable, Equatable {
    package let path: String
    /// nil: found by looking.
    package let format: DatasetFormat?
    package let labelColumn: String?
    package let idColumn: String?
    package let groupColumns: [String]
    package let splitColumn: String?
    package let ignoredColumns: [String]
    package let imageShape: FeatureMatrix.Shape?
    /// nil: the images' own size.
    package let imageEdge: Int?
    /// nil: told by the extents.
    package let imageLayout: FeatureMatrix.Layout?
    package let dropsUnlabelled: Bool
    /// nil: found by looking.
    package let hasHeader: Bool?
    /// nil: found by looking.
    package let delimiter: DelimiterName?
    package let validationFraction: Double

    private static let pathHelp = """
        The dataset: a directory of IDX or CIFAR files, NumPy arrays or images in directories by class, or one .npy, \
        .npz, .csv or .csv.gz file.
        """
    package static let pathArgument = Argument<String>.required("data", .path, help: pathHelp)
    package static let optionalPathArgument = Argument<String?>.optional("data", .path, help: pathHelp)

    package static let formatOption = Option<DatasetFormat?>.optional(
        "format", .choice(of: DatasetFormat.self).named("format"), absent: "found by looking",
        help: "How to read the data.", knownElsewhereAs: ["type"])
    package static let labelOption = Option<String?>.optional(
        "label", .text.named("column"), absent: "label, class, target or y, else the last",
        help: "The CSV column that holds the label, by name or position.", knownElsewhereAs: ["target", "label-column"])
    package static let idOption = Option<String?>.optional(
        "id", .text.named("column"), absent: "positions as names",
        help: "The CSV column that names each example.", knownElsewhereAs: ["index", "id-column"])
    package static let groupOption = Option<[String]>.repeated(
        "group", ValueFormat<String>.text.named("column").list(),
        help: "CSV columns to break results down by, for instance sex or source.", knownElsewhereAs: ["groups"])
    package static let splitOption = Option<String?>.optional(
        "split", .text.named("column"), absent: "the files' own split",
        help: "The CSV column that says train, validation or test.", knownElsewhereAs: ["partition"])
    package static let ignoreOption = Option<[String]>.repeated(
        "ignore", ValueFormat<String>.text.named("column").list(),
        help: "CSV columns to leave out of the features.", knownElsewhereAs: ["drop", "exclude"])
    package static let imageOption = Option<FeatureMatrix.Shape?>.optional(
        "image", .imageShape, absent: "plain vectors",
        help: "Read each row of a CSV or a flat array as an image of this size.",
        knownElsewhereAs: ["shape"])
    package static let imageSizeOption = Option<Int?>.optional(
        "image-size", .integer(.from(1, to: 4096)).named("pixels"), absent: "the images' own size",
        help: "Scale the images of a folder so that the short side has this length, and crop the middle.",
        knownElsewhereAs: ["resize", "resolution", "img-size"])
    package static let layoutOption = Option<LayoutName?>.optional(
        "layout", .choice(of: LayoutName.self).named("layout"), absent: "told by the extents",
        help: "The order of the numbers of each image in NumPy arrays.", knownElsewhereAs: ["data-format"])
    package static let dropUnlabelledOption = Option<Bool>.flag(
        "drop-unlabelled", help: "Leave out examples without a label instead of refusing them.",
        knownElsewhereAs: ["drop-unlabeled"])
    package static let headerOption = Option<Bool?>.undecidedToggle(
        "header", absent: "found by looking", help: "Whether the first CSV row holds the column names.")
    package static let delimiterOption = Option<DelimiterName?>.optional(
        "delimiter", .choice(of: DelimiterName.self).named("name"), absent: "found by looking",
        help: "What separates the fields of a CSV.", knownElsewhereAs: ["sep", "separator"])
    package static let validationOption = Option<Double>.value(
        "validation", .number(.from(0, below: 1)).named("fraction"), default: 0,
        help: "The share of the training examples to set aside for validation when the data has no such part.",
        knownElsewhereAs: ["val", "val-fraction", "validation-fraction", "validation-split"])

    /// The group as help shows it.
    package static let group = OptionGroup(
        "DATA OPTIONS",
        [
            formatOption.declaration, labelOption.declaration, idOption.declaration, groupOption.declaration,
            splitOption.declaration, ignoreOption.declaration, imageOption.declaration, imageSizeOption.declaration,
            layoutOption.declaration, dropUnlabelledOption.declaration, headerOption.declaration,
            delimiterOption.declaration, validationOption.declaration,
        ])

    /// Reads the data options of a command line whose verb requires DATA.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        try self.init(arguments, path: arguments[Self.pathArgument])
    }

    /// Reads the data options of a command line, with the path already taken from it.
    package init(_ arguments: ParsedArguments, path: String) throws(CurateError) {
        self.path = path
        format = arguments[Self.formatOption]
        labelColumn = arguments[Self.labelOption]
        idColumn = arguments[Self.idOption]
        groupColumns = arguments[Self.groupOption]
        splitColumn = arguments[Self.splitOption]
        ignoredColumns = arguments[Self.ignoreOption]
        imageShape = arguments[Self.imageOption]
        imageEdge = arguments[Self.imageSizeOption]
        imageLayout = arguments[Self.layoutOption].map { $0 == .channelsLast ? .channelsLast : .channelsFirst }
        dropsUnlabelled = arguments[Self.dropUnlabelledOption]
        hasHeader = arguments[Self.headerOption]
        delimiter = arguments[Self.delimiterOption]
        validationFraction = arguments[Self.validationOption]
        try checkRoles()
    }

    /// A column has one role; the same one as label and group would leak the answer into the question.
    private func checkRoles() throws(CurateError) {
        let roles =
            [(labelColumn, "--label"), (idColumn, "--id"), (splitColumn, "--split")]
            + groupColumns.map { ($0, "--group") } + ignoredColumns.map { ($0, "--ignore") }
        var seen: [String: String] = [:]
        for case (let column?, let option) in roles {
            if let earlier = seen.updateValue(option, forKey: column) {
                let both = earlier == option ? "twice to \(option)" : "to both \(earlier) and \(option)"
                throw CurateError(.usage, "column '\(column)' is given \(both)", remedy: "give each column one role")
            }
        }
    }
}
