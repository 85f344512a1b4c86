/// A method that trains once, beside which training twice has to stand: same network, seeds and epochs.
package enum JTTBaseline: String, Sendable, CaseIterable {
    /// Each class counts the same (Simple Data Balancing Achieves Competitive Worst-Group-Accuracy; Idrissi, Arjovsky,
    /// Pezeshki, Lopez-Paz; CLeaR 2022: RWY).
    case classWeights = "class-weights"
    /// Each group counts the same (RWG).
    case groupWeights = "group-weights"
    /// As many examples of each group as the smallest has, another draw for each seed (SUBG).
    case groupSubsample = "group-subsample"

    /// What reports call it.
    package var name: String { rawValue.replacing("-", with: " ") }

    /// Whether it reads the groups of training examples.
    package var usesGroups: Bool {
        switch self {
        case .classWeights: false
        case .groupWeights, .groupSubsample: true
        }
    }
}

extension JTTBaseline {
    /// The recipe of the method.
    ///
    /// - Parameters:
    ///   - recipe: that of ERM, with what is trained on.
    ///   - dataset: the dataset; the first of its groups is the one that is read.
    ///   - seed: the seed of the run, for what is drawn.
    /// - Throws: `CurateError(.badData)` when a class or a group has no example to balance with.
    package func recipe(_ recipe: Recipe, on dataset: Dataset, seed: UInt64) throws -> Recipe {
        let examples = recipe.examples(of: dataset)
        var own = recipe
        switch self {
        case .classWeights:
            own.subset = Self.balanced(
                examples, by: dataset.labels, valueCount: dataset.classCount, base: recipe.subset?.weights)
        case .groupWeights:
            let group = try Self.group(of: dataset)
            own.subset = Self.balanced(
                examples, by: group.values, valueCount: group.valueNames.count, base: recipe.subset?.weights)
        case .groupSubsample:
            let group = try Self.group(of: dataset)
            var members = [[Int]](repeating: [], count: group.valueNames.count)
            let table = ExampleTable(dataset: dataset, indices: examples)
            for position in SelectionDraws.randomOrder(of: table, seed: seed, .fold) {
                let index = examples[Int(position)]
                members[Int(group.values[index])].append(index)
            }
            let smallest = members.map(\.count).filter { $0 > 0 }.min() ?? 0
            own.subset = TrainingSubset(indices: members.flatMap { $0.prefix(smallest) })
        }
        return own
    }

    private static func group(of dataset: Dataset) throws -> GroupColumn {
        guard let group = dataset.groups.first else {
            throw CurateError(
                .usage, "'\(dataset.name)' has no groups", remedy: "name them with `group` of the dataset")
        }
        return group
    }

    /// Weights with which every value counts the same, times what each example counted before.
    private static func balanced(
        _ examples: [Int], by values: [Int32], valueCount: Int, base: [Float]?
    ) -> TrainingSubset {
        var mass = [Double](repeating: 0, count: valueCount)
        for (place, index) in examples.enumerated() { mass[Int(values[index])] += Double(base?[place] ?? 1) }
        return TrainingSubset(
            indices: examples,
            weights: examples.enumerated().map { place, index in
                Float(Double(base?[place] ?? 1) / mass[Int(values[index])])
            })
    }
}
