/// The groups of a report: every value of every group column that has examples, without the examples of a column that
/// belong to none of its groups.
///
/// Groups of several columns overlap. Statistics of groups are those of `cells`, in the same order.
package struct GroupSets: Sendable, Equatable {
    /// One group.
    package struct Group: Sendable, Equatable {
        /// The name of the column.
        package let column: String
        /// The name of the value.
        package let name: String
        /// The number of examples, at least 1.
        package let count: Int
    }

    /// The groups, column by column and in the order of the values' names.
    package let groups: [Group]
    /// Which examples belong to which groups; its sets are the groups.
    package let cells: MembershipCells

    /// Finds the groups.
    ///
    /// - Parameters:
    ///   - columns: group columns of these examples.
    ///   - exampleCount: how many examples there are.
    /// - Precondition: each column has a value for each example.
    package init(_ columns: [GroupColumn], exampleCount: Int) {
        cells = MembershipCells(
            columns: columns.map {
                MembershipCells.Column(
                    values: $0.values, valueCount: $0.valueNames.count, excluded: $0.complement)
            }, exampleCount: exampleCount)
        groups = cells.subsets.map {
            let column = columns[$0.column]
            return Group(column: column.name, name: column.valueNames[Int($0.value)], count: $0.count)
        }
    }
}
