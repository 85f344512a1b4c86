import Models

/// The throughput of training, evaluation or gradient norms of a network.
///
/// Without rows one batch is repeated; with rows a repetition is a pass over all of them, in order and in place.
struct NetworkBenchmark {
    private let options: Options
    private let pool: WorkerPool
    private let network: Network
    private let examples: Examples
    private let batch: Int
    private let rate: Float
    private let step = TrainingStep(
        optimizer: SGD(momentum: 0.9, isNesterov: true, weightDecay: 5e-4), sharpness: SharpnessAware(.sam))
    private static let radius = 0.05

    init(_ options: Options) {
        self.options = options
        pool = WorkerPool(threadCount: options.threads)
        network = Network(options.network, input: options.input, classCount: Options.classCount, pool: pool)
        network.initialise(seed: 1)
        // Evaluation and gradient norms run in batches of the engine's choice: the batch does not change what they give.
        batch =
            options.workload == .train || options.workload == .sam
            ? min(options.batch, options.rows ?? .max)
            : min(options.rows ?? options.batch, network.preferredEvaluationBatch)
        examples = Examples(
            count: options.rows ?? batch, size: options.input.count, classes: Options.classCount, pool: pool)
        rate = options.rows == nil ? 0.001 : 0.01
    }

    /// Measures, and says what came out in one line of JSON.
    func run() -> JSONLine {
        let peakBefore = MachineLimits.multiplyAddPeak(pool: pool)
        let count = examples.labels.count
        // Enough steps to reserve memory and wake the threads.
        let warmUps = options.rows == nil ? 3 : 100
        for repetition in 0..<warmUps {
            _ = runBatch(at: repetition * batch < count ? repetition * batch : 0, options.workload)
        }
        var firstMean: Double?
        let works: [Options.Workload] = options.workload == .sam ? [.sam, .train] : [options.workload]
        let timings = Timing.inTurn(
            works.count, atLeast: options.seconds ?? 10, repetitions: options.rows == nil ? 3 : 1
        ) { work, _ in
            var sum = 0.0
            for first in stride(from: 0, to: count, by: batch) { sum += runBatch(at: first, works[work]) }
            if firstMean == nil { firstMean = sum / Double(count) }
        }
        let timing = timings[0]
        let peakMemory = PeakMemory.residentBytes()
        let peak = max(peakBefore, MachineLimits.multiplyAddPeak(pool: pool))

        let geometry = NetworkGeometry(network)
        let operations =
            switch options.workload {
            case .evaluate: geometry.evaluationOperations
            case .sam: 2 * geometry.trainingOperations
            default: geometry.trainingOperations
            }
        let throughput = Double(count) / timing.median
        var line = JSONLine()
        line.add("engine", "curate")
        line.add("profile", NumericProfile.current())
        line.add("workload", options.workload.rawValue)
        line.add("network", options.network.description)
        line.add("batch", batch)
        line.add("rows", options.rows ?? 0)
        line.add("threads", options.threads)
        line.add("n", timing.count)
        line.add("examples_per_second", throughput)
        line.add("fastest", Double(count) / timing.fastest)
        line.add("slowest", Double(count) / timing.slowest)
        if timings.count > 1 { line.add("cost_in_steps", timing.median / timings[1].median) }
        if options.rows != nil {
            line.add("seconds_per_pass", timing.median)
            line.add("mean", firstMean ?? 0)
        }
        line.add("peak_rss", peakMemory)
        line.add("data_bytes", 4 * examples.inputs.count)
        line.add("operations_per_example", operations)
        line.add("fma_peak", peak * 1e9)
        line.add("share_of_fma_peak", throughput * Double(operations) / (peak * 1e9))
        if options.rows != nil {
            let read = MachineLimits.bandwidth(pool: pool).read
            line.add("read_bandwidth", read * 1e9)
            line.add("share_of_read_bandwidth", 4 * throughput * Double(options.input.count) / (read * 1e9))
        }
        return line
    }

    /// Runs the batch that begins at an example; gives the sum of its losses or norms.
    private func runBatch(at first: Int, _ workload: Options.Workload) -> Double {
        let count = min(batch, examples.labels.count - first)
        let inputs = UnsafePointer(examples.inputs.pointer + first * options.input.count)
        return examples.labels.withUnsafeBufferPointer { labels in
            guard let labels = labels.baseAddress.map({ $0 + first }) else { return 0 }
            switch workload {
            case .train, .sam:
                let outcome = step.update(
                    network, on: TrainingBatch(inputs: inputs, targets: .labels(labels), count: count),
                    learningRate: rate, radius: workload == .sam ? Self.radius : 0)
                return outcome.loss * Double(count)
            case .evaluate:
                return Double(network.evaluate(inputs: inputs, batch: count)[0])
            case .grand:
                return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { norms in
                    guard let base = norms.baseAddress else { return 0 }
                    network.gradientNorms(inputs: inputs, labels: labels, batch: count, norms: base)
                    return norms.reduce(0) { $0 + Double($1) }
                }
            case .losses, .layers, .limits: preconditionFailure("not a workload of a whole network")
            }
        }
    }
}
