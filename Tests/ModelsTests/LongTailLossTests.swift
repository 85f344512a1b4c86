import Foundation
import Models
import TestSupport
import Testing

/// Losses for long-tailed data: values and gradients against PyTorch, properties, and logits and counts at the edges.
@Suite struct LongTailLossTests {
    /// What PyTorch computes: `Tests/Fixtures/generate_long_tail_losses.py`.
    struct Golden: Decodable {
        struct Case: Decodable {
            let name: String
            let kind: String
            let classes: Int
            let counts: [Double]
            let logits: [Float]
            let labels: [Int32]
            let reduction: String
            let weights: [Float]?
            let loss: Double
            let gradient: [Double]
            let parameters: [String: Double]
            let norms: [Double]?
            let normGradient: [Double]?

            /// The objective, settled; margins of the fixture are in logits already.
            var objective: Objective {
                func value(_ name: String) -> Double { parameters[name] ?? .nan }
                let loss: Loss =
                    switch kind {
                    case "focal": .focal(exponent: value("exponent"))
                    case "sigmoid": .sigmoid(exponent: value("exponent"))
                    case "margin-softmax": .marginSoftmax(largestMargin: value("margin"))
                    case "margin-hinge": .marginHinge(largestMargin: value("margin"))
                    case "vector-scaling":
                        .vectorScaling(gamma: value("gamma"), tau: value("tau"), byGroup: false)
                    case "radius-margin": .radiusMargin(largestRadius: value("radius"))
                    case "soft-f1": .softF1(floor: value("floor"), kept: value("kept"))
                    default: .crossEntropy
                    }
                let isSmoothed = kind == "label-aware-smoothing"
                return Objective(
                    reduction: reduction == "batch" ? .batch : .weightSum,
                    labelSmoothing: isSmoothed ? value("head") : 0, risk: .mean, loss: loss,
                    tailSmoothing: isSmoothed ? value("tail") : nil
                ).settled(on: [counts], marginScale: parameters["scale"] ?? 1)
            }
        }
        struct Tables: Decodable {
            let counts: [Double]
            let margins: [Double]
            let logShares: [Double]
            let divisors: [Double]
        }
        let cases: [Case]
        let tables: Tables

        static func load() throws -> Golden {
            let url = URL(fileURLWithPath: GoldenFixture.path("golden-long-tail-losses.json"))
            return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        }
    }

    struct Result {
        let loss: Double
        let gradient: [Float]
        let normSlopes: [Double]?
    }

    /// A settled objective on rows of logits.
    static func evaluate(
        _ objective: Objective, _ logits: [Float], _ labels: [Int32], weights: [Float]? = nil, norms: [Double]? = nil,
        tables: [Int32]? = nil, running: RunningF1? = nil, threads: Int = 2
    ) -> Result {
        let classes = logits.count / labels.count
        let (rowsOfLogits, gradient) = (FloatBuffer(count: logits.count), FloatBuffer(count: logits.count))
        rowsOfLogits.pointer.update(from: logits, count: logits.count)
        return (norms ?? []).withUnsafeBufferPointer { norms in
            labels.withUnsafeBufferPointer { labels in
                (weights ?? []).withUnsafeBufferPointer { weights in
                    (tables ?? []).withUnsafeBufferPointer { tables in
                        guard let targets = labels.baseAddress else { preconditionFailure("no rows") }
                        let rows = GradientRows(
                            logits: rowsOfLogits.pointer, gradient: gradient.pointer, count: labels.count,
                            classes: classes, weightNorms: norms.isEmpty ? nil : norms.baseAddress)
                        let loss = objective.lossAndGradient(
                            rows, targets: .labels(targets), weights: weights.isEmpty ? nil : weights.baseAddress,
                            context: LossContext(tables: tables.isEmpty ? nil : tables.baseAddress, running: running),
                            pool: WorkerPool(threadCount: threads))
                        return Result(
                            loss: loss, gradient: (0..<gradient.count).map { gradient.pointer[$0] },
                            normSlopes: norms.isEmpty ? nil : objective.normSlopes(rows, targets: .labels(targets)))
                    }
                }
            }
        }
    }

    @Test func lossesAndGradientsAreThoseOfPyTorch() throws {
        for test in try Golden.load().cases {
            let objective = test.objective
            let found = Self.evaluate(
                objective, test.logits, test.labels, weights: test.weights, norms: test.norms,
                running: RunningF1(objective))
            #expect(abs(found.loss - test.loss) <= 1e-6 * max(1, abs(test.loss)), "\(test.name)")
            for (ours, theirs) in zip(found.gradient, test.gradient) {
                #expect(abs(Double(ours) - theirs) <= 2e-6 * max(1, abs(theirs)), "\(test.name)")
            }
            for (ours, theirs) in zip(found.normSlopes ?? [], test.normGradient ?? []) {
                #expect(abs(ours - theirs) <= 1e-6 * max(1, abs(theirs)), "\(test.name)")
            }
        }
    }

    @Test func tablesAreThoseOfThePapersForCIFAR() throws {
        let tables = try Golden.load().tables
        let margins = LossTerms.rootMargins(tables.counts, largest: 0.5)
        #expect(zip(margins, tables.margins).allSatisfy { abs($0 - $1) < 1e-12 })
        let terms = Objective(
            risk: .mean, loss: .vectorScaling(gamma: 0.15, tau: 1, byGroup: false)
        ).settled(on: [tables.counts]).terms
        #expect(zip(terms?.offsets ?? [], tables.logShares).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(zip(terms?.factors ?? [], tables.divisors).allSatisfy { abs($0 - 1 / $1) < 1e-12 })
        #expect(terms?.offsets?.count == 10 && terms?.factors?.count == 10)
    }

    private static let counts: [Double] = [100, 40, 10, 2]
    private static let logits: [Float] = [
        2, 1, 0.5, -1, 0.3, 0.8, -0.2, 0.1, 1.5, -0.5, 0.7, 0.2, 0, 0.4, 0.9, 0.6,
    ]
    private static let labels: [Int32] = [0, 1, 2, 3]

    private static func result(_ loss: Loss, counts: [Double] = counts) -> Result {
        let objective = Objective(risk: .mean, loss: loss).settled(on: [counts])
        return evaluate(objective, logits, labels, running: RunningF1(objective))
    }

    private static func expectEqual(_ left: Result, _ right: Result, _ tolerance: Double = 1e-6) {
        #expect(abs(left.loss - right.loss) < tolerance)
        #expect(zip(left.gradient, right.gradient).allSatisfy { abs(Double($0 - $1)) < tolerance })
    }

    /// Rows of the one kernel that are other rows with a parameter at its neutral value.
    @Test func rowsThatAreOtherRows() {
        let plain = Self.evaluate(Objective(), Self.logits, Self.labels)
        Self.expectEqual(Self.result(.focal(exponent: 0)), plain)
        Self.expectEqual(Self.result(.marginSoftmax(largestMargin: 0)), plain)
        Self.expectEqual(Self.result(.vectorScaling(gamma: 0, tau: 0, byGroup: false)), plain)
        // Balanced softmax adds log n instead of log π: one constant for all classes.
        var shifted = Self.logits
        for row in 0..<4 { for c in 0..<4 { shifted[4 * row + c] += Float(log(Self.counts[c])) } }
        Self.expectEqual(
            Self.result(.vectorScaling(gamma: 0, tau: 1, byGroup: false)),
            Self.evaluate(Objective(), shifted, Self.labels))
        // Only shares count: ten times the examples are the same loss.
        Self.expectEqual(
            Self.result(.vectorScaling(gamma: 0.2, tau: 1, byGroup: false)),
            Self.result(.vectorScaling(gamma: 0.2, tau: 1, byGroup: false), counts: Self.counts.map { 10 * $0 }))
        // Classes alike: nothing to adjust.
        Self.expectEqual(
            Self.result(.vectorScaling(gamma: 0.3, tau: 1, byGroup: false), counts: [7, 7, 7, 7]), plain)
        let smoothed = Objective(labelSmoothing: 0.1)
        Self.expectEqual(
            Self.evaluate(smoothed, Self.logits, Self.labels),
            Self.evaluate(
                Objective(labelSmoothing: 0.1, risk: .mean, tailSmoothing: 0.1).settled(on: [Self.counts]), Self.logits,
                Self.labels))
    }

    /// The scale of a cosine head folded into logits and margins, against one that multiplies both.
    @Test func aFoldedScaleIsTheSameLoss() {
        let cosines = Self.logits.map { tanh($0 / 2) }
        let folded = Self.evaluate(
            Objective(risk: .mean, loss: .marginSoftmax(largestMargin: 0.5)).settled(
                on: [Self.counts], marginScale: 30),
            cosines.map { 30 * $0 }, Self.labels)
        #expect(abs(folded.loss - 9.6881270358) < 1e-5)
    }

    /// Of a batch of one class the weighted mean is the plain one, and the mean over the batch is not.
    @Test func weightsOfOneClassAloneVanishUnderTheirSum() {
        let labels: [Int32] = [2, 2, 2, 2]
        let weights = [Float](repeating: 3.5, count: 4)
        let plain = Self.evaluate(Objective(), Self.logits, labels)
        let bySum = Self.evaluate(Objective(reduction: .weightSum), Self.logits, labels, weights: weights)
        Self.expectEqual(bySum, plain)
        let byBatch = Self.evaluate(Objective(), Self.logits, labels, weights: weights)
        #expect(abs(byBatch.loss - 3.5 * plain.loss) < 1e-5)
    }

    /// By groups, a row's terms are those of its group.
    @Test func groupsHaveTheirOwnTables() {
        let counts: [[Double]] = [[50, 10, 5, 1], [20, 30, 2, 8]]
        let loss = Loss.vectorScaling(gamma: 0.2, tau: 1, byGroup: true)
        let objective = Objective(reduction: .sum, risk: .mean, loss: loss).settled(on: counts)
        let tables: [Int32] = [0, 1, 1, 0]
        let together = Self.evaluate(objective, Self.logits, Self.labels, tables: tables)
        let cells = counts.flatMap { $0 }
        let (largest, total) = (50.0, cells.reduce(0, +))
        var expected = 0.0
        for (row, table) in tables.enumerated() {
            let mapped = (0..<4).map { c in
                let count = counts[Int(table)][c]
                return Double(Self.logits[4 * row + c]) * pow(count / largest, 0.2) + log(count / total)
            }
            expected += log(mapped.reduce(0) { $0 + exp($1) }) - mapped[row]
        }
        #expect(abs(together.loss - expected) < 1e-6)
    }

    static let everyLoss: [Loss] = [
        .focal(exponent: 2), .focal(exponent: 0.3), .sigmoid(exponent: 0), .sigmoid(exponent: 1.5),
        .marginSoftmax(largestMargin: 0.5), .marginHinge(largestMargin: 0.5),
        .vectorScaling(gamma: 0.2, tau: 1.2, byGroup: false), .radiusMargin(largestRadius: 0.3),
        .softF1(floor: 0.05, kept: 0.9),
    ]

    /// Gradients are slopes, at ordinary logits, for 1,000 classes and for the 8,142 of iNaturalist.
    @Test(arguments: everyLoss) func gradientsAreSlopes(loss: Loss) {
        for classes in [2, 5, 1_000, 8_142] {
            let counts = (0..<classes).map { Double(max(1, 1_000 >> min(9, $0))) }
            let objective = Objective(reduction: .sum, risk: .mean, loss: loss).settled(on: [counts])
            let logits = referenceDraws(2 * classes, in: -2..<2, seed: 8).map { Float($0) }
            let labels: [Int32] = [1, 0]
            let norms = loss == .radiusMargin(largestRadius: 0.3) ? [Double](repeating: 1.25, count: classes) : nil
            // Of the running F1 the weights are constants: each evaluation begins anew, so that they are the same.
            let gradient = Self.evaluate(
                objective, logits, labels, norms: norms, running: RunningF1(objective)
            ).gradient
            let row = RowLossProbe(objective: objective, logits: logits, labels: labels, norms: norms)
            for index in [0, 1, classes - 1, classes, classes + 1, 2 * classes - 1] {
                #expect(
                    abs(Double(gradient[index]) - row.slope(at: index)) < 2e-3, "\(loss), \(classes) classes, \(index)")
            }
        }
    }

    /// Logits of any size give numbers, and the right ones where an example is far right or far wrong.
    @Test(arguments: everyLoss) func extremeLogitsGiveNumbers(loss: Loss) {
        let objective = Objective(risk: .mean, loss: loss).settled(on: [[1, 500, 3]])
        for scale in [1e4, 1e30] as [Float] {
            let logits: [Float] = [scale, -scale, 0, -scale, scale, 0, 0, scale, -scale]
            let norms = [1.0, 1, 1]
            let found = Self.evaluate(
                objective, logits, [0, 0, 2], norms: loss == .radiusMargin(largestRadius: 0.3) ? norms : nil,
                running: RunningF1(objective))
            #expect(found.loss.isFinite && found.loss >= 0, "\(loss)")
            #expect(found.gradient.allSatisfy { $0.isFinite }, "\(loss)")
        }
    }

    @Test(.tags(.threads)) func threadsChangeNothing() {
        let objective = Objective(risk: .mean, loss: .vectorScaling(gamma: 0.2, tau: 1, byGroup: false)).settled(on: [
            Self.counts
        ])
        let logits = referenceDraws(4 * 133, in: -3..<3, seed: 3).map { Float($0) }
        let labels = (0..<133).map { Int32($0 % 4) }
        let one = Self.evaluate(objective, logits, labels, threads: 1)
        let three = Self.evaluate(objective, logits, labels, threads: 3)
        #expect(one.loss == three.loss && one.gradient == three.gradient)
    }

    /// Su's example: F1 = 4/7, weights 5/7 and 2/7, loss 0.2415378228; the gradient is that of -F1 without the factor p (1 -
    /// p) over the probability of what is wrong.
    @Test func softF1ByHand() {
        let probabilities = [0.8, 0.4, 0.3, 0.1, 0.6]
        let logits = probabilities.flatMap { [0, Float(log($0 / (1 - $0)))] }
        let labels: [Int32] = [1, 1, 0, 0, 0]
        let objective = Objective(risk: .mean, loss: .softF1(floor: 0, kept: 0)).settled(on: [[3, 2]])
        let found = Self.evaluate(objective, logits, labels, running: RunningF1(objective))
        #expect(abs(found.loss - 0.2415378228) < 1e-7)
        let slopesOfF1 = [-0.0544217687, -0.0816326531, 0.0285714286, 0.0122448980, 0.0326530612]
        for (row, slope) in slopesOfF1.enumerated() {
            let own = labels[row] == 1 ? probabilities[row] : 1 - probabilities[row]
            #expect(abs(Double(found.gradient[2 * row + 1]) - slope * 0.42 / own) < 1e-7)
        }
    }

    /// The running F1 over two batches is that of their sums, the older one worth less.
    @Test func runningF1Runs() throws {
        let objective = Objective(risk: .mean, loss: .softF1(floor: 0, kept: 0.5)).settled(on: [[3, 2]])
        let running = try #require(RunningF1(objective))
        let first: [Float] = [0, 1, 0, -1]
        let second: [Float] = [0, 2, 0, 0.5]
        _ = Self.evaluate(objective, first, [1, 0], running: running)
        _ = Self.evaluate(objective, second, [0, 1], running: running)
        func probability(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }
        let right = 0.5 * 0.5 * probability(1) / 2 + 0.5 * probability(0.5) / 2
        let all =
            0.5 * 0.5 * (probability(1) + probability(-1) + 1) / 2 + 0.5 * (probability(2) + probability(0.5) + 1) / 2
        #expect(abs(Double(running.sums.pointer[1]) - right) < 1e-6)
        #expect(abs(Double(running.sums.pointer[3]) - all) < 1e-6)
    }

    /// -log of a softmax whose terms are moved by r ‖w‖, of W = ((1,0), (0,2), (-1,1), (1/2,-1/2)) at x = (0.7, 1.2).
    @Test func radiusMarginByHand() {
        // Radii 0.1, 0.2, 0.3 and 0.5 as counts: r = 0.5 (n_min / n)^(1/4).
        let counts = ([0.1, 0.2, 0.3, 0.5] as [Double]).map { pow(0.5 / $0, 4.0) as Double }
        let objective = Objective(risk: .mean, loss: .radiusMargin(largestRadius: 0.5)).settled(on: [counts])
        let norms = [1, 2, 2.0.squareRoot(), 0.5.squareRoot()]
        let logits: [Float] = [0.7, 2.4, 0.5, -0.25]
        for (label, expected) in [(Int32(0), 2.2915321532), (3, 4.2191866075)] {
            #expect(abs(Self.evaluate(objective, logits, [label], norms: norms).loss - expected) < 1e-6)
        }
    }
}

/// The loss of rows in Float64 steps of single logits, to take slopes of.
private struct RowLossProbe {
    let objective: Objective
    let logits: [Float]
    let labels: [Int32]
    let norms: [Double]?

    /// The central difference of the loss in one logit, with F1 as it is without the step.
    func slope(at index: Int) -> Double {
        let step: Float = 1.0 / 1024
        let classes = logits.count / labels.count
        let row = index / classes
        func loss(_ change: Float) -> Double {
            var moved = logits
            moved[index] += change
            guard case .softF1 = objective.loss else {
                return LongTailLossTests.evaluate(
                    objective, Array(moved[row * classes..<(row + 1) * classes]), [labels[row]], norms: norms
                ).loss
            }
            // F1 is a constant to the gradient: its sums are of the unmoved batch and hardly move again.
            let kept = Objective(reduction: .sum, risk: .mean, loss: .softF1(floor: 0.05, kept: 1 - 1e-9)).settled(on: [
                (0..<classes).map { Double(max(1, 1_000 >> min(9, $0))) }
            ])
            guard let running = RunningF1(kept), let first = RunningF1(objective) else { return .nan }
            _ = LongTailLossTests.evaluate(objective, logits, labels, running: first)
            running.sums.pointer.update(from: first.sums.pointer, count: first.sums.count)
            return LongTailLossTests.evaluate(kept, moved, labels, running: running).loss
        }
        return (loss(step) - loss(-step)) / Double(2 * step)
    }
}
