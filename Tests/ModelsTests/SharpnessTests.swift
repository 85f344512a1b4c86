import Foundation
import Models
import TestSupport
import Testing

/// Sharpness-aware minimisation: against PyTorch, against numbers by hand, and against plain steps.
@Suite(.tags(.training)) struct SharpnessTests {
    /// What PyTorch computes: `Tests/Fixtures/generate_sharpness.py`.
    private struct Golden: Decodable {
        struct Quadratic: Decodable {
            let kind: String
            let radius: Double
            let weights: [Float]
            let gradient: [Float]
            let perturbation: [Double]
            let perturbedGradient: [Double]
        }
        struct Gradient: Decodable {
            let norm: Double
            let entries: [Double]
        }
        struct Tensor: Decodable {
            let name: String
            let norm: Double
            let change: Double
            let entries: [Double]
            let gradient: Gradient?
        }
        struct Method: Decodable {
            let kind: String
            let radius: Double
            let losses: [Double]
            let perturbedLosses: [Double]
            let tensors: [Tensor]
        }
        let quadratic: [Quadratic]
        let methods: [Method]

        static func load() throws -> Golden {
            let url = URL(fileURLWithPath: GoldenFixture.path("golden-sharpness.json"))
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        }
    }

    private static let optimizer = SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4)

    /// An arena of vectors that hold these weights and gradients.
    private static func arena(_ weights: [[Float]], gradients: [[Float]]) -> ParameterArena {
        let arena = ParameterArena()
        let slices = weights.enumerated().map { arena.add("v\($0)", .vector(count: $1.count)) }
        arena.allocate()
        for (slice, (values, slopes)) in zip(slices, zip(weights, gradients)) {
            for index in values.indices {
                arena.pointer(slice)[index] = values[index]
                arena.gradient(slice)[index] = slopes[index]
            }
        }
        return arena
    }

    private static func array(_ buffer: FloatBuffer) -> [Float] {
        Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
    }

    /// 0.5 w' diag(2, -0.5) w at (0.3, 0.4): by hand, eps of SAM is 0.1 (0.6, -0.2) / sqrt(0.4).
    @Test func theQuadraticExampleIsThatOfPyTorch() throws {
        let golden = try Golden.load()
        #expect(golden.quadratic.map(\.kind) == SharpnessAware.Kind.allCases.map(\.rawValue))
        for example in golden.quadratic {
            let method = SharpnessAware(try #require(SharpnessAware.Kind(rawValue: example.kind)))
            let arena = Self.arena([example.weights], gradients: [example.gradient])
            let pool = WorkerPool(threadCount: 1)
            method.climb(arena, radius: example.radius, pool: pool) {
                let weights = arena.pointer(0)
                for (index, curvature) in [2, -0.5].enumerated() {
                    let step = Double(weights[index]) - Double(example.weights[index])
                    #expect(abs(step - example.perturbation[index]) < 1e-7)
                    #expect(abs(curvature * Double(weights[index]) - example.perturbedGradient[index]) < 1e-7)
                }
            }
            #expect(Array(Self.array(arena.values).prefix(2)) == example.weights)
        }
        let hand = 0.1 * 0.6 / 0.4.squareRoot()
        #expect(abs(golden.quadratic[0].perturbation[0] - hand) < 1e-12)
    }

    /// One norm over all tensors, over more than one block of them, on any number of threads.
    @Test(.tags(.threads), arguments: SharpnessAware.Kind.allCases) func theNormIsOverAllParameters(
        kind: SharpnessAware.Kind
    ) {
        var random = KeyedRandom(seed: 8, stream: .test)
        func draws(_ count: Int) -> [Float] { (0..<count).map { _ in 2 * random.uniform() - 1 } }
        let counts = [7, 40_000, 16]
        let (weights, gradients) = (counts.map { draws($0) }, counts.map { draws($0) })
        let flat = zip(weights.joined(), gradients.joined()).map { (Double($0), Double($1)) }
        let scaled = flat.map { kind == .sam ? $1 : $0 * $1 }
        let norm = scaled.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let expected = flat.map { $0 + 0.3 / (norm + 1e-12) * (kind == .sam ? $1 : $0 * $0 * $1) }
        var found: [[Float]] = []
        for threads in 1...3 {
            let arena = Self.arena(weights, gradients: gradients)
            let before = Self.array(arena.values)
            let pool = WorkerPool(threadCount: threads)
            found.append(SharpnessAware(kind).climb(arena, radius: 0.3, pool: pool) { Self.array(arena.values) })
            #expect(Self.array(arena.values) == before)
            // What lies between the tensors stays zero: products read it.
            let moved = found[threads - 1]
            #expect(moved[7..<16].allSatisfy { $0 == 0 })
            let own = moved[..<7] + moved[16...]
            #expect(own.count == expected.count)
            #expect(zip(own, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
        }
        #expect(found[0] == found[1] && found[0] == found[2])
    }

    @Test(arguments: SharpnessAware.Kind.allCases) func aGradientOfZerosMovesNothing(kind: SharpnessAware.Kind) {
        let weights: [Float] = [0.5, -3, 0]
        let arena = Self.arena([weights], gradients: [[0, 0, 0]])
        let pool = WorkerPool(threadCount: 1)
        let there = SharpnessAware(kind).climb(arena, radius: 0.1, pool: pool) { Self.array(arena.values) }
        #expect(Array(there.prefix(3)) == weights)
    }

    /// Ten steps of resnet8: both losses of every step, and where weights and running statistics ended.
    @Test func tenStepsAreThoseOfPyTorch() throws {
        for method in try Golden.load().methods {
            let problem = try GoldenNetworkTests.Problem("resnet8")
            let sharpness = SharpnessAware(try #require(SharpnessAware.Kind(rawValue: method.kind)))
            #expect(method.losses.count == 10)
            for (step, expected) in zip(method.losses, method.perturbedLosses).enumerated() {
                let outcome = problem.network.trainingStep(
                    inputs: problem.inputs.pointer, labels: problem.labels, optimizer: Self.optimizer,
                    learningRate: 0.01, sharpness: sharpness, radius: method.radius)
                let perturbed = try #require(outcome.perturbedLoss)
                #expect(abs(outcome.loss - expected.0) < 1e-5 * expected.0, "\(method.kind) \(step)")
                #expect(abs(perturbed - expected.1) < 1e-5 * expected.1, "\(method.kind) \(step)")
                if step > 0 { continue }
                let gradients = Dictionary(
                    uniqueKeysWithValues: problem.network.gradientDict().map { ($0.name, $0.values) })
                for tensor in method.tensors {
                    guard let expected = tensor.gradient else { continue }
                    let gradient = try #require(gradients[tensor.name])
                    #expect(abs(Self.norm(gradient) - expected.norm) < 1e-4 * expected.norm, "\(tensor.name)")
                    #expect(Self.error(gradient, expected.entries, expected.norm) < 1e-4, "\(tensor.name)")
                }
            }
            let state = problem.network.stateDict()
            #expect(state.map(\.name) == method.tensors.map(\.name))
            for (tensor, expected) in zip(state, method.tensors) {
                let norm = Self.norm(tensor.values)
                #expect(abs(norm - expected.norm) < 1e-4 * expected.norm, "\(method.kind) \(tensor.name)")
                // One rectifier that falls on the other side in single precision moves a shift by 1e-4, in PyTorch too.
                let error = Self.error(tensor.values, expected.entries, expected.norm)
                #expect(error < 3e-4, "\(method.kind) \(tensor.name): \(error)")
            }
        }
    }

    private static func norm(_ values: [Float]) -> Double {
        values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// The largest difference of sixteen entries, in units of the tensor's root mean square or of the largest of them.
    private static func error(_ values: [Float], _ entries: [Double], _ norm: Double) -> Double {
        let scale = entries.reduce(norm / Double(values.count).squareRoot()) { max($0, abs($1)) }
        return entries.enumerated().reduce(0) {
            max($0, abs(Double(values[$1.offset * values.count / 16]) - $1.element) / scale)
        }
    }

    /// Some steps of a network; gives its state, with what the optimiser carries.
    private static func train(
        _ test: NetworkReferenceTests.Case, sharpness: SharpnessAware?, radius: Double, steps: Int = 3, threads: Int = 1
    ) throws -> (tensors: [NamedTensor], momentum: [Float]) {
        let setting = try NetworkReferenceTests.Setting(test, threads: threads)
        for _ in 0..<steps {
            _ = setting.network.trainingStep(
                inputs: setting.inputs.pointer, labels: setting.integerLabels, optimizer: optimizer,
                learningRate: 0.01, sharpness: sharpness, radius: radius)
        }
        return (setting.network.stateDict(), array(setting.network.arena.momentum))
    }

    private static let cases = [0, 1, 3].map { NetworkReferenceTests.cases[$0] }

    @Test(arguments: cases) private func aRadiusOfZeroIsTheOptimiserAlone(test: NetworkReferenceTests.Case) throws {
        let plain = try Self.train(test, sharpness: nil, radius: 0)
        for kind in SharpnessAware.Kind.allCases {
            let found = try Self.train(test, sharpness: SharpnessAware(kind), radius: 0)
            #expect(found == plain)
            // Another radius is another training.
            #expect(try Self.train(test, sharpness: SharpnessAware(kind), radius: 0.1).tensors != plain.tensors)
        }
    }

    /// The second pass normalises with its own batch, and leaves no trace in what evaluation will use.
    @Test func runningStatisticsAreThoseOfOnePlainStep() throws {
        let test = NetworkReferenceTests.cases[3]
        let plain = try Self.train(test, sharpness: nil, radius: 0, steps: 1).tensors
        let sharp = try Self.train(test, sharpness: SharpnessAware(.sam), radius: 0.5, steps: 1).tensors
        var statistics = 0
        for (one, other) in zip(plain, sharp) {
            if one.name.contains("running") {
                #expect(one == other, "\(one.name)")
                statistics += 1
            } else {
                #expect(one != other, "\(one.name)")
            }
        }
        #expect(statistics == 14)
    }

    @Test(.tags(.threads), arguments: SharpnessAware.Kind.allCases) func threadsChangeNoByte(
        kind: SharpnessAware.Kind
    ) throws {
        for test in [NetworkReferenceTests.cases[1], NetworkReferenceTests.cases[3]] {
            let runs = try [1, 2, 3].map {
                try Self.train(test, sharpness: SharpnessAware(kind), radius: 0.1, threads: $0)
            }
            #expect(runs[0] == runs[1] && runs[0] == runs[2])
        }
    }

    /// Weights that somebody else makes, and how often and of which losses.
    private final class Watched: AdaptiveWeights {
        let adaptive: any AdaptiveWeights
        var made: [[Float]] = []

        init(_ adaptive: any AdaptiveWeights) { self.adaptive = adaptive }

        func weigh(
            _ losses: UnsafePointer<Double>, given: UnsafePointer<Float>?, count: Int
        ) -> UnsafePointer<Float> {
            let found = adaptive.weigh(losses, given: given, count: count)
            made.append(Array(UnsafeBufferPointer(start: found, count: count)))
            return found
        }
    }

    /// What Group DRO carries moves once a step, and both passes count by the same weights: the step is that with these
    /// weights given.
    @Test func adaptiveWeightsAreMadeOnce() throws {
        let test = NetworkReferenceTests.cases[3]
        let (adaptive, given) = (
            try NetworkReferenceTests.Setting(test), try NetworkReferenceTests.Setting(test)
        )
        let groups = WorstGroupWeights(step: 0.5, adjustment: 0, groupSizes: [3, 3], largestBatch: test.batch)
        for row in 0..<test.batch { groups.rowGroups[row] = Int32(row % 2) }
        let watched = Watched(groups)
        let sharpness = SharpnessAware(.asam)
        let robust = TrainingStep(
            objective: Objective(risk: .worstGroup(step: 0.5, adjustment: 0)), optimizer: Self.optimizer,
            sharpness: sharpness)
        for step in 1...2 {
            let outcome = adaptive.integerLabels.withUnsafeBufferPointer { labels -> TrainingStep.Outcome? in
                labels.baseAddress.map {
                    robust.update(
                        adaptive.network,
                        on: TrainingBatch(
                            inputs: adaptive.inputs.pointer, targets: .labels($0), adaptedBy: watched,
                            count: test.batch),
                        learningRate: 0.01, radius: 0.5)
                }
            }
            #expect(watched.made.count == step)
            let expected = given.network.trainingStep(
                inputs: given.inputs.pointer, labels: given.integerLabels, weights: watched.made[step - 1],
                optimizer: Self.optimizer, learningRate: 0.01, sharpness: sharpness, radius: 0.5)
            #expect(outcome == expected)
            #expect(expected.perturbedLoss != expected.loss)
        }
        #expect(adaptive.network.stateDict() == given.network.stateDict())
        #expect(watched.made[0] != watched.made[1])
    }
}
