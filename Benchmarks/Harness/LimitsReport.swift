import Models

/// The machine's ceilings, and what one example of a network costs, as one line of JSON.
func limitsReport(_ options: Options) -> JSONLine {
    let pool = WorkerPool(threadCount: options.threads)
    let network = Network(options.network, input: options.input, classCount: Options.classCount, pool: pool)
    let geometry = NetworkGeometry(network)
    let bandwidth = MachineLimits.bandwidth(pool: pool, seconds: options.seconds ?? 0.5)
    var line = JSONLine()
    line.add("profile", NumericProfile.current())
    line.add("threads", options.threads)
    line.add("fma_peak", 1e9 * MachineLimits.multiplyAddPeak(pool: pool, seconds: options.seconds ?? 0.5))
    line.add("triad_bandwidth", bandwidth.triad * 1e9)
    line.add("read_bandwidth", bandwidth.read * 1e9)
    line.add("network", options.network.description)
    line.add("parameters", network.arena.parameterCount)
    line.add("evaluation_operations", geometry.evaluationOperations)
    line.add("training_operations", geometry.trainingOperations)
    return line
}
