import Curate
import Models
import TestSupport
import Testing

/// Runs that are stopped in the middle of an epoch or a clean pass go on from there, and end with the same bytes.
@Suite(.tags(.training)) struct MidEpochTests {
    /// Nineteen batches an epoch, and three in a clean pass.
    private static let dataset = TrainingSupport.pictures(train: 600)
    private static let perceptron = ScoreJob(
        recipe: TrainingSupport.recipe(.perceptron(hidden: [16])), seedCount: 1, epochCount: 2,
        names: [.el2n, .grand, .forgetting], convention: .dataDiet, epoch: nil)

    /// A monitor that throws at one batch, and counts the batches until then.
    private final class Stopper {
        var batches = 0
        private let stop: Int
        private let kind: CurateError.Kind
        private let secondsBetweenSaves: Double

        init(at stop: Int = .max, _ kind: CurateError.Kind = .interrupted, secondsBetweenSaves: Double = 30) {
            self.stop = stop
            self.kind = kind
            self.secondsBetweenSaves = secondsBetweenSaves
        }

        var monitor: TrainingMonitor {
            TrainingMonitor(
                report: { _ in },
                checkForStop: { [self] in
                    batches += 1
                    if batches == stop { throw CurateError(kind, "stop") }
                }, now: { 0 }, timestamp: { "" }, secondsBetweenSaves: secondsBetweenSaves)
        }
    }

    private static func run(
        _ job: ScoreJob, _ store: Store, _ stopper: Stopper, dataset: Dataset = dataset
    ) throws {
        _ = try job.run(on: dataset, store: store, pool: WorkerPool(threadCount: 1), monitor: stopper.monitor)
    }

    /// A request to stop saves what is done; after anything else there is what was saved last, here after every batch.
    @Test(arguments: [(CurateError.Kind.interrupted, 30.0), (.workFailed, 0)])
    func stoppedAfterAnyBatchNothingIsDoneTwice(kind: CurateError.Kind, secondsBetweenSaves: Double) throws {
        let calm = Stopper()
        let direct = try TrainingSupport.withStore { store in
            try Self.run(Self.perceptron, store, calm)
            return try TrainingSupport.contents(of: store)
        }
        #expect(calm.batches == 2 * 19 + 3 + 1)
        let positions = Array(1..<calm.batches)
        for position in Soak.cases(positions, every: 5, "batches after which a training is stopped (\(kind))") {
            try TrainingSupport.withStore { store in
                let first = Stopper(at: position, kind, secondsBetweenSaves: secondsBetweenSaves)
                #expect(throws: CurateError(kind, "stop")) { try Self.run(Self.perceptron, store, first) }
                let second = Stopper()
                try Self.run(Self.perceptron, store, second)
                #expect(first.batches + second.batches == calm.batches, "stopped at \(position)")
                let isSame = try TrainingSupport.contents(of: store) == direct
                #expect(isSame, "stopped at \(position)")
                #expect(try store.verify() == [])
            }
        }
    }

    /// Batch-norm statistics, momentum and augmentation go on, too.
    @Test(arguments: [2, 4, 5]) func aResidualNetworkGoesOn(position: Int) throws {
        var job = Self.perceptron
        job.recipe = TrainingSupport.recipe()
        let pictures = TrainingSupport.pictures()
        let direct = try TrainingSupport.withStore { store in
            try Self.run(job, store, Stopper(), dataset: pictures)
            return try TrainingSupport.contents(of: store)
        }
        try TrainingSupport.withStore { store in
            // The second time in a run that was gone on with.
            for stop in [position, 2] {
                let stopper = Stopper(at: stop, .workFailed, secondsBetweenSaves: 0)
                #expect(throws: CurateError(.workFailed, "stop")) {
                    try Self.run(job, store, stopper, dataset: pictures)
                }
            }
            try Self.run(job, store, Stopper(), dataset: pictures)
            let isSame = try TrainingSupport.contents(of: store) == direct
            #expect(isSame)
        }
    }

    /// Without a save in between, a kill costs the epoch, as without this file.
    @Test func nothingIsSavedBeforeItIsTime() throws {
        try TrainingSupport.withStore { store in
            let stopper = Stopper(at: 25, .workFailed)
            #expect(throws: CurateError.self) { try Self.run(Self.perceptron, store, stopper) }
            let key = try #require(try store.artifacts().first?.key)
            #expect(Set(try store.columns(of: key).map(\.epoch)) == [1])
            let second = Stopper()
            try Self.run(Self.perceptron, store, second)
            #expect(second.batches == 19 + 3 + 1)
        }
    }

    /// An epoch that is trained again for its weights is gone on with as well, and leaves nothing behind.
    @Test func anEpochThatIsTrainedAgainGoesOn() throws {
        var early = Self.perceptron
        early.epoch = 1
        let direct = try TrainingSupport.withStore { store in
            try Self.run(early, store, Stopper())
            return try TrainingSupport.contents(of: store)
        }
        try TrainingSupport.withStore { store in
            var plain = Self.perceptron
            plain.names = [.forgetting]
            plain.recipe.seed = 3
            try Self.run(plain, store, Stopper())
            let stopper = Stopper(at: 10)
            #expect(throws: CurateError.self) { try Self.run(early, store, stopper) }
            let second = Stopper()
            try Self.run(early, store, second)
            #expect(second.batches == 9 + 3)
            let grown = try TrainingSupport.contents(of: store)
            for (name, bytes) in direct { #expect(grown[name] == bytes, "\(name)") }
            #expect(!grown.keys.contains { $0.contains("partial") })
        }
    }

    /// Weights that were removed, or replaced by those of later epochs, are trained again.
    @Test func theNetworkOfAnEarlierEpochCanBeHad() throws {
        func weights(of network: Network) -> [Float] {
            Array(UnsafeBufferPointer(start: network.arena.values.pointer, count: network.arena.values.count))
        }
        func outcome(_ cache: RunCache, epochs: Int) throws -> RunCache.Outcome {
            try cache.fulfil(
                RunCache.Request(recipe: Self.perceptron.recipe, epochCount: epochs))
        }
        func cache(_ store: Store) throws -> RunCache {
            try RunCache(
                store: store, dataset: Self.dataset, pool: WorkerPool(threadCount: 1), monitor: .silent)
        }
        let recipe = Self.perceptron.recipe
        let direct = try TrainingSupport.withStore { store in
            let cache = try cache(store)
            return weights(of: try cache.network(of: outcome(cache, epochs: 2), recipe: recipe, epoch: 2))
        }
        try TrainingSupport.withStore { store in
            let cache = try cache(store)
            let long = try outcome(cache, epochs: 4)
            let network = try cache.network(of: long, recipe: recipe, epoch: 2)
            #expect(weights(of: network) == direct)
        }
    }

    /// Two processes with one run: whoever comes second takes what is there, and nothing is stored twice.
    @Test(arguments: [3, 19, 25, 39, 41]) func anotherProcessDoesTheSameWorkMeanwhile(position: Int) throws {
        let direct = try TrainingSupport.withStore { store in
            try Self.run(Self.perceptron, store, Stopper())
            return try TrainingSupport.contents(of: store)
        }
        try TrainingSupport.withStore { store in
            var batches = 0
            let monitor = TrainingMonitor(
                report: { _ in },
                checkForStop: {
                    batches += 1
                    guard batches == position else { return }
                    let other = try Store.open(path: store.path, mode: .write)
                    try Self.run(Self.perceptron, other, Stopper())
                }, now: { 0 }, timestamp: { "" }, secondsBetweenSaves: 0)
            _ = try Self.perceptron.run(
                on: Self.dataset, store: store, pool: WorkerPool(threadCount: 1), monitor: monitor)
            // The pass it was in is ended; the rest is taken from the other one.
            #expect(batches <= position + 19)
            let isSame = try TrainingSupport.contents(of: store) == direct
            #expect(isSame)
            #expect(try store.artifacts().map(\.state) == [.complete])
            #expect(try store.scoreSets().count == 3)
            #expect(try store.verify() == [])
        }
    }
}
