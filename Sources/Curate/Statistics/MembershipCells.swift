/// Sets of examples that may overlap, and the cells of their overlap: examples that belong to exactly the same sets.
///
/// What is asked of sets and their intersections is a sum over cells, so that after one pass over the examples nothing
/// depends on their number any more: a million examples in 16 overlapping sets have at most 65,536 cells. Cells and
/// sets are numbered by their values, so that the order of the examples changes nothing either.
package struct MembershipCells: Sendable, Equatable {
    /// An attribute of the examples; each of its values makes a set.
    package struct Column: Sendable {
        /// For each example the number of its value.
        package let values: [Int32]
        /// How many values there are.
        package let valueCount: Int
        /// The value whose examples are in no set of this column; nil when each is in one.
        package let excluded: Int32?

        /// Makes a column.
        ///
        /// - Precondition: the values are within `0..<valueCount`.
        package init(values: [Int32], valueCount: Int, excluded: Int32? = nil) {
            precondition(values.allSatisfy { $0 >= 0 && $0 < valueCount }, "a value without a number")
            self.values = values
            self.valueCount = valueCount
            self.excluded = excluded
        }
    }

    /// The examples that share a value of a column.
    package struct Subset: Sendable, Equatable {
        /// The number of the column.
        package let column: Int
        /// The number of the value.
        package let value: Int32
        /// How many examples it has, at least 1.
        package let count: Int
    }

    /// The sets, column by column and in the order of the values; those without examples and the excluded are left out.
    package let subsets: [Subset]
    /// The number of examples.
    package let exampleCount: Int
    /// The number of cells that have examples.
    package let cellCount: Int
    /// The cell of each example.
    package let cells: [Int32]
    /// For each cell the numbers of the sets its examples are in, ascending.
    let subsetsOfCell: [[Int]]

    /// Finds the cells.
    ///
    /// - Parameters:
    ///   - columns: attributes of the examples.
    ///   - exampleCount: how many examples there are.
    /// - Precondition: each column has a value for each example.
    package init(columns: [Column], exampleCount: Int) {
        precondition(columns.allSatisfy { $0.values.count == exampleCount }, "one value per example")
        self.exampleCount = exampleCount
        var cells = [Int32](repeating: 0, count: exampleCount)
        var cellCount = exampleCount > 0 ? 1 : 0
        for column in columns { Self.refine(&cells, count: &cellCount, by: column) }
        self.cells = cells
        self.cellCount = cellCount

        var subsets: [Subset] = []
        var numbers: [[Int?]] = []
        for (number, column) in columns.enumerated() {
            var counts = [Int](repeating: 0, count: column.valueCount)
            for value in column.values { counts[Int(value)] += 1 }
            numbers.append(
                counts.enumerated().map { value, count in
                    guard count > 0, column.excluded != Int32(value) else { return nil }
                    subsets.append(Subset(column: number, value: Int32(value), count: count))
                    return subsets.count - 1
                })
        }
        self.subsets = subsets
        var isSeen = [Bool](repeating: false, count: cellCount)
        var subsetsOfCell = [[Int]](repeating: [], count: cellCount)
        for (example, cell) in cells.enumerated() where !isSeen[Int(cell)] {
            isSeen[Int(cell)] = true
            subsetsOfCell[Int(cell)] = zip(columns, numbers).compactMap { $1[Int($0.values[example])] }
        }
        self.subsetsOfCell = subsetsOfCell
    }

    /// Splits cells by the values of one more column, and numbers them by what they have in common.
    private static func refine(_ cells: inout [Int32], count: inout Int, by column: Column) {
        let keyCount = count.multipliedReportingOverflow(by: column.valueCount)
        // A table of all possible cells is the fastest as long as it is not much larger than what it numbers.
        if !keyCount.overflow && keyCount.partialValue <= max(1 << 16, 4 * cells.count) {
            var numbers = [Int32](repeating: -1, count: keyCount.partialValue)
            for (cell, value) in zip(cells, column.values) { numbers[Int(cell) * column.valueCount + Int(value)] = 0 }
            count = 0
            for key in numbers.indices where numbers[key] == 0 {
                numbers[key] = Int32(count)
                count += 1
            }
            for example in cells.indices {
                cells[example] = numbers[Int(cells[example]) * column.valueCount + Int(column.values[example])]
            }
        } else {
            let keys = zip(cells, column.values).map { Int64($0) << 32 | Int64($1) }
            let sorted = Set(keys).sorted()
            let numbers = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices.map { Int32($0) }))
            count = sorted.count
            for example in cells.indices { cells[example] = numbers[keys[example]] ?? 0 }
        }
    }

    /// Sums of whole numbers over each cell, one pass over the examples.
    func sums(count channels: Int, of values: (_ example: Int, _ add: (Int, Int64) -> Void) -> Void) -> [Int64] {
        var sums = [Int64](repeating: 0, count: cellCount * channels)
        sums.withUnsafeMutableBufferPointer { sums in
            for (example, cell) in cells.enumerated() {
                let start = Int(cell) * channels
                values(example) { sums[start + $0] += $1 }
            }
        }
        return sums
    }
}
