import Models

/// What the epochs of a run present and what each presentation counts: subset, copies and balance of a recipe, settled.
package struct BalancedExamples {
    /// The number of presentations in an epoch.
    package let presentationCount: Int
    /// What each example counts in the sizes of classes and groups: its weight times its presentations in an epoch.
    let masses: [Double]

    private let exampleCount: Int
    /// What presents the examples when they are not drawn with replacement.
    private let sampler: Sampler
    /// What the recipe's subset says each example weighs; nil when all weigh alike.
    private let given: [Float]?
    /// What each weighs while the balance holds.
    private let balanced: [Float]?
    /// What draws them with replacement while the balance holds.
    private let draws: CellDraws?
    /// How many epochs pass before the balance holds.
    private let startEpoch: Int

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
        given = recipe.subset?.weights
        let (given, copies) = (given, recipe.sampler.copies)
        func mass(_ position: Int) -> Double { Double(given?[position] ?? 1) * Double(copies?[position] ?? 1) }
        startEpoch = recipe.balance?.startEpoch ?? 0
        guard let balance = recipe.balance else {
            (balanced, sampler, draws) = (given, recipe.sampler, nil)
            presentationCount = sampler.presentationCount(of: examples.count)
            masses = examples.indices.map(mass)
            return
        }
        let cells =
            try balance.cells == .classes
            ? ExampleCells(classesOf: examples, in: dataset)
            : ExampleCells(groupsOf: examples, by: recipe.groups, in: dataset)
        let sizes = try cells.sizes(mass)
        func weighted(_ factors: [Double]) -> [Float] {
            cells.values.enumerated().map { Float(Double(given?[$0] ?? 1) * factors[Int($1)]) }
        }
        switch balance.method {
        case .weights:
            let total = sizes.reduce(0, +)
            balanced = cells.values.enumerated().map { position, cell in
                Float(Double(given?[position] ?? 1) * total / (Double(cells.count) * sizes[Int(cell)]))
            }
            (sampler, draws) = (recipe.sampler, nil)
        case .effectiveNumber:
            balanced = weighted(Balance.effectiveNumberWeights(sizes, beta: balance.beta))
            (sampler, draws) = (recipe.sampler, nil)
        case .sampling, .squareRoot, .progressive:
            (balanced, sampler) = (nil, recipe.sampler)
            draws = CellDraws(cells, balance, sizes: sizes, masses: given == nil && copies == nil ? nil : mass)
        case .subsample:
            guard copies == nil else {
                throw CurateError(
                    .usage, "an epoch of copies cannot be subsampled",
                    remedy: "use `balanceBy: weights` or `sampling`")
            }
            precondition(balance.startEpoch == 0, "a subsample is of the whole training")
            let kept = Self.subsample(cells, of: examples, in: dataset, seed: recipe.seed)
            draws = nil
            sampler = Sampler(copies: kept.map { $0 ? 1 : 0 })
            balanced = given.map { Self.weights($0, of: kept, in: cells) }
            presentationCount = sampler.presentationCount(of: examples.count)
            masses = kept.indices.map { kept[$0] ? Double(given?[$0] ?? 1) : 0 }
            return
        }
        presentationCount = sampler.presentationCount(of: examples.count)
        masses = examples.indices.map(mass)
    }

    /// Whether any epoch has weights.
    var hasWeights: Bool { given != nil || balanced != nil }

    /// What multiplies the loss of each example in an epoch, by its position among those that are trained on; nil when all
    /// count alike.
    ///
    /// - Parameter epoch: from 1.
    package func weights(epoch: Int) -> [Float]? { epoch > startEpoch ? balanced : given }

    /// The examples of an epoch in the order they are presented in, by their positions among those that are trained on.
    ///
    /// - Parameters:
    ///   - epoch: from 1.
    ///   - seed: the run's seed.
    package func order(epoch: Int, seed: UInt64) -> [Int] {
        guard let draws, epoch > startEpoch else { return sampler.order(epoch: epoch, seed: seed, of: exampleCount) }
        var random = KeyedRandom(seed: seed, stream: .presentation, epoch: epoch)
        let cells = draws.chances(epoch: epoch)
        return (0..<presentationCount).map { _ in draws.next(&random, cells: cells) }
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

/// Draws examples with replacement: a cell, and an example of it.
private struct CellDraws {
    private let balance: Balance
    private let sizes: [Double]
    /// The positions of each cell's examples.
    private let members: [[Int]]
    /// Up to and including each example of a cell, what they count; nil when all count alike.
    private let sums: [[Double]]?

    init(_ cells: ExampleCells, _ balance: Balance, sizes: [Double], masses: ((Int) -> Double)?) {
        self.balance = balance
        self.sizes = sizes
        members = cells.members
        sums = masses.map { mass in cells.members.map { Self.sums($0.map(mass)) } }
    }

    /// Up to and including each cell, what it counts in the draws of an epoch; nil when all count alike.
    func chances(epoch: Int) -> [Double]? {
        switch balance.method {
        case .squareRoot: return Self.sums(sizes.map { $0.squareRoot() })
        case .progressive:
            let passed = balance.horizon.share(passed: Double(epoch - 1), since: balance.startEpoch)
            let total = sizes.reduce(0, +)
            return Self.sums(sizes.map { (1 - passed) * $0 / total + passed / Double(sizes.count) })
        case .weights, .effectiveNumber, .sampling, .subsample: return nil
        }
    }

    func next(_ random: inout KeyedRandom, cells: [Double]?) -> Int {
        let cell = cells.map { Self.place(in: $0, &random) } ?? random.below(members.count)
        guard let sums else { return members[cell][random.below(members[cell].count)] }
        return members[cell][Self.place(in: sums[cell], &random)]
    }

    private static func sums(_ masses: [Double]) -> [Double] {
        var sum = 0.0
        return masses.map { mass in
            sum += mass
            return sum
        }
    }

    /// A place whose chance is what the sums grow by there.
    private static func place(in sums: [Double], _ random: inout KeyedRandom) -> Int {
        // In [0, total), so that a place of mass 0 is never the first whose sum is above it.
        let drawn = Double(random.next() >> 11) * 0x1p-53 * sums[sums.count - 1]
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > drawn { high = middle } else { low = middle + 1 }
        }
        return low
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
