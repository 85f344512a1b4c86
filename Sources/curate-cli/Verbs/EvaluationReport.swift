import Curate

/// An evaluation as people read it.
struct EvaluationReport {
    private let evaluation: Evaluation
    private let classNames: [String]
    /// Whether somebody asked for the rule of frequent and rare classes.
    private let hasRule: Bool

    /// A matrix of more classes than this is not read but computed with.
    private static let largestMatrix = 12

    init(_ evaluation: Evaluation, classNames: [String], hasRule: Bool = false) {
        self.evaluation = evaluation
        self.classNames = classNames
        self.hasRule = hasRule
    }

    func show(on console: Console) throws {
        try printClasses(on: console)
        try console.printProse(measuresSentence)
        try printFrequencies(on: console)
        // Named conditions are one group each, and stand in one table.
        let conditions = evaluation.groups.flatMap(\.values).filter { $0.column == $0.name }
        let columns = evaluation.groups.map { ($0.name, $0.values.filter { $0.column != $0.name }) }
        for (name, groups) in columns + [("group", conditions)] where !groups.isEmpty {
            try console.printLine()
            try printGroups(name, groups, on: console)
        }
        if !evaluation.groups.isEmpty { try printWorst(on: console) }
        if classNames.count <= Self.largestMatrix { try printConfusion(on: console) }
        for note in evaluation.notes { try console.printProse("note: " + TerminalText.printable(note)) }
    }

    private func percent(_ share: Double?) -> String { share.map { NumberText.percent($0, decimals: 2) } ?? "-" }

    /// 0.8391 as `83.9`, for columns that say what they are in.
    private func points(_ share: Double?) -> String {
        share.map { NumberText.fixed(100 * $0, decimals: 1) } ?? "-"
    }

    private func interval(_ range: ClosedRange<Double>?) -> String? {
        range.map { "\(points($0.lowerBound)) to \(points($0.upperBound)) %" }
    }

    // MARK: - Over all and by class

    private func printClasses(on console: Console) throws {
        let counts = evaluation.frequency?.trainingCounts
        var table = Table(
            [.text("class", mayShrink: true)] + (counts == nil ? [] : [.number("train")]) + [
                .number("examples"), .number("recall"), .number("± sd"), .number("95 %"),
            ])
        for (row, rate) in ([evaluation.accuracy] + evaluation.classes).enumerated() {
            let interval = rate.interval.map {
                "\(NumberText.percent($0.lower, decimals: 1)) to \(NumberText.percent($0.upper, decimals: 1))"
            }
            let trained = counts.map { NumberText.grouped(row == 0 ? $0.reduce(0, +) : $0[row - 1]) }
            // A class that nobody could learn: its recall of 0 % is no finding.
            let isUntrained = row > 0 && counts?[row - 1] == 0
            table.add(
                [rate.name] + [trained].compactMap { $0 } + [NumberText.grouped(rate.count)]
                    + (isUntrained
                        ? ["untrained", "-", "-"]
                        : [percent(rate.mean), percent(rate.standardDeviation), interval ?? "-"]))
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }

    /// `balanced accuracy 76.14 %, worst class yes 60.22 % (at least 58.1 %), macro-F1 0.776, AUROC 0.903`.
    private var measuresSentence: String {
        var parts: [String] = []
        if let mean = evaluation.meanOfClasses { parts.append("balanced accuracy \(percent(mean))") }
        if let worst = evaluation.worstClass, evaluation.classes.count(where: { $0.count > 0 }) > 1 {
            let bound = evaluation.worstClassInterval.map { " (95 %: \(interval($0) ?? ""))" } ?? ""
            let place = evaluation.classes.firstIndex { $0.name == worst.name }
            let isUntrained = place.flatMap { evaluation.frequency?.trainingCounts[$0] } == 0
            parts.append(
                "worst class \(TerminalText.printable(worst.name)) "
                    + (isUntrained ? "without training examples" : "\(percent(worst.mean))\(bound)"))
        }
        for measure in Evaluation.Measure.allCases {
            guard let spread = evaluation.measures[measure] else { continue }
            let deviation = spread.standardDeviation.map { " ± \(NumberText.fixed($0, decimals: 4))" } ?? ""
            parts.append("\(measure.title) \(NumberText.fixed(spread.mean, decimals: 4))\(deviation)")
        }
        return parts.joined(separator: ", ")
    }

    // MARK: - By frequency

    /// Classes whose largest has this many times the examples of the smallest make a tail that is worth a word.
    private static let notableImbalance = 10.0

    private func printFrequencies(on console: Console) throws {
        guard let frequency = evaluation.frequency else { return }
        let bins = evaluation.frequencyBins
        let filled = bins.filter { !$0.classes.isEmpty || !$0.unseen.isEmpty }
        guard filled.count > 1 else {
            guard let only = filled.first, hasRule || frequency.imbalance ?? 1 >= Self.notableImbalance else { return }
            return try console.printProse(
                "by training examples (\(frequency.rule.rawValue)) all classes are \(only.bin.rawValue), "
                    + "\(frequency.rule.words(only.bin)); --frequency-rule divides them otherwise")
        }
        try console.printLine()
        var table = Table([
            .text("by training examples (\(frequency.rule.rawValue))"), .number("classes"), .number("mean recall"),
            .number("± sd"), .number("95 %"),
        ])
        for bin in bins {
            table.add([
                "\(bin.bin.rawValue), \(frequency.rule.words(bin.bin))", NumberText.grouped(bin.classes.count),
                percent(bin.accuracies?.mean), percent(bin.accuracies?.standardDeviation),
                bin.interval.map {
                    "\(NumberText.percent($0.lower, decimals: 1)) to \(NumberText.percent($0.upper, decimals: 1))"
                } ?? "-",
            ])
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
        for note in evaluation.frequencyNotes { try console.printProse("note: " + TerminalText.printable(note)) }
    }

    // MARK: - By group

    /// A column of a table of groups.
    private struct GroupColumn {
        let column: Table.Column
        /// Whether it is left out where the terminal is too narrow for it.
        var isOptional = false
        let cell: (Evaluation.Group) -> String
    }

    private func printGroups(_ name: String, _ groups: [Evaluation.Group], on console: Console) throws {
        var columns = groupColumns(name, groups)
        func lines() -> [String] {
            var table = Table(columns.map(\.column))
            for group in groups { table.add(columns.map { $0.cell(group) }) }
            return table.lines(style: .plain)
        }
        // Names are cut only when what is less important is gone.
        while let width = console.tableWidth, lines().contains(where: { TerminalText.width(of: $0) > width }),
            let last = columns.lastIndex(where: \.isOptional)
        {
            columns.remove(at: last)
        }
        var table = Table(columns.map(\.column))
        for group in groups { table.add(columns.map { $0.cell(group) }) }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }

    private func groupColumns(_ name: String, _ groups: [Evaluation.Group]) -> [GroupColumn] {
        let total = Double(max(1, evaluation.accuracy.count))
        var columns = [GroupColumn(column: .text(name, mayShrink: true)) { mark($0) + $0.name }]
        func add(_ heading: String, isOptional: Bool = false, _ cell: @escaping (Evaluation.Group) -> String) {
            columns.append(GroupColumn(column: .number(heading), isOptional: isOptional, cell: cell))
        }
        if groups.contains(where: { $0.trainingCount != nil }) {
            add("train") { $0.trainingCount.map { NumberText.grouped($0) } ?? "-" }
        }
        add(evaluation.partition?.name ?? "n") { NumberText.grouped($0.count) }
        add("share", isOptional: true) { points(Double($0.count) / total) }
        add("acc %") { points($0.rate.mean) }
        if evaluation.seeds.count > 1 { add("± sd") { points($0.rate.standardDeviation) } }
        add("95 %") { $0.rate.interval.map { "\(points($0.lower))-\(points($0.upper))" } ?? "-" }
        if groups.contains(where: { $0.losses != nil }) {
            add("loss", isOptional: true) { $0.losses.map { NumberText.fixed($0.mean, decimals: 3) } ?? "-" }
        }
        add("to all") { above($0.rate.mean, evaluation.accuracy.mean) }
        add("to best", isOptional: true) { above($0.rate.mean, evaluation.best?.rate.mean) }
        return columns
    }

    /// What stands before the name of a group: `*` for the worst, `?` for one that is too small to judge.
    private func mark(_ group: Evaluation.Group) -> String {
        (group.fullName == evaluation.worst?.fullName ? "* " : "") + (group.isTooSmallToJudge ? "? " : "")
    }

    private func above(_ mean: Double?, _ other: Double?) -> String {
        guard let mean, let other else { return "-" }
        let text = points(mean - other)
        return mean > other && text != "0.0" ? "+" + text : text
    }

    private func printWorst(on console: Console) throws {
        func describe(_ group: Evaluation.Group) -> String {
            "\(TerminalText.printable(group.fullName)) \(percent(group.rate.mean))"
        }
        try console.printLine()
        if let worst = evaluation.worst {
            var text = "* worst group \(describe(worst))"
            if let range = interval(evaluation.worstInterval) { text += " (95 % of the minimum: \(range))" }
            if let second = evaluation.secondWorst { text += ", second \(describe(second))" }
            if let best = evaluation.best, let gap = evaluation.gap {
                text += ", best \(describe(best)): \(points(gap)) points apart"
            }
            try console.printProse(text, emphasized: true)
        } else {
            try console.printProse(
                "no group has \(NumberText.grouped(evaluation.minimumGroupSize)) examples, so none is the worst")
        }
        let others = evaluation.possiblyWorst.dropFirst()
        if !others.isEmpty {
            try console.printProse(
                "too few examples to tell it from: "
                    + others.map { TerminalText.printable($0.fullName) }.joined(separator: ", "))
        }
        var means = ["average \(percent(evaluation.accuracy.mean)) over examples"]
        if let mean = evaluation.trainWeightedMean { means.append("\(percent(mean)) weighted by training examples") }
        if let mean = evaluation.groupMean { means.append("\(percent(mean)) mean over groups") }
        try console.printProse(means.joined(separator: ", "))
        if evaluation.seeds.count > 1 { try printSeeds(on: console) }
        try printFlags(on: console)
    }

    private func printSeeds(on console: Console) throws {
        let found = evaluation.worstBySeed
        guard !found.isEmpty else { return }
        let spread = Evaluation.Spread(found.map(\.accuracy))
        let deviation = spread.standardDeviation.map { " ± \(percent($0))" } ?? ""
        let seeds = found.map { "\(TerminalText.printable($0.name)) \(percent($0.accuracy)) (seed \($0.seed))" }
        try console.printProse(
            "worst in each run: \(percent(spread.mean))\(deviation): " + seeds.joined(separator: ", "))
    }

    private func printFlags(on console: Console) throws {
        let groups = evaluation.allGroups
        func list(_ groups: [Evaluation.Group]) -> String {
            groups.map { "\(TerminalText.printable($0.fullName)) (\($0.count))" }.joined(separator: ", ")
        }
        let small = groups.filter { $0.isTooSmallToJudge }
        if !small.isEmpty {
            try console.printProse(
                "? fewer than \(Evaluation.Group.judgedFrom) examples, too few to judge: \(list(small))")
        }
        let left = groups.filter { $0.simultaneous == nil && $0.count > 0 }
        if !left.isEmpty {
            try console.printProse(
                "left out of the minimum, below \(NumberText.grouped(evaluation.minimumGroupSize)): \(list(left))")
        }
        if evaluation.trainWeightedMean == nil, groups.allSatisfy({ $0.trainingCount == nil }) {
            try console.printProse(
                "the average weighted by training examples is missing: a column that says train and test would tell them"
            )
        }
    }

    private func printConfusion(on console: Console) throws {
        try console.printLine()
        var table = Table(
            [.text("label \\ predicted", mayShrink: true)] + classNames.indices.map { .number(String($0)) })
        for (label, row) in evaluation.confusion.enumerated() {
            table.add(["\(label) \(classNames[label])"] + row.map { String($0) })
        }
        try console.printLines(table.lines(maximumWidth: console.tableWidth, style: console.style))
    }
}
