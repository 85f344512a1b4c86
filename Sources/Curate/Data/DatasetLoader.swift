/// The way into the library for data: finds the format by looking and reads it.
package enum DatasetLoader {
    /// Reads the dataset at a path.
    ///
    /// - Parameters:
    ///   - path: a directory or a file.
    ///   - options: what is not to be found by looking.
    ///   - threadCount: how many threads decode images; the result does not depend on it.
    /// - Throws: `CurateError` of kind `missingInput` when there is nothing to read, `badData` when what is there is
    ///   damaged or inconsistent, `usage` when an option does not fit the data.
    package static func load(
        path: String, options: DatasetOptions = DatasetOptions(), threadCount: Int = 1
    ) throws -> Dataset {
        try OutputFileSet.refuseUnfinished(at: path)
        let format = try options.format ?? FormatDetection.format(of: path)
        try check(options, for: format, at: path)
        return try format.load(path, options, threadCount)
    }

    /// Refuses what the format would not look at.
    private static func check(_ options: DatasetOptions, for format: DatasetFormat, at path: String) throws {
        if format.scalesImages, let shape = options.imageShape {
            throw CurateError(
                .usage, "`image` is for rows of numbers, and this is a folder of images", at: path,
                remedy: "leave it out, or scale the images with `imageSize: \(min(shape.height, shape.width))`")
        }
        if !format.scalesImages, options.imageEdge != nil {
            throw CurateError(
                .usage, "`imageSize` is for folders of images, and this is \(format.name)", at: path,
                remedy: "leave it out")
        }
        if !format.takesMetadata, options.metadataPath != nil {
            throw CurateError(
                .usage, "`metadata` is for arrays (NumPy and safetensors), and this is \(format.name)", at: path,
                remedy: "leave it out")
        }
    }
}
