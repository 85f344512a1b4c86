import Models

/// What a training step with each loss costs, in plain ones, which run in turn with it on the same network.
struct LossBenchmark {
    private let options: Options
    private let pool: WorkerPool
    private let examples: Examples
    /// Weights of the examples, as a split or class weights give.
    private let weights: FloatBuffer

    /// The rounds, each of which gives a ratio of medians.
    private static let rounds = 5
    /// The long tail of CIFAR-10 at factor 100.
    private static let counts: [Double] = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]

    /// A loss, as a row of the table.
    private struct Row {
        let name: String
        var loss = Loss.crossEntropy
        var reduction = Reduction.batch
        var smoothing: (head: Double, tail: Double)?
        var head = Head.linear
        var isWeighted = false
        var isMixed = false

        var objective: Objective {
            Objective(
                reduction: reduction, labelSmoothing: smoothing?.head ?? 0, risk: .mean, loss: loss,
                tailSmoothing: smoothing?.tail
            ).settled(on: [LossBenchmark.counts], marginScale: head.marginScale)
        }
    }

    private static let rows = [
        Row(name: "cross-entropy"), Row(name: "weighted, by the weight sum", reduction: .weightSum, isWeighted: true),
        Row(name: "focal", loss: .focal(exponent: 1)), Row(name: "sigmoid-focal", loss: .sigmoid(exponent: 1)),
        Row(name: "ldam, cosine head", loss: .marginSoftmax(largestMargin: 0.5), head: .cosine(scale: 30)),
        Row(name: "ldam-hg", loss: .marginHinge(largestMargin: 0.5)),
        Row(name: "logit-adjustment", loss: .vectorScaling(gamma: 0, tau: 1, byGroup: false)),
        Row(name: "vs", loss: .vectorScaling(gamma: 0.05, tau: 1, byGroup: false)),
        Row(name: "radius-margin", loss: .radiusMargin(largestRadius: 0.5)),
        Row(name: "soft-f1", loss: .softF1(floor: 0.05, kept: 0.9)),
        Row(name: "label-aware smoothing", smoothing: (0.3, 0)), Row(name: "pairs of labels", isMixed: true),
    ]

    init(_ options: Options) {
        self.options = options
        pool = WorkerPool(threadCount: options.threads)
        examples = Examples(
            count: options.batch, size: options.input.count, classes: Options.classCount, pool: pool)
        weights = FloatBuffer(count: options.batch)
        for row in 0..<options.batch { weights.pointer[row] = Float(0.5 + Double(row % 5) / 4) }
    }

    /// Measures, and prints a table in Markdown.
    func run() {
        let steps = Self.rows.map { row in step(row) }
        for step in steps { for _ in 0..<3 { step() } }
        let each = (options.seconds ?? 10) / Double(Self.rounds)
        var ratios = [[Double]](repeating: [], count: steps.count)
        var (count, plain) = (0, 0.0)
        for _ in 0..<Self.rounds {
            let timings = Timing.inTurn(steps.count, atLeast: each, repetitions: 3) { work, _ in steps[work]() }
            count += timings[0].count
            plain += timings[0].median / Double(Self.rounds)
            for (work, timing) in timings.enumerated() { ratios[work].append(timing.median / timings[0].median) }
        }
        print("\(options.network), \(options.batch) examples a step, \(options.threads) threads: a plain step takes")
        print("\(fixed(plain * 1e3, 2)) ms; \(Self.rounds) rounds of all in turn, \(count) steps of each\n")
        print(markdownRow(["loss", "in plain steps", "lowest", "highest"]))
        print(markdownRow(["---", "---", "---", "---"]))
        for (row, found) in zip(Self.rows, ratios).dropFirst() {
            let sorted = found.sorted()
            print(
                markdownRow([
                    row.name, fixed(sorted[sorted.count / 2], 3), fixed(sorted[0], 3),
                    fixed(sorted[sorted.count - 1], 3),
                ]))
        }
    }

    /// A step of a network of its own.
    private func step(_ row: Row) -> () -> Void {
        let network = Network(
            options.network, input: options.input, classCount: Options.classCount, head: row.head, pool: pool)
        network.initialise(seed: 1)
        let objective = row.objective
        let running = RunningF1(objective)
        let step = TrainingStep(
            objective: objective, optimizer: SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4))
        let inputs = UnsafePointer(examples.inputs.pointer)
        return { [examples, weights] in
            examples.labels.withUnsafeBufferPointer { labels in
                guard let labels = labels.baseAddress else { return }
                let targets: TrainingBatch.Targets =
                    row.isMixed
                    ? .pairs(
                        LabelPairs(
                            first: labels, firstFactors: weights.pointer, second: labels,
                            secondFactors: weights.pointer)) : .labels(labels)
                let batch = TrainingBatch(
                    inputs: inputs, targets: targets, weights: row.isWeighted ? UnsafePointer(weights.pointer) : nil,
                    context: LossContext(running: running), count: examples.labels.count)
                _ = step.update(network, on: batch, learningRate: 0.001)
            }
        }
    }
}
