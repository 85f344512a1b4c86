import Glibc

/// How classes or groups of different sizes are made to count alike in a training.
///
/// Simple data balancing achieves competitive worst-group-accuracy (Idrissi, Arjovsky, Pezeshki, Lopez-Paz, 2022): there
/// weighting or sampling by classes and groups are RWY and RWG, subsampling SUBY and SUBG. Sizes are those of what is
/// trained on, an example counting as much as its weight.
///
/// It can be deferred to the end of a training: DRW and DRS of LDAM (Cao et al. 2019, algorithm 1).
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
        /// The loss of an example of cell c is multiplied by cells · e_c / Σ e, e_c = (1 - β) / (1 - β^n_c): the sum over the
        /// cells is their number, as in the code of Class-Balanced Loss Based on Effective Number of Samples (Cui et al. 2019;
        /// equation 6).
        case effectiveNumber = "effective-number"
        /// An epoch draws n presentations with replacement: a cell, each as likely as the others, and an example of it, as
        /// likely as its weight says.
        case sampling
        /// The same with a cell's chance as the square root of its size (Decoupling Representation and Classifier for
        /// Long-Tailed Recognition; Kang et al. 2020; section 4.1).
        case squareRoot = "square-root"
        /// The same with a chance that moves from a cell's share to that of all cells alike, epoch by epoch (Kang et al.
        /// 2020; equation 2).
        case progressive
        /// As many examples of every cell as the smallest has, chosen by the run's seed for all its epochs.
        case subsample
    }

    /// What counts alike.
    package let cells: Cells
    /// How it is made to.
    package let method: Method
    /// β of the effective number, in [0, 1); of no effect with another method.
    package let beta: Double
    /// How many epochs pass before it holds, 0 or more.
    package let startEpoch: Int
    /// When a progressive one has arrived; of no effect with another method.
    package let horizon: Horizon

    /// β of the effective number unless somebody says otherwise, that of LDAM's and Cui's code.
    package static let usualBeta = 0.9999

    /// Makes a balance.
    ///
    /// - Parameters:
    ///   - cells: what counts alike.
    ///   - method: how it is made to.
    ///   - beta: of the effective number, in [0, 1).
    ///   - startEpoch: how many epochs pass before it holds.
    ///   - horizon: of a progressive one.
    package init(
        _ cells: Cells, by method: Method, beta: Double = Self.usualBeta, startEpoch: Int = 0,
        horizon: Horizon = Horizon(epochs: 1)
    ) {
        precondition((0..<1).contains(beta) && startEpoch >= 0, "a beta below 1 and a start after no or some epochs")
        self.cells = cells
        self.method = method
        self.beta = method == .effectiveNumber ? beta : Self.usualBeta
        self.startEpoch = startEpoch
        self.horizon = method == .progressive ? horizon : Horizon(epochs: 1)
    }

    /// Whether an epoch draws with replacement.
    var draws: Bool { method == .sampling || method == .squareRoot || method == .progressive }

    /// The same in a training that is longer or shorter: start and horizon move in proportion.
    package func stretched(by factor: Double) -> Balance {
        Balance(
            cells, by: method, beta: beta, startEpoch: Horizon.stretched(startEpoch, by: factor),
            horizon: horizon.stretched(by: factor))
    }

    /// The effective-number weight of each cell: cells · e_c / Σ e with e_c = (1 - β) / (1 - β^n_c).
    ///
    /// - Parameters:
    ///   - sizes: n_c, each above 0.
    ///   - beta: in [0, 1).
    package static func effectiveNumberWeights(_ sizes: [Double], beta: Double) -> [Double] {
        let inverse = sizes.map { beta == 0 ? 1 : (1 - beta) / -expm1($0 * log(beta)) }
        let total = inverse.reduce(0, +)
        return inverse.map { Double(sizes.count) * $0 / total }
    }

    /// The balance as canonical parameters of a stage.
    var parameters: JSONValue {
        var members: [String: JSONValue] = ["of": .string(cells.rawValue), "by": .string(method.rawValue)]
        if method == .effectiveNumber { members["beta"] = .double(beta) }
        if method == .progressive { members["horizon"] = .int(horizon.epochCount) }
        if startEpoch > 0 { members["after"] = .int(startEpoch) }
        return .object(members)
    }
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
