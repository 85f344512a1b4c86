import Curate

/// `curate store ls`.
package enum StoreListVerb {
    /// What a listing is sorted by.
    package enum Order: String, Sendable, CaseIterable {
        /// When it was begun, the latest last.
        case created
        /// The bytes of its columns, the largest first.
        case size
        /// The time spent on it, the longest first.
        case seconds
        /// Its kind, and then as it was stored.
        case kind
    }

    static let kind = Option(
        Parameter(
            "kind", .text, absent: "everything",
            help: "List things of this kind only: dataset, scores, or a kind of stage such as train.", shownAs: "word"))
    static let sort = Option(
        Parameter(
            "sort", .word(Order.allCases.map(\.rawValue)), default: .string(Order.created.rawValue),
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
        let order = invocation.arguments.text(sort).flatMap { Order(rawValue: $0) } ?? .created
        let sorted = sorted(entries, by: order)
        let console = invocation.console
        if console.wantsJSON {
            return try console.printJSON(
                [
                    "store": .string(invocation.globals.store), "fileBytes": .int(inventory.fileByteCount),
                    "freeBytes": .int(inventory.freeByteCount), "entries": .array(sorted.map(json)),
                ])
        }
        if !sorted.isEmpty { try console.printLines(lines(sorted, console)) }
        let total = sorted.reduce(0) { $0 + $1.byteCount }
        try console.printProse(
            "\(NumberText.grouped(sorted.count)) entr\(sorted.count == 1 ? "y" : "ies"), "
                + "\(NumberText.bytes(total)) of columns; the file has \(NumberText.bytes(inventory.fileByteCount)), "
                + "\(NumberText.bytes(inventory.freeByteCount)) of it free")
    }

    /// Sorted by something, and where that is equal as it was stored.
    private static func sorted(_ entries: [StoreInventory.Entry], by order: Order) -> [StoreInventory.Entry] {
        func precedes(_ left: StoreInventory.Entry, _ right: StoreInventory.Entry) -> Bool {
            switch order {
            case .created: left.item.createdAt < right.item.createdAt
            case .size: left.byteCount > right.byteCount
            case .seconds: left.item.seconds ?? 0 > right.item.seconds ?? 0
            case .kind: left.item.kind < right.item.kind
            }
        }
        return entries.enumerated().sorted { left, right in
            if precedes(left.element, right.element) { return true }
            return !precedes(right.element, left.element) && left.offset < right.offset
        }.map(\.element)
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

    private static func json(_ entry: StoreInventory.Entry) -> JSONValue {
        let item = entry.item
        return [
            "key": .string(item.key), "kind": .string(item.kind), "what": .string(item.phrase),
            "state": .optional(item.state), "epochs": .int(entry.epochCount),
            "columns": .int(entry.columns.count), "bytes": .int(entry.byteCount),
            "seconds": item.seconds.map { .double($0) } ?? .null, "createdAt": .string(item.createdAt),
        ]
    }
}

extension StoredItem {
    /// When it was stored or begun.
    var createdAt: String {
        switch self {
        case .dataset(let dataset): dataset.createdAt
        case .artifact(let artifact): artifact.createdAt
        case .scores(let set): set.createdAt
        }
    }

    /// How far an artifact has come; nil for what is there whole.
    var state: String? {
        if case .artifact(let artifact) = self { artifact.state.rawValue } else { nil }
    }

    /// The seconds spent on an artifact.
    var seconds: Double? {
        if case .artifact(let artifact) = self { artifact.seconds } else { nil }
    }
}
