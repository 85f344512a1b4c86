import Curate

/// `curate diff A B`.
package enum DiffVerb {
    static let first = Argument(
        Parameter(
            "first", .input, isRequired: true, help: "The directory of a split that curate prune --out made."))
    static let second = Argument(
        Parameter("second", .input, isRequired: true, help: "The directory of another one."))
    static let top = Option(
        Parameter(
            "top", .integer(0...Int(Int32.max)), default: 10,
            help: "How many of the examples that only one keeps to list.", knownElsewhereAs: ["limit", "head"]))

    package static let command = Command(
        name: "diff",
        abstract: "Compare what two splits keep.",
        discussion: [
            """
            Counts what both keep and what only one keeps, their overlap (Jaccard: common over all), and how the \
            classes shift.
            """
        ],
        arguments: [first, second],
        optionGroups: [OptionGroup("DIFF OPTIONS", [top])],
        examples: [Example("curate diff half-el2n half-random", "See what a score keeps that chance does not.")]
    ) { invocation in
        let arguments = invocation.arguments
        let files = (
            try SplitReader.read(path: arguments.text(first)), try SplitReader.read(path: arguments.text(second))
        )
        let difference = try SplitDifference(files.0, files.1)
        let top = arguments.integer(Self.top)
        let console = invocation.console
        if console.wantsJSON {
            return try console.printJSON(
                difference.json(listing: top).merging([
                    "first": .string(files.0.directory), "second": .string(files.1.directory),
                ]))
        }
        try show(difference, files, top: top, on: console)
    }

    private static func describe(_ files: SplitFiles) -> String {
        let manifest = files.manifest
        var text = "\(NumberText.grouped(manifest.keptCount)) by \(manifest.policy)"
        if !manifest.scores.isEmpty { text += " of \(manifest.scores.map(\.name).joined(separator: ", "))" }
        if manifest.quota != "none" { text += ", quota \(manifest.quota)" }
        return text
    }

    private static func show(
        _ difference: SplitDifference, _ files: (SplitFiles, SplitFiles), top: Int, on console: Console
    ) throws {
        let names = [files.0, files.1].map { TerminalText.printable($0.directory) }
        var table = Table([.text("kept by", mayShrink: true), .number("examples"), .text("rule", mayShrink: true)])
        table.add(["both", NumberText.grouped(difference.commonCount), ""])
        table.add(["only \(names[0])", NumberText.grouped(difference.onlyFirst.count), describe(files.0)])
        table.add(["only \(names[1])", NumberText.grouped(difference.onlySecond.count), describe(files.1)])
        try console.printLines(table.fittingLines(maximumWidth: console.tableWidth, style: console.style))
        try console.printLine()
        try console.printProse(
            "Jaccard \(NumberText.fixed(difference.jaccard, decimals: 4)), class shift"
                + " \(NumberText.fixed(difference.classShift, decimals: 4)) (0: the same mix of classes, 1: disjoint)")
        try console.printLine()
        var classes = Table([
            .text("class", mayShrink: true), .number("before"), .number("first"), .number("second"), .number("change"),
        ])
        for own in difference.classes {
            let change = own.second - own.first
            classes.add([
                own.name, NumberText.grouped(own.before), NumberText.grouped(own.first), NumberText.grouped(own.second),
                change > 0 ? "+\(NumberText.grouped(change))" : NumberText.grouped(change),
            ])
        }
        try console.printLines(classes.fittingLines(maximumWidth: console.tableWidth, style: console.style))
        for (name, ids) in zip(names, [difference.onlyFirst, difference.onlySecond]) where top > 0 && !ids.isEmpty {
            let more = ids.count > top ? ", ..." : ""
            try console.printProse(
                "only \(name): " + ids.prefix(top).map(TerminalText.printable).joined(separator: ", ") + more)
        }
    }
}
