import Curate
import Glibc
import Models
import Testing

@Suite struct ScoringLogitMetricsTests {
    private func measure(_ logits: [Float], label: Int) -> LogitMetrics {
        logits.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("no logits") }
            return LogitMetrics(logits: base, count: buffer.count, label: label)
        }
    }

    /// The textbook formulas in Float64, formed the obvious way.
    private struct Textbook {
        var probability, loss, logitMargin, probabilityMargin, errorNorm, entropy: Double

        init(_ logits: [Float], label: Int) {
            let values = logits.map(Double.init)
            let largest = values.max() ?? 0
            let weights = values.map { exp($0 - largest) }
            let total = weights.reduce(0, +)
            let p = weights.map { $0 / total }
            let others = p.indices.filter { $0 != label }
            probability = p[label]
            loss = -log(p[label])
            logitMargin = values[label] - (others.map { values[$0] }.max() ?? 0)
            probabilityMargin = p[label] - (others.map { p[$0] }.max() ?? 0)
            errorNorm = p.indices.reduce(0) { $0 + pow(p[$1] - ($1 == label ? 1 : 0), 2) }.squareRoot()
            entropy = -p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
        }
    }

    @Test(arguments: [2, 3, 10, 100, 1000])
    func agreesWithTheTextbook(classCount: Int) {
        var random = KeyedRandom(seed: UInt64(classCount), stream: .test)
        for _ in 0..<50 {
            let logits = (0..<classCount).map { _ in 8 * random.uniform() - 4 }
            let label = random.below(classCount)
            let ours = measure(logits, label: label)
            let expected = Textbook(logits, label: label)
            for (value, reference) in [
                (ours.probability, expected.probability), (ours.loss, expected.loss),
                (ours.logitMargin, expected.logitMargin), (ours.probabilityMargin, expected.probabilityMargin),
                (ours.errorNorm, expected.errorNorm), (ours.entropy, expected.entropy),
            ] {
                #expect(abs(Double(value) - reference) <= 1e-7 * abs(reference) + 1e-12)
            }
            let prediction = logits.indices.max { logits[$0] < logits[$1] }
            #expect(Int(ours.prediction) == prediction)
            #expect(ours.isCorrect == (prediction == label))
        }
    }

    @Test func handWorkedRow() {
        // Softmax of (0, ln 3) is (1/4, 3/4).
        let right = measure([0, Float(log(3.0))], label: 1)
        #expect(abs(right.probability - 0.75) < 1e-6)
        #expect(abs(right.probabilityMargin - 0.5) < 1e-6)
        #expect(abs(right.errorNorm - Float(0.125.squareRoot())) < 1e-6)
        #expect(right.isCorrect && right.prediction == 1)
        let wrong = measure([0, Float(log(3.0))], label: 0)
        #expect(abs(wrong.errorNorm - Float(1.125.squareRoot())) < 1e-6)
        #expect(abs(wrong.logitMargin + Float(log(3.0))) < 1e-6)
        #expect(!wrong.isCorrect)
    }

    @Test func keepsDigitsWhereSubtractionLosesThem() {
        // p = 1 / (1 + e^-30): 1 - p and the loss are about e^-30, far below the spacing of Float around 1.
        let tiny = exp(-30.0)
        let metrics = measure([30, 0], label: 0)
        #expect(abs(Double(metrics.loss) / tiny - 1) < 1e-6)
        #expect(abs(Double(metrics.errorNorm) / (tiny * 2.0.squareRoot()) - 1) < 1e-6)
        #expect(abs(Double(metrics.entropy) / (31 * tiny) - 1) < 1e-6)
    }

    @Test func survivesEnormousLogits() {
        let metrics = measure([3e4, -3e4, 0], label: 1)
        #expect(metrics.loss == 6e4 && metrics.probability == 0 && metrics.logitMargin == -6e4)
        #expect(abs(metrics.errorNorm - Float(2).squareRoot()) < 1e-6)
        #expect(metrics.entropy == 0)
    }

    @Test func equalLogitsPredictTheLowestClass() {
        #expect(measure([1, 5, 5], label: 2).prediction == 1)
        #expect(measure([1, 5, 5], label: 2).logitMargin == 0)
        #expect(!measure([2, 2], label: 1).isCorrect)
        #expect(measure([2, 2], label: 0).isCorrect)
        #expect(measure([0, 0, 0, 0], label: 3).probability == 0.25)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity], [0, 1, 2])
    func aLogitThatIsNotFiniteShowsInTheEntropy(bad: Float, place: Int) {
        var logits: [Float] = [1, 2, 3]
        logits[place] = bad
        for label in 0..<3 { #expect(!measure(logits, label: label).entropy.isFinite) }
    }

    /// DeepCore divides by the batch: here a row's numbers cannot depend on what else is in its batch.
    @Test func isAPureFunctionOfTheRow() {
        let batch: [Float] = [1, 2, 3, 9, -1, 0.5]
        let alone = measure([9, -1, 0.5], label: 2)
        let inBatch = batch.withUnsafeBufferPointer { buffer -> LogitMetrics? in
            buffer.baseAddress.map { LogitMetrics(logits: $0 + 3, count: 3, label: 2) }
        }
        #expect(inBatch == alone)
    }
}
