import Curate
import Glibc
import Models
import Testing

/// What runs keep of examples that they are not trained on.
@Suite struct HeldOutLogTests {
    private static let pictures = TrainingSupport.pictures(validation: 30)
    private static let recipe = TrainingSupport.recipe(.perceptron(hidden: [16]))

    private static func cache(_ store: Store, monitor: TrainingMonitor = .silent) throws -> RunCache {
        try RunCache(store: store, dataset: pictures, pool: WorkerPool(threadCount: 2), monitor: monitor)
    }

    private static func request(_ epochs: Int, demand: RunDemand = RunDemand()) -> RunCache.Request {
        RunCache.Request(recipe: recipe, epochCount: epochs, demand: demand)
    }

    private static func epochs(of column: String, in store: Store, _ key: ArtifactKey) throws -> [Int] {
        try store.columns(of: key).filter { $0.name == column }.map(\.epoch)
    }

    /// Validation after every epoch, test after the last, as a run that is looked at from outside says it.
    @Test func validationIsLoggedAfterEveryEpochAndTestAfterTheLast() throws {
        try TrainingSupport.withStore { store in
            let outcome = try Self.cache(store).fulfil(Self.request(3))
            for name in ["prediction", "loss", "probability", "summary"] {
                #expect(try Self.epochs(of: "\(name).validation", in: store, outcome.key) == [1, 2, 3], "\(name)")
                #expect(try Self.epochs(of: "\(name).test", in: store, outcome.key) == [3], "\(name)")
            }
            let pool = WorkerPool(threadCount: 1)
            let run = try TrainingRun(
                recipe: Self.recipe, dataset: Self.pictures,
                normalization: FeatureNormalization(
                    of: Self.pictures.features, indices: Self.pictures.indices(of: .train), pool: pool),
                pool: pool, monitor: .silent)
            let labels = Self.pictures.indices(of: .validation).map { Int(Self.pictures.labels[$0]) }
            for epoch in 1...3 {
                _ = try run.trainEpoch()
                let logits = try #require(try run.evaluate(.validation, keeping: [.logits]).rows[.logits])
                var (losses, probabilities, predictions): ([Double], [Double], [Int]) = ([], [], [])
                for (row, label) in labels.enumerated() {
                    let values = (0..<4).map { Double(logits.values[row * 4 + $0]) }
                    let sum = values.reduce(0.0) { $0 + exp($1) }
                    losses.append(log(sum) - values[label])
                    probabilities.append(exp(values[label]) / sum)
                    predictions.append(values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 })
                }
                func column(_ name: String) throws -> [Double] {
                    try #require(try store.column(artifact: outcome.key, epoch: epoch, name: "\(name).validation"))
                        .map { Double($0) }
                }
                #expect(try column("prediction") == predictions.map { Double($0) })
                for (found, expected) in zip(try column("loss"), losses) { #expect(abs(found - expected) < 1e-5) }
                for (found, expected) in zip(try column("probability"), probabilities) {
                    #expect(abs(found - expected) < 1e-6)
                }
                let right = zip(predictions, labels).count { $0 == $1 }
                #expect(outcome.validationAccuracies[epoch - 1] == Double(Float(right) / 30))
                let mean = losses.reduce(0, +) / 30
                #expect(abs(try #require(outcome.validationLosses[epoch - 1]) - mean) < 1e-5)
            }
            #expect(outcome.validationAccuracies.last == outcome.validationAccuracy)
            #expect(outcome.validationAccuracies.count == 3)
        }
    }

    /// Longer in two goes, or stopped anywhere: the bytes of one go, but for the test examples of the shorter one.
    @Test func goingOnGivesTheBytesOfOneGo() throws {
        let direct = try TrainingSupport.withStore { store in
            _ = try Self.cache(store).fulfil(Self.request(3))
            return try TrainingSupport.contents(of: store)
        }
        try TrainingSupport.withStore { store in
            _ = try Self.cache(store).fulfil(Self.request(1))
            _ = try Self.cache(store).fulfil(Self.request(3))
            let grown = try TrainingSupport.contents(of: store)
            for (name, bytes) in direct { #expect(grown[name] == bytes, "\(name)") }
        }
        // Three batches of an epoch, one of validation; one of test at the end.
        for stop in 1...12 {
            try TrainingSupport.withStore { store in
                var batches = 0
                let monitor = TrainingMonitor(
                    report: { _ in },
                    checkForStop: {
                        batches += 1
                        if batches == stop { throw CurateError(.interrupted, "stop") }
                    }, now: { 0 }, timestamp: { "" })
                #expect(throws: CurateError.self) { try Self.cache(store, monitor: monitor).fulfil(Self.request(3)) }
                _ = try Self.cache(store).fulfil(Self.request(3))
                let isSame = try TrainingSupport.contents(of: store) == direct
                #expect(isSame, "stopped at \(stop)")
            }
        }
    }

    /// A run that was kept before validation was logged is read; only what its weights still tell is added.
    @Test func aRunOfAnEarlierVersionIsReadAndNotTrainedAgain() throws {
        try TrainingSupport.withStore { store in
            let first = try Self.cache(store).fulfil(Self.request(3))
            let direct = try TrainingSupport.contents(of: store)
            try store.reopenArtifact(first.key)
            let new = try store.columns(of: first.key).filter { column in
                let isOld = column.epoch == 3 && column.name.hasPrefix("prediction.")
                return !isOld && [".validation", ".test"].contains { column.name.hasSuffix($0) }
            }
            #expect(new.count == 3 * 4 + 4 - 2)
            for column in new {
                try store.removeColumns(
                    artifact: first.key, epochs: column.epoch..<column.epoch + 1, names: [column.name])
            }
            try store.completeArtifact(first.key)
            let second = try Self.cache(store).fulfil(Self.request(3))
            #expect(second.trainedEpochCount == 0 && !second.wasCached)
            #expect(second.validationAccuracies == [nil, nil, first.validationAccuracy])
            #expect(second.validationLosses == [nil, nil, first.validationLosses[2]])
            #expect(second.testAccuracy == first.testAccuracy && second.losses == first.losses)
            for (name, bytes) in try TrainingSupport.contents(of: store) { #expect(direct[name] == bytes, "\(name)") }
            #expect(try Self.cache(store).fulfil(Self.request(3)).wasCached)
        }
    }

    /// Logits that are asked for are kept, of any epoch, and are what the network says.
    @Test func logitsAreKeptOnDemand() throws {
        try TrainingSupport.withStore { store in
            let cache = try Self.cache(store)
            var demand = RunDemand(rows: [2: [.logits(.validation), .features(.validation)]])
            demand.formUnion(RunDemand(rows: [2: [.logits(.train)], 3: [.logits(.test), .features(.train)]]))
            let outcome = try cache.fulfil(Self.request(3, demand: demand))
            #expect(try cache.fulfil(Self.request(3, demand: demand)).wasCached)
            #expect(try cache.fulfil(Self.request(3)).wasCached)
            // Training is logged in batches and clean passes, and the test examples were asked for once.
            #expect(try Self.epochs(of: "prediction.train", in: store, outcome.key) == [])
            #expect(try Self.epochs(of: "prediction.test", in: store, outcome.key) == [3])
            let predicted = try #require(
                try store.column(artifact: outcome.key, epoch: 2, name: "prediction.validation"))
            let rows = try cache.rows(.logits(.validation), of: outcome, epoch: 2)
            #expect(rows.count == 30 && rows.width == 4)
            let probabilities = rows.softmax
            for (row, prediction) in predicted.enumerated() {
                let own = probabilities[4 * row..<4 * row + 4]
                #expect(abs(own.reduce(0, +) - 1) < 1e-6)
                #expect(own.max() == own[4 * row + Int(prediction)])
            }
            #expect(try cache.rows(.logits(.train), of: outcome, epoch: 2).count == 90)
            #expect(try cache.rows(.logits(.test), of: outcome, epoch: 3).count == 20)
            #expect(throws: CurateError.self) { try cache.rows(.logits(.train), of: outcome, epoch: 3) }
            // The last layer of these features gives these logits.
            let features = try cache.rows(.features(.validation), of: outcome, epoch: 2)
            #expect(features.count == 30 && features.width == 16)
            let tensors = try cache.network(of: outcome, recipe: Self.recipe, epoch: 2).stateDict()
            let weights = try #require(tensors.first { $0.name == "2.weight" }).values
            let biases = try #require(tensors.first { $0.name == "2.bias" }).values
            for row in 0..<30 {
                for label in 0..<4 {
                    let products = (0..<16).map { features.values[row * 16 + $0] * weights[label * 16 + $0] }
                    let logit = products.reduce(biases[label], +)
                    #expect(abs(logit - rows.values[row * 4 + label]) < 1e-4)
                }
            }
            #expect(try cache.rows(.features(.train), of: outcome, epoch: 3).count == 90)
        }
        try TrainingSupport.withStore { store in
            let cache = try RunCache(
                store: store, dataset: TrainingSupport.pictures(), pool: WorkerPool(threadCount: 1), monitor: .silent)
            let error = try #require(throws: CurateError.self) {
                try cache.fulfil(Self.request(1, demand: RunDemand(rows: [1: [.logits(.validation)]])))
            }
            #expect(error.kind == .usage && error.message.contains("no validation examples"))
        }
    }

    /// What requests will cost is told from what such runs took: epochs, evaluations a third, a run once.
    @Test func requestsCanBeEstimated() throws {
        try TrainingSupport.withStore { store in
            var seconds = 0.0
            let monitor = TrainingMonitor(
                report: { if $0.phase == .training { seconds += Double($0.total) / 90 } }, checkForStop: {},
                now: { seconds }, timestamp: { "" })
            let facts = DatasetFacts(of: Self.pictures)
            func estimate(_ requests: [RunCache.Request]) throws -> Double? {
                try RunCache.estimate(
                    of: requests, on: facts, numericProfile: NumericProfile.current(.automatic), in: store)
            }
            #expect(try estimate([Self.request(2)]) == nil)
            let outcome = try Self.cache(store, monitor: monitor).fulfil(Self.request(2))
            let epoch = outcome.seconds / 2
            #expect(epoch > 0)
            func isEstimated(_ requests: [RunCache.Request], epochs: Double) throws -> Bool {
                abs(try #require(try estimate(requests)) - epochs * epoch) < 1e-9 * epoch
            }
            #expect(try isEstimated([Self.request(2), Self.request(1)], epochs: 0))
            #expect(try isEstimated([Self.request(5)], epochs: 3))
            #expect(try isEstimated([Self.request(3), Self.request(5)], epochs: 3))
            var other = Self.request(4)
            other.recipe.seed += 1
            #expect(try isEstimated([Self.request(5), other], epochs: 7))
            #expect(try isEstimated([Self.request(2, demand: RunDemand(cleanEpochs: [2]))], epochs: 1.0 / 3))
            #expect(try isEstimated([Self.request(2, demand: RunDemand(gradientNormEpochs: [2]))], epochs: 1))
            // The weights of the first epoch are gone: it is trained again, and then gone on with from the second.
            #expect(try isEstimated([Self.request(4, demand: RunDemand(stateEpochs: [1]))], epochs: 3))
            other.recipe.subset = TrainingSubset(indices: Array(0..<45))
            #expect(try isEstimated([other], epochs: 2))
            #expect(other.description == "mlp:16, 4 epochs, seed 4, 45 examples")
        }
    }
}
