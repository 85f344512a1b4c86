/// What training twice gives over a grid of T and λ, beside what was trained once: Just Train Twice, Liu et al., ICML 2021.
///
/// Cells are judged on validation examples; the test examples are looked at for the chosen cell alone, and for the
/// methods beside it, whose settings nobody chose.
package struct JTTResult: Sendable, Equatable {
    /// By what a cell of the grid is chosen.
    package enum Selection: String, Sendable, CaseIterable {
        /// The lower 95 % bound of the worst group's accuracy: needs groups of validation examples.
        case worstGroup = "worst-group"
        /// The lower 95 % bound of the worst class's recall: needs no groups.
        case worstClass = "worst-class"
        /// The accuracy of the worst of the groups that the first training makes: its mistakes and its successes, class by
        /// class. Needs no groups.
        case pseudoGroups = "pseudo-groups"
    }

    /// One T and λ.
    package struct Cell: Sendable, Equatable {
        /// T.
        package let epoch: Int
        /// λ as it was asked for; nil when the set is balanced against the rest.
        package let upweight: Double?
        /// The error set of each seed.
        package let errorSets: [ErrorSetReport]
        /// How the second trainings do on validation examples; nil when there are none.
        package let validation: Evaluation?
        /// For each seed, the accuracy of the worst pseudo-group on validation examples; empty when there are none.
        package let pseudoGroups: [Double]
        /// The keys of the second trainings, in the order of the seeds.
        package let keys: [String]

        package init(
            epoch: Int, upweight: Double?, errorSets: [ErrorSetReport], validation: Evaluation?, pseudoGroups: [Double],
            keys: [String]
        ) {
            self.epoch = epoch
            self.upweight = upweight
            self.errorSets = errorSets
            self.validation = validation
            self.pseudoGroups = pseudoGroups
            self.keys = keys
        }
    }

    /// A cell that could not be trained, and why.
    package struct Refusal: Sendable, Equatable {
        /// T.
        package let epoch: Int
        /// What is wrong with its error set.
        package let reason: String
        /// What to try.
        package let advice: String

        package init(epoch: Int, reason: String, advice: String) {
            self.epoch = epoch
            self.reason = reason
            self.advice = advice
        }
    }

    /// One way to train, on the examples that are reported on.
    package struct Method: Sendable, Equatable {
        /// What it is called: `ERM`, `JTT`, `class weights`.
        package let name: String
        /// Whether it reads the groups of training examples.
        package let usesGroups: Bool
        /// How it does.
        package let evaluation: Evaluation
        /// How it does on validation examples; nil when there are none.
        package let validation: Evaluation?
        /// The 95 % interval of what it gains on ERM's worst group, for other examples of the same kind and these very
        /// runs (see `MinimumDifference`); nil for ERM.
        package let sampling: ClosedRange<Double>?
        /// The keys of its runs.
        package let keys: [String]

        package init(
            name: String, usesGroups: Bool, evaluation: Evaluation, validation: Evaluation?,
            sampling: ClosedRange<Double>?, keys: [String]
        ) {
            self.name = name
            self.sampling = sampling
            self.usesGroups = usesGroups
            self.evaluation = evaluation
            self.validation = validation
            self.keys = keys
        }
    }

    /// What the user calls the dataset.
    package let datasetName: String
    /// Its content hash.
    package let datasetHash: String
    /// How the error sets were taken, with λ of the first cell.
    package let rule: JSONValue
    /// By what the cell was chosen.
    package let selection: Selection
    /// The cells that were trained, by T and then by λ.
    package let cells: [Cell]
    /// The Ts at which there is no usable error set.
    package let refusals: [Refusal]
    /// The chosen cell; nil when none could be trained.
    package let chosen: Int?
    /// ERM first, then the methods beside it, JTT last.
    package let methods: [Method]
    /// Methods that were asked for and could not be trained, with the reason.
    package let missing: [String: String]

    package init(
        datasetName: String, datasetHash: String, rule: JSONValue, selection: Selection, cells: [Cell],
        refusals: [Refusal], chosen: Int?, methods: [Method], missing: [String: String]
    ) {
        self.datasetName = datasetName
        self.datasetHash = datasetHash
        self.rule = rule
        self.selection = selection
        self.cells = cells
        self.refusals = refusals
        self.chosen = chosen
        self.methods = methods
        self.missing = missing
    }

    /// What a method is called that trains once.
    static let erm = "ERM"
    /// What the method is called that trains twice.
    static let jtt = "JTT"
}

extension JTTResult.Cell {
    /// What a cell is worth by a way to choose; nil when there is nothing to judge it by.
    package func worth(by selection: JTTResult.Selection) -> Double? {
        switch selection {
        case .worstGroup: validation?.worstInterval?.lowerBound
        case .worstClass: validation?.worstClassInterval?.lowerBound
        case .pseudoGroups:
            pseudoGroups.isEmpty ? nil : pseudoGroups.reduce(0, +) / Double(pseudoGroups.count)
        }
    }
}

extension Evaluation {
    /// The group, or without groups the class, that is worst in the mean over the seeds: its name and its rate.
    package var lowest: (name: String, rate: Rate)? {
        worst.map { ($0.fullName, $0.rate) } ?? worstClass.map { ($0.name, $0) }
    }

    /// For each seed, the accuracy of its own worst group, or class.
    var lowestBySeed: [UInt64: Double] {
        let rates = groups.isEmpty ? classes.filter { $0.count > 0 } : rankedGroups.map(\.rate)
        return Dictionary(
            uniqueKeysWithValues: seeds.enumerated().compactMap { place, seed in
                rates.map { Double($0.correctCounts[place]) / Double($0.count) }.min().map { (seed, $0) }
            })
    }

    /// For each seed, the accuracy over all.
    var averageBySeed: [UInt64: Double] {
        Dictionary(
            uniqueKeysWithValues: seeds.enumerated().map { place, seed in
                (seed, accuracy.count > 0 ? Double(accuracy.correctCounts[place]) / Double(accuracy.count) : .nan)
            })
    }
}
