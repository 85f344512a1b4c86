import Curate
import Models
import TestSupport
import Testing

/// From data to stored scores: caching, continuing, stopping and threads change nothing.
@Suite(.tags(.training)) struct ScoreJobTests {
    static func job(
        epochs: Int, seeds: Int = 2, names: [ScoreName] = [.el2n, .grand, .forgetting], epoch: Int? = nil,
        network: NetworkSpecification = .cifarResidual(depth: 8)
    ) -> ScoreJob {
        ScoreJob(
            recipe: TrainingSupport.recipe(network), seedCount: seeds, epochCount: epochs, names: names,
            convention: .dataDiet, epoch: epoch)
    }

    @discardableResult
    static func run(_ job: ScoreJob, _ store: Store, threads: Int = 1, monitor: TrainingMonitor = .silent) throws
        -> ScoreJob.Result
    {
        try job.run(
            on: TrainingSupport.pictures(), store: store, pool: WorkerPool(threadCount: threads), monitor: monitor)
    }

    /// What a fresh store holds after a job.
    static func contents(_ job: ScoreJob, threads: Int = 1) throws -> [String: [UInt32]] {
        try TrainingSupport.withStore { store in
            try run(job, store, threads: threads)
            return try TrainingSupport.contents(of: store)
        }
    }

    @Test(.tags(.threads)) func threadsAndRepetitionChangeNoByte() throws {
        let once = try Self.contents(Self.job(epochs: 2), threads: 1)
        #expect(once.count > 40)
        #expect(try Self.contents(Self.job(epochs: 2), threads: 2) == once)
        #expect(try Self.contents(Self.job(epochs: 2), threads: 3) == once)
    }

    @Test func theSameJobIsAnsweredFromTheStore() throws {
        try TrainingSupport.withStore { store in
            let first = try Self.run(Self.job(epochs: 2), store)
            #expect(first.runs.allSatisfy { !$0.wasCached && $0.trainedEpochCount == 2 })
            let second = try Self.run(Self.job(epochs: 2), store)
            #expect(second.runs.allSatisfy { $0.wasCached && $0.trainedEpochCount == 0 })
            #expect(second.table.columns.map(\.values) == first.table.columns.map(\.values))
            #expect(second.runs.map(\.testAccuracy) == first.runs.map(\.testAccuracy))
        }
    }

    /// More epochs, more seeds, another score: only what is missing is done, and the bytes are those of one go.
    @Test func continuingGivesWhatOneGoGives() throws {
        let grown = try TrainingSupport.withStore { store in
            try Self.run(Self.job(epochs: 1, seeds: 1, names: [.el2n]), store)
            let longer = try Self.run(Self.job(epochs: 3, seeds: 2, names: [.el2n]), store)
            #expect(longer.runs.map(\.trainedEpochCount) == [2, 3])
            let more = try Self.run(Self.job(epochs: 3), store)
            #expect(more.runs.map(\.trainedEpochCount) == [0, 0])
            #expect(more.runs.allSatisfy { !$0.wasCached })
            return try TrainingSupport.contents(of: store)
        }
        let direct = try Self.contents(Self.job(epochs: 3))
        for (name, bytes) in direct { #expect(grown[name] == bytes, "\(name)") }
    }

    /// An earlier epoch of a run whose weights of that epoch are gone is trained again from the start, to the same end.
    @Test func anEarlierEpochCanStillBeScored() throws {
        let direct = try TrainingSupport.withStore { store in
            try Self.run(Self.job(epochs: 2, names: [.el2n]), store).table.columns[0].values
        }
        try TrainingSupport.withStore { store in
            try Self.run(Self.job(epochs: 4, names: [.el2n]), store)
            let earlier = try Self.run(Self.job(epochs: 4, names: [.el2n], epoch: 2), store)
            #expect(earlier.table.columns[0].values == direct)
        }
    }

    @Test(arguments: [1, 3, 7, 10, 14]) func stoppingAnywhereAndGoingOnGivesTheSameBytes(after batches: Int) throws {
        let direct = try Self.contents(Self.job(epochs: 2))
        try TrainingSupport.withStore { store in
            var left = batches
            let monitor = TrainingMonitor(
                report: { _ in },
                checkForStop: {
                    left -= 1
                    if left == 0 { throw CurateError(.interrupted, "stop") }
                }, now: { 0 }, timestamp: { "" })
            #expect(throws: CurateError(.interrupted, "stop")) {
                try Self.run(Self.job(epochs: 2), store, monitor: monitor)
            }
            try Self.run(Self.job(epochs: 2), store)
            #expect(try TrainingSupport.contents(of: store) == direct)
        }
    }

    /// The clean columns do not depend on whether gradient norms were asked for.
    @Test(arguments: ["resnet8", "resnet18", "mlp:24", "linear"])
    func gradientNormsDoNotChangeTheCleanPass(name: String) throws {
        let network = try #require(NetworkSpecification(name))
        let dataset = TrainingSupport.pictures()
        var recipe = TrainingSupport.recipe(network)
        recipe.augmentation = Augmentation()
        let pool = WorkerPool(threadCount: 1)
        let run = try TrainingRun(
            recipe: recipe, dataset: dataset,
            normalization: FeatureNormalization(
                of: dataset.features, indices: dataset.indices(of: .train), pool: pool),
            pool: pool, monitor: .silent)
        _ = try run.trainEpoch()
        let plain = try run.cleanPass(includesGradientNorms: false)
        var full = try run.cleanPass(includesGradientNorms: true)
        let norms = try #require(full[.cleanGradientNorm])
        full[.cleanGradientNorm] = nil
        #expect(plain == full)
        let isNorm = norms.allSatisfy { $0.isFinite && $0 >= 0 }
        #expect(isNorm)
    }

    @Test func everyScoreOfEveryConventionCanBeHad() throws {
        try TrainingSupport.withStore { store in
            for convention in ScoreConvention.allCases {
                var job = Self.job(epochs: 2, names: ScoreName.allCases, network: .perceptron(hidden: [16]))
                job.convention = convention
                let result = try Self.run(job, store)
                #expect(result.table.columns.map(\.name) == ScoreName.allCases)
                for column in result.table.columns {
                    let isFinite = column.values.allSatisfy { $0.isFinite }
                    #expect(isFinite)
                }
            }
        }
    }

    @Test func whatCannotBeTrainedIsRefused() throws {
        try TrainingSupport.withStore { store in
            var exploding = Self.job(epochs: 3)
            exploding.recipe.schedule = LearningRateSchedule(learningRate: 1e30, shape: .constant, warmupEpochs: 0)
            let error = try #require(throws: CurateError.self) { try Self.run(exploding, store) }
            #expect(error.kind == .workFailed && error.message.contains("epoch"))
            var late = Self.job(epochs: 2)
            late.epoch = 3
            #expect(throws: CurateError.self) { try Self.run(late, store) }
            var wide = Self.job(epochs: 1)
            wide.recipe.augmentation = Augmentation(cropPadding: 8, cropMode: .reflect)
            #expect(try #require(throws: CurateError.self) { try Self.run(wide, store) }.kind == .usage)
        }
    }
}
