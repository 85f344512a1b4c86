/// How classes or groups of different sizes are made to count alike in a training.
///
/// Simple data balancing achieves competitive worst-group-accuracy (Idrissi, Arjovsky, Pezeshki, Lopez-Paz, 2022): there
/// weighting or sampling by classes and groups are RWY and RWG, subsampling SUBY and SUBG. Sizes are those of what is
/// trained on, an example counting as much as its weight.
package struct Balance: Sendable, Equatable {
    /// What counts alike.
    package enum Cells: String, Sendable, CaseIterable {
        /// The classes.
        case classes
        /// The groups of the recipe; examples that belong to none are one more.
        case groups
    }

    /// How it is made to.
    package enum Method: String, Sendable, CaseIterable {
        /// The loss of an example of cell c is multiplied by n / (cells · n_c), whose mean is 1.
        case weights
        /// An epoch draws n presentations with replacement: a cell, each as likely as the others, and an example of it, as
        /// likely as its weight says.
        case sampling
        /// As many examples of every cell as the smallest has, chosen by the run's seed for all its epochs.
        case subsample
    }

    /// What counts alike.
    package let cells: Cells
    /// How it is made to.
    package let method: Method

    /// Makes a balance.
    package init(_ cells: Cells, by method: Method) {
        self.cells = cells
        self.method = method
    }

    /// The balance as canonical parameters of a stage.
    var parameters: JSONValue { ["of": .string(cells.rawValue), "by": .string(method.rawValue)] }
}

/// Which group column of a dataset a recipe speaks of.
package struct Grouping: Sendable, Equatable {
    /// The column's name.
    package let name: String
    /// The column's digest: which examples belong together, which is what a run depends on.
    package let digest: String

    /// Names a column.
    package init(name: String, digest: String) {
        self.name = name
        self.digest = digest
    }

    /// Names a column of a dataset.
    package init(_ column: GroupColumn) {
        self.init(name: column.name, digest: column.digest)
    }
}
