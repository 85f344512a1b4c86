import Curate

/// What `curate score` shows of its result: for people a page, for programs one JSON object.
struct ScoreReport {
    let title: String
    let table: ScoreTable
    let examples: ExampleTable
    let ties: TieBreaker
    let stability: [ScoreStability]
    let runs: [RunCache.Outcome]
    let scoreKeys: [ArtifactKey]
    /// The store the scores are in; nil when they are in none.
    let store: String?
    /// Whether the number of seeds was found by another rule, so that this one's warnings would only confuse.
    let isUntilStable: Bool

    /// Makes a report of scores that no run of ours stands behind.
    init(title: String, table: ScoreTable, examples: ExampleTable) {
        let ties = examples.tieBreaker()
        self.init(
            title: title, table: table, examples: examples, ties: ties,
            stability: table.columns.map { ScoreStability(of: $0) }, runs: [], scoreKeys: [], store: nil)
    }

    init(
        title: String, table: ScoreTable, examples: ExampleTable, ties: TieBreaker, stability: [ScoreStability],
        runs: [RunCache.Outcome], scoreKeys: [ArtifactKey], store: String?, isUntilStable: Bool = false
    ) {
        self.title = title
        self.table = table
        self.examples = examples
        self.ties = ties
        self.stability = stability
        self.runs = runs
        self.scoreKeys = scoreKeys
        self.store = store
        self.isUntilStable = isUntilStable
    }

    /// Prints the report for people.
    ///
    /// - Parameters:
    ///   - console: where to.
    ///   - top: how many of the hardest and easiest to list.
    ///   - files: the files that were written.
    func show(on console: Console, top: Int, files: [String]) throws {
        for warning in table.warnings + table.columns.flatMap(\.warnings) { console.warn(warning) }
        try console.printLine(console.style.bold(title) + ", \(NumberText.grouped(examples.count)) examples scored")
        try printRuns(on: console)
        for (column, stable) in zip(table.columns, stability) {
            try console.printLine()
            try console.printLine(console.style.bold(column.name.rawValue) + "  \(column.direction.phrase)")
            try console.printLine(console.style.dim(column.description))
            try printDistribution(column, on: console)
            if top > 0 { try printExtremes(column, top: top, on: console) }
            // With another share or tolerance the stages have given the answer already.
            if !isUntilStable { try console.printProse(stable.summary) }
        }
        try printClasses(on: console)
        stabilityWarnings.forEach(console.warn)
        try printEnd(files, on: console)
    }

    private var stabilityWarnings: [String] { isUntilStable ? [] : stability.compactMap(\.warning) }

    private func printRuns(on console: Console) throws {
        for run in runs {
            var facts = ["loss \(NumberText.fixed(run.losses.last ?? .nan, decimals: 4))"]
            facts.append("in-batch accuracy \(NumberText.percent(run.accuracies.last ?? .nan, decimals: 2))")
            if let accuracy = run.validationAccuracy {
                facts.append("validation \(NumberText.percent(accuracy, decimals: 2))")
            }
            if let accuracy = run.testAccuracy { facts.append("test \(NumberText.percent(accuracy, decimals: 2))") }
            try console.printLine("seed \(run.seed)  \(facts.joined(separator: "  "))  \(RunText.describe(run))")
        }
    }

    private func printDistribution(_ column: ScoreColumn, on console: Console) throws {
        let distribution = ScoreDistribution(of: column.values)
        let histogram = Histogram(column.values, binCount: 12)
        try console.printLines(
            histogram.lines(
                columns: min(console.tableWidth ?? 80, 80), style: console.style,
                supportsUnicode: console.terminal.supportsUnicode))
        let quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map {
            "\(Int($0 * 100))% \(NumberText.significant(Double(distribution.quantile($0))))"
        }
        try console.printLine(
            "mean \(NumberText.significant(distribution.mean))  " + quantiles.joined(separator: "  "))
    }

    private func printExtremes(_ column: ScoreColumn, top: Int, on console: Console) throws {
        for (heading, list) in [
            "hardest": column.hardest(top, of: examples, ties: ties),
            "easiest": column.easiest(top, of: examples, ties: ties),
        ] {
            var table = Table([
                .number(heading), .text("id", mayShrink: true), .text("label", mayShrink: true),
                .text("predicted", mayShrink: true), .number(column.name.rawValue), .number("± sd"),
            ])
            for example in list {
                table.add([
                    String(example.rank), example.id, example.className, example.prediction ?? "-",
                    NumberText.significant(Double(example.value)),
                    example.standardDeviation.map { NumberText.significant(Double($0), digits: 2) } ?? "-",
                ])
            }
            try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        }
    }

    private func printClasses(on console: Console) throws {
        var lines = Table(
            [.text("class", mayShrink: true), .number("examples")]
                + table.columns.map {
                    .number("mean \($0.name.rawValue)")
                })
        let summaries = table.columns.map { $0.classSummaries(of: examples) }
        for index in examples.classNames.indices {
            lines.add(
                [examples.classNames[index], NumberText.grouped(summaries.first?[index].count ?? 0)]
                    + summaries.map { $0[index].mean.map { NumberText.significant($0) } ?? "-" })
        }
        try console.printLine()
        try console.printLines(lines.lines(maximumWidth: console.tableWidth, style: console.style))
    }

    private func printEnd(_ files: [String], on console: Console) throws {
        if let store {
            try console.printLine()
            try console.printLine("scores are in \(store)" + files.map { ", \($0)" }.joined())
            if let first = table.columns.first {
                console.remark(
                    "query them: sqlite3 \(ShellText.quoted(store)) \"select id, class, value from score_table where "
                        + "name = '\(first.name.rawValue)' order by rank limit 10\"")
            }
        } else if !files.isEmpty {
            try console.printLine("scores are in \(files.joined(separator: ", "))")
        } else {
            console.remark("keep them: add --out scores.csv")
        }
    }

    /// The report for programs.
    func json(top: Int, files: [String]) -> [String: JSONValue] {
        let columns = zip(table.columns, stability).enumerated().map { position, pair in
            pair.0.reportJSON(of: examples, ties: ties, listing: top).merging([
                "key": position < scoreKeys.count ? .string(scoreKeys[position].hexadecimal) : .null,
                "stability": pair.1.json,
            ])
        }
        return [
            "examples": .int(examples.count), "runs": .array(runs.map(\.json)),
            "scores": .array(columns),
            "warnings": .strings(table.warnings + table.columns.flatMap(\.warnings) + stabilityWarnings),
            "store": .optional(store), "files": .strings(files),
        ]
    }
}
