import Curate

/// `curate explain ID`.
package enum ExplainVerb {
    static let id = Argument(
        Parameter(
            "id", .text, isRequired: true, help: "The name of a training example, as split.csv has it."))
    static let split = Option(
        Parameter(
            "split", .input, help: "The directory of the split that curate prune --out made; required.",
            shownAs: "directory", knownElsewhereAs: ["in", "from"]))

    package static let command = Command(
        name: "explain",
        abstract: "Say why an example was kept or dropped.",
        discussion: ["Tells the rule, the example's score and rank, its stratum, and its weight in training."],
        arguments: [id],
        optionGroups: [OptionGroup("EXPLAIN OPTIONS", [split])],
        examples: [Example("curate explain train/13103 --split half", "Ask about one image.")]
    ) { invocation in
        let arguments = invocation.arguments
        guard let directory = arguments.text(split) else {
            throw CurateError(
                .usage, "--split is missing", remedy: "name the directory that curate prune --out made")
        }
        let files = try SplitReader.read(path: directory)
        let row = try files.row(ofID: arguments.text(id))
        let explanation = SplitExplanation(of: row, in: files)
        let console = invocation.console
        if console.wantsJSON { return try console.printJSON(explanation.json) }
        let name = TerminalText.printable(files.manifest.datasetName)
        try console.printProse(
            TerminalText.printable(row.id) + " (index \(row.index) of \(name))", emphasized: true)
        for sentence in explanation.sentences { try console.printProse(TerminalText.printable(sentence)) }
    }
}
