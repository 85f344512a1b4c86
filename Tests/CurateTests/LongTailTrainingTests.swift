import Curate
import Foundation
import Models
import TestSupport
import Testing

/// What a training takes of its examples for long-tailed data: counts, weights and draws over the epochs, and mixtures.
@Suite struct LongTailTrainingTests {
    private static let pictures = BalanceTests.pictures

    private static func run(_ recipe: Recipe, threads: Int = 1) throws -> TrainingRun {
        try RobustTrainingTests.run(recipe, threads: threads)
    }

    private static func recipe(_ adjust: (inout Recipe) -> Void) -> Recipe {
        var recipe = TrainingSupport.recipe(.perceptron(hidden: [8]))
        adjust(&recipe)
        return recipe
    }

    /// Ninety examples, of which the split keeps all of class 0 and ever fewer of the others.
    private static let kept = (0..<90).filter { index in
        let label = Int(pictures.labels[index])
        return label == 0 || index % (2 * label + 1) == 0
    }

    /// Margins come from what is trained on, and weights and copies are counted.
    @Test func countsAreThoseOfTheSplit() throws {
        let weights = kept(weighing: { Float($0 % 3 + 1) })
        for (subset, copies) in [
            (TrainingSubset(indices: Self.kept), nil), (TrainingSubset(indices: Self.kept, weights: weights), nil),
            (TrainingSubset(indices: Self.kept), Self.kept.indices.map { $0 % 2 + 1 }),
        ] as [(TrainingSubset, [Int]?)] {
            let run = try Self.run(
                Self.recipe {
                    $0.subset = subset
                    $0.objective = Objective(risk: .mean, loss: .marginSoftmax(largestMargin: 0.5))
                    $0.head = .cosine(scale: 10)
                    if let copies { $0.sampler = Sampler(copies: copies) }
                })
            var counts = [Double](repeating: 0, count: 4)
            for (position, index) in Self.kept.enumerated() {
                counts[Int(Self.pictures.labels[index])] +=
                    Double(subset.weights?[position] ?? 1) * Double(copies?[position] ?? 1)
            }
            let smallest = try #require(counts.min())
            let margins = try #require(run.targets.objective.terms?.margins)
            for (margin, count) in zip(margins, counts) {
                #expect(abs(margin - 5 * pow(smallest / count, 0.25)) < 1e-6)
            }
        }
    }

    private func kept(weighing weight: (Int) -> Float) -> [Float] { Self.kept.indices.map(weight) }

    /// A class without examples stops every loss that counts, with what to do, and no other.
    @Test func anEmptyClassIsAnError() throws {
        let subset = TrainingSubset(indices: (0..<90).filter { Self.pictures.labels[$0] != 2 })
        let counting: [Loss] = [
            .marginSoftmax(largestMargin: 0.5), .marginHinge(largestMargin: 0.5), .softF1(floor: 0.05, kept: 0.9),
            .vectorScaling(gamma: 0, tau: 1, byGroup: false), .radiusMargin(largestRadius: 0.5),
        ]
        for loss in counting {
            let error = try #require(throws: CurateError.self) {
                try Self.run(
                    Self.recipe {
                        $0.subset = subset
                        $0.objective = Objective(risk: .mean, loss: loss)
                    })
            }
            #expect(error.kind == .badData && error.message.contains("class '2'"))
            #expect(error.remedy?.contains("`loss: cross-entropy`") == true)
        }
        for loss in [Loss.crossEntropy, .focal(exponent: 1), .sigmoid(exponent: 1)] {
            _ = try Self.run(
                Self.recipe {
                    $0.subset = subset
                    $0.objective = Objective(risk: .mean, loss: loss)
                }
            ).trainEpoch()
        }
    }

    /// By group every class must be in every group.
    @Test func aGroupWithoutAClassIsAnError() throws {
        let groups = Self.pictures.groups[0].values
        let subset = TrainingSubset(indices: (0..<90).filter { Self.pictures.labels[$0] != 1 || groups[$0] != 0 })
        let error = try #require(throws: CurateError.self) {
            try Self.run(
                Self.recipe {
                    $0.subset = subset
                    $0.groups = Grouping(Self.pictures.groups[0])
                    $0.objective = Objective(risk: .mean, loss: .vectorScaling(gamma: 0.1, tau: 1, byGroup: true))
                })
        }
        #expect(error.message.contains("'few'") && error.message.contains("class '1'"))
    }

    private struct Tables: Decodable {
        struct Numbers: Decodable {
            let counts: [Double]
            let effectiveNumberWeights: [Double]
        }
        let tables: Numbers
    }

    @Test func effectiveNumbersAreThoseOfTheReference() throws {
        let url = URL(fileURLWithPath: GoldenFixture.path("golden-long-tail-losses.json"))
        let golden = try JSONDecoder().decode(Tables.self, from: Data(contentsOf: url)).tables
        let weights = Balance.effectiveNumberWeights(golden.counts, beta: 0.9999)
        #expect(zip(weights, golden.effectiveNumberWeights).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(abs(weights.reduce(0, +) - 10) < 1e-9)
        #expect(Balance.effectiveNumberWeights(golden.counts, beta: 0) == [Double](repeating: 1, count: 10))
        // Near 1 it is the inverse count.
        let near = Balance.effectiveNumberWeights(golden.counts, beta: 1 - 1e-12)
        #expect(abs(near[9] / near[0] - 100) < 1e-3)
    }

    /// Until its epoch the split's own weights hold, and then both.
    @Test func weightsAreDeferred() throws {
        let weights = Self.kept.indices.map { Float($0 % 3 + 1) }
        let recipe = Self.recipe {
            $0.subset = TrainingSubset(indices: Self.kept, weights: weights)
            $0.balance = Balance(.classes, by: .effectiveNumber, startEpoch: 2)
        }
        let balanced = try BalancedExamples(recipe, of: Self.kept, in: Self.pictures)
        let given = try #require(recipe.subset?.weights)
        #expect(balanced.weights(epoch: 1) == given && balanced.weights(epoch: 2) == given)
        let late = try #require(balanced.weights(epoch: 3))
        var counts = [Double](repeating: 0, count: 4)
        for (position, index) in Self.kept.enumerated() {
            counts[Int(Self.pictures.labels[index])] += Double(given[position])
        }
        let factors = Balance.effectiveNumberWeights(counts, beta: 0.9999)
        for (position, index) in Self.kept.enumerated() {
            let expected = Double(given[position]) * factors[Int(Self.pictures.labels[index])]
            #expect(abs(Double(late[position]) - expected) < 1e-5)
        }
    }

    @Test func drawsAreDeferred() throws {
        let recipe = Self.recipe { $0.balance = Balance(.classes, by: .sampling, startEpoch: 3) }
        let balanced = try BalancedExamples(recipe, of: Array(0..<90), in: Self.pictures)
        for epoch in 1...3 {
            #expect(balanced.order(epoch: epoch, seed: 3) == Sampler().order(epoch: epoch, seed: 3, of: 90))
        }
        #expect(Set(balanced.order(epoch: 4, seed: 3)).count < 90)
    }

    /// How often each class is drawn: by the root of its size, and from its size to all alike.
    @Test func drawsFollowTheirRule() throws {
        func shares(_ method: Balance.Method, epochs: ClosedRange<Int>) throws -> [Double] {
            let recipe = Self.recipe {
                $0.subset = TrainingSubset(indices: Self.kept)
                $0.balance = Balance(.classes, by: method, horizon: Horizon(epochs: 11))
            }
            let balanced = try BalancedExamples(recipe, of: Self.kept, in: Self.pictures)
            var counts = [Double](repeating: 0, count: 4)
            for seed in 0..<400 as Range<UInt64> {
                for epoch in epochs {
                    for position in balanced.order(epoch: epoch, seed: seed) {
                        counts[Int(Self.pictures.labels[Self.kept[position]])] += 1
                    }
                }
            }
            return counts.map { $0 / counts.reduce(0, +) }
        }
        var sizes = [Double](repeating: 0, count: 4)
        for index in Self.kept { sizes[Int(Self.pictures.labels[index])] += 1 }
        let total = sizes.reduce(0, +)
        let roots = sizes.map { $0.squareRoot() }
        let expected: [(Balance.Method, ClosedRange<Int>, [Double])] = [
            (.squareRoot, 1...1, roots.map { $0 / roots.reduce(0, +) }),
            (.progressive, 1...1, sizes.map { $0 / total }),
            (.progressive, 6...6, sizes.map { 5 / 11.0 / 4 + 6 / 11 * $0 / total }),
            (.progressive, 12...12, [0.25, 0.25, 0.25, 0.25]),
        ]
        for (method, epochs, wanted) in expected {
            // 16,000 draws and more: five standard deviations of a share are below 0.02.
            let found = try shares(method, epochs: epochs)
            #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 0.02 }, "\(method): \(found) for \(wanted)")
        }
    }

    /// Remix's rule at ratio 3 and threshold 0.5.
    @Test func labelsOfARemix() {
        let remix = Mixing(.remix(ratio: 3, threshold: 0.5))
        #expect(remix.labelShare(of: 0.3, first: 100, second: 10) == 0)
        #expect(remix.labelShare(of: 0.7, first: 10, second: 100) == 1)
        #expect(remix.labelShare(of: 0.4, first: 30, second: 20) == 0.4)
        #expect(remix.labelShare(of: 0.6, first: 100, second: 10) == 0.6)
        #expect(Mixing(.mixup).labelShare(of: 0.3, first: 100, second: 10) == 0.3)
    }

    /// Shares of Beta(alpha, alpha), a partner for everybody, and a rectangle within the picture of about 1 - λ of it.
    @Test(arguments: [1.0, 0.2]) func drawsOfAMixing(alpha: Double) {
        let mixing = Mixing(.cutmix, alpha: alpha)
        var (mean, square) = (0.0, 0.0)
        for batch in 0..<2_000 {
            let draws = MixingDraws(mixing, seed: 4, epoch: 2, batch: batch, count: 7, height: 8, width: 6)
            #expect(draws.partners.sorted() == Array(0..<7))
            #expect(draws.box.rows.lowerBound >= 0 && draws.box.rows.upperBound <= 8)
            #expect(draws.box.columns.lowerBound >= 0 && draws.box.columns.upperBound <= 6)
            #expect(draws.keptArea(height: 8, width: 6) >= draws.share - 1e-12)
            mean += draws.share / 2_000
            square += draws.share * draws.share / 2_000
        }
        // Variance 1 / (4 (2 alpha + 1)); five standard errors of the mean are below 0.05.
        #expect(abs(mean - 0.5) < 0.05)
        #expect(abs(square - mean * mean - 0.25 / (2 * alpha + 1)) < 0.03)
    }

    /// The inputs and factors of a mixed batch, by hand.
    @Test(arguments: [Mixing(.mixup), Mixing(.cutmix), Mixing(.remix(ratio: 1.2, threshold: 0.6))])
    func aMixedBatchByHand(mixing: Mixing) throws {
        let recipe = Self.recipe {
            $0.mixing = mixing
            $0.balance = Balance(.classes, by: .weights)
        }
        let run = try Self.run(recipe)
        let inputs = FloatBuffer(count: 6 * 64)
        for index in 0..<6 * 64 { inputs.pointer[index] = Float(index) }
        let positions = [3, 8, 17, 40, 41, 89]
        let labels = positions.map { Self.pictures.labels[$0] }
        let draws = MixingDraws(mixing, seed: recipe.seed, epoch: 2, batch: 5, count: 6, height: 8, width: 8)
        let weights = try #require(
            try BalancedExamples(recipe, of: Array(0..<90), in: Self.pictures).weights(epoch: 2))
        var sizes = [Double](repeating: 0, count: 4)
        for index in 0..<90 { sizes[Int(Self.pictures.labels[index])] += 1 }
        labels.withUnsafeBufferPointer { pointer in
            guard let base = pointer.baseAddress else { return }
            let batch = run.targets.batch(
                positions[...], epoch: 2, batch: 5, labels: base, inputs: inputs, pool: WorkerPool(threadCount: 2))
            guard case .pairs(let pairs) = batch.targets else {
                Issue.record("a mixed batch has pairs of labels")
                return
            }
            for row in 0..<6 {
                let partner = draws.partners[row]
                let share = mixing.kind == .cutmix ? draws.keptArea(height: 8, width: 8) : draws.share
                let own = mixing.labelShare(
                    of: share, first: sizes[Int(labels[row])], second: sizes[Int(labels[partner])])
                #expect(pairs.first[row] == labels[row] && pairs.second[row] == labels[partner])
                #expect(abs(Double(pairs.firstFactors[row]) - own * Double(weights[positions[row]])) < 1e-6)
                #expect(abs(Double(pairs.secondFactors[row]) - (1 - own) * Double(weights[positions[partner]])) < 1e-6)
                for pixel in 0..<64 {
                    let (mine, theirs) = (Double(64 * row + pixel), Double(64 * partner + pixel))
                    let isCut = draws.box.rows.contains(pixel / 8) && draws.box.columns.contains(pixel % 8)
                    let expected =
                        mixing.kind == .cutmix
                        ? (isCut ? theirs : mine) : draws.share * mine + (1 - draws.share) * theirs
                    #expect(abs(Double(inputs.pointer[64 * row + pixel]) - expected) < 1e-3)
                }
            }
        }
    }

    /// The sigmoid losses begin with every class at a chance of one in all of them.
    @Test func sigmoidLossesBeginWithTheirBias() throws {
        let run = try Self.run(Self.recipe { $0.objective = Objective(risk: .mean, loss: .sigmoid(exponent: 1)) })
        let bias = try #require(run.network.arena.slices.lastIndex { $0.name.hasSuffix(".bias") })
        #expect((0..<4).allSatisfy { abs(run.network.arena.pointer(bias)[$0] + Float(log(3.0))) < 1e-6 })
    }
}
