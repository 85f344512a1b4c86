import Glibc
import Models

/// Every distinct convolution of a network, pass by pass, against the machine's roofline.
struct LayerBenchmark {
    /// What is measured of one convolution.
    enum Pass: String, CaseIterable {
        case forward
        case inputGradient = "input gradient"
        case weightGradient = "weight gradient"
        case exampleNorms = "example norms"
    }

    /// One convolution's pass.
    struct Row {
        let shape: ConvolutionShape
        /// How often the network has this convolution.
        let count: Int
        let pass: Pass
        let timing: Timing
        let batch: Int

        /// Floating-point operations of direct convolution.
        var operations: Double { 2 * Double(batch * shape.positionCount * shape.weightCount) }

        /// Bytes of the activations read and written and of the weights, each once.
        var bytes: Double {
            let activations = batch * (shape.inputCount + shape.outputCount)
            return 4 * Double(activations + (pass == .exampleNorms ? 0 : shape.weightCount))
        }

        var operationsPerSecond: Double { operations / timing.median }
        var operationsPerByte: Double { operations / bytes }
    }

    private let options: Options
    private let pool: WorkerPool

    init(_ options: Options) {
        self.options = options
        pool = WorkerPool(threadCount: options.threads)
    }

    /// Measures, prints the table and writes the JSON lines.
    func run() {
        let network = Network(options.network, input: options.input, classCount: Options.classCount, pool: pool)
        let convolutions = NetworkGeometry(network).distinctConvolutions
        if convolutions.isEmpty { fail("\(options.network) has no convolutions") }
        var json = options.jsonPath.map(LineFile.init)
        let peak = MachineLimits.multiplyAddPeak(pool: pool, seconds: 1) * 1e9
        let bandwidth = MachineLimits.bandwidth(pool: pool)
        print(
            "\(options.network) on \(options.input.height)x\(options.input.width)x\(options.input.channels), "
                + "batch \(options.batch), \(options.threads) threads, buffers \(options.isCold ? "cold" : "warm"). "
                + "Measured: FMA peak \(fixed(peak * 1e-9, 0)) GFLOP/s, triad \(fixed(bandwidth.triad, 1)) GB/s, "
                + "read \(fixed(bandwidth.read, 1)) GB/s; ridge at "
                + "\(fixed(peak * 1e-9 / bandwidth.triad, 1)) FLOP per byte.\n")
        print(
            markdownRow([
                "convolution", "times", "pass", "ms", "GFLOP/s", "of FMA peak", "MB", "FLOP/byte", "GB/s", "roof ms",
            ]))
        print(markdownRow(Array(repeating: "---", count: 10)))
        for (shape, count) in convolutions {
            measure(shape, count: count) { row in
                print(text(row, peak: peak, bandwidth: bandwidth))
                fflush(nil)
                json?.append(self.json(row, peak: peak, bandwidth: bandwidth))
            }
        }
        print(
            """

            GFLOP/s are those of direct convolution, so Winograd may exceed the peak; times include packing the weights,
            as in training. MB are input, output and weights, each touched once. roof ms is the larger of FLOP / peak and
            bytes / triad: below it, the arithmetic was saved or the buffers were in the cache. Medians.
            """)
        let later = MachineLimits.multiplyAddPeak(pool: pool, seconds: 1) * 1e9
        if abs(later - peak) > 0.05 * peak {
            print(
                "\nThe machine was disturbed: the FMA peak was \(fixed(peak * 1e-9, 0)) GFLOP/s before and "
                    + "\(fixed(later * 1e-9, 0)) after these measurements. Measure again.")
        }
    }

    private func measure(_ shape: ConvolutionShape, count: Int, _ report: (Row) -> Void) {
        let context = LayerContext(pool: pool)
        let convolution = Convolution("measured", shape: shape, context: context)
        context.arena.allocate()
        fill(context.arena.pointer(convolution.weight), count: shape.weightCount)
        let batch = options.batch
        let bytes = 4 * batch * (shape.inputCount + shape.outputCount)
        let copies = options.isCold ? max(2, 128 << 20 / bytes + 1) : 1
        let inputs = (0..<copies).map { _ in filled(batch * shape.inputCount) }
        let outputs = (0..<copies).map { _ in filled(batch * shape.outputCount) }
        let norms = UnsafeMutablePointer<Double>.allocate(capacity: batch)
        defer { norms.deallocate() }
        norms.update(repeating: 0, count: batch)

        for pass in Pass.allCases {
            func call(_ repetition: Int) {
                let input = inputs[repetition % copies].pointer
                let output = outputs[repetition % copies].pointer
                context.weightsVersion += 1
                switch pass {
                case .forward:
                    convolution.forward(
                        ConvolutionInput(input), to: output, batch: batch, epilogue: .store, keepsPacked: false)
                case .inputGradient:
                    convolution.backward(output, to: GradientTarget(input), batch: batch, keepsPacked: false)
                case .weightGradient:
                    convolution.weightGradient(input: ConvolutionInput(input), gradient: output, batch: batch)
                case .exampleNorms:
                    convolution.addExampleSquaredNorms(
                        input: ConvolutionInput(input), gradient: output, batch: batch, to: norms)
                }
            }
            for repetition in 0..<2 { call(repetition) }
            let timing = Timing(atLeast: options.seconds ?? 0.3, repetitions: 3, call)
            report(Row(shape: shape, count: count, pass: pass, timing: timing, batch: batch))
        }
    }

    private func filled(_ count: Int) -> FloatBuffer {
        let buffer = FloatBuffer(count: count)
        fill(buffer.pointer, count: count)
        return buffer
    }

    private func fill(_ target: UnsafeMutablePointer<Float>, count: Int) {
        var random = KeyedRandom(seed: 1, stream: .test)
        for index in 0..<count { target[index] = 2 * random.uniform() - 1 }
    }

    private func name(_ shape: ConvolutionShape) -> String {
        "\(shape.height)x\(shape.width) \(shape.inputChannels)->\(shape.outputChannels), "
            + "\(shape.kernel)x\(shape.kernel)" + (shape.stride == 1 ? "" : " stride \(shape.stride)")
    }

    /// The least seconds that the machine's limits allow for direct convolution.
    private func roof(_ row: Row, peak: Double, bandwidth: MachineLimits.Bandwidth) -> Double {
        max(row.operations / peak, row.bytes / (bandwidth.triad * 1e9))
    }

    private func text(_ row: Row, peak: Double, bandwidth: MachineLimits.Bandwidth) -> String {
        markdownRow([
            name(row.shape), "\(row.count)", row.pass.rawValue, fixed(row.timing.median * 1e3, 3),
            fixed(row.operationsPerSecond * 1e-9, 0), fixed(row.operationsPerSecond / peak, 2),
            fixed(row.bytes * 1e-6, 1), fixed(row.operationsPerByte, 1),
            fixed(row.bytes / row.timing.median * 1e-9, 1), fixed(roof(row, peak: peak, bandwidth: bandwidth) * 1e3, 3),
        ])
    }

    private func json(_ row: Row, peak: Double, bandwidth: MachineLimits.Bandwidth) -> JSONLine {
        var line = JSONLine()
        line.add("network", options.network.description)
        line.add("height", row.shape.height)
        line.add("width", row.shape.width)
        line.add("input_channels", row.shape.inputChannels)
        line.add("output_channels", row.shape.outputChannels)
        line.add("kernel", row.shape.kernel)
        line.add("stride", row.shape.stride)
        line.add("count", row.count)
        line.add("batch", row.batch)
        line.add("threads", options.threads)
        line.add("buffers", options.isCold ? "cold" : "warm")
        line.add("pass", row.pass.rawValue)
        line.add("n", row.timing.count)
        line.add("seconds", row.timing.median)
        line.add("fastest", row.timing.fastest)
        line.add("slowest", row.timing.slowest)
        line.add("operations", row.operations)
        line.add("operations_per_second", row.operationsPerSecond)
        line.add("share_of_fma_peak", row.operationsPerSecond / peak)
        line.add("bytes", row.bytes)
        line.add("operations_per_byte", row.operationsPerByte)
        line.add("roof_seconds", roof(row, peak: peak, bandwidth: bandwidth))
        line.add("fma_peak", peak)
        line.add("triad_bandwidth", bandwidth.triad * 1e9)
        line.add("read_bandwidth", bandwidth.read * 1e9)
        line.add("profile", NumericProfile.current())
        return line
    }
}

/// A file that is written line by line.
struct LineFile {
    private let path: String
    private let file: UnsafeMutablePointer<FILE>

    /// Opens a file that must not exist yet.
    init(_ path: String) {
        guard let file = fopen(path, "wx") else {
            fail("\(path) cannot be made: \(String(cString: strerror(errno))); name another file")
        }
        self.path = path
        self.file = file
    }

    mutating func append(_ line: JSONLine) {
        if fputs(line.text + "\n", file) < 0 || fflush(file) != 0 {
            fail("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
