import Curate

/// `curate store ls`.
package enum StoreListVerb {
    static let kind = Option(
        Parameter(
            "kind", .text, absent: "everything",
            help: "List things of this kind only: dataset, scores, or a kind of stage such as train.", shownAs: "word"))
    static let sort = Option(
        Parameter(
            "sort", .word(StoreInventory.Order.allCases.map(\.rawValue)),
            default: .string(StoreInventory.Order.created.rawValue),
            help: "What to sort by.", knownElsewhereAs: ["order"]))

    package static let command = Command(
        name: "store ls", abstract: "List datasets, results and scores with their sizes.",
        knownElsewhereAs: ["list", "dir"],
        optionGroups: [OptionGroup("LS OPTIONS", [kind, sort])],
        examples: [
            Example("curate store ls", "List everything."),
            Example("curate store ls --kind train --sort size", "List the runs that take most room."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let inventory = try invocation.openStore(.read).inventory()
        var entries = inventory.entries
        if let kind = invocation.arguments.text(Self.kind) {
            let kinds = Set(entries.map(\.item.kind)).sorted()
            guard entries.isEmpty || kinds.contains(kind) else {
                let guess = Suggestion.nearest(to: kind, among: kinds)
                throw CurateError(
                    .usage, "there is nothing of kind '\(kind)' in the store",
                    remedy: guess.map { "did you mean '\($0)'?" } ?? "there are \(kinds.joined(separator: ", "))")
            }
            entries = entries.filter { $0.item.kind == kind }
        }
        let order = invocation.arguments.text(sort).flatMap { StoreInventory.Order(rawValue: $0) } ?? .created
        let sorted = order.sorted(entries)
        let console = invocation.console
        if console.wantsJSON {
            return try console.printJSON(
                [
                    "store": .string(invocation.globals.store), "fileBytes": .int(inventory.fileByteCount),
                    "freeBytes": .int(inventory.freeByteCount), "entries": .array(sorted.map(\.json)),
                ])
        }
        if !sorted.isEmpty { try console.printLines(lines(sorted, console)) }
        let total = sorted.reduce(0) { $0 + $1.byteCount }
        try console.printProse(
            "\(NumberText.grouped(sorted.count)) entr\(sorted.count == 1 ? "y" : "ies"), "
                + "\(NumberText.bytes(total)) of columns; the file has \(NumberText.bytes(inventory.fileByteCount)), "
                + "\(NumberText.bytes(inventory.freeByteCount)) of it free")
    }

    private static func lines(_ entries: [StoreInventory.Entry], _ console: Console) -> [String] {
        var table = Table([
            .text("key"), .text("kind"), .text("state"), .number("epochs"), .number("size"), .number("time"),
            .text("created", mayShrink: true), .text("what", mayShrink: true),
        ])
        for entry in entries {
            let hasColumns = !entry.columns.isEmpty
            table.add([
                entry.item.shortKey, entry.item.kind, entry.item.state ?? "-",
                hasColumns ? String(entry.epochCount) : "-", hasColumns ? NumberText.bytes(entry.byteCount) : "-",
                entry.item.seconds.map { NumberText.duration($0) } ?? "-", entry.item.createdAt, entry.item.phrase,
            ])
        }
        return table.fittingLines(maximumWidth: console.tableWidth, style: console.style)
    }
}
