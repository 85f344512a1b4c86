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
            var members = members(of: item)
            members["inputs"] = .array(inputs.map(\.json))
            members["columns"] = .array(columns.map(json))
            members["dependents"] = .array(dependents.map(\.json))
            return try console.printJSON(.object(members))
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

    private static func members(of item: StoredItem) -> [String: JSONValue] {
        var members = Dictionary(
            uniqueKeysWithValues: properties(of: item).map { ($0.name, JSONValue.string($0.value)) })
        switch item {
        case .dataset: break
        case .artifact(let artifact):
            members["identity"] = artifact.identity.json
            members["seconds"] = .double(artifact.seconds)
        case .scores(let set): members["seeds"] = .array(set.seeds.map { JSONValue($0) })
        }
        return members
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
                name, ranges(of: group.map(\.epoch)), types, counts,
                NumberText.bytes(group.reduce(0) { $0 + $1.byteCount }),
            ])
        }
        return table
    }

    /// 1, 2, 3, 7 as `1-3, 7`.
    static func ranges(of numbers: [Int]) -> String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound == number - 1 {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ", ")
    }

    private static func json(_ column: StoredColumn) -> JSONValue {
        [
            "epoch": .int(column.epoch), "name": .string(column.name),
            "type": .string(column.elementType.rawValue), "elements": .int(column.count),
            "bytes": .int(column.byteCount),
        ]
    }
}
