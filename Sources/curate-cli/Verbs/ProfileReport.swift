import Curate
import Models

/// Where the time of training and scoring went, as `--profile` prints it.
enum ProfileReport {
    /// Prints the profile to standard error: a table, or a line of JSON when that was asked for.
    static func show(_ profile: KernelProfile, on console: Console) {
        let entries = profile.entries
        if console.wantsJSON { return console.complain(json(of: entries).compactText) }
        guard !entries.isEmpty else { return console.complain("profile: nothing was computed") }
        for line in table(of: entries).lines(style: console.terminal.style(for: .error)) { console.complain(line) }
    }

    private static func table(of entries: [KernelProfile.Entry]) -> Table {
        var table = Table([
            .text("work"), .number("calls"), .number("seconds"), .number("share"), .number("effective GFLOP/s"),
        ])
        let total = entries.reduce(0) { $0 + $1.seconds }
        for entry in entries {
            let share = total > 0 ? 100 * entry.seconds / total : 0
            table.add([
                entry.work.rawValue, NumberText.grouped(entry.calls), NumberText.fixed(entry.seconds, decimals: 3),
                NumberText.fixed(share, decimals: 1) + " %",
                rate(of: entry).map { NumberText.fixed($0, decimals: 0) } ?? "",
            ])
        }
        table.add(["measured", "", NumberText.fixed(total, decimals: 3), "", ""])
        return table
    }

    private static func json(of entries: [KernelProfile.Entry]) -> JSONValue {
        [
            "profile": .array(
                entries.map { entry in
                    [
                        "work": .string(entry.work.rawValue), "calls": .int(entry.calls),
                        "seconds": .double(entry.seconds),
                        "effectiveGflops": rate(of: entry).map { .double($0) } ?? .null,
                    ]
                })
        ]
    }

    /// Billions of textbook operations a second; nil for work that is not counted in them.
    private static func rate(of entry: KernelProfile.Entry) -> Double? {
        entry.operations > 0 && entry.seconds > 0 ? entry.operations / entry.seconds / 1e9 : nil
    }
}
