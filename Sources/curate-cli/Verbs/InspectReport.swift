import Curate

/// An inspection as `curate inspect` prints it.
package struct InspectReport {
    private static let barWidth = 20

    private let inspection: DatasetInspection
    /// How many rows a list shows before it is cut short.
    private let top: Int
    private let supportsUnicode: Bool
    private let style: Style
    private let tableWidth: Int?
    private let spelling: ParameterSpelling

    /// A report for a console.
    package init(_ inspection: DatasetInspection, top: Int, console: Console) {
        self.inspection = inspection
        self.top = top
        supportsUnicode = console.terminal.supportsUnicode
        style = console.style
        tableWidth = console.tableWidth
        spelling = console.spelling
    }

    /// The lines, without the advice on what to do next.
    package var lines: [String] {
        let untrained = inspection.untrained.warnings.map { style.yellow("warning: " + TerminalText.printable($0)) }
        var sections = [overview, partitions, classes] + (untrained.isEmpty ? [] : [untrained])
        for own in inspection.groups {
            sections.append(group(own))
            sections += InspectedGroups(inspection, top: top, style: style, tableWidth: tableWidth).tables(of: own)
        }
        sections.append(values + duplicates + leakage)
        if !inspection.shortcuts.isEmpty {
            sections.append(
                inspection.shortcuts.map { found in
                    style.yellow("warning: " + TerminalText.printable(spelling.spelled(found.text)))
                })
        }
        if !inspection.notes.isEmpty {
            sections.append(
                inspection.notes.map { note in
                    let text = TerminalText.printable(spelling.spelled(note))
                    return DatasetNote.warning(note) == nil ? "note: \(text)" : style.yellow(text)
                })
        }
        return Array(sections.joined(separator: [""]))
    }

    private var overview: [String] {
        let shape = inspection.shape
        let kind = shape.isImage ? "images" : "vectors"
        let order = shape.isImage && shape.channels > 1 ? ", \(inspection.layout.name)" : ""
        let count = NumberText.grouped(inspection.counts.reduce(0, +))
        let extents = "\(kind) of \(shape.text) (\(inspection.elementType.name)\(order))"
        return [
            "\(style.bold(TerminalText.printable(inspection.name))): \(inspection.format.rawValue), \(count) \(extents)",
            "content \(inspection.contentHash)",
        ]
    }

    /// The partitions that have examples, with their place in `counts`.
    private var occupied: [(partition: Partition, index: Int)] {
        Partition.allCases.enumerated().filter { inspection.counts[$0.offset] > 0 }.map { ($0.element, $0.offset) }
    }

    private var partitions: [String] {
        var table = Table([.text("partition"), .number("examples"), .number("share")])
        let total = Double(inspection.counts.reduce(0, +))
        for (partition, index) in occupied {
            let count = inspection.counts[index]
            table.add([partition.name, NumberText.grouped(count), NumberText.percent(Double(count) / total)])
        }
        return table.lines(maximumWidth: tableWidth, style: style)
    }

    private var classes: [String] {
        let classes = inspection.classes
        let most = classes.map { $0.counts[0] }.max() ?? 0
        // A short list keeps the order of the labels; of a long one the largest classes tell most.
        let order = classes.indices.sorted { classes[$0].counts[0] > classes[$1].counts[0] }
        let shown = classes.count <= top ? Array(classes.indices) : order.prefix(top).sorted()
        // Without names of their own, classes are called by their labels; once is enough.
        let hasNames = classes.indices.contains { classes[$0].name != String($0) }
        var table = Table(
            [.number("label")] + (hasNames ? [.text("class", mayShrink: true)] : [])
                + occupied.map { .number($0.partition.name) } + [.text("train share")])
        for label in shown {
            let own = classes[label]
            let bar = Bar.text(
                Double(own.counts[0]) / Double(max(1, most)), columns: Self.barWidth, supportsUnicode: supportsUnicode)
            let share = NumberText.percent(Double(own.counts[0]) / Double(max(1, inspection.counts[0])))
            table.add(
                [String(label)] + (hasNames ? [own.name] : [])
                    + occupied.map { NumberText.grouped(own.counts[$0.index]) } + ["\(bar)  \(share)"])
        }
        var lines = [imbalance]
        if !shown.isEmpty { lines += table.lines(maximumWidth: tableWidth, style: style) }
        lines += cut(classes.count, to: shown.count, "smaller classes")
        return lines
    }

    private var imbalance: String {
        let classes = inspection.classes
        let count = "\(NumberText.grouped(classes.count)) \(Self.word(classes.count, "class", "classes"))"
        let present = classes.filter { $0.counts[0] > 0 }
        guard let ratio = inspection.imbalanceRatio,
            let largest = present.max(by: { $0.counts[0] < $1.counts[0] }),
            let smallest = present.min(by: { $0.counts[0] < $1.counts[0] })
        else { return "\(count), of which \(present.count) with training examples" }
        let absent = classes.count - present.count
        let note = absent > 0 ? "; \(absent) without training examples" : ""
        if ratio == 1 { return "\(count) of \(NumberText.grouped(largest.counts[0])) training examples each\(note)" }
        let ends = [largest, smallest].map {
            "\(TerminalText.printable($0.name)) with \(NumberText.grouped($0.counts[0]))"
        }
        return "\(count), imbalance \(NumberText.fixed(ratio, decimals: 2)) (largest \(ends[0]), smallest \(ends[1]))"
            + note
    }

    private func group(_ group: DatasetInspection.Group) -> [String] {
        let total = Double(max(1, inspection.counts[0]))
        let largest = group.values.indices.sorted { group.values[$0].counts[0] > group.values[$1].counts[0] }
        let shown = group.values.count <= top ? Array(group.values.indices) : largest.prefix(top).sorted()
        var table = Table(
            [.text("group \(group.name)", mayShrink: true)] + occupied.map { .number($0.partition.name) }
                + [.text("train share"), .text("largest class", mayShrink: true)])
        for value in shown.map({ group.values[$0] }) {
            let all = value.classCounts.reduce(0, +)
            let label = value.classCounts.indices.max { value.classCounts[$0] < value.classCounts[$1] } ?? 0
            let share = Double(value.classCounts[label]) / Double(max(1, all))
            table.add(
                [value.name] + occupied.map { NumberText.grouped(value.counts[$0.index]) }
                    + [
                        NumberText.percent(Double(value.counts[0]) / total),
                        "\(inspection.classes[label].name) \(NumberText.percent(share))",
                    ])
        }
        return table.lines(maximumWidth: tableWidth, style: style)
            + cut(group.values.count, to: shown.count, "rarer values")
    }

    private var values: [String] {
        let values = inspection.values
        let range = "\(NumberText.significant(values.minimum)) to \(NumberText.significant(values.maximum))"
        let mean = NumberText.significant(values.mean)
        let deviation = NumberText.significant(values.standardDeviation)
        var lines = ["values      \(range), mean \(mean), sd \(deviation), as stored"]
        if !inspection.constantFeatures.isEmpty {
            let positions = inspection.constantFeatures
            let list = positions.prefix(top).map(String.init).joined(separator: ", ")
            let more = positions.count > top ? ", ..." : ""
            let place = top > 0 ? " (\(list)\(more))" : ""
            lines.append(
                "constant    \(NumberText.grouped(positions.count)) of "
                    + "\(NumberText.grouped(inspection.shape.elementCount)) features are the same everywhere\(place)")
        }
        return lines
    }

    private var duplicates: [String] {
        inspection.duplicates.flatMap { found -> [String] in
            let partition = found.partition.name
            guard found.setCount > 0 else { return ["duplicates  none in \(partition)"] }
            let repeats = "\(NumberText.grouped(found.redundantCount)) \(Self.word(found.redundantCount, "example"))"
            var line = "duplicates  \(repeats) of \(partition) \(found.redundantCount == 1 ? "repeats" : "repeat") "
            line += "another, in \(NumberText.grouped(found.setCount)) \(Self.word(found.setCount, "set"))"
            if found.conflictingSetCount > 0 {
                line += style.yellow("; \(NumberText.grouped(found.conflictingSetCount)) with different labels")
            }
            return [line] + found.examples.prefix(top).map { "            " + Self.equation($0) }
                + indentedCut(found.setCount, to: min(top, found.examples.count), "sets")
        }
    }

    private var leakage: [String] {
        inspection.leakage.flatMap { found -> [String] in
            let (from, into) = (found.source.name, found.partition.name)
            guard found.count > 0 else { return ["leakage     no example of \(into) is in \(from)"] }
            let share = NumberText.percent(
                Double(found.count) / Double(inspection.counts[Int(found.partition.rawValue)]), decimals: 2)
            let examples = "\(NumberText.grouped(found.count)) \(Self.word(found.count, "example"))"
            let verb = found.count == 1 ? "is" : "are"
            var line = style.yellow("leakage     \(examples) of \(into) (\(share)) \(verb) also in \(from)")
            if found.conflictingCount > 0 {
                line += style.yellow("; \(NumberText.grouped(found.conflictingCount)) with another label")
            }
            return [line] + found.examples.prefix(top).map { "            " + Self.equation($0) }
                + indentedCut(found.count, to: min(top, found.examples.count), "examples")
        }
    }

    private static func equation(_ names: [String]) -> String {
        names.map(TerminalText.printable).joined(separator: " = ")
    }

    private static func word(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
        count == 1 ? singular : plural ?? singular + "s"
    }

    private func cut(_ count: Int, to shown: Int, _ what: String) -> [String] {
        guard count > shown else { return [] }
        return ["... and \(NumberText.grouped(count - shown)) \(what); --top \(count) shows all"]
    }

    private func indentedCut(_ count: Int, to shown: Int, _ what: String) -> [String] {
        guard shown > 0 else { return [] }
        return cut(count, to: shown, "more \(what)").map { "            " + $0 }
    }
}
