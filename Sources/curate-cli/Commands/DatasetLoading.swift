import Curate

extension DataOptions {
    /// What the library is told about reading the data.
    package var datasetOptions: DatasetOptions {
        var options = DatasetOptions()
        options.format = format
        options.imageShape = imageShape
        options.imageEdge = imageEdge
        options.imageLayout = imageLayout
        options.csv.delimiter = delimiter?.byte
        options.csv.hasHeader = hasHeader
        options.csv.label = labelColumn
        options.csv.id = idColumn
        options.csv.groups = groupColumns
        options.csv.split = splitColumn
        options.csv.ignored = ignoredColumns
        options.csv.dropsUnlabelled = dropsUnlabelled
        return options
    }

    /// The data as the library is told of it.
    package var source: DatasetSource {
        DatasetSource(path: path, options: datasetOptions, validationFraction: validationFraction)
    }
}

/// Reads the dataset that a command line names, with its validation set carved out if it asks for one.
///
/// On a terminal the first words come before the reading, which may take a second.
package func loadDataset(_ options: DataOptions, _ invocation: Invocation) throws -> Dataset {
    // 'explain' takes a split by this option; here it names a column.
    if let column = options.splitColumn, SplitReader.isSplit(column) {
        throw CurateError(
            .usage, "'\(column)' is a split that curate prune wrote, and --split names a column of the data",
            remedy: "pass --train-on \(column)")
    }
    let console = invocation.console
    if console.terminal.errorIsTerminal { console.remark("reading \(options.path)") }
    return try options.source.load(threadCount: invocation.threadCount)
}
