import Curate

/// What `curate prune` shows: for people a page, for programs one JSON object.
struct PruneReport {
    let selection: PruningSelection
    let suspects: LabelSuspects?
    /// The runs that were scored here, by seed.
    let runs: [RunCache.Outcome]
    /// Which network they are of and how long they were trained; nil when nothing was scored here.
    let origin: String?
    /// The files of the split, and the copy.
    let files: [String]
    /// A line for each of them.
    let fileLines: [String]
    /// Where the kept examples were written in the data's own format.
    let copy: String?
    /// Whether the copy is of links to the original files.
    let copyIsLinked: Bool
    /// The directory of the split.
    let output: String?

    private static let classLimit = 20

    func show(on console: Console) throws {
        for warning in selection.warnings { console.warn(warning) }
        let manifest = SplitManifest(of: selection)
        if let alarm = suspects?.alarm(of: manifest.candidateCount) { console.warn(alarm) }
        if console.wantsJSON { return try console.printJSON(json(manifest, console.spelling)) }
        try console.printLine(headline(manifest, console.style))
        if let origin {
            let stored = runs.count { $0.trainedEpochCount == 0 }
            try console.printLine("scored by \(origin) (\(stored) of \(runs.count) runs were in the store)")
        }
        if let suspects {
            let count = NumberText.grouped(suspects.entries.count)
            try console.printLine("label suspects dropped: \(count) (\(suspects.method))")
        }
        try console.printLine()
        try console.printLines(table("class", manifest.classes, console))
        for group in manifest.groups {
            try console.printLine()
            try console.printLines(table(TerminalText.printable(group.name), group.values, console))
        }
        if let before = manifest.imbalanceBefore, let after = manifest.imbalanceAfter {
            try console.printLine()
            try console.printLine(
                "imbalance \(NumberText.fixed(before, decimals: 2)) before, \(NumberText.fixed(after, decimals: 2)) after"
                    + " (largest class over smallest)")
        }
        try printEnd(on: console)
    }

    private func headline(_ manifest: SplitManifest, _ style: Style) -> String {
        let share = NumberText.percent(Double(manifest.keptCount) / Double(manifest.candidateCount))
        var text =
            "\(style.bold(TerminalText.printable(manifest.datasetName))): \(NumberText.grouped(manifest.keptCount)) of"
            + " \(NumberText.grouped(manifest.candidateCount)) kept (\(share)): "
        text += selection.rule.policy.phrase(
            by: selection.ranking?.phrase ?? "", passingOverBy: selection.rule.passedOverScore)
        if let cells = selection.rule.quota.cells { text += ", quota \(manifest.quota) per \(cells.name)" }
        return text
    }

    private func table(_ heading: String, _ counts: [SplitManifest.Count], _ console: Console) -> [String] {
        var table = Table([.text(heading, mayShrink: true), .number("before"), .number("kept"), .number("share")])
        for count in counts.prefix(Self.classLimit) {
            let share = count.before > 0 ? NumberText.percent(Double(count.after) / Double(count.before)) : "-"
            table.add([count.name, NumberText.grouped(count.before), NumberText.grouped(count.after), share])
        }
        let lines = table.lines(maximumWidth: console.tableWidth, style: console.style)
        return counts.count > Self.classLimit ? lines + ["... \(counts.count - Self.classLimit) more"] : lines
    }

    private func printEnd(on console: Console) throws {
        try console.printLine()
        try console.printLines(fileLines)
        if copy != nil, copyIsLinked {
            try console.printLine(
                "the copy is of symbolic links to the original images, which must stay where they are")
        }
        if files.isEmpty {
            try console.printLine("nothing was written; add --out DIRECTORY for the split, or --materialize DIRECTORY")
        } else if let output {
            let id = selection.candidates.id(at: 0)
            try console.printLine(
                "next: " + TerminalText.printable(ShellText.join(["curate", "explain", id, "--split", output])))
        }
    }

    private func json(_ manifest: SplitManifest, _ spelling: ParameterSpelling) -> JSONValue {
        var members = manifest.reportJSON(files: files).objectValue ?? [:]
        members["warnings"] = .strings(manifest.warnings.map(spelling.spelled))
        members["materialized"] = .optional(copy)
        members["runs"] = .array(runs.map(\.json))
        return .object(members)
    }
}
