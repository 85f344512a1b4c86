import Curate

/// Which data, and how to read it: the dataset's parameters, for every verb that takes DATA.
package enum DataOptions {
    private static let declared = DatasetSource.parameters.filter { $0.name == "path" }[0]

    package static let path = Argument(declared)
    package static let optionalPath: Argument = {
        var parameter = declared
        parameter.isRequired = false
        return Argument(parameter)
    }()

    /// The options, as help shows them.
    package static let group = OptionGroup(
        "DATA OPTIONS", DatasetSource.parameters.filter { $0.name != "path" }.map { Option($0) })

    /// The dataset that a command line names.
    package static func source(_ arguments: ParsedArguments) throws -> DatasetSource {
        // 'explain' takes a split by this option; here it names a column.
        let split = group.options.first { $0.parameter.name == "split" }.flatMap { arguments.given($0) }?.stringValue
        if let split, SplitReader.isSplit(split) {
            throw CurateError(
                .usage, "'\(split)' is a split that curate prune wrote, and --split names a column of the data",
                remedy: "pass --train-on \(split)")
        }
        var given: [String: JSONValue] = [:]
        for option in group.options { given[option.parameter.name] = arguments.given(option) }
        guard let path = arguments[path]?.stringValue else {
            throw CurateError(
                .usage, "<data> is missing", remedy: "give the dataset's path, or --logits with --labels")
        }
        return try DatasetSource(path: path, given)
    }
}

extension DatasetSource {
    /// The path and options of a command line that reads the same data.
    package var words: [String] {
        let given = given
        return [path]
            + DataOptions.group.options.flatMap { option in
                given[option.parameter.name].map { option.words(for: $0) } ?? []
            }
    }
}

/// Reads a dataset.
///
/// On a terminal the first words come before the reading, which may take a second.
///
/// - Parameter warns: whether to warn of classes that training does not have.
func loadDataset(_ source: DatasetSource, _ invocation: Invocation, warns: Bool = true) throws -> Dataset {
    let console = invocation.console
    if console.terminal.errorIsTerminal { console.remark("reading \(source.path)") }
    let dataset = try source.load(threadCount: invocation.threadCount)
    if warns { for warning in UntrainedClasses(of: dataset).warnings { console.warn(warning) } }
    return dataset
}
