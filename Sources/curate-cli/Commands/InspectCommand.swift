import Curate

/// What `curate inspect` was asked.
package struct InspectOptions: Sendable, Equatable {
    package let data: DataOptions
    /// How many classes, groups or duplicates to list.
    package let top: Int

    package static let topOption = Option<Int>.value(
        "top", .integer(.atLeast(0)), default: 10, help: "How many rows a list shows before it is cut short.",
        knownElsewhereAs: ["limit", "head"])

    /// Reads the options of a command line.
    package init(_ arguments: ParsedArguments) throws(CurateError) {
        data = try DataOptions(arguments)
        top = arguments[Self.topOption]
    }

    /// The verb, with the work supplied by the caller.
    package static func command(
        run: @escaping @Sendable (Invocation, InspectOptions) throws -> Void
    ) -> Command {
        Command(
            name: "inspect",
            abstract: "Say what is in a dataset.",
            discussion: [
                """
                Prints the format, the sizes of train, validation and test, the classes with their counts and \
                imbalance, groups, value ranges, exact duplicates, and examples that are in both train and test.
                """
            ],
            arguments: [DataOptions.pathArgument.declaration],
            optionGroups: [OptionGroup("INSPECT OPTIONS", [topOption.declaration]), DataOptions.group],
            examples: [
                Example("curate inspect fashion-mnist/", "Look at a directory of IDX files."),
                Example(
                    "curate inspect patients.csv --label outcome --id patient --group sex,site",
                    "Look at a table, with the roles of its columns."),
                Example("curate inspect digits.csv.gz --image 8x8 --json", "Print the same as JSON."),
            ]
        ) { invocation in try run(invocation, InspectOptions(invocation.arguments)) }
    }
}
