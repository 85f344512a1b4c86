/// How many of each class or group are kept; the policy decides which ones.
package enum Quota: Sendable, Equatable {
    /// What is counted apart.
    package enum Cells: Sendable, Equatable {
        /// The classes.
        case classes
        /// The values of one group column.
        case group(String)

        /// The word for it in files.
        package var name: String {
            switch self {
            case .classes: "class"
            case .group(let name): name
            }
        }
    }

    /// No quota: the policy ranks all candidates together.
    case none
    /// Every cell keeps its share of the data.
    case proportional(Cells)
    /// All cells keep equally many, as far as they have them; what a small cell cannot give the others do.
    case balanced(Cells)
    /// No quota, but the first `count` of every cell by the policy's order (all of a smaller cell) are kept in any case.
    case floor(count: Int, Cells)
    /// Classes keep numbers in proportion to 1 - recall, the excess of full classes going to the others.
    ///
    /// Artem Vysogorets, Kartik Ahuja, Julia Kempe, "DRoP: Distributionally Robust Data Pruning", ICLR 2025, as the
    /// authors' code computes it (`quoters/drop.py`): the sizes of the classes only cap what they keep. Draws are at
    /// random within each class: combine it with the random policy.
    case worstClass(recall: [Double])
    /// Classes keep shares of themselves in proportion to 1 - recall, the excess of full classes going to the others.
    ///
    /// Algorithm 1 of the same paper, in which N_k (1 - recall_k) is what class k claims. With classes of one size it is
    /// `worstClass`; with uneven ones it leaves a large class larger.
    case worstClassDensity(recall: [Double])

    /// The word for it, in files and on the command line.
    package var name: String {
        switch self {
        case .none: "none"
        case .proportional: "proportional"
        case .balanced: "balanced"
        case .floor: "floor"
        case .worstClass: "worst-class"
        case .worstClassDensity: "worst-class-density"
        }
    }

    /// What is counted apart; nil without a quota.
    package var cells: Cells? {
        switch self {
        case .none: nil
        case .proportional(let cells), .balanced(let cells), .floor(_, let cells): cells
        case .worstClass, .worstClassDensity: .classes
        }
    }

    /// The claim of each cell on the total, or nil when cells are not filled one by one.
    ///
    /// - Parameter counts: the candidates of each cell.
    func weights(for counts: [Int]) -> [Double]? {
        switch self {
        case .none, .floor: nil
        case .proportional: counts.map { Double($0) }
        case .balanced: counts.map { $0 > 0 ? 1 : 0 }
        case .worstClass(let recall): recall.map { 1 - $0 }
        case .worstClassDensity(let recall): zip(counts, recall).map { Double($0) * (1 - $1) }
        }
    }

    func validate(for candidates: ExampleTable) throws {
        if case .group(let name)? = cells, !candidates.groups.contains(where: { $0.name == name }) {
            let known = candidates.groups.map { "'\($0.name)'" }.joined(separator: ", ")
            throw CurateError(
                .usage, "there is no group column '\(name)'",
                remedy: known.isEmpty ? "the data has none; name its columns with `group`" : "the groups are \(known)")
        }
        switch self {
        case .floor(let count, _) where count < 1:
            throw CurateError(.usage, "the floor is \(count)", remedy: "keep at least 1 of each")
        case .worstClass(let recall), .worstClassDensity(let recall):
            guard recall.count == candidates.classNames.count else {
                throw CurateError(
                    .usage, "there are \(recall.count) recalls for \(candidates.classNames.count) classes",
                    remedy: "give one recall for each class")
            }
            if let label = recall.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
                throw CurateError(
                    .usage, "the recall of class \(candidates.classNames[label]) is \(recall[label])",
                    remedy: "a recall lies in 0...1")
            }
            guard recall.contains(where: { $0 < 1 }) else {
                throw CurateError(
                    .usage, "every class has recall 1, so none is worse than another",
                    remedy: "use recalls on held-out data, or `quota: proportional`")
            }
        default: break
        }
    }

    /// The cells that are filled apart from one another; nil without a quota, and with a floor, under which the policy
    /// ranks all candidates together.
    func filledCells(of candidates: ExampleTable) -> (values: [Int32], names: [String])? {
        if case .floor = self { return nil }
        return cellValues(of: candidates)
    }

    /// The cell of each position, and the names of the cells; nil without a quota.
    func cellValues(of candidates: ExampleTable) -> (values: [Int32], names: [String])? {
        switch cells {
        case nil: nil
        case .classes: (candidates.labels, candidates.classNames)
        case .group(let name):
            candidates.groups.first { $0.name == name }.map { ($0.values, $0.valueNames) }
        }
    }
}
