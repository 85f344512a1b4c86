import Curate
import Models

/// `curate store gc`.
package enum StoreCleanupVerb {
    static let age = Option(
        Parameter(
            "olderThan", .number(.from(0, to: 100_000)), default: 7,
            help: "Unfinished results go when they were begun more than so many days ago.", shownAs: "days"))
    static let states = Option(
        Parameter(
            "states", .flag,
            help: "Training states of finished runs go too. Scores stay; more epochs then train from the start."))
    static let foreign = Option(
        Parameter(
            "foreign", .flag,
            help: """
                Results of another version of the code or another kind of machine go too, unless something needs them.
                """))

    package static let command = Command(
        name: "store gc", abstract: "Show what could be removed to make room, and remove it with --force.",
        discussion: [
            """
            Without options: results that were begun long ago and never finished, and datasets to which nothing belongs. \
            Nothing goes from which something was made that stays. Afterwards the file is made as small as it can be, \
            for which the disk needs room for a second copy of it.
            """
        ],
        optionGroups: [
            OptionGroup(
                "GC OPTIONS", [age, states, foreign])
        ],
        examples: [
            Example("curate store gc", "Show what would be removed; nothing is."),
            Example("curate store gc --states --force", "Keep columns and scores, and remove the weights of runs."),
        ],
        run: run)

    @Sendable private static func run(_ invocation: Invocation) throws {
        let arguments = invocation.arguments
        var policy = CleanupPolicy(numericProfile: NumericProfile.current(invocation.globals.kernels))
        policy.unfinishedBefore = RunningWork.timestamp(secondsAgo: arguments.number(age) * 86_400)
        policy.includesStates = arguments.isOn(states)
        policy.includesForeign = arguments.isOn(foreign)
        let console = invocation.console
        guard invocation.globals.force else {
            let store = try invocation.openStore(.read)
            let plan = try store.cleanupPlan(policy)
            let free = try store.inventory().freeByteCount
            try show(plan, removed: nil, free: free, on: console)
            return
        }
        // A store that is not there is not made just to tidy it.
        _ = try invocation.openStore(.read)
        let (plan, freed) = try invocation.openStore(.write).cleanUp(policy)
        try show(plan, removed: freed, free: 0, on: console)
    }

    private static func show(_ plan: CleanupPlan, removed: Int?, free: Int, on console: Console) throws {
        if console.wantsJSON {
            return try console.printJSON(
                plan.json.merging([
                    "removed": .bool(removed != nil), "freeBytes": .int(free),
                    "freedBytes": removed.map { .int($0) } ?? .null,
                ]))
        }
        if !plan.candidates.isEmpty {
            var table = Table([
                .text("key"), .text("kind"), .text("why"), .number("size"), .text("what", mayShrink: true),
            ])
            for candidate in plan.candidates {
                table.add([
                    candidate.item.shortKey, candidate.item.kind, words(candidate.reason),
                    NumberText.bytes(candidate.byteCount), candidate.item.phrase,
                ])
            }
            try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        }
        if !plan.kept.isEmpty {
            let keys = plan.kept.map(\.shortKey).joined(separator: ", ")
            try console.printLine("kept, because something that stays was made from it: \(keys)")
        }
        let what = "\(plan.candidates.count) entr\(plan.candidates.count == 1 ? "y" : "ies")"
        if let removed {
            try console.printLine("removed \(what); the file is \(NumberText.bytes(max(0, removed))) smaller")
        } else {
            try console.printLine(
                "\(what) with \(NumberText.bytes(plan.byteCount)) could go, and \(NumberText.bytes(free)) are free "
                    + "already; nothing was removed: --force does it")
        }
    }

    private static func words(_ reason: CleanupPlan.Reason) -> String {
        switch reason {
        case .unfinished: "never finished"
        case .state: "training state"
        case .foreign: "other code or machine"
        case .unused: "nothing belongs to it"
        }
    }
}
