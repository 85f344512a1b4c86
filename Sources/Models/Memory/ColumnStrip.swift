/// Neighbouring columns of a matrix that lie together in memory: 64, and 32 or 16 where no more are left.
///
/// Weights of fully connected layers lie in strips, and are packed into them where they do not: a strip's row is what one
/// tile of a product reads at a time.
package struct ColumnStrip {
    /// The number of columns of all strips but the last.
    package static let fullWidth = 64

    /// Its first column.
    package let first: Int
    /// The columns it has room for: 64, 32 or 16.
    package let width: Int
    /// The columns that exist, from the first.
    package let count: Int

    /// One strip of a matrix.
    package init(_ number: Int, columns: Int) {
        first = number &* Self.fullWidth
        count = min(Self.fullWidth, columns &- first)
        width = count > 32 ? 64 : count > 16 ? 32 : 16
    }

    /// The strip that a column belongs to.
    package init(containing column: Int, columns: Int) {
        self.init(column / Self.fullWidth, columns: columns)
    }

    /// The strips of a matrix.
    package static func count(columns: Int) -> Int { (columns + fullWidth - 1) / fullWidth }

    /// The columns of all strips together, those included that do not exist.
    package static func paddedColumns(_ columns: Int) -> Int {
        let last = ColumnStrip(count(columns: columns) - 1, columns: columns)
        return last.first + last.width
    }
}
