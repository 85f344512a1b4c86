import Glibc
import Models

/// Every distinct layer with weights of a network, pass by pass.
struct LayerBenchmark {
    private let options: Options
    private let pool: WorkerPool

    init(_ options: Options) {
        self.options = options
        pool = WorkerPool(threadCount: options.threads)
    }

    /// Measures, prints the table and writes the JSON lines.
    func run() {
        let network = Network(options.network, input: options.input, classCount: Options.classCount, pool: pool)
        var json = options.jsonPath.map(LineFile.init)
        let bandwidth = MachineLimits.bandwidth(pool: pool)
        let ceilings = LayerRow.Ceilings(
            operations: peak(), triad: bandwidth.triad * 1e9, read: bandwidth.read * 1e9)
        print(
            "\(options.network) on \(options.input.height)x\(options.input.width)x\(options.input.channels), "
                + "batch \(options.batch), \(options.threads) threads, buffers \(options.isCold ? "cold" : "warm"). "
                + "Measured: FMA peak \(fixed(ceilings.operations * 1e-9, 0)) GFLOP/s, "
                + "triad \(fixed(bandwidth.triad, 1)) GB/s, read \(fixed(bandwidth.read, 1)) GB/s; "
                + "ridge at \(fixed(ceilings.operations / ceilings.triad, 1)) FLOP per byte.\n")
        print(markdownRow(LayerRow.columns))
        print(markdownRow(LayerRow.columns.map { _ in "---" }))
        for (kind, count) in NetworkGeometry(network).distinctLayers {
            func report(_ row: LayerRow) {
                print(row.markdown(ceilings))
                fflush(nil)
                json?.append(row.json(options, ceilings))
            }
            switch kind {
            case .convolution(let shape): measureConvolution(shape, count: count, report)
            case .linear(let inputs, let outputs): measureLinear(inputs, outputs, count: count, report)
            }
        }
        print(
            """

            GFLOP/s are those of direct convolution, so Winograd may exceed the peak; a convolution's times include packing
            its weights, as in training. MB are input, output and weights, each touched once. roof ms is the larger of
            FLOP / peak and bytes / triad: below it, arithmetic was saved or the buffers were in the cache. Medians.
            """)
        let later = peak()
        if abs(later - ceilings.operations) > 0.05 * ceilings.operations {
            print(
                "\nThe machine was disturbed: the FMA peak was \(fixed(ceilings.operations * 1e-9, 0)) GFLOP/s before "
                    + "and \(fixed(later * 1e-9, 0)) after these measurements. Measure again.")
        }
    }

    private func peak() -> Double { MachineLimits.multiplyAddPeak(pool: pool, seconds: 1) * 1e9 }

    private func measureConvolution(_ shape: ConvolutionShape, count: Int, _ report: (LayerRow) -> Void) {
        let batch = options.batch
        let context = LayerContext(pool: pool)
        let convolution = Convolution("measured", shape: shape, context: context)
        context.arena.allocate()
        fill(context.arena.pointer(convolution.weight), count: shape.weightCount)
        let inputs = copies(of: batch * shape.inputCount, beside: batch * shape.outputCount)
        let outputs = copies(of: batch * shape.outputCount, beside: batch * shape.inputCount)
        let norms = UnsafeMutablePointer<Double>.allocate(capacity: batch)
        defer { norms.deallocate() }
        norms.update(repeating: 0, count: batch)

        let layer =
            "\(shape.height)x\(shape.width) \(shape.inputChannels)->\(shape.outputChannels), "
            + "\(shape.kernel)x\(shape.kernel)" + (shape.stride == 1 ? "" : " stride \(shape.stride)")
        func measure(_ pass: String, touchesWeights: Bool = true, _ body: (Buffer, Buffer) -> Void) {
            guard isWanted(layer, pass) else { return }
            let timing = repeated { repetition in
                context.weightsVersion += 1
                body(inputs[repetition % inputs.count].pointer, outputs[repetition % outputs.count].pointer)
            }
            let floats =
                batch * (shape.inputCount + shape.outputCount) + (touchesWeights ? shape.weightCount : 0)
            report(
                LayerRow(
                    layer: layer,
                    extents: [
                        ("height", shape.height), ("width", shape.width), ("inputs", shape.inputChannels),
                        ("outputs", shape.outputChannels), ("kernel", shape.kernel), ("stride", shape.stride),
                    ],
                    count: count, pass: pass, operations: 2 * Double(batch * shape.positionCount * shape.weightCount),
                    bytes: 4 * Double(floats), timing: timing))
        }
        measure("forward") { input, output in
            convolution.forward(
                ConvolutionInput(input), to: output, batch: batch, epilogue: .store, keepsPacked: false)
        }
        // Nobody needs the gradient with respect to a picture.
        if shape.suitsVectors {
            measure("input gradient") { input, output in
                convolution.backward(output, to: GradientTarget(input), batch: batch, keepsPacked: false)
            }
        }
        measure("weight gradient") { input, output in
            convolution.weightGradient(
                input: ConvolutionInput(input), gradient: ConvolutionGradient(output), batch: batch)
        }
        measure("example norms", touchesWeights: false) { input, output in
            convolution.addExampleSquaredNorms(
                input: ConvolutionInput(input), gradient: ConvolutionGradient(output), batch: batch, to: norms)
        }
    }

    private func measureLinear(_ inputCount: Int, _ outputCount: Int, count: Int, _ report: (LayerRow) -> Void) {
        let batch = options.batch
        let context = LayerContext(pool: pool)
        let linear = Linear("measured", inputs: inputCount, outputs: outputCount, context: context)
        context.arena.allocate()
        fill(context.arena.values.pointer, count: context.arena.values.count)
        linear.reserve(batch: batch)
        context.reserveSpares(batch * max(inputCount, outputCount))
        let inputs = copies(of: batch * inputCount, beside: 0)
        let inputGradient = filled(batch * inputCount)
        let below = GradientTarget(inputGradient.pointer)
        fill(linear.gradientTarget(batch: batch, sink: .batch).gradient, count: batch * outputCount)
        let norms = UnsafeMutablePointer<Double>.allocate(capacity: batch)
        defer { norms.deallocate() }
        norms.update(repeating: 0, count: batch)

        func measure(_ pass: String, products: Int = 1, _ body: (_ repetition: Int) -> Void) {
            guard isWanted("linear \(inputCount)->\(outputCount)", pass) else { return }
            let timing = repeated(body)
            report(
                LayerRow(
                    layer: "linear \(inputCount)->\(outputCount)",
                    extents: [("inputs", inputCount), ("outputs", outputCount)], count: count, pass: pass,
                    operations: 2 * Double(products * batch * inputCount * outputCount),
                    bytes: 4 * Double(batch * (inputCount + outputCount) + inputCount * outputCount), timing: timing))
        }
        measure("forward") { repetition in
            _ = linear.forward(inputs[repetition % inputs.count].pointer, batch: batch, mode: .training)
        }
        // The backward passes read the input of the last forward pass, so it is in the cache, as it is in training; the
        // layer keeps its address only.
        defer { withExtendedLifetime((inputs, inputGradient)) {} }
        measure("weight gradient") { _ in
            linear.backward(batch: batch, sink: .batch, below: nil)
        }
        measure("both gradients", products: 2) { _ in
            linear.backward(batch: batch, sink: .batch, below: below)
        }
        measure("example norms") { _ in
            linear.backward(batch: batch, sink: .exampleSquaredNorms(norms), below: nil)
        }
    }

    private typealias Buffer = UnsafeMutablePointer<Float>

    private func isWanted(_ layer: String, _ pass: String) -> Bool {
        options.only.map { "\(layer) \(pass)".contains($0) } ?? true
    }

    private func repeated(_ body: (Int) -> Void) -> Timing {
        for repetition in 0..<3 { body(repetition) }
        return Timing(atLeast: options.seconds ?? 0.3, repetitions: 3, body)
    }

    /// One filled buffer, or so many that together with their neighbours they take 128 MB and more.
    private func copies(of count: Int, beside others: Int) -> [FloatBuffer] {
        let number = options.isCold ? max(2, 128 << 20 / (4 * (count + others)) + 1) : 1
        return (0..<number).map { _ in filled(count) }
    }

    private func filled(_ count: Int) -> FloatBuffer {
        let buffer = FloatBuffer(count: count)
        fill(buffer.pointer, count: count)
        return buffer
    }

    private func fill(_ target: Buffer, count: Int) {
        var random = KeyedRandom(seed: 1, stream: .test)
        for index in 0..<count { target[index] = 2 * random.uniform() - 1 }
    }
}
