import Curate

extension DataOptions {
    /// What the library is told about reading the data.
    package var datasetOptions: DatasetOptions {
        var options = DatasetOptions()
        options.format = format
        options.imageShape = imageShape
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
}

/// The seed that chooses the validation set: fixed, so that every verb and every run speaks of the same examples.
package let validationSeed: UInt64 = 0

/// Reads the dataset that a command line names, with its validation set carved out if it asks for one.
///
/// On a terminal the first words come before the reading, which may take a second.
package func loadDataset(_ options: DataOptions, console: Console) throws -> Dataset {
    if console.terminal.errorIsTerminal { console.remark("reading \(options.path)") }
    let dataset = try DatasetLoader.load(path: options.path, options: options.datasetOptions)
    guard options.validationFraction > 0 else { return dataset }
    return try dataset.carvingValidation(fraction: options.validationFraction, seed: validationSeed)
}
