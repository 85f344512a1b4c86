/// A feature as the input has it: a column of a table, before categories became several numbers.
package struct FeatureColumn: Sendable, Equatable {
    /// What the input calls it.
    package let name: String
    /// The numbers of a row that it became.
    package let elements: Range<Int>
    /// Whether it is a category: one of its elements is 1, or none for a value that is not known.
    package let isCategory: Bool

    /// Describes a column.
    package init(name: String, elements: Range<Int>, isCategory: Bool) {
        self.name = name
        self.elements = elements
        self.isCategory = isCategory
    }
}
