import Curate

/// `curate store verify`.
package enum StoreVerifyVerb {
    package static let command = Command(
        name: "store verify", abstract: "Read the whole store and name what is damaged.",
        discussion: [
            """
            Checks the structure of the file, every checksum and key, and that everything a result was made from is \
            there. Nothing is changed. Exit code 65 when something is wrong.
            """
        ],
        examples: [Example("curate store verify", "Check the store after a crash or a copy.")],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let console = invocation.console
        let path = invocation.globals.store
        let store = try invocation.openStore(.read)
        var hasBegun = false
        let problems = try store.verify { completed, total in
            if !hasBegun { console.progress.begin("verify", total: total, unit: "parts") }
            hasBegun = true
            console.progress.update(completed: completed, metric: nil)
        }
        console.progress.end()
        if console.wantsJSON {
            let list: [JSONValue] = problems.map {
                ["message": .string($0.message), "remedy": .optional($0.remedy)]
            }
            try console.printJSON(
                [
                    "store": .string(path), "sound": .bool(problems.isEmpty), "problems": .array(list),
                ])
        } else {
            for problem in problems { try console.printLine(TerminalText.printable(problem.message)) }
            if problems.isEmpty {
                let inventory = try store.inventory()
                try console.printLine(
                    "\(NumberText.grouped(inventory.entries.count)) entries and "
                        + "\(NumberText.bytes(inventory.fileByteCount)) are sound")
            }
        }
        guard problems.isEmpty else {
            throw CurateError(
                .badData, "\(problems.count) problem\(problems.count == 1 ? "" : "s") in the store", at: path,
                remedy: "restore a copy, or name another store with --store; what is sound can be saved with "
                    + "'curate store export KEY --into NEW'")
        }
    }
}
