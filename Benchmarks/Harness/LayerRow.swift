import Models

/// One pass of one layer, measured, against the machine's roofline.
struct LayerRow {
    /// The layer as the table names it.
    let layer: String
    /// The layer's extents as the JSON has them.
    let extents: [(key: String, value: Int)]
    /// How often the network has this layer.
    let count: Int
    /// What was measured of it.
    let pass: String
    /// Floating-point operations as direct arithmetic.
    let operations: Double
    /// Bytes of the activations read and written and of the weights, each once.
    let bytes: Double
    let timing: Timing

    private var operationsPerSecond: Double { operations / timing.median }

    static let columns = [
        "layer", "times", "pass", "ms", "GFLOP/s", "of FMA peak", "MB", "FLOP/byte", "GB/s", "roof ms",
    ]

    /// The ceilings that a row is held against, in operations and bytes per second.
    struct Ceilings {
        let operations: Double
        let triad: Double
        let read: Double
    }

    /// The least seconds that the ceilings allow for direct arithmetic.
    private func roof(_ ceilings: Ceilings) -> Double {
        max(operations / ceilings.operations, bytes / ceilings.triad)
    }

    /// A row of the Markdown table.
    func markdown(_ ceilings: Ceilings) -> String {
        markdownRow([
            layer, "\(count)", pass, fixed(timing.median * 1e3, 3), fixed(operationsPerSecond * 1e-9, 0),
            fixed(operationsPerSecond / ceilings.operations, 2), fixed(bytes * 1e-6, 1), fixed(operations / bytes, 1),
            fixed(bytes / timing.median * 1e-9, 1), fixed(roof(ceilings) * 1e3, 3),
        ])
    }

    /// The same, and more, as JSON.
    func json(_ options: Options, _ ceilings: Ceilings) -> JSONLine {
        var line = JSONLine()
        line.add("network", options.network.description)
        line.add("layer", layer)
        for (key, value) in extents { line.add(key, value) }
        line.add("count", count)
        line.add("batch", options.batch)
        line.add("threads", options.threads)
        line.add("buffers", options.isCold ? "cold" : "warm")
        line.add("pass", pass)
        line.add("n", timing.count)
        line.add("seconds", timing.median)
        line.add("fastest", timing.fastest)
        line.add("slowest", timing.slowest)
        line.add("operations", operations)
        line.add("operations_per_second", operationsPerSecond)
        line.add("share_of_fma_peak", operationsPerSecond / ceilings.operations)
        line.add("bytes", bytes)
        line.add("operations_per_byte", operations / bytes)
        line.add("roof_seconds", roof(ceilings))
        line.add("fma_peak", ceilings.operations)
        line.add("triad_bandwidth", ceilings.triad)
        line.add("read_bandwidth", ceilings.read)
        line.add("profile", NumericProfile.current())
        return line
    }
}
