import Curate

/// `curate inspect DATA`.
package enum InspectVerb {
    static let top = Option(
        Parameter(
            "top", .integer(0...Int(Int32.max)), default: 10,
            help: "How many rows a list shows before it is cut short.", knownElsewhereAs: ["limit", "head"]))

    package static let command = Command(
        name: "inspect",
        abstract: "Say what is in a dataset.",
        discussion: [
            """
            Prints the format, the sizes of train, validation and test, the classes with their counts and \
            imbalance, groups, value ranges, exact duplicates, and examples that are in both train and test.
            """
        ],
        arguments: [DataOptions.path],
        optionGroups: [OptionGroup("INSPECT OPTIONS", [top]), DataOptions.group],
        examples: [
            Example("curate inspect fashion-mnist/", "Look at a directory of IDX files."),
            Example(
                "curate inspect patients.csv --label outcome --id patient --group sex,site",
                "Look at a table, with the roles of its columns."),
            Example("curate inspect digits.csv.gz --image 8x8 --json", "Print the same as JSON."),
        ]
    ) { invocation in
        let console = invocation.console
        let source = try DataOptions.source(invocation.arguments)
        let count = invocation.arguments.integer(top)
        // Someone who watches should see within a moment that a large dataset is being read.
        let inspection = DatasetInspection(of: try loadDataset(source, invocation, warns: false), exampleCount: count)
        let network = Recipe.defaultNetwork(forImages: inspection.shape.isImage)
        let next = ShellText.join(["curate", "score"] + source.words + ["--network", network])
        if console.wantsJSON {
            let own: JSONValue = ["next": .string(next)]
            return try console.printJSON(inspection.json.merging(own))
        }
        try console.printLines(InspectReport(inspection, top: count, console: console).lines)
        try console.printLines(["", "next: " + TerminalText.printable(next)])
    }
}
