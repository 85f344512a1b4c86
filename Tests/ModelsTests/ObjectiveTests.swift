import Foundation
import Models
import TestSupport
import Testing

/// The loss and its gradient with respect to the logits: against PyTorch, against Float64, and label by label.
@Suite struct ObjectiveTests {
    /// What PyTorch computes: `Tests/Fixtures/generate_objective.py`.
    struct Golden: Decodable {
        struct Measured: Decodable {
            let losses: [Double]
            let gradient: [Double]
        }
        struct Smoothed: Decodable {
            let smoothing: Double
            let losses: [Double]
            let gradient: [Double]
        }
        let classes: Int
        let logits: [Float]
        let labels: [Int32]
        let weights: [Float]
        let shares: [Float]
        let ofLabels: Measured
        let ofShares: Measured
        let smoothed: [Smoothed]

        static func load() throws -> Golden {
            let url = URL(fileURLWithPath: GoldenFixture.path("golden-objective.json"))
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        }

        /// The mean of the weighted losses.
        func loss(_ losses: [Double]) -> Double {
            zip(losses, weights).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(labels.count)
        }
    }

    /// The objective of some logits with labels or, where there are none, shares.
    static func evaluate(
        _ logits: [Float], classes: Int, objective: Objective = Objective(), labels: [Int32]? = nil,
        shares: [Float] = [], weights: [Float]? = nil, threads: Int = 2
    ) -> (loss: Double, gradient: [Float]) {
        let buffers = [logits, shares, weights ?? []].map { ConvolutionTests.buffer($0.map { Double($0) }) }
        let gradient = FloatBuffer(count: logits.count)
        let rows = GradientRows(
            logits: buffers[0].pointer, gradient: gradient.pointer, count: logits.count / classes, classes: classes)
        func loss(_ targets: TrainingBatch.Targets) -> Double {
            objective.lossAndGradient(
                rows, targets: targets, weights: weights == nil ? nil : UnsafePointer(buffers[2].pointer),
                pool: WorkerPool(threadCount: threads))
        }
        let result =
            labels.map { labels in
                labels.withUnsafeBufferPointer { $0.baseAddress.map { loss(.labels($0)) } ?? .nan }
            } ?? loss(.shares(buffers[1].pointer))
        return (result, (0..<gradient.count).map { gradient.pointer[$0] })
    }

    private static func draws(_ count: Int, _ range: Range<Double>, seed: UInt64) -> [Float] {
        referenceDraws(count, in: range, seed: seed).map { Float($0) }
    }

    @Test func labelsAndSharesAreThoseOfPyTorch() throws {
        let golden = try Golden.load()
        let labelled = Self.evaluate(
            golden.logits, classes: golden.classes, labels: golden.labels, weights: golden.weights)
        #expect(abs(labelled.loss - golden.loss(golden.ofLabels.losses)) < 1e-6)
        #expect(ConvolutionTests.error(labelled.gradient, golden.ofLabels.gradient) < 1e-6)
        let shared = Self.evaluate(
            golden.logits, classes: golden.classes, shares: golden.shares, weights: golden.weights)
        #expect(abs(shared.loss - golden.loss(golden.ofShares.losses)) < 1e-6)
        #expect(ConvolutionTests.error(shared.gradient, golden.ofShares.gradient) < 1e-6)
    }

    /// PyTorch's `label_smoothing`, and the same as shares of (1 - s) at the label and s / classes everywhere.
    @Test func smoothedLabelsAreThoseOfPyTorch() throws {
        let golden = try Golden.load()
        for smoothed in golden.smoothed {
            let labelled = Self.evaluate(
                golden.logits, classes: golden.classes, objective: Objective(labelSmoothing: smoothed.smoothing),
                labels: golden.labels, weights: golden.weights)
            #expect(abs(labelled.loss - golden.loss(smoothed.losses)) < 1e-6)
            #expect(ConvolutionTests.error(labelled.gradient, smoothed.gradient) < 1e-6)
            var shares = [Float](
                repeating: Float(smoothed.smoothing / Double(golden.classes)), count: golden.logits.count)
            for (row, label) in golden.labels.enumerated() {
                shares[row * golden.classes + Int(label)] += Float(1 - smoothed.smoothing)
            }
            let found = Self.evaluate(golden.logits, classes: golden.classes, shares: shares, weights: golden.weights)
            #expect(abs(found.loss - golden.loss(smoothed.losses)) < 1e-5)
            #expect(ConvolutionTests.error(found.gradient, smoothed.gradient) < 1e-5)
        }
    }

    /// Blocks of the pool whole and in part, and one class more than a vector has lanes.
    @Test(arguments: [(40, 17), (16, 3), (1, 2)]) func sharesMatchTheReference(count: Int, classes: Int) {
        let logits = Self.draws(count * classes, -6..<6, seed: 41)
        let shares = Self.draws(count * classes, 0..<0.4, seed: 42)
        let weights = Self.draws(count, 0..<3, seed: 43)
        let expected = ReferenceCrossEntropy.loss(
            ReferenceTensor(count: count, channels: classes, values: logits.map { Double($0) }),
            shares: shares.map { Double($0) })
        let sum = Self.evaluate(logits, classes: classes, objective: Objective(reduction: .sum), shares: shares)
        #expect(abs(sum.loss - expected.loss) < 1e-6 * abs(expected.loss))
        #expect(ConvolutionTests.error(sum.gradient, expected.logitGradient.values) < 1e-6)

        let mean = Self.evaluate(logits, classes: classes, shares: shares, weights: weights)
        let weighted = zip(expected.exampleLosses, weights).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(count)
        #expect(abs(mean.loss - weighted) < 1e-6 * abs(weighted))
        let rows = expected.logitGradient.values.enumerated().map { index, value in
            value * Double(weights[index / classes]) / Double(count)
        }
        #expect(ConvolutionTests.error(mean.gradient, rows) < 1e-6)
    }

    /// Central differences of the loss of shares itself.
    @Test func theGradientOfSharesIsTheLossesSlope() {
        let (count, classes) = (6, 5)
        let logits = Self.draws(count * classes, -3..<3, seed: 44).map { ($0 * 1_024).rounded() / 1_024 }
        let shares = Self.draws(count * classes, 0..<0.6, seed: 45)
        let gradient = Self.evaluate(logits, classes: classes, shares: shares).gradient
        // A power of two, so that both steps are exact in Float.
        let step: Float = 0x1p-8
        let slopes = logits.indices.map { index in
            var (above, below) = (logits, logits)
            above[index] += step
            below[index] -= step
            return
                (Self.evaluate(above, classes: classes, shares: shares).loss
                - Self.evaluate(below, classes: classes, shares: shares).loss) / Double(2 * step)
        }
        #expect(ConvolutionTests.error(gradient, slopes) < 1e-4)
    }

    /// All of one class and nothing of the others is that class, to the bit; so is any number of threads.
    @Test func sharesOfOneClassAreItsLabel() {
        let (count, classes) = (50, 11)
        let logits = Self.draws(count * classes, -9..<9, seed: 46)
        let labels = (0..<count).map { Int32($0 * 5 % classes) }
        var shares = [Float](repeating: 0, count: count * classes)
        for (row, label) in labels.enumerated() { shares[row * classes + Int(label)] = 1 }
        let labelled = Self.evaluate(logits, classes: classes, labels: labels)
        for threads in [1, 2, 3] {
            let shared = Self.evaluate(logits, classes: classes, shares: shares, threads: threads)
            #expect(shared.loss == labelled.loss)
            #expect(shared.gradient == labelled.gradient)
        }
    }

    /// Central differences of the smoothed loss, and next to nothing smoothed is next to the plain loss.
    @Test func theGradientOfSmoothedLabelsIsTheLossesSlope() {
        let (count, classes) = (6, 5)
        let logits = Self.draws(count * classes, -3..<3, seed: 49).map { ($0 * 1_024).rounded() / 1_024 }
        let labels = (0..<count).map { Int32($0 * 3 % classes) }
        func evaluate(_ logits: [Float], _ smoothing: Double) -> (loss: Double, gradient: [Float]) {
            Self.evaluate(logits, classes: classes, objective: Objective(labelSmoothing: smoothing), labels: labels)
        }
        // A power of two, so that both steps are exact in Float.
        let step: Float = 0x1p-8
        let slopes = logits.indices.map { index in
            var (above, below) = (logits, logits)
            above[index] += step
            below[index] -= step
            return (evaluate(above, 0.2).loss - evaluate(below, 0.2).loss) / Double(2 * step)
        }
        #expect(ConvolutionTests.error(evaluate(logits, 0.2).gradient, slopes) < 1e-4)
        let (plain, nearly) = (evaluate(logits, 0), evaluate(logits, 1e-12))
        #expect(abs(plain.loss - nearly.loss) < 1e-10)
        #expect(ConvolutionTests.error(nearly.gradient, plain.gradient.map { Double($0) }) < 1e-6)
    }

    /// The reductions differ by the number of examples and nothing else.
    @Test func theBatchIsDividedByOnce() {
        let (count, classes) = (32, 4)
        let logits = Self.draws(count * classes, -2..<2, seed: 47)
        let labels = (0..<count).map { Int32($0 % classes) }
        let weights = Self.draws(count, 0..<3, seed: 48)
        let mean = Self.evaluate(logits, classes: classes, labels: labels, weights: weights)
        let sum = Self.evaluate(
            logits, classes: classes, objective: Objective(reduction: .sum), labels: labels, weights: weights)
        // A power of two, so that dividing rounds nothing.
        #expect(mean.loss * Double(count) == sum.loss)
        #expect(mean.gradient.map { $0 * Float(count) } == sum.gradient)
    }
}
