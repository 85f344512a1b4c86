import Curate

/// Groups by classes, a table for each partition that has examples.
struct InspectedGroups {
    let inspection: DatasetInspection
    /// The most rows and classes that are shown.
    let top: Int
    let style: Style
    let tableWidth: Int?

    init(_ inspection: DatasetInspection, top: Int, style: Style, tableWidth: Int?) {
        self.inspection = inspection
        self.top = top
        self.style = style
        self.tableWidth = tableWidth
    }

    /// One table for each partition: in every cell a count and its share of the partition.
    func tables(of group: DatasetInspection.Group) -> [[String]] {
        Partition.allCases.filter { inspection.counts[Int($0.rawValue)] > 0 }.map { table(of: group, in: $0) }
    }

    private func table(of group: DatasetInspection.Group, in partition: Partition) -> [String] {
        let place = Int(partition.rawValue)
        let total = Double(inspection.counts[place])
        let classes = inspection.classes.indices.sorted { a, b in
            let (first, second) = (inspection.classes[a].counts[place], inspection.classes[b].counts[place])
            return first != second ? first > second : a < b
        }.prefix(max(1, top)).sorted()
        let values = group.values.indices.sorted { a, b in
            let (first, second) = (group.values[a].counts[place], group.values[b].counts[place])
            return first != second ? first > second : a < b
        }.prefix(max(1, top)).sorted()
        var table = Table(
            [.text("\(group.name), \(partition.name)", mayShrink: true)]
                + classes.map { .number(inspection.classes[$0].name) })
        for value in values.map({ group.values[$0] }) {
            let counts = value.classCountsByPartition[place]
            table.add(
                [value.name]
                    + classes.map {
                        "\(NumberText.grouped(counts[$0]))  \(NumberText.percent(Double(counts[$0]) / total))"
                    })
        }
        var lines = table.lines(maximumWidth: tableWidth, style: style)
        let (hiddenValues, hiddenClasses) = (
            group.values.count - values.count, inspection.classes.count - classes.count
        )
        if hiddenValues + hiddenClasses > 0 {
            lines.append(
                "... and \(NumberText.grouped(hiddenValues)) values, \(NumberText.grouped(hiddenClasses)) classes more; "
                    + "--top \(max(group.values.count, inspection.classes.count)) shows all")
        }
        return lines
    }
}
