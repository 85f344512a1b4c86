/// What the user may decide about reading a dataset; everything has a default.
package struct DatasetOptions: Sendable, Equatable {
    /// The format, or nothing to find it by looking.
    package var format: DatasetFormat?
    /// How tables are read.
    package var csv = CSVOptions()
    /// Makes pictures of rows that are stored as vectors: 8x8 for the UCI digits.
    package var imageShape: FeatureMatrix.Shape?
    /// The order of numbers in four-dimensional arrays, or nothing to tell by the extents.
    package var imageLayout: FeatureMatrix.Layout?
    /// Scales the images of a folder so that the short side has this length and cuts out the square in the middle, or
    /// nothing to take images that all have one size as they are.
    package var imageEdge: Int?
    /// The most bytes the images of a folder may take in memory.
    package var imageByteLimit = 16 << 30
    /// The labels that belong to a single features file, when they are not beside it under a usual name.
    package var labelsPath: String?
    /// The table that says what the examples of arrays are, when it is not `metadata.csv` beside them.
    package var metadataPath: String?
    /// The most bytes a gzipped table may inflate to; beyond it the user should decompress, and the file is mapped.
    package var inflatedByteLimit = 8 << 30

    /// The defaults.
    package init() {}
}

/// How a table is read: its dialect, and what its columns mean.
///
/// A column is named by its header, or by its position from 0 (from -1 backwards) when no header matches.
package struct CSVOptions: Sendable, Equatable {
    /// The byte between fields, or nothing to tell comma, tab, semicolon and bar apart by looking.
    package var delimiter: UInt8?
    /// Whether the first row holds names, or nothing to tell by looking.
    package var hasHeader: Bool?
    /// The column of classes, or nothing for one called label, class, target or y, else the last.
    package var label: String?
    /// The column of names of examples; without one they are numbered.
    package var id: String?
    /// The columns by which results are broken down; `label` among them stands for the class.
    package var groups: [String] = []
    /// The column that says train, validation or test (or 0, 1, 2).
    package var split: String?
    /// Columns to leave out.
    package var ignored: [String] = []
    /// Columns to take as categories even where every value is a number.
    package var categorical: [String] = []
    /// Those of `groups` that are features as well.
    package var featureGroups: Set<String> = []
    /// Whether rows without a label are left out; otherwise they are an error.
    package var dropsUnlabelled = false
    /// The most distinct values a categorical column may have before it is taken for a mistake.
    package var levelLimit = 1000
    /// The most bytes the numbers may take in memory.
    package var matrixByteLimit = 16 << 30

    /// The defaults.
    package init() {}
}

extension FeatureMatrix.Shape {
    /// Reads `8x8`, or `32x32x3` with channels; nothing when it is something else.
    package init?(parsing text: String) {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        let extents = parts.compactMap { Int($0) }
        guard extents.count == parts.count, extents.count == 2 || extents.count == 3,
            extents.allSatisfy({ $0 > 0 && $0 <= 1 << 20 })
        else { return nil }
        self.init(height: extents[0], width: extents[1], channels: extents.count == 3 ? extents[2] : 1)
    }

    /// `28x28x1`, or the length of a vector.
    package var text: String { isImage ? "\(height)x\(width)x\(channels)" : "\(channels)" }
}
