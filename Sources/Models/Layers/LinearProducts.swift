/// The three products of a fully connected layer: forward, and both gradients.
///
/// Weights lie in the order in which they are multiplied, in strips of outputs, and a worker's share of every pass is the
/// same strips: it multiplies by weights whose gradient it writes and which it updates, so that they stay in its cache.
struct LinearProducts {
    let inputs: Int
    let outputs: Int
    let context: LayerContext

    /// Rows of the batch that one task computes.
    private static let block = 48
    /// Inputs whose weight gradient for a strip of outputs is one task.
    private static let inputBlock = 128

    /// Multiplications and additions of one pass over a batch.
    func operations(_ batch: Int) -> Double { 2 * Double(batch) * Double(inputs * outputs) }

    /// X W + b.
    ///
    /// - Parameters:
    ///   - input: [batch][inputs].
    ///   - weights: as an arena's slice of kind `linear` holds them.
    ///   - offsets: b, [outputs]; nil for none.
    ///   - rectifies: whether a rectifier follows.
    ///   - output: [batch][outputs], gets the products.
    func multiply(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, offsets: UnsafePointer<Float>?, rectifies: Bool,
        to output: UnsafeMutablePointer<Float>, batch: Int
    ) {
        let (inputs, outputs) = (inputs, outputs)
        let left = DenseMultiply.Left(values: input, rowStride: inputs, depthStride: 1)
        let epilogue: DenseMultiply.Epilogue = rectifies ? .rectify : .store
        let blocks = (batch + Self.block - 1) / Self.block
        context.pool.run(ColumnStrip.count(columns: outputs) * blocks) { task, _ in
            let strip = ColumnStrip(task / blocks, columns: outputs)
            let first = task % blocks * Self.block
            DenseMultiply.multiply(
                DenseMultiply.Product(
                    left: left, depth: inputs, packed: weights + strip.first * inputs, width: strip.width,
                    start: offsets.map { $0 + strip.first }, epilogue: epilogue, output: output + strip.first,
                    outputStride: outputs, columns: strip.count), rows: first..<min(batch, first + Self.block))
        }
    }

    /// dX = dY W, a strip of inputs per task: the outputs of a fully connected layer below.
    ///
    /// - Parameters:
    ///   - gradient: dY, [batch][outputs].
    ///   - weights: as an arena's slice of kind `linear` holds them.
    ///   - output: [batch][inputs], gets the gradient.
    ///   - mask: [batch][inputs], where 0 nothing passes; nil when all does.
    func inputGradient(
        _ gradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>,
        mask: UnsafePointer<Float>?, batch: Int
    ) {
        let (inputs, outputs) = (inputs, outputs)
        let left = DenseMultiply.Left(values: gradient, rowStride: outputs, depthStride: 1)
        context.workspace.reserve(outputs * ColumnStrip.fullWidth)
        context.pool.run(ColumnStrip.count(columns: inputs)) { number, worker in
            let strip = ColumnStrip(number, columns: inputs)
            let packed = context.workspace.pointer(worker: worker)
            for number in 0..<ColumnStrip.count(columns: outputs) {
                let above = ColumnStrip(number, columns: outputs)
                DenseMultiply.packColumns(
                    weights + above.first * inputs + strip.first * above.width, depth: above.count,
                    columnStride: above.width, strip: strip, into: packed + above.first * strip.width)
            }
            DenseMultiply.multiply(
                DenseMultiply.Product(
                    left: left, depth: outputs, packed: packed, width: strip.width,
                    epilogue: mask.map { .mask($0 + strip.first) } ?? .store,
                    output: output + strip.first, outputStride: inputs, columns: strip.count),
                rows: 0..<batch)
        }
    }

    /// dW = Xᵀ dY in strips of outputs and blocks of inputs, and db = Σ dY: nothing is added across tasks.
    ///
    /// - Parameters:
    ///   - input: X, [batch][inputs].
    ///   - gradient: dY, [batch][outputs].
    ///   - packed: memory for dY in strips, batch times the padded outputs.
    ///   - weightGradient: gets dW as an arena's slice of kind `linear` holds it.
    ///   - biasGradient: gets db, [outputs]; nil for none.
    func weightGradient(
        input: UnsafePointer<Float>, gradient: UnsafePointer<Float>, packed: UnsafeMutablePointer<Float>,
        into weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?, batch: Int
    ) {
        let (inputs, outputs) = (inputs, outputs)
        let strips = ColumnStrip.count(columns: outputs)
        context.pool.run(strips) { number, _ in
            let strip = ColumnStrip(number, columns: outputs)
            let rows = packed + strip.first * batch
            DenseMultiply.packRows(gradient, depth: batch, columns: outputs, strip: strip, into: rows)
            if let biasGradient {
                sumRows(
                    rows, count: batch, width: strip.width, columns: strip.count, into: biasGradient + strip.first)
            }
        }
        let left = DenseMultiply.Left(values: input, rowStride: 1, depthStride: inputs)
        let blocks = (inputs + Self.inputBlock - 1) / Self.inputBlock
        context.pool.run(strips * blocks) { task, _ in
            let strip = ColumnStrip(task / blocks, columns: outputs)
            let first = task % blocks * Self.inputBlock
            DenseMultiply.multiply(
                DenseMultiply.Product(
                    left: left, depth: batch, packed: packed + strip.first * batch, width: strip.width,
                    output: weightGradient + strip.first * inputs, outputStride: strip.width, columns: strip.width),
                rows: first..<min(inputs, first + Self.inputBlock))
        }
    }
}

extension GradientTarget {
    /// Where the gradient passes a rectifier of the fully connected layer below; nil when there is none.
    var linearMask: UnsafePointer<Float>? {
        precondition(norm == nil, "a batch norm right below a fully connected layer")
        switch mask {
        case .none: return nil
        case .output(let activations): return UnsafePointer(activations)
        case .affine: preconditionFailure("a batch norm right below a fully connected layer")
        }
    }
}

/// Sums a matrix over its rows, in order and in Float64.
///
/// - Parameters:
///   - matrix: [count][width].
///   - count: the number of rows.
///   - width: a multiple of 16.
///   - columns: the columns to sum.
///   - sums: [columns], gets the sums.
private func sumRows(
    _ matrix: UnsafePointer<Float>, count: Int, width: Int, columns: Int, into sums: UnsafeMutablePointer<Float>
) {
    for first in stride(from: 0, to: columns, by: 16) {
        var low = SIMD8<Double>.zero
        var high = SIMD8<Double>.zero
        for row in 0..<count {
            let values = (matrix + (row &* width &+ first)).lanes[0]
            low += SIMD8<Double>(values.lowHalf)
            high += SIMD8<Double>(values.highHalf)
        }
        Float16Lanes(lowHalf: SIMD8<Float>(low), highHalf: SIMD8<Float>(high)).store(
            first: min(16, columns &- first), at: sums + first)
    }
}

/// The squared L2 norm of some floats, summed in Float64 over eight lanes.
func squaredNorm(_ values: UnsafePointer<Float>, count: Int) -> Double {
    var lanes = SIMD8<Double>.zero
    var index = 0
    while index &+ 8 <= count {
        let vector = SIMD8<Double>(UnsafeRawPointer(values + index).loadUnaligned(as: SIMD8<Float>.self))
        lanes += vector * vector
        index &+= 8
    }
    var sum = lanes.sum()
    while index < count {
        sum += Double(values[index]) * Double(values[index])
        index &+= 1
    }
    return sum
}
