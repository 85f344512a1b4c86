/// The classes or groups of the examples that are trained on.
struct ExampleCells {
    /// The cell of each example, by its position among those that are trained on.
    let values: [Int32]
    /// The names of the cells, for errors.
    let names: [String]
    /// What they are, for errors: `class` or the name of the group column.
    let kind: String

    /// The number of cells.
    var count: Int { names.count }

    /// The classes of some examples.
    init(classesOf examples: [Int], in dataset: Dataset) {
        values = examples.map { dataset.labels[$0] }
        names = dataset.classNames
        kind = "class"
    }

    /// The groups of some examples; those that belong to none are one more.
    ///
    /// - Throws: `badData` when the dataset does not have these groups.
    init(groupsOf examples: [Int], by grouping: Grouping?, in dataset: Dataset) throws {
        guard let grouping else {
            throw CurateError(
                .usage, "nothing says what the groups of '\(dataset.name)' are", at: dataset.name,
                remedy: "name them with `group` of the dataset")
        }
        guard let column = dataset.groups.first(where: { $0.name == grouping.name }),
            column.digest == grouping.digest
        else {
            throw CurateError(
                .badData, "'\(dataset.name)' does not have the groups '\(grouping.name)' of the recipe",
                at: dataset.name, remedy: "name them with `group` of the dataset")
        }
        values = examples.map { column.values[$0] }
        names = column.valueNames
        kind = "group of '\(column.name)'"
    }

    /// The sum over each cell of what its examples count.
    ///
    /// - Parameter masses: of each example, 0 or more.
    func sizesOrZero(_ masses: (Int) -> Double) -> [Double] {
        var sizes = [Double](repeating: 0, count: count)
        for (position, cell) in values.enumerated() { sizes[Int(cell)] += masses(position) }
        return sizes
    }

    /// The sum over each cell and class of what its examples count, [cells][classes].
    ///
    /// - Throws: `badData` when a cell lacks a class.
    func classSizes(_ classes: ExampleCells, _ masses: (Int) -> Double) throws -> [[Double]] {
        var sizes = [[Double]](repeating: [Double](repeating: 0, count: classes.count), count: count)
        for (position, cell) in values.enumerated() {
            sizes[Int(cell)][Int(classes.values[position])] += masses(position)
        }
        for (cell, ofCell) in sizes.enumerated() {
            guard let empty = ofCell.firstIndex(of: 0) else { continue }
            throw CurateError(
                .badData,
                "the \(kind) '\(names[cell])' has no example of class '\(classes.names[empty])' among the "
                    + "\(values.count) that are trained on, and the loss counts classes within groups",
                remedy: "name groups that have every class, without the label in them, or use `loss: vs`")
        }
        return sizes
    }

    /// The sum over each cell of what its examples count.
    ///
    /// - Parameter masses: of each example, 0 or more.
    /// - Throws: `badData` when a cell has nothing, and so cannot count like the others.
    func sizes(_ masses: (Int) -> Double) throws -> [Double] {
        let sizes = sizesOrZero(masses)
        guard let empty = sizes.firstIndex(of: 0) else { return sizes }
        throw CurateError(
            .badData, "the \(kind) '\(names[empty])' has no example among the \(values.count) that are trained on",
            remedy: kind == "class"
                ? "keep some of every class, leave the class out of the data, or train without `balance` and with "
                    + "`loss: cross-entropy`"
                : "keep some of every group, name other groups with `groups`, or train without them")
    }
}
