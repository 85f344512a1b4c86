import Curate
import Models
import Testing

/// Classes or groups that count alike, whatever their sizes.
@Suite struct BalanceTests {
    /// Ninety training examples in groups of 10, 20 and 60, of four classes.
    static let pictures = grouped(TrainingSupport.pictures())

    /// A dataset with groups: every ninth example in the first, then two of nine, then the rest.
    static func grouped(_ dataset: Dataset) -> Dataset {
        let names = (0..<dataset.count).map { $0 % 9 == 0 ? "few" : $0 % 9 < 3 ? "more" : "most" }
        return Dataset(
            name: dataset.name, format: dataset.format, features: dataset.features, labels: dataset.labels,
            classNames: dataset.classNames, partitions: dataset.partitions, ids: dataset.ids,
            groups: [GroupColumn(name: "place", values: names)], contentHash: dataset.contentHash, notes: [])
    }

    static func recipe(
        _ cells: Balance.Cells, by method: Balance.Method, subset: TrainingSubset? = nil, seed: UInt64 = 3
    ) -> Recipe {
        var recipe = TrainingSupport.recipe(.perceptron(hidden: [16]), seed: seed)
        recipe.balance = Balance(cells, by: method)
        recipe.groups = Grouping(pictures.groups[0])
        recipe.subset = subset
        return recipe
    }

    private static func settle(_ recipe: Recipe) throws -> BalancedExamples {
        try BalancedExamples(recipe, of: recipe.examples(of: pictures), in: pictures)
    }

    /// Of 45 examples of the training set, with weights.
    private static let subset = TrainingSubset(
        indices: (0..<45).map { 2 * $0 }, weights: (0..<45).map { Float($0 % 4 + 1) })

    /// What the examples of each cell weigh together.
    private static func masses(_ weights: [Float], _ recipe: Recipe) -> [Double] {
        let examples = recipe.examples(of: pictures)
        let cells = recipe.balance?.cells == .classes ? pictures.labels : pictures.groups[0].values
        var masses: [Int32: Double] = [:]
        for (example, weight) in zip(examples, weights) { masses[cells[example], default: 0] += Double(weight) }
        return masses.sorted { $0.key < $1.key }.map(\.value)
    }

    @Test func weightsAreThoseByHand() throws {
        let weights = try #require(try Self.settle(Self.recipe(.groups, by: .weights)).weights(epoch: 1))
        // n / (groups · size), of 90 in three groups of 10, 20 and 60.
        #expect((0..<9).map { weights[$0] } == [3, 1.5, 1.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    }

    @Test(arguments: Balance.Cells.allCases) func weightsOfASplitAreCounted(cells: Balance.Cells) throws {
        let recipe = Self.recipe(cells, by: .weights, subset: Self.subset)
        let weights = try #require(try Self.settle(recipe).weights(epoch: 1))
        let masses = Self.masses(weights, recipe)
        #expect(masses.count == (cells == .classes ? 4 : 3))
        for mass in masses { #expect(abs(mass - 45 / Double(masses.count)) < 1e-4) }
        // In a cell examples are to each other as before: positions 0 and 9 are of one group, 2 and 6 of one class.
        let given = try #require(Self.subset.weights)
        let (one, other) = cells == .groups ? (0, 9) : (2, 6)
        #expect(abs(weights[one] / weights[other] - given[one] / given[other]) < 1e-5)
    }

    @Test(arguments: Balance.Cells.allCases) func samplingDrawsEveryCellAsOften(cells: Balance.Cells) throws {
        let recipe = Self.recipe(cells, by: .sampling)
        let balanced = try Self.settle(recipe)
        #expect(balanced.weights(epoch: 1) == nil && balanced.presentationCount == 90)
        let epochs = (1...100).map { balanced.order(epoch: $0, seed: 3) }
        #expect(epochs.allSatisfy { $0.count == 90 })
        #expect(epochs[0] != epochs[1])
        #expect(balanced.order(epoch: 1, seed: 3) == epochs[0] && balanced.order(epoch: 1, seed: 4) != epochs[0])
        var counts = [Float](repeating: 0, count: 90)
        for position in epochs.joined() { counts[position] += 1 }
        let masses = Self.masses(counts, recipe)
        // 9,000 draws: five standard deviations of a binomial of a third or a quarter are below 225.
        for mass in masses { #expect(abs(mass - 9_000 / Double(masses.count)) < 225) }
        #expect(counts.allSatisfy { $0 > 0 })
    }

    /// In a group of six the examples come up as their weights say, and what has no copy never.
    @Test func samplingFollowsWeightsAndCopies() throws {
        var recipe = Self.recipe(.groups, by: .sampling, subset: Self.subset)
        recipe.sampler = Sampler(copies: (0..<45).map { $0 == 9 ? 0 : 1 })
        let balanced = try Self.settle(recipe)
        #expect(balanced.weights(epoch: 1) == nil && balanced.presentationCount == 44)
        var counts = [Double](repeating: 0, count: 45)
        for epoch in 1...1_000 { for position in balanced.order(epoch: epoch, seed: 3) { counts[position] += 1 } }
        let given = try #require(Self.subset.weights)
        let few = [0, 18, 27, 36]
        let total = few.reduce(0) { $0 + Double(given[$1]) }
        #expect(counts[9] == 0)
        for position in few {
            // 14,667 draws of the group.
            #expect(abs(counts[position] / 14_667 - Double(given[position]) / total) < 0.025)
        }
    }

    @Test func subsamplesHaveAsManyOfEach() throws {
        let recipe = Self.recipe(.groups, by: .subsample)
        let balanced = try Self.settle(recipe)
        #expect(balanced.weights(epoch: 1) == nil && balanced.presentationCount == 30)
        let first = balanced.order(epoch: 1, seed: 3)
        #expect(Set(first).count == 30)
        var counts = [Float](repeating: 0, count: 90)
        for position in first { counts[position] += 1 }
        #expect(Self.masses(counts, recipe) == [10, 10, 10])
        // The same examples in every epoch, in another order; others for another seed.
        let second = balanced.order(epoch: 2, seed: 3)
        #expect(second != first && second.sorted() == first.sorted())
        let other = try Self.settle(Self.recipe(.groups, by: .subsample, seed: 4))
        #expect(other.order(epoch: 1, seed: 3).sorted() != first.sorted())
    }

    /// With weights every group still counts alike.
    @Test func subsamplesOfWeightedExamplesWeighAlike() throws {
        let recipe = Self.recipe(.groups, by: .subsample, subset: Self.subset)
        let balanced = try Self.settle(recipe)
        let weights = try #require(balanced.weights(epoch: 1))
        var kept = [Float](repeating: 0, count: 45)
        for position in balanced.order(epoch: 1, seed: 3) { kept[position] = weights[position] }
        for mass in Self.masses(kept, recipe) { #expect(abs(mass - 5) < 1e-5) }
        let given = try #require(Self.subset.weights)
        #expect(Set(zip(kept, given).filter { $0.0 > 0 }.map { $0.1 }).count > 1)
    }

    /// What is trained on has to have some of every class and group.
    @Test func emptyCellsAreRefused() throws {
        let first = TrainingSubset(indices: (0..<90).filter { $0 % 9 != 0 })
        for method in Balance.Method.allCases {
            let error = try #require(throws: CurateError.self) {
                try Self.settle(Self.recipe(.groups, by: method, subset: first))
            }
            #expect(error.kind == .badData && error.message.contains("'few'") && error.message.contains("80"))
            #expect(error.remedy?.contains("`groups`") == true)
        }
        let classes = TrainingSubset(indices: (0..<90).filter { Self.pictures.labels[$0] != 2 })
        let error = try #require(throws: CurateError.self) {
            try Self.settle(Self.recipe(.classes, by: .weights, subset: classes))
        }
        #expect(error.message.contains("class '2'") && error.remedy?.contains("`balance`") == true)
        var dro = TrainingSupport.recipe(.perceptron(hidden: [16]))
        dro.objective = Objective(risk: .worstGroup(step: 0.01, adjustment: 0))
        dro.groups = Grouping(Self.pictures.groups[0])
        dro.subset = first
        #expect(throws: CurateError.self) { try RobustTrainingTests.run(dro) }
    }

    @Test func otherGroupsAreRefused() throws {
        var recipe = Self.recipe(.groups, by: .weights)
        recipe.groups = Grouping(name: "place", digest: "other")
        #expect(throws: CurateError.self) { try Self.settle(recipe) }
        recipe.groups = nil
        #expect(throws: CurateError.self) { try Self.settle(recipe) }
    }

    /// Stored runs keep their keys; a key speaks of which examples belong together and not of names.
    @Test func onlyWhatMattersIsInTheKey() {
        let plain = TrainingSupport.recipe()
        #expect(
            Set(plain.parameters.objectValue?.keys.map { $0 } ?? []) == [
                "network", "momentum", "nesterov", "weightDecay", "schedule", "batchSize", "augmentation", "seed",
            ])
        var recipe = plain
        recipe.groups = Grouping(Self.pictures.groups[0])
        #expect(recipe.parameters == plain.parameters)
        recipe.balance = Balance(.classes, by: .weights)
        #expect(recipe.parameters["balance"] == ["of": "classes", "by": "weights"])
        #expect(recipe.parameters["groups"] == nil)
        recipe.balance = Balance(.groups, by: .weights)
        let grouped = recipe.parameters
        #expect(grouped["groups"] == .string(Self.pictures.groups[0].digest))
        recipe.groups = Grouping(name: "elsewhere", digest: Self.pictures.groups[0].digest)
        #expect(recipe.parameters == grouped)
        recipe.balance = nil
        recipe.objective = Objective(risk: .tail(share: 0.5))
        #expect(recipe.parameters["objective"] == ["risk": "tail", "share": 0.5])
        #expect(recipe.parameters["groups"] == nil)
        recipe.objective = Objective(risk: .worstGroup(step: 0.01, adjustment: 0))
        #expect(recipe.parameters["groups"] != nil)
    }
}
