import Curate
import Foundation
import Models
import TestSupport
import Testing

/// Sharpness-aware minimisation in trainings: schedules, keys, what stages say of it, and that a stopped run goes on.
@Suite(.tags(.training)) struct SharpnessTrainingTests {
    private static func radii(_ schedule: SharpnessSchedule, after passed: [Int]) -> [Double] {
        passed.map { schedule.radius(epoch: $0 + 1, batch: 0, batchCount: 4) }
    }

    /// For CIFAR: 0.05 for 5 epochs, 0.1 until 160 have passed, 0.5 until 180, then 0.6.
    private static let steps = SharpnessSchedule(
        SharpnessAware(.sam), radius: 0.05, shape: .step(epochs: [5, 160, 180], radii: [0.1, 0.5, 0.6]))
    /// From 0.05 to 0.8 over four epochs.
    private static let line = SharpnessSchedule(
        SharpnessAware(.asam), radius: 0.8, shape: .linear(from: 0.05, horizon: Horizon(epochs: 4)))

    @Test func radiiMoveAsTheSchedulesSay() {
        let constant = SharpnessSchedule(SharpnessAware(.sam), radius: 0.3)
        #expect(Self.radii(constant, after: [0, 199]) == [0.3, 0.3])
        #expect(
            Self.radii(Self.steps, after: [0, 4, 5, 159, 160, 179, 180, 199])
                == [0.05, 0.05, 0.1, 0.1, 0.5, 0.5, 0.6, 0.6])
        // Half of an epoch is an eighth of the way; behind the horizon it stays.
        #expect(Self.line.radius(epoch: 1, batch: 2, batchCount: 4) == 0.05 + 0.75 / 8)
        for (found, expected) in zip(Self.radii(Self.line, after: [0, 1, 2, 4, 9]), [0.05, 0.2375, 0.425, 0.8, 0.8]) {
            #expect(abs(found - expected) < 1e-12)
        }
    }

    @Test func aStretchedScheduleKeepsItsShape() {
        #expect(
            Self.steps.stretched(by: 0.1).shape == .step(epochs: [1, 16, 18], radii: [0.1, 0.5, 0.6]))
        #expect(Self.line.stretched(by: 2.5).shape == .linear(from: 0.05, horizon: Horizon(epochs: 10)))
        #expect(Self.line.stretched(by: 1) == Self.line && Self.steps.stretched(by: 1) == Self.steps)
    }

    private static func recipe(_ sharpness: SharpnessSchedule?, objective: Objective = Objective()) -> Recipe {
        var recipe = TrainingSupport.recipe(.perceptron(hidden: [16]))
        recipe.batchSize = 8
        recipe.objective = objective
        recipe.groups = Grouping(BalanceTests.pictures.groups[0])
        recipe.sharpness = sharpness
        return recipe
    }

    /// Runs that are stored keep their keys, and everything of a schedule makes another one.
    @Test func theKeyHoldsAllOfIt() throws {
        let plain = try #require(Self.recipe(nil).parameters.objectValue)
        #expect(plain["sharpness"] == nil)
        let sharp = try #require(Self.recipe(Self.steps).parameters.objectValue)
        #expect(Set(sharp.keys) == Set(plain.keys).union(["sharpness"]))
        let method = SharpnessAware(.sam)
        func line(from: Double, _ horizon: Int) -> SharpnessSchedule.Shape {
            .linear(from: from, horizon: Horizon(epochs: horizon))
        }
        let others = [
            SharpnessSchedule(method, radius: 0.05), SharpnessSchedule(method, radius: 0.06),
            SharpnessSchedule(SharpnessAware(.asam), radius: 0.05),
            SharpnessSchedule(method, radius: 0.05, shape: .step(epochs: [5], radii: [0.1])),
            SharpnessSchedule(method, radius: 0.05, shape: .step(epochs: [6], radii: [0.1])),
            SharpnessSchedule(method, radius: 0.05, shape: .step(epochs: [5], radii: [0.2])),
            SharpnessSchedule(method, radius: 0.05, shape: line(from: 0.1, 4)),
            SharpnessSchedule(method, radius: 0.05, shape: line(from: 0.2, 4)),
            SharpnessSchedule(method, radius: 0.05, shape: line(from: 0.1, 5)),
        ]
        let texts = ([nil] + others).map { Self.recipe($0).parameters.compactText }
        #expect(Set(texts).count == texts.count)
    }

    /// A schedule whose radius is 0 is the plain training, to the bit; another one is not, in state and in log.
    @Test func aRadiusOfZeroIsPlainTraining() throws {
        func train(_ sharpness: SharpnessSchedule?) throws -> (state: [Float], losses: [Float]) {
            var recipe = TrainingSupport.recipe()
            recipe.sharpness = sharpness
            let run = try RobustTrainingTests.run(recipe)
            let logs = try (1...2).map { _ in try run.trainEpoch() }
            return (run.state, try #require(logs[1].columns[.batchLoss]))
        }
        let plain = try train(nil)
        #expect(try train(SharpnessSchedule(SharpnessAware(.sam), radius: 0)) == plain)
        let sharp = try train(SharpnessSchedule(SharpnessAware(.sam), radius: 0.1))
        #expect(sharp.state != plain.state && sharp.losses != plain.losses && sharp.state.count == plain.state.count)
        // From the second epoch on it is a plain training again, of other weights.
        let early = SharpnessSchedule(
            SharpnessAware(.sam), radius: 0.1, shape: .step(epochs: [1], radii: [0]))
        let early2 = try train(early)
        #expect(early2.state != plain.state && early2.state != sharp.state)
    }

    /// A radius that no loss survives is named, and not the learning rate.
    @Test func aLossThatIsNoNumberFarAwayIsReported() throws {
        let run = try RobustTrainingTests.run(Self.recipe(SharpnessSchedule(SharpnessAware(.sam), radius: 1e38)))
        let error = try #require(throws: CurateError.self) { try run.trainEpoch() }
        #expect(error.kind == .workFailed)
        #expect(error.remedy == "lower `sam`", "\(error)")
        #expect(error.message.contains("at a distance of 1e+38"), "\(error)")
    }

    private enum Method: CaseIterable, Sendable {
        case sam, asam, steps, line, groupDRO, failures

        func recipe() -> Recipe {
            let constant = SharpnessSchedule(SharpnessAware(.sam), radius: 0.1)
            switch self {
            case .sam:
                var recipe = TrainingSupport.recipe()
                recipe.sharpness = constant
                return recipe
            case .asam: return SharpnessTrainingTests.recipe(SharpnessSchedule(SharpnessAware(.asam), radius: 0.5))
            case .steps:
                let shape = SharpnessSchedule.Shape.step(epochs: [1], radii: [0.5])
                return SharpnessTrainingTests.recipe(
                    SharpnessSchedule(SharpnessAware(.sam), radius: 0.05, shape: shape))
            case .line: return SharpnessTrainingTests.recipe(SharpnessTrainingTests.line)
            case .groupDRO:
                return SharpnessTrainingTests.recipe(
                    constant, objective: Objective(risk: .worstGroup(step: 0.1, adjustment: 2)))
            case .failures:
                return SharpnessTrainingTests.recipe(constant, objective: Objective(risk: .failures))
            }
        }
    }

    /// Momentum, schedule and what an objective carries go on: stopped after any batch, before and after a save, a run
    /// ends with the bytes of one that never stopped.
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
        #expect(total > 5)
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

    @Test(.tags(.threads), arguments: Method.allCases) private func threadsChangeNoByte(method: Method) throws {
        let runs = try [1, 2].map { try RobustTrainingTests.run(method.recipe(), threads: $0) }
        for run in runs { _ = try run.trainEpoch() }
        #expect(runs[0].state == runs[1].state)
    }

    private static func text(_ members: String, path: String = "d.csv") -> String {
        """
        { dataset: { path: "\(path)", group: ["sex"], split: "part" },
          stages: { t: { train: { network: "linear", epochs: 2, \(members) } } } }
        """
    }

    @Test(arguments: [
        ("samKind: \"asam\"", "samKind", "add `sam: 0.05`"), ("samFrom: 0", "samFrom", "no effect"),
        ("samEpochs: [1], samRadii: [0]", "samEpochs", "no effect"), ("sam: -0.1", "sam", "at least 0"),
        ("sam: 0.1, samKind: \"adaptive\"", "samKind", "sam, asam"),
        ("sam: 0.1, samEpochs: [1]", "samEpochs", "names 1, and `samRadii` names 0"),
        ("samRadii: [0.1]", "samRadii", "names 1, and `samEpochs` names 0"),
        ("sam: 0.1, samFrom: 0, samEpochs: [1], samRadii: [0.2]", "samEpochs", "does not go with `samFrom`"),
        ("sam: 0.1, samEpochs: [2, 1], samRadii: [0.2, 0.3]", "samEpochs", "must ascend"),
        ("sam: 0.1, scheduleEpochs: 3", "scheduleEpochs", "no effect"),
        ("sam: 0.1, samFrom: 0, scheduleEpochs: 1", "scheduleEpochs", "ends before"),
    ]) func whatHasNoEffectIsRefused(members: String, parameter: String, said: String) throws {
        let problems = try PipelineSupport.problems(Self.text(members))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.path.hasSuffix("." + parameter) == true, "\(problems)")
        #expect(problems.first.map { "\($0.message) \($0.suggestion ?? "")".contains(said) } == true, "\(problems)")
    }

    @Test func whatAStageSaysIsTheRecipe() throws {
        let directory = StoreDirectory()
        let path = try PipelineSupport.writeTable(in: directory)
        let method = SharpnessAware(.sam)
        let cases: [(String, SharpnessSchedule?)] = [
            ("momentum: 0.9", nil), ("sam: 0", nil), ("sam: 0.1", SharpnessSchedule(method, radius: 0.1)),
            ("sam: 0.5, samKind: \"asam\"", SharpnessSchedule(SharpnessAware(.asam), radius: 0.5)),
            (
                "sam: 0, samEpochs: [1], samRadii: [0.3]",
                SharpnessSchedule(method, radius: 0, shape: .step(epochs: [1], radii: [0.3]))
            ),
            (
                "sam: 0.1, samFrom: 0.2",
                SharpnessSchedule(method, radius: 0.1, shape: .linear(from: 0.2, horizon: Horizon(epochs: 2)))
            ),
            (
                "sam: 0.1, samFrom: 0.2, scheduleEpochs: 8",
                SharpnessSchedule(method, radius: 0.1, shape: .linear(from: 0.2, horizon: Horizon(epochs: 8)))
            ),
        ]
        var keys: [ArtifactKey] = []
        for (members, expected) in cases {
            let outcome = try PipelineRunner(PipelineSupport.environment()).run(
                try PipelineSupport.pipeline(Self.text(members, path: path)), storePath: directory.file())
            #expect(outcome.recipe(of: "t").sharpness == expected, "\(members)")
            keys.append(try #require(try outcome.runs(of: "t").first).key)
        }
        // In lists such a run looks like another one.
        let phrases = try Store.open(path: directory.file(), mode: .read).items().map(\.phrase)
        #expect(phrases.contains { $0.contains("asam 0.5") } && phrases.contains { $0.contains("sam 0.1") })
        // The first two are one run.
        #expect(keys[0] == keys[1])
        #expect(Set(keys).count == keys.count - 1)
    }
}
