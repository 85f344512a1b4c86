import Models
import Synchronization
import TestSupport
import Testing

/// The choice of kernels, and the profile of where time goes.
@Suite struct KernelChoiceTests {
    static func shape(_ side: Int, channels: Int = 32, kernel: Int = 3, stride: Int = 1) -> ConvolutionShape {
        ConvolutionShape(
            height: side, width: side, inputChannels: channels, outputChannels: 32, kernel: kernel, stride: stride,
            padding: kernel / 2)
    }

    @Test func choosesByShapeAlone() {
        for choice in KernelChoice.allCases {
            #expect(!choice.usesWinograd(for: Self.shape(8, stride: 2)))
            #expect(!choice.usesWinograd(for: Self.shape(8, kernel: 1)))
            #expect(!choice.usesWinograd(for: Self.shape(8, channels: 3)))
            #expect(choice.usesWinograd(for: Self.shape(8)) == (choice != .direct))
        }
        #expect(!KernelChoice.automatic.usesWinograd(for: Self.shape(2)))
        #expect(KernelChoice.automatic.usesWinograd(for: Self.shape(3)))
        #expect(KernelChoice.winograd.usesWinograd(for: Self.shape(2)))
    }

    @Test func theProfileNamesTheChoice() {
        let profiles = Set(KernelChoice.allCases.map { NumericProfile.current($0) })
        #expect(profiles.count == KernelChoice.allCases.count)
        #expect(NumericProfile.current() == NumericProfile.current(.automatic))
    }

    /// Other kernels give the same training to rounding, and not the same bits.
    @Test(.tags(.training), arguments: ["resnet8", "resnet18"]) func choicesAgree(name: String) throws {
        let specification = try #require(NetworkSpecification(name))
        let input = InputShape(height: 12, width: 12, channels: 3)
        let inputs = FloatBuffer(count: 6 * input.count)
        var random = KeyedRandom(seed: 4, stream: .test)
        for index in 0..<inputs.count { inputs.pointer[index] = 2 * random.uniform() - 1 }
        let gradients = KernelChoice.allCases.map { choice in
            let network = Network(
                specification, input: input, classCount: 10, pool: WorkerPool(threadCount: 1, kernels: choice))
            network.initialise(seed: 1)
            _ = network.lossAndGradient(inputs: inputs.pointer, labels: [0, 1, 2, 3, 4, 5])
            return (0..<network.arena.gradients.count).map { Double(network.arena.gradients.pointer[$0]) }
        }
        for other in gradients.dropFirst() {
            let difference = zip(gradients[0], other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let magnitude = other.reduce(0) { $0 + $1 * $1 }
            #expect((difference / magnitude).squareRoot() < 1e-3)
        }
        let direct = try #require(gradients.last)
        #expect(gradients[1] != direct)
    }

    /// Every kind of work a training step and a scoring pass consist of is entered, with a clock the caller controls.
    @Test func profilesByKindOfWork() throws {
        let ticks = Mutex(0.0)
        let profile = KernelProfile {
            ticks.withLock { ticks in
                ticks += 1
                return ticks
            }
        }
        let pool = WorkerPool(threadCount: 1, profile: profile)
        let input = InputShape(height: 8, width: 8, channels: 1)
        let network = Network(.cifarResidual(depth: 8), input: input, classCount: 10, pool: pool)
        network.initialise(seed: 1)
        let inputs = FloatBuffer.zeros(4 * input.count)
        let optimizer = SGD(momentum: 0.9, isNesterov: true, weightDecay: 0)
        _ = network.trainingStep(
            inputs: inputs.pointer, labels: [0, 1, 2, 3], optimizer: optimizer, learningRate: 0.1)
        let trained = Dictionary(uniqueKeysWithValues: profile.entries.map { ($0.work, $0) })
        #expect(trained[.convolutionForward]?.calls == 7)
        #expect(trained[.convolutionWeightGradient]?.calls == 7)
        #expect(trained[.convolutionInputGradient]?.calls == 6)
        #expect(trained[.optimizer]?.calls == 1)
        #expect(trained[.loss]?.calls == 1)
        #expect(trained[.convolutionExampleNorms] == nil)
        #expect(trained[.recording]?.calls == 1)
        // Each measurement reads the clock twice, one tick apart, and the loss twice more for the part that is recording.
        #expect(profile.entries.allSatisfy { $0.seconds == Double($0.work == .loss ? 2 * $0.calls : $0.calls) })
        #expect(profile.entries.map(\.seconds) == profile.entries.map(\.seconds).sorted(by: >))
        // 8x8 maps of 16 channels after the stem's one: 2 · 4 · 64 · (9 · 16 + ...).
        let stem = 2.0 * 4 * 64 * 9 * 16
        #expect((trained[.convolutionForward]?.operations ?? 0) > stem)
        var norms = [Float](repeating: 0, count: 4)
        network.gradientNorms(inputs: inputs.pointer, labels: [0, 1, 2, 3], batch: 4, norms: &norms)
        #expect(profile.entries.contains { $0.work == .convolutionExampleNorms && $0.calls == 7 })
    }
}
