import Foundation
import Models
import TestSupport
import Testing

/// Weights that come of the losses of a batch: against PyTorch, against numbers by hand, and against themselves.
@Suite struct AdaptiveWeightsTests {
    /// What PyTorch computes: `Tests/Fixtures/generate_adaptive_weights.py`.
    private struct Golden: Decodable {
        struct Batch: Decodable {
            let examples: [Int]
            let logits: [Float]
            let biasedLogits: [Float]
            let weights: [Float]
        }
        struct Measured: Decodable {
            let loss: Double
            let gradient: [Double]
            let shares: [Double]?
            let weights: [Double]?
            let biasedLosses: [Float]?
        }
        struct GroupDRO: Decodable {
            let step: Double
            let adjustment: Double
            let weighted: Bool
            let batches: [Measured]
        }
        struct Tail: Decodable {
            let share: Double
            let weighted: Bool
            let batches: [Measured]
        }
        struct Generalized: Decodable {
            let exponent: Double
            let batches: [Measured]
        }
        let classes: Int
        let labels: [Int32]
        let groups: [Int32]
        let groupSizes: [Double]
        let batches: [Batch]
        let groupDRO: [GroupDRO]
        let tails: [Tail]
        let failures: [Measured]
        let generalized: [Generalized]

        static func load() throws -> Golden {
            let url = URL(fileURLWithPath: GoldenFixture.path("golden-adaptive-weights.json"))
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        }

        /// The loss of one of the batches and its gradient with respect to the logits.
        func evaluate(
            _ batch: Batch, objective: Objective = Objective(), weighted: Bool = false,
            adaptedBy adaptive: (any AdaptiveWeights)? = nil, threads: Int = 1
        ) -> (loss: Double, gradient: [Float]) {
            AdaptiveWeightsTests.evaluate(
                batch.logits, labels: batch.examples.map { labels[$0] }, classes: classes, objective: objective,
                weights: weighted ? batch.weights : nil, adaptedBy: adaptive, threads: threads)
        }
    }

    private static func evaluate(
        _ logits: [Float], labels: [Int32], classes: Int, objective: Objective = Objective(),
        weights: [Float]? = nil, adaptedBy adaptive: (any AdaptiveWeights)? = nil, threads: Int = 1
    ) -> (loss: Double, gradient: [Float]) {
        let buffers = [logits, weights ?? []].map { ConvolutionTests.buffer($0.map { Double($0) }) }
        let gradient = FloatBuffer(count: logits.count)
        let rows = GradientRows(
            logits: buffers[0].pointer, gradient: gradient.pointer, count: labels.count, classes: classes)
        let loss = labels.withUnsafeBufferPointer { labels in
            labels.baseAddress.map {
                objective.lossAndGradient(
                    rows, targets: .labels($0), weights: weights == nil ? nil : UnsafePointer(buffers[1].pointer),
                    adaptedBy: adaptive, pool: WorkerPool(threadCount: threads))
            }
        }
        return (loss ?? .nan, (0..<gradient.count).map { gradient.pointer[$0] })
    }

    /// The weights that some losses get.
    private static func weights(
        of losses: [Double], _ adaptive: any AdaptiveWeights, given: [Float]? = nil
    ) -> [Double] {
        losses.withUnsafeBufferPointer { losses in
            (given ?? []).withUnsafeBufferPointer { values in
                guard let first = losses.baseAddress else { return [] }
                let found = adaptive.weigh(
                    first, given: given == nil ? nil : values.baseAddress, count: losses.count)
                return (0..<losses.count).map { Double(found[$0]) }
            }
        }
    }

    private static func expect(
        _ found: (loss: Double, gradient: [Float]), _ golden: Golden.Measured, _ what: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(abs(found.loss - golden.loss) < 2e-6 * max(1, abs(golden.loss)), what, sourceLocation: sourceLocation)
        let error = ConvolutionTests.error(found.gradient, golden.gradient)
        #expect(error < 2e-6, what, sourceLocation: sourceLocation)
    }

    @Test func groupDROIsThatOfPyTorch() throws {
        let golden = try Golden.load()
        for method in golden.groupDRO {
            let adaptive = WorstGroupWeights(
                step: method.step, adjustment: method.adjustment, groupSizes: golden.groupSizes, largestBatch: 6)
            for (batch, expected) in zip(golden.batches, method.batches) {
                for (row, example) in batch.examples.enumerated() { adaptive.rowGroups[row] = golden.groups[example] }
                let found = golden.evaluate(batch, weighted: method.weighted, adaptedBy: adaptive)
                Self.expect(found, expected, "step \(method.step), weighted \(method.weighted)")
                for (group, share) in try #require(expected.shares).enumerated() {
                    #expect(abs(Double(adaptive.shares.pointer[group]) - share) < 1e-6 * max(share, 1e-3))
                }
            }
        }
    }

    /// Uniform over four, losses 1 to 4, a step of 0.01.
    @Test func groupDROByHand() {
        let adaptive = WorstGroupWeights(step: 0.01, adjustment: 0, groupSizes: [1, 1, 1, 1], largestBatch: 4)
        for row in 0..<4 { adaptive.rowGroups[row] = Int32(row) }
        let weights = Self.weights(of: [1, 2, 3, 4], adaptive)
        for (weight, share) in zip(weights, [0.24626, 0.24874, 0.25124, 0.25376]) {
            #expect(abs(weight / 4 - share) < 5e-6)
        }
        #expect(abs(zip(weights, 1...4).reduce(0) { $0 + $1.0 * Double($1.1) } / 4 - 2.5125) < 5e-5)
    }

    /// Losses that no power of e holds leave shares that are numbers.
    @Test func hugeLossesOverflowNothing() {
        let adaptive = WorstGroupWeights(step: 10, adjustment: 1, groupSizes: [3, 2], largestBatch: 2)
        adaptive.rowGroups[0] = 0
        adaptive.rowGroups[1] = 1
        #expect(Self.weights(of: [1e4, 1e4 + 1], adaptive).allSatisfy { $0.isFinite })
        #expect(abs(adaptive.shares.pointer[0] + adaptive.shares.pointer[1] - 1) < 1e-6)
    }

    @Test func tailsAreThoseOfTheDual() throws {
        let golden = try Golden.load()
        for method in golden.tails {
            let adaptive = TailWeights(share: method.share, largestBatch: 6)
            for (batch, expected) in zip(golden.batches, method.batches) {
                let found = golden.evaluate(batch, weighted: method.weighted, adaptedBy: adaptive)
                Self.expect(found, expected, "share \(method.share), weighted \(method.weighted)")
            }
        }
    }

    /// Shares, the weights that losses of 4, 3, 2 and 1 get, and what is minimised.
    private static let tailCases: [(share: Double, weights: [Double], loss: Double)] = [
        (0.5, [2, 2, 0, 0], 3.5), (0.3, [4 / 1.2, 4.0 / 6, 0, 0], 3.8333), (0.1, [4, 0, 0, 0], 4),
        (1, [1, 1, 1, 1], 2.5),
    ]

    @Test(arguments: tailCases) func tailsByHand(share: Double, expected: [Double], loss: Double) {
        let losses = [4.0, 3, 2, 1]
        let weights = Self.weights(of: losses, TailWeights(share: share, largestBatch: 4))
        #expect(zip(weights, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(weights)")
        #expect(abs(zip(weights, losses).reduce(0) { $0 + $1.0 * $1.1 } / 4 - loss) < 5e-5)
        // Whatever the order of the rows; of equals the first.
        let turned = Self.weights(of: losses.reversed(), TailWeights(share: share, largestBatch: 4))
        #expect(Array(turned.reversed()) == weights)
    }

    @Test func ofEqualLossesTheFirstCount() {
        #expect(Self.weights(of: [1, 1, 1, 1], TailWeights(share: 0.5, largestBatch: 4)) == [2, 2, 0, 0])
    }

    /// All of the tail is the mean, to the bit of what weights of 1 give, and to the bit of the weights from outside.
    @Test func theWholeTailIsTheMean() throws {
        let golden = try Golden.load()
        for batch in golden.batches {
            for weighted in [false, true] {
                let whole = golden.evaluate(
                    batch, weighted: weighted, adaptedBy: TailWeights(share: 1, largestBatch: 6))
                let mean = golden.evaluate(batch, weighted: weighted)
                #expect(abs(whole.loss - mean.loss) < 1e-6)
                #expect(ConvolutionTests.error(whole.gradient, mean.gradient.map { Double($0) }) < 1e-6)
            }
        }
    }

    @Test func failuresAreThoseOfPyTorch() throws {
        let golden = try Golden.load()
        let adaptive = FailureWeights(labels: golden.labels, classCount: golden.classes, largestBatch: 6)
        for (batch, expected) in zip(golden.batches, golden.failures) {
            let biased = try #require(expected.biasedLosses)
            for row in 0..<6 {
                adaptive.rowExamples[row] = batch.examples[row]
                adaptive.biasedLosses[row] = biased[row]
            }
            Self.expect(golden.evaluate(batch, adaptedBy: adaptive), expected, "failures")
        }
    }

    @Test func theGeneralizedCrossEntropyIsThatOfPyTorch() throws {
        let golden = try Golden.load()
        for method in golden.generalized {
            let objective = Objective(risk: .mean, generalizedExponent: method.exponent)
            for (batch, expected) in zip(golden.batches, method.batches) {
                Self.expect(golden.evaluate(batch, objective: objective), expected, "q = \(method.exponent)")
            }
        }
    }

    /// Central differences of the generalized loss itself.
    @Test func theGradientOfTheGeneralizedLossIsItsSlope() {
        let (count, classes) = (6, 5)
        let logits = referenceDraws(count * classes, in: -3..<3, seed: 52).map { Float(($0 * 1_024).rounded() / 1_024) }
        let labels = (0..<count).map { Int32($0 * 3 % classes) }
        let objective = Objective(risk: .mean, generalizedExponent: 0.7)
        func evaluate(_ logits: [Float]) -> (loss: Double, gradient: [Float]) {
            Self.evaluate(logits, labels: labels, classes: classes, objective: objective)
        }
        // A power of two, so that both steps are exact in Float.
        let step: Float = 0x1p-8
        let slopes = logits.indices.map { index in
            var (above, below) = (logits, logits)
            above[index] += step
            below[index] -= step
            return (evaluate(above).loss - evaluate(below).loss) / Double(2 * step)
        }
        #expect(ConvolutionTests.error(evaluate(logits).gradient, slopes) < 1e-4)
    }

    /// The reductions differ by the number of examples, and threads change no bit.
    @Test(.tags(.threads)) func theWeightsFollowTheReductionAndNoThreads() {
        let (count, classes) = (64, 4)
        let logits = referenceDraws(count * classes, in: -2..<2, seed: 53).map { Float($0) }
        let labels = (0..<count).map { Int32($0 % classes) }
        func evaluate(_ reduction: Reduction, threads: Int) -> (loss: Double, gradient: [Float]) {
            let adaptive = WorstGroupWeights(step: 1, adjustment: 0, groupSizes: [3, 4], largestBatch: count)
            for row in 0..<count { adaptive.rowGroups[row] = row % 5 == 0 ? 1 : 0 }
            return Self.evaluate(
                logits, labels: labels, classes: classes, objective: Objective(reduction: reduction),
                adaptedBy: adaptive, threads: threads)
        }
        let (mean, sum) = (evaluate(.batch, threads: 1), evaluate(.sum, threads: 1))
        // A power of two, so that dividing rounds nothing.
        #expect(mean.loss * Double(count) == sum.loss)
        #expect(mean.gradient.map { $0 * Float(count) } == sum.gradient)
        for threads in [2, 3] {
            let other = evaluate(.batch, threads: threads)
            #expect(other.loss == mean.loss && other.gradient == mean.gradient)
        }
    }
}
