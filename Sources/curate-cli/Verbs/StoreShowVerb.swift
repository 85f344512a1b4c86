import Curate

/// `curate store show KEY`.
package enum StoreShowVerb {
    static let key = Argument(
        Parameter(
            "key", .text, isRequired: true, help: "The first digits of a key, as 'curate store ls' shows it."))

    package static let command = Command(
        name: "store show", abstract: "Show what one thing is, what it was made from, and what was made from it.",
        arguments: [key],
        examples: [Example("curate store show 3fa9", "Show the thing whose key begins with 3fa9.")],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let store = try invocation.openStore(.read)
        let item = try store.item(withPrefix: invocation.arguments.text(key))
        let inputs = try store.inputs(of: item)
        let dependents = try store.dependents(of: item)
        var columns: [StoredColumn] = []
        if case .artifact(let artifact) = item { columns = try store.columns(of: artifact.key) }
        let console = invocation.console
        if console.wantsJSON {
            let around: JSONValue = [
                "inputs": .array(inputs.map(\.json)), "columns": .array(columns.map(\.json)),
                "dependents": .array(dependents.map(\.json)),
            ]
            return try console.printJSON(item.details.merging(around))
        }
        for property in properties(of: item) {
            try console.printLine(
                TerminalText.padded(property.name, to: 12) + TerminalText.printable(property.value))
        }
        try list("made from", inputs, on: console)
        if !columns.isEmpty {
            try console.printLines(["", console.style.bold("columns")])
            try console.printLines(table(columns).lines(maximumWidth: console.tableWidth, style: console.style))
        }
        try list("used by", dependents, on: console)
    }

    private static func properties(of item: StoredItem) -> [(name: String, value: String)] {
        var all = [
            (name: "key", value: item.key), ("kind", item.kind), ("what", item.phrase), ("createdAt", item.createdAt),
        ]
        switch item {
        case .dataset(let dataset): all += [("format", dataset.format), ("shape", dataset.shape)]
        case .artifact(let artifact):
            all += [
                ("state", artifact.state.rawValue), ("seconds", NumberText.fixed(artifact.seconds, decimals: 2)),
                ("identity", artifact.identity.json.canonicalText),
            ]
        case .scores(let set):
            all += [
                ("description", set.description), ("seeds", set.seeds.map { String($0) }.joined(separator: ", ")),
            ]
        }
        return all
    }

    private static func list(_ heading: String, _ items: [StoredItem], on console: Console) throws {
        guard !items.isEmpty else { return }
        try console.printLines(["", console.style.bold(heading)])
        var table = Table([.text("key"), .text("kind"), .text("what", mayShrink: true)])
        for item in items { table.add([item.shortKey, item.kind, item.phrase]) }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }

    /// One row per name: the epochs that have it, and the room they take together.
    private static func table(_ columns: [StoredColumn]) -> Table {
        var table = Table([
            .text("name"), .text("epochs"), .text("type"), .number("elements"), .number("size"),
        ])
        for (name, group) in Dictionary(grouping: columns, by: \.name).sorted(by: { $0.key < $1.key }) {
            let types = Set(group.map(\.elementType.rawValue)).sorted().joined(separator: ", ")
            let counts = Set(group.map(\.count)).sorted().map { NumberText.grouped($0) }.joined(separator: ", ")
            table.add([
                name, NumberText.ranges(of: group.map(\.epoch)), types, counts,
                NumberText.bytes(group.reduce(0) { $0 + $1.byteCount }),
            ])
        }
        return table
    }
}
