import Curate

/// What `curate score --by label-issues` shows of the labels that are probably wrong.
struct LabelIssuesReport {
    let title: String
    let suspects: LabelSuspects
    let candidates: ExampleTable
    /// The file the whole list was written to.
    let file: String?
    /// The words that read the dataset, to suggest what comes next.
    let data: [String]

    /// Prints the most suspicious labels, and how many of each class there are.
    func show(on console: Console, top: Int) throws {
        let count = suspects.entries.count
        try console.printLine(
            console.style.bold(title) + ", \(NumberText.grouped(count)) of "
                + "\(NumberText.grouped(candidates.count)) labels are probably wrong")
        try console.printLine(console.style.dim(suspects.method))
        if let alarm = suspects.alarm(of: candidates.count) { console.warn(alarm) }
        if top > 0, count > 0 {
            var table = Table([
                .number("rank"), .text("id", mayShrink: true), .text("label", mayShrink: true),
                .text("suggested", mayShrink: true), .number("confidence"),
            ])
            for (place, entry) in suspects.entries.prefix(top).enumerated() {
                table.add([
                    String(place + 1), candidates.id(at: Int(entry.position)), candidates.classNames[Int(entry.given)],
                    entry.suggested.map { candidates.classNames[Int($0)] } ?? "-",
                    NumberText.fixed(entry.confidence, decimals: 4),
                ])
            }
            try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        }
        try console.printLine()
        var classes = Table([
            .text("class", mayShrink: true), .number("examples"), .number("suspect"), .number("share"),
        ])
        let suspect = suspects.entries.reduce(into: [Int](repeating: 0, count: candidates.classNames.count)) {
            $0[Int($1.given)] += 1
        }
        for (label, total) in candidates.classCounts.enumerated() {
            classes.add([
                candidates.classNames[label], NumberText.grouped(total), NumberText.grouped(suspect[label]),
                total > 0 ? NumberText.percent(Double(suspect[label]) / Double(total)) : "-",
            ])
        }
        try console.printLines(classes.lines(maximumWidth: console.tableWidth, style: console.style))
        let isAlarming = suspects.alarm(of: candidates.count) != nil
        if let file { try console.printLine("wrote \(TerminalText.printable(file))") }
        if count == 0 {
            console.remark(
                "networks that trained long know wrong labels by heart: judge earlier with --at 1, or out of fold with "
                    + "--folds 4")
        } else if let file, !isAlarming {
            let words = ["--policy", "random", "--suspects", file, "--out", "clean"]
            try console.printLine(
                "next: " + TerminalText.printable(ShellText.join(["curate", "prune"] + data + words)))
        } else if file == nil {
            console.remark("keep the list: add --suspects suspects.csv")
        }
    }

    /// The report for programs: the whole list.
    var json: JSONValue { suspects.reportJSON(candidates).merging(["file": .optional(file)]) }
}
