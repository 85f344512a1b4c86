import Curate
import Foundation
import Models
import TestSupport
import Testing

/// Trainings that minimise something else than the mean: what they carry from batch to batch, and that they go on.
@Suite(.tags(.training)) struct RobustTrainingTests {
    /// What a run may minimise and balance besides the mean over all.
    private enum Method: CaseIterable, Sendable {
        case groupDRO, groupDROSampled, tail, failures, sampled, subsampled, weighted
        case margins, hinge, adjustedGroups, radius, softF1, deferred, progressive, mixed, cut, remixed

        func recipe(_ network: NetworkSpecification = .perceptron(hidden: [16])) -> Recipe {
            var recipe = TrainingSupport.recipe(network)
            recipe.batchSize = 8
            recipe.groups = Grouping(BalanceTests.pictures.groups[0])
            switch self {
            case .groupDRO: recipe.objective = Objective(risk: .worstGroup(step: 0.1, adjustment: 2))
            case .groupDROSampled:
                recipe.objective = Objective(risk: .worstGroup(step: 0.1, adjustment: 0))
                recipe.balance = Balance(.groups, by: .sampling)
            case .tail: recipe.objective = Objective(risk: .tail(share: 0.3))
            case .failures: recipe.objective = Objective(risk: .failures)
            case .sampled: recipe.balance = Balance(.groups, by: .sampling)
            case .subsampled: recipe.balance = Balance(.classes, by: .subsample)
            case .weighted: recipe.balance = Balance(.groups, by: .weights)
            case .margins:
                recipe.objective = Objective(
                    reduction: .weightSum, risk: .mean, loss: .marginSoftmax(largestMargin: 0.5))
                recipe.head = .cosine(scale: 30)
                recipe.balance = Balance(.classes, by: .effectiveNumber, startEpoch: 1)
            case .hinge: recipe.objective = Objective(risk: .mean, loss: .marginHinge(largestMargin: 0.5))
            case .adjustedGroups:
                recipe.objective = Objective(
                    risk: .worstGroup(step: 0.1, adjustment: 0),
                    loss: .vectorScaling(gamma: 0.1, tau: 1, byGroup: true))
            case .radius: recipe.objective = Objective(risk: .mean, loss: .radiusMargin(largestRadius: 0.5))
            case .softF1: recipe.objective = Objective(risk: .mean, loss: .softF1(floor: 0.05, kept: 0.9))
            case .deferred: recipe.balance = Balance(.groups, by: .sampling, startEpoch: 1)
            case .progressive:
                recipe.balance = Balance(.classes, by: .progressive, horizon: Horizon(epochs: 4))
            case .mixed:
                recipe.mixing = Mixing(.mixup, alpha: 0.4)
                recipe.balance = Balance(.groups, by: .weights)
                recipe.objective = Objective(
                    reduction: .weightSum, risk: .mean, loss: .marginSoftmax(largestMargin: 0.5))
            case .cut: recipe.mixing = Mixing(.cutmix)
            case .remixed: recipe.mixing = Mixing(.remix(ratio: 1.5, threshold: 0.5))
            }
            return recipe
        }
    }

    static func run(_ recipe: Recipe, threads: Int = 1) throws -> TrainingRun {
        let pool = WorkerPool(threadCount: threads)
        let dataset = BalanceTests.pictures
        return try TrainingRun(
            recipe: recipe, dataset: dataset,
            normalization: FeatureNormalization(
                of: dataset.features, indices: dataset.indices(of: .train), pool: pool),
            pool: pool, monitor: .silent)
    }

    /// The shares of the groups, which end the state, are those of the losses in the log.
    @Test func groupDROFollowsTheLog() throws {
        let recipe = Method.groupDRO.recipe()
        let run = try Self.run(recipe)
        let log = try run.trainEpoch()
        let losses = try #require(log.columns[.batchLoss])
        let groups = BalanceTests.pictures.groups[0].values
        let order = Sampler().order(epoch: 1, seed: recipe.seed, of: 90)
        var (shares, total) = ([1.0 / 3, 1.0 / 3, 1.0 / 3], 0.0)
        for first in stride(from: 0, to: 90, by: 8) {
            let batch = order[first..<min(90, first + 8)]
            let means = (0..<3).map { group in
                let own = batch.filter { groups[$0] == Int32(group) }.map { Double(losses[$0]) }
                return own.isEmpty ? 0 : own.reduce(0, +) / Double(own.count)
            }
            let powers = (0..<3).map {
                shares[$0] * exp(0.1 * (means[$0] + 2 / [10.0, 20, 60][$0].squareRoot()))
            }
            shares = powers.map { $0 / powers.reduce(0, +) }
            total += zip(shares, means).reduce(0) { $0 + $1.0 * $1.1 } * Double(batch.count)
        }
        for (found, share) in zip(run.state.suffix(3), shares) { #expect(abs(Double(found) - share) < 1e-5) }
        #expect(abs(log.loss - total / 90) < 1e-5)
        #expect(Set(run.state.suffix(3)).count == 3)
    }

    /// The biased network is a training of its own with the generalized cross-entropy, and both networks' losses are
    /// averaged as the logs say.
    @Test func learningFromFailureTrainsTwoNetworks() throws {
        let recipe = Method.failures.recipe()
        let both = try Self.run(recipe)
        var biasedRecipe = recipe
        biasedRecipe.objective = Objective(risk: .mean, generalizedExponent: 0.7)
        let biased = try Self.run(biasedRecipe)
        var random = KeyedRandom(seed: recipe.seed, stream: .initialisation, epoch: 1)
        biased.network.initialise(seed: random.next())
        var expected = [[Float]](repeating: [Float](repeating: 0, count: 90), count: 2)
        for epoch in 1...3 {
            let logs = [try biased.trainEpoch(), try both.trainEpoch()]
            for (index, log) in logs.enumerated() {
                let losses = try #require(log.columns[.batchLoss])
                for example in 0..<90 {
                    let before = expected[index][example]
                    expected[index][example] = epoch == 1 ? losses[example] : 0.7 * before + 0.3 * losses[example]
                }
            }
        }
        let state = both.state
        let ownCount = biased.state.count
        #expect(state.count == 2 * ownCount + 180)
        #expect(Array(state[(ownCount + 180)...]) == biased.state)
        #expect(Array(state[..<ownCount]) != biased.state)
        for (found, average) in zip(state[ownCount..<ownCount + 180], expected.joined()) {
            #expect(abs(found - average) < 1e-5)
        }
    }

    /// Balancing by weights is a split with these weights, to the bit.
    @Test func weightsAreThoseOfASubset() throws {
        let balanced = try Self.run(Method.weighted.recipe())
        var recipe = Method.weighted.recipe()
        recipe.balance = nil
        // n / (groups · size) by hand.
        recipe.subset = TrainingSubset(
            indices: Array(0..<90), weights: (0..<90).map { $0 % 9 == 0 ? 3 : $0 % 9 < 3 ? 1.5 : 0.5 })
        let weighted = try Self.run(recipe)
        #expect(try balanced.trainEpoch().loss == weighted.trainEpoch().loss)
        #expect(balanced.state == weighted.state)
    }

    @Test(.tags(.threads), arguments: Method.allCases) private func threadsChangeNoByte(method: Method) throws {
        let runs = try [1, 2, 3].map { try Self.run(method.recipe(.cifarResidual(depth: 8)), threads: $0) }
        for run in runs { _ = try run.trainEpoch() }
        #expect(runs[0].state == runs[1].state && runs[0].state == runs[2].state)
    }

    /// Stopped after any batch, before and after a save, a run ends with the bytes of one that never stopped.
    @Test(arguments: Method.allCases) private func aStoppedRunGoesOn(method: Method) throws {
        func train(_ store: Store, stoppingAfter stop: Int, _ kind: CurateError.Kind) throws -> Int {
            var batches = 0
            let monitor = TrainingMonitor(
                report: { _ in },
                checkForStop: {
                    batches += 1
                    if batches == stop { throw CurateError(kind, "stop") }
                }, now: { 0 }, timestamp: { "" }, secondsBetweenSaves: kind == .interrupted ? 30 : 0)
            let cache = try RunCache(
                store: store, dataset: BalanceTests.pictures, pool: WorkerPool(threadCount: 1), monitor: monitor)
            do {
                _ = try cache.fulfil(RunCache.Request(recipe: method.recipe(), epochCount: 2))
            } catch let error as CurateError where error.message == "stop" {
                return batches
            }
            return batches
        }
        var total = 0
        let direct = try TrainingSupport.withStore { store in
            total = try train(store, stoppingAfter: .max, .interrupted)
            return try TrainingSupport.contents(of: store)
        }
        #expect(total > 10)
        let stops: [(Int, CurateError.Kind)] = [
            (1, .workFailed), (total / 2 - 1, .interrupted), (total / 2, .workFailed), (total - 2, .interrupted),
        ]
        for (stop, kind) in stops {
            try TrainingSupport.withStore { store in
                let first = try train(store, stoppingAfter: stop, kind)
                #expect(try first + train(store, stoppingAfter: .max, kind) == total, "stopped after \(stop)")
                let isSame = try TrainingSupport.contents(of: store) == direct
                #expect(isSame, "stopped after \(stop)")
            }
        }
    }

    /// Scores are had of such runs, and are those of the plain cross-entropy.
    @Test func scoresReadThePlainCrossEntropy() throws {
        let run = try Self.run(Method.tail.recipe())
        _ = try run.trainEpoch()
        let clean = try run.cleanPass(includesGradientNorms: true)
        let (losses, probabilities) = (try #require(clean[.cleanLoss]), try #require(clean[.cleanProbability]))
        for (loss, probability) in zip(losses, probabilities) {
            #expect(abs(exp(-Double(loss)) - Double(probability)) < 1e-5)
        }
        #expect(try #require(clean[.cleanGradientNorm]).allSatisfy { $0 > 0 })
    }
}
