import Curate

/// `curate store export KEY`.
package enum StoreExportVerb {
    static let out = Option(
        Parameter(
            "out", .file(endings: []),
            help: "Write a run's columns (.npz, epochs x examples) or a set of scores (.csv or .npz) to this file.",
            knownElsewhereAs: ["output"]))
    static let into = Option(
        Parameter(
            "into", .file(endings: []),
            help: "Copy it, and everything it was made from, to this store, which is made when it is not there.",
            shownAs: "store"))

    package static let command = Command(
        name: "store export", abstract: "Write one thing to a file, or copy it to another store.",
        arguments: [StoreShowVerb.key],
        optionGroups: [OptionGroup("EXPORT OPTIONS", [out, into])],
        examples: [
            Example("curate store export 3fa9 --out run.npz", "Write what a run recorded for NumPy."),
            Example("curate store export 77c1 --out el2n.csv", "Write a set of scores."),
            Example("curate store export 77c1 --into shared.sqlite", "Copy scores and their runs to another store."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let out = invocation.arguments.text(Self.out)
        let into = invocation.arguments.text(Self.into)
        guard out != nil || into != nil else {
            throw CurateError(
                .usage, "export needs a place to write to", remedy: "add --out FILE, or --into STORE")
        }
        let store = try invocation.openStore(.read)
        let item = try store.item(withPrefix: invocation.arguments.text(StoreShowVerb.key))
        let console = invocation.console
        if let out { try write(item, of: store, to: out, replacing: invocation.globals.force) }
        var report: CopyReport?
        if let into { report = try store.copy(item, to: invocation.openStore(.write, at: into)) }
        if console.wantsJSON {
            return try console.printJSON(
                [
                    "key": .string(item.key), "kind": .string(item.kind), "file": .optional(out),
                    "into": .optional(into), "copied": report?.json ?? .null,
                ])
        }
        if let out { try console.printLine("\(item.kind) \(item.shortKey) is in \(TerminalText.printable(out))") }
        if let into, let report { try console.printLine("\(TerminalText.printable(into)): \(report.phrase)") }
    }

    private static func write(_ item: StoredItem, of store: Store, to path: String, replacing: Bool) throws {
        switch item {
        case .scores(let set): try StoredScoreExport(set, in: store).write(to: path, replacing: replacing)
        case .artifact(let artifact):
            guard path.hasSuffix(".npz") else {
                throw CurateError(
                    .usage, "the columns of a result are written as .npz, not as '\(path)'",
                    remedy: "write --out \(ShellText.quoted(path + ".npz"))")
            }
            try store.exportColumns(of: artifact, to: path, replacing: replacing)
        case .dataset:
            throw CurateError(
                .usage, "\(item.shortKey) is a dataset, whose features are not in the store",
                remedy: "read the file it came from, or copy its ids and labels with --into")
        }
    }
}

/// `curate store merge STORE... --into STORE`.
package enum StoreMergeVerb {
    static let stores = Argument(
        Parameter(
            "store", .each(.input), isRequired: true, help: "The stores to copy from, in this order."))
    static let into = Option(
        Parameter(
            "into", .file(endings: []), help: "The store to copy to, which is made when it is not there.",
            shownAs: "store"))

    package static let command = Command(
        name: "store merge", abstract: "Copy everything in some stores to one.",
        discussion: [
            """
            For the stores of cluster tasks and of colleagues. What is there already is left as it is; under one key \
            both must have the same bytes, or the merge is refused. It can be repeated: merging again changes nothing.
            """
        ],
        arguments: [stores],
        optionGroups: [OptionGroup("MERGE OPTIONS", [into])],
        examples: [
            Example("curate store merge task-*.sqlite --into curate.sqlite", "Gather what the tasks of a job made.")
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        guard let into = invocation.arguments.text(Self.into) else {
            throw CurateError(
                .usage, "merge needs a store to copy to", remedy: "add --into STORE, which may be a new file")
        }
        let console = invocation.console
        // All are opened first: a mistyped name is an error before anything is copied.
        let paths = invocation.arguments[stores]?.arrayValue?.compactMap(\.stringValue) ?? []
        let sources = try paths.map { try invocation.openStore(.read, at: $0) }
        let target = try invocation.openStore(.write, at: into)
        var reports: [CopyReport] = []
        for source in sources {
            var hasBegun = false
            let report = try source.copyAll(to: target) { completed, total in
                if !hasBegun { console.progress.begin("merge \(source.path)", total: total, unit: "entries") }
                hasBegun = true
                console.progress.update(completed: completed, metric: nil)
            }
            console.progress.end()
            reports.append(report)
            if !console.wantsJSON {
                try console.printLine("\(TerminalText.printable(source.path)): \(report.phrase)")
            }
        }
        if console.wantsJSON {
            let list: [JSONValue] = zip(paths, reports).map { ["store": .string($0), "copied": $1.json] }
            try console.printJSON(["into": .string(into), "stores": .array(list)])
        }
    }
}

extension CopyReport {
    /// The report in words.
    fileprivate var phrase: String { "\(added) added, \(extended) extended, \(present) there already" }
}
