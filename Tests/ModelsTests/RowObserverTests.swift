import Models
import Synchronization
import Testing

/// What an observer of logits is shown, and where the profile enters its time.
@Suite struct RowObserverTests {
    private static let classes = 10
    private static let input = InputShape(height: 8, width: 8, channels: 1)

    private static func network(_ pool: WorkerPool) -> Network {
        let network = Network(.cifarResidual(depth: 8), input: input, classCount: classes, pool: pool)
        network.initialise(seed: 5)
        return network
    }

    private static func inputs(_ count: Int) -> FloatBuffer {
        let buffer = FloatBuffer(count: count * input.count)
        var random = KeyedRandom(seed: 6, stream: .test)
        for index in 0..<buffer.count { buffer.pointer[index] = 2 * random.uniform() - 1 }
        return buffer
    }

    /// The logits as they were seen, NaN where they were not, and how often each row was.
    private final class Seen {
        let logits: FloatBuffer
        let times: Mutex<[Int]>

        init(_ count: Int) {
            logits = FloatBuffer(count: count * RowObserverTests.classes)
            logits.pointer.update(repeating: .nan, count: logits.count)
            times = Mutex(Array(repeating: 0, count: count))
        }

        func observe(_ rows: Range<Int>, _ all: UnsafePointer<Float>) {
            for row in rows {
                (logits.pointer + row * RowObserverTests.classes).update(
                    from: all + row * RowObserverTests.classes, count: RowObserverTests.classes)
                times.withLock { $0[row] += 1 }
            }
        }

        func isAll(of expected: [Float]) -> Bool {
            times.withLock { $0.allSatisfy { $0 == 1 } }
                && (0..<logits.count).allSatisfy {
                    logits.pointer[$0] == expected[$0]
                }
        }
    }

    private static func array(_ logits: UnsafePointer<Float>, _ count: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: logits, count: count * classes))
    }

    /// Whole blocks and parts of one, on one thread and several.
    @Test(arguments: [1, 16, 37], [1, 3]) func everyRowIsSeenOnce(count: Int, threads: Int) {
        let network = Self.network(WorkerPool(threadCount: threads))
        let inputs = Self.inputs(count)
        let labels = (0..<count).map { Int32($0 % Self.classes) }

        let evaluated = Seen(count)
        let logits = network.evaluate(inputs: inputs.pointer, batch: count) { evaluated.observe($0, $1) }
        #expect(evaluated.isAll(of: Self.array(logits, count)))

        let scored = Seen(count)
        var norms = [Float](repeating: 0, count: count)
        let frozen = network.gradientNorms(
            inputs: inputs.pointer, labels: labels, batch: count, norms: &norms
        ) { scored.observe($0, $1) }
        #expect(scored.isAll(of: Self.array(frozen, count)))

        // A step shows what the same pass without a step gives; with a second pass, still the first.
        let optimizer = SGD(momentum: 0.9, isNesterov: true, weightDecay: 0)
        for radius in [0, 0.5] {
            let before = Self.array(network.lossAndGradient(inputs: inputs.pointer, labels: labels).logits, count)
            let trained = Seen(count)
            let step = TrainingStep(optimizer: optimizer, sharpness: SharpnessAware(.sam))
            labels.withUnsafeBufferPointer { labels in
                guard let base = labels.baseAddress else { return }
                _ = step.update(
                    network, on: TrainingBatch(inputs: inputs.pointer, targets: .labels(base), count: count),
                    learningRate: 0.1, radius: radius
                ) { trained.observe($0, $1) }
            }
            #expect(trained.isAll(of: before))
        }
    }

    /// Each turn of the clock takes a second: the observer's are its own, and the loss's are without them.
    @Test(arguments: [1, 2]) func theProfileEntersRecordingByItself(threads: Int) throws {
        let ticks = Mutex(0.0)
        let profile = KernelProfile { ticks.withLock { $0 } }
        let network = Self.network(WorkerPool(threadCount: threads, profile: profile))
        let count = 40
        let inputs = Self.inputs(count)
        let labels = [Int32](repeating: 3, count: count)
        var norms = [Float](repeating: 0, count: count)
        network.gradientNorms(inputs: inputs.pointer, labels: labels, batch: count, norms: &norms) { rows, _ in
            if threads == 1 { ticks.withLock { $0 += Double(rows.count) } }
        }
        let entries = Dictionary(uniqueKeysWithValues: profile.entries.map { ($0.work, $0) })
        #expect(entries[.loss]?.calls == 1)
        #expect(entries[.recording]?.calls == 1)
        #expect(entries[.loss]?.seconds == 0)
        #expect(entries[.recording]?.seconds == (threads == 1 ? Double(count) : 0))

        network.evaluate(inputs: inputs.pointer, batch: count) { rows, _ in
            if threads == 1 { ticks.withLock { $0 += Double(rows.count) } }
        }
        let evaluated = try #require(profile.entries.first { $0.work == .recording })
        #expect(evaluated.calls == 2)
        #expect(evaluated.seconds == (threads == 1 ? 2 * Double(count) : 0))
    }
}
