import Curate
import Models
import Testing

/// Epochs that present an example never, once or several times.
@Suite struct SamplerTests {
    /// 0, 1, 2, 3, 0, ...: 134 presentations of 90 examples.
    private static let copies = (0..<90).map { $0 % 4 }
    private static let sampler = Sampler(copies: copies)
    private static let pictures = TrainingSupport.pictures()

    private static func recipe(_ network: NetworkSpecification = .perceptron(hidden: [16])) -> Recipe {
        var recipe = TrainingSupport.recipe(network)
        recipe.sampler = sampler
        return recipe
    }

    private static func run(
        _ recipe: Recipe, on dataset: Dataset, normalizedBy measured: Dataset = pictures
    ) throws -> TrainingRun {
        let pool = WorkerPool(threadCount: 2)
        return try TrainingRun(
            recipe: recipe, dataset: dataset,
            normalization: FeatureNormalization(
                of: measured.features, indices: measured.indices(of: .train), pool: pool),
            pool: pool, monitor: .silent)
    }

    /// Fisher and Yates from the last place down, by the draws of the epoch.
    @Test func anEpochIsAShuffleOfItsCopies() {
        for (sampler, list) in [
            (Sampler(), Array(0..<90)), (Self.sampler, (0..<90).flatMap { [Int](repeating: $0, count: $0 % 4) }),
        ] {
            for epoch in 1...2 {
                var expected = list
                var random = KeyedRandom(seed: 7, stream: .shuffle, epoch: epoch)
                for place in (1..<list.count).reversed() { expected.swapAt(place, random.below(place + 1)) }
                #expect(sampler.order(epoch: epoch, seed: 7, of: 90) == expected)
            }
        }
        #expect(Sampler(copies: [1, 1, 1]) == Sampler())
    }

    /// Copies by the sampler beside rows that stand in the data as often: the same steps to the bit.
    @Test func copiesTrainLikeRepeatedRows() throws {
        var recipe = Self.recipe()
        recipe.augmentation = Augmentation()
        let sampled = try Self.run(recipe, on: Self.pictures)
        let slots = (0..<90).flatMap { [Int](repeating: $0, count: Self.copies[$0]) }
        recipe.sampler = Sampler()
        let repeated = try Self.run(recipe, on: TrainingSupport.rows(slots, of: Self.pictures))
        for epoch in 1...2 {
            let (log, expected) = (try sampled.trainEpoch(), try repeated.trainEpoch())
            #expect(log.loss == expected.loss && log.accuracy == expected.accuracy)
            #expect(sampled.state == repeated.state)
            #expect(expected.columns[.presentations] == nil)
            #expect(log.columns[.presentations] == Self.copies.map { Float($0) })
            let order = Sampler().order(epoch: epoch, seed: recipe.seed, of: slots.count)
            for metric in DynamicsLog.Metric.measured(.inBatch) {
                let (values, all) = (try #require(log.columns[metric]), try #require(expected.columns[metric]))
                for example in 0..<90 {
                    // The first of the example's slots that comes up; a later one saw other weights.
                    let slot = order.first { slots[$0] == example }
                    #expect(values[example].isNaN == (slot == nil))
                    if let slot { #expect(values[example] == all[slot], "\(metric.name) of \(example)") }
                }
            }
        }
    }

    /// Two presentations of one example in one epoch are augmented by different draws.
    @Test func copiesAreAugmentedApart() throws {
        var recipe = Self.recipe()
        recipe.batchSize = 256
        recipe.sampler = Sampler(copies: (0..<90).map { $0 == 4 ? 40 : 0 })
        let together = try Self.run(recipe, on: Self.pictures)
        _ = try together.trainEpoch()
        recipe.sampler = Sampler(copies: (0..<90).map { $0 == 4 ? 1 : 0 })
        let alone = try Self.run(recipe, on: Self.pictures)
        _ = try alone.trainEpoch()
        // The mean gradient of forty equal pictures would be that of one.
        let apart = zip(together.state, alone.state).map { abs($0 - $1) }.max() ?? 0
        #expect(apart > 1e-3)
    }

    /// The sampler is part of the run's identity, and what everybody does is not.
    @Test func onlyAnotherSamplerOrObjectiveMakesAnotherKey() {
        var recipe = Self.recipe()
        #expect(recipe.parameters["sampler"] != nil && recipe.parameters["objective"] == nil)
        recipe.sampler = Sampler(copies: (0..<90).map { $0 % 4 + 1 })
        #expect(recipe.parameters != Self.recipe().parameters)
        recipe.sampler = Sampler()
        #expect(recipe.parameters["sampler"] == nil)
        let plain = recipe.parameters
        recipe.objective = Objective(reduction: .sum)
        #expect(recipe.parameters["objective"] == ["reduction": "sum"] && recipe.parameters != plain)
    }

    @Test func copiesOfOtherExamplesAreRefused() throws {
        var recipe = Self.recipe()
        recipe.sampler = Sampler(copies: [2, 1])
        let error = try #require(throws: CurateError.self) { try Self.run(recipe, on: Self.pictures) }
        #expect(error.kind == .badData && error.message.contains("2 examples, and 90"))
    }

    /// In a log from the store, too: what an epoch did not present is named, and nothing is told as divergence.
    @Test func scoresSayWhichExamplesAnEpochDidNotPresent() throws {
        var job = ScoreJob(
            recipe: Self.recipe(), seedCount: 1, epochCount: 2, names: [.el2n, .grand, .loss], convention: .dataDiet,
            epoch: nil)
        try TrainingSupport.withStore { store in
            func run() throws -> ScoreJob.Result {
                try job.run(on: Self.pictures, store: store, pool: WorkerPool(threadCount: 1), monitor: .silent)
            }
            #expect(try run().table.columns.count == 3)
            for name in [ScoreName.forgetting, .aum, .confidence, .variability, .correctness] {
                job.names = [name]
                let error = try #require(throws: CurateError.self) { try run() }
                #expect(error.kind == .usage)
                let said =
                    "did not present examples 0, 4, 8, 12, 16, 20, 24, 28, ... (23 in all) in epoch 1, nor every "
                    + "example in epoch 2"
                #expect(error.message.contains(said), "\(error.message)")
            }
            let key = try #require(try store.artifacts().first?.key)
            let counts = try store.column(artifact: key, epoch: 2, name: "presentations")
            #expect(counts == Self.copies.map { Float($0) })
            // Presented at least once each, every score can be had.
            job.recipe.sampler = Sampler(copies: Self.copies.map { $0 + 1 })
            job.names = ScoreName.allCases
            #expect(try run().table.columns.count == ScoreName.allCases.count)
        }
    }

    /// An epoch that is longer than the data goes on where it was stopped, before and after its ninetieth example.
    @Test(arguments: [false, true]) func aStoppedEpochGoesOn(isLonger: Bool) throws {
        var recipe = TrainingSupport.recipe(.perceptron(hidden: [16]))
        recipe.batchSize = 8
        recipe.sampler = Sampler(copies: Self.copies.map { isLonger ? $0 + 1 : $0 == 3 ? 1 : 0 })
        func train(_ store: Store, stoppingAfter stop: Int) throws -> Int {
            var batches = 0
            let monitor = TrainingMonitor(
                report: { _ in },
                checkForStop: {
                    batches += 1
                    if batches == stop { throw CurateError(.interrupted, "stop") }
                }, now: { 0 }, timestamp: { "" })
            let cache = try RunCache(
                store: store, dataset: Self.pictures, pool: WorkerPool(threadCount: 1), monitor: monitor)
            do {
                _ = try cache.fulfil(RunCache.Request(recipe: recipe, epochCount: 2))
            } catch let error as CurateError where error.kind == .interrupted {
                return batches
            }
            return batches
        }
        let presentations = isLonger ? 224 : 22
        let steps = (presentations + 7) / 8
        let direct = try TrainingSupport.withStore { store in
            #expect(try train(store, stoppingAfter: .max) == 2 * steps + 1)
            return try TrainingSupport.contents(of: store)
        }
        for stop in [1, steps - 1, steps, steps + 1, 2 * steps - 1, 2 * steps] {
            try TrainingSupport.withStore { store in
                let first = try train(store, stoppingAfter: stop)
                #expect(try first + train(store, stoppingAfter: .max) == 2 * steps + 1, "stopped after \(stop)")
                let isSame = try TrainingSupport.contents(of: store) == direct
                #expect(isSame, "stopped after \(stop)")
            }
        }
    }
}
