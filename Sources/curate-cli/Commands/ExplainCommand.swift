import Curate

/// `curate explain ID`.
package enum ExplainCommand {
    static let id = Argument<String>.required(
        "id", .text, help: "The name of a training example, as split.csv has it.")
    static let splitOption = Option<String?>.optional(
        "split", .path.named("directory"),
        help: "The directory of the split that curate prune --out made; required.", knownElsewhereAs: ["in", "from"])

    package static let command = Command(
        name: "explain",
        abstract: "Say why an example was kept or dropped.",
        discussion: ["Tells the rule, the example's score and rank, its stratum, and its weight in training."],
        arguments: [id.declaration],
        optionGroups: [OptionGroup("EXPLAIN OPTIONS", [splitOption.declaration])],
        examples: [Example("curate explain train/13103 --split half", "Ask about one image.")]
    ) { invocation in
        let arguments = invocation.arguments
        guard let split = arguments[splitOption] else {
            throw CurateError(
                .usage, "--split is missing", remedy: "name the directory that curate prune --out made")
        }
        let files = try SplitReader.read(path: split)
        let row = try files.row(ofID: arguments[id])
        let explanation = SplitExplanation(of: row, in: files)
        let console = invocation.console
        if console.wantsJSON { return try console.printJSON(json(explanation)) }
        let name = TerminalText.printable(files.manifest.datasetName)
        try console.printProse(
            TerminalText.printable(row.id) + " (index \(row.index) of \(name))", emphasized: true)
        for sentence in explanation.sentences { try console.printProse(TerminalText.printable(sentence)) }
    }

    private static func json(_ explanation: SplitExplanation) -> JSON {
        let row = explanation.row
        return .object([
            ("id", .string(row.id)), ("index", .integer(Int(row.index))), ("kept", .boolean(row.reason.isKept)),
            ("reason", .string(row.reason.rawValue)), ("weight", .number(single: row.weight)),
            ("score", row.score.map { .number(single: $0) } ?? .null),
            ("rank", row.rank.map { .integer(Int($0)) } ?? .null),
            ("stratum", row.stratum.isEmpty ? .null : .string(row.stratum)),
            ("sentences", .strings(explanation.sentences)),
        ])
    }
}
