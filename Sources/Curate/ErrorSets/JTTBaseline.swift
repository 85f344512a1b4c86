import Models

/// A method that trains once, beside which training twice has to stand: same network, seeds and epochs.
package enum JTTBaseline: String, Sendable, CaseIterable {
    /// Each class counts the same (Simple Data Balancing Achieves Competitive Worst-Group-Accuracy; Idrissi, Arjovsky,
    /// Pezeshki, Lopez-Paz; CLeaR 2022: RWY).
    case classWeights = "class-weights"
    /// Each group counts the same (there: RWG).
    case groupWeights = "group-weights"
    /// As many examples of each group as the smallest has, another draw for each seed (there: SUBG).
    case groupSubsample = "group-subsample"
    /// Group DRO, with groups sampled alike as its authors do.
    case groupDRO = "group-dro"
    /// CVaR DRO on the worst fifth of each batch.
    case cvar
    /// Learning from failure.
    case lff

    /// What reports call it.
    package var name: String {
        switch self {
        case .classWeights: "class weights"
        case .groupWeights: "group weights"
        case .groupSubsample: "group subsample"
        case .groupDRO: "Group DRO"
        case .cvar: "CVaR DRO"
        case .lff: "LfF"
        }
    }

    /// Whether it reads the groups of training examples.
    package var usesGroups: Bool {
        switch self {
        case .classWeights, .cvar, .lff: false
        case .groupWeights, .groupSubsample, .groupDRO: true
        }
    }

    /// The recipe of the method, with the settings of objectives that a `train` stage has by default.
    ///
    /// - Parameters:
    ///   - recipe: that of ERM, with what is trained on.
    ///   - groups: the groups that are read; nil for methods that read none.
    /// - Throws: `CurateError(.usage)` when ERM is no plain training.
    package func recipe(_ recipe: Recipe, groups: Grouping?) throws -> Recipe {
        guard recipe.balance == nil, recipe.objective.risk == .mean else {
            throw CurateError(
                .usage,
                "`runs` balances or weighs examples by itself, and the methods beside it start from plain training",
                remedy: "leave `objective` and `balance` out of that stage")
        }
        var own = recipe
        let plain = recipe.objective
        func risking(_ risk: Risk) -> Objective {
            Objective(reduction: plain.reduction, labelSmoothing: plain.labelSmoothing, risk: risk)
        }
        switch self {
        case .classWeights: own.balance = Balance(.classes, by: .weights)
        case .groupWeights: own.balance = Balance(.groups, by: .weights)
        case .groupSubsample: own.balance = Balance(.groups, by: .subsample)
        case .groupDRO:
            own.balance = Balance(.groups, by: .sampling)
            own.objective = risking(.worstGroup(step: Risk.usualGroupStep, adjustment: 0))
        case .cvar: own.objective = risking(.tail(share: Risk.usualTail))
        case .lff: own.objective = risking(.failures)
        }
        if usesGroups { own.groups = groups }
        return own
    }
}

extension JTTBaseline {
    /// Why a recipe of a method cannot be trained on a dataset; nil when it can.
    static func obstacle(to recipe: Recipe, on dataset: Dataset) throws -> String? {
        do {
            _ = try BalancedExamples(recipe, of: recipe.examples(of: dataset), in: dataset)
            return nil
        } catch let error as CurateError where error.kind == .badData {
            return error.message
        }
    }
}
