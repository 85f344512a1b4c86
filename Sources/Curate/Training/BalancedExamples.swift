import Models

/// What the epochs of a run present and what each presentation counts: subset, copies and balance of a recipe, settled.
package struct BalancedExamples {
    /// What multiplies the loss of each example, by its position among those that are trained on; nil when all count
    /// alike.
    package let weights: [Float]?
    /// The number of presentations in an epoch.
    package let presentationCount: Int

    private let exampleCount: Int
    /// What presents the examples when they are not drawn with replacement.
    private let sampler: Sampler
    /// What draws them with replacement.
    private let draws: CellDraws?

    /// Settles what a recipe says of some examples.
    ///
    /// - Parameters:
    ///   - recipe: the recipe.
    ///   - examples: what it trains on, by index in the dataset.
    ///   - dataset: the dataset.
    /// - Throws: `CurateError` when copies are of other examples, or a class or group that is to count has no examples.
    package init(_ recipe: Recipe, of examples: [Int], in dataset: Dataset) throws {
        try recipe.sampler.check(exampleCount: examples.count)
        exampleCount = examples.count
        let given = recipe.subset?.weights
        guard let balance = recipe.balance else {
            (weights, sampler, draws) = (given, recipe.sampler, nil)
            presentationCount = sampler.presentationCount(of: examples.count)
            return
        }
        let cells =
            try balance.cells == .classes
            ? ExampleCells(classesOf: examples, in: dataset)
            : ExampleCells(groupsOf: examples, by: recipe.groups, in: dataset)
        let copies = recipe.sampler.copies
        func mass(_ position: Int) -> Double { Double(given?[position] ?? 1) * Double(copies?[position] ?? 1) }
        let sizes = try cells.sizes(mass)
        switch balance.method {
        case .weights:
            let total = sizes.reduce(0, +)
            weights = cells.values.enumerated().map { position, cell in
                Float(Double(given?[position] ?? 1) * total / (Double(cells.count) * sizes[Int(cell)]))
            }
            (sampler, draws) = (recipe.sampler, nil)
        case .sampling:
            (weights, sampler) = (nil, recipe.sampler)
            draws = CellDraws(cells, masses: given == nil && copies == nil ? nil : mass)
        case .subsample:
            guard copies == nil else {
                throw CurateError(
                    .usage, "an epoch of copies cannot be subsampled",
                    remedy: "use `balanceBy: weights` or `sampling`")
            }
            let kept = Self.subsample(cells, of: examples, in: dataset, seed: recipe.seed)
            draws = nil
            sampler = Sampler(copies: kept.map { $0 ? 1 : 0 })
            weights = given.map { Self.weights($0, of: kept, in: cells) }
        }
        presentationCount = sampler.presentationCount(of: examples.count)
    }

    /// The examples of an epoch in the order they are presented in, by their positions among those that are trained on.
    ///
    /// - Parameters:
    ///   - epoch: from 1.
    ///   - seed: the run's seed.
    package func order(epoch: Int, seed: UInt64) -> [Int] {
        guard let draws else { return sampler.order(epoch: epoch, seed: seed, of: exampleCount) }
        var random = KeyedRandom(seed: seed, stream: .presentation, epoch: epoch)
        return (0..<presentationCount).map { _ in draws.next(&random) }
    }

    /// As many examples of every cell as the smallest has; which ones depends on seed and ids alone.
    private static func subsample(
        _ cells: ExampleCells, of examples: [Int], in dataset: Dataset, seed: UInt64
    ) -> [Bool] {
        let members = cells.members
        let count = members.map(\.count).min() ?? 0
        var kept = [Bool](repeating: false, count: examples.count)
        for positions in members {
            let keyed = positions.map { position in
                var random = SelectionDraws.stream(
                    seed: seed, .balance, hash: dataset.ids.hash(at: examples[position]))
                return (key: random.next(), position: position)
            }
            for (_, position) in keyed.sorted(by: { $0 < $1 }).prefix(count) { kept[position] = true }
        }
        return kept
    }

    /// The weights of what is kept, divided by the mean of their cell, so that each cell counts like the others; 1 for
    /// what is not.
    private static func weights(_ given: [Float], of kept: [Bool], in cells: ExampleCells) -> [Float] {
        var weights = [Float](repeating: 1, count: given.count)
        for positions in cells.members {
            let own = positions.filter { kept[$0] }
            let mean = own.reduce(0.0) { $0 + Double(given[$1]) } / Double(own.count)
            for position in own { weights[position] = Float(Double(given[position]) / mean) }
        }
        return weights
    }
}

/// Draws examples with replacement: a cell, each as likely as the others, and an example of it.
private struct CellDraws {
    /// The positions of each cell's examples.
    private let members: [[Int]]
    /// Up to and including each example of a cell, what they count; nil when all count alike.
    private let sums: [[Double]]?

    init(_ cells: ExampleCells, masses: ((Int) -> Double)?) {
        members = cells.members
        sums = masses.map { mass in
            cells.members.map { positions in
                var sum = 0.0
                return positions.map { position in
                    sum += mass(position)
                    return sum
                }
            }
        }
    }

    func next(_ random: inout KeyedRandom) -> Int {
        let cell = random.below(members.count)
        guard let sums = sums?[cell], let total = sums.last else {
            return members[cell][random.below(members[cell].count)]
        }
        // In [0, total), so that an example of mass 0 is never the first whose sum is above it.
        let place = Double(random.next() >> 11) * 0x1p-53 * total
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > place { high = middle } else { low = middle + 1 }
        }
        return members[cell][low]
    }
}

extension ExampleCells {
    /// The positions of each cell's examples, ascending.
    fileprivate var members: [[Int]] {
        var members = [[Int]](repeating: [], count: count)
        for (position, cell) in values.enumerated() { members[Int(cell)].append(position) }
        return members
    }
}
