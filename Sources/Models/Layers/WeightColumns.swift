/// The weights of each output of a fully connected layer, as an arena's slice of kind `linear` holds them.
struct WeightColumns {
    let inputs: Int
    let outputs: Int

    /// The norm of every output's weights, in Float64.
    ///
    /// - Parameters:
    ///   - weights: the slice.
    ///   - norms: [outputs], gets the norms.
    func norms(of weights: UnsafePointer<Float>, into norms: UnsafeMutablePointer<Double>) {
        products(weights, weights, into: norms)
        for output in 0..<outputs { norms[output] = norms[output].squareRoot() }
    }

    /// The inner product of every output's column in two slices, in Float64.
    func products(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Double>
    ) {
        for output in 0..<outputs { sums[output] = 0 }
        forEachRow { first, columns, offset in
            for column in 0..<columns {
                sums[first &+ column] += Double(left[offset &+ column]) * Double(right[offset &+ column])
            }
        }
    }

    /// Multiplies each output's column by a factor.
    ///
    /// - Parameters:
    ///   - weights: the slice.
    ///   - factors: [outputs].
    ///   - target: the slice that gets them; its places beyond the last output stay as they are.
    func scale(
        _ weights: UnsafePointer<Float>, by factors: UnsafePointer<Double>, into target: UnsafeMutablePointer<Float>
    ) {
        forEachRow { first, columns, offset in
            for column in 0..<columns {
                target[offset &+ column] = Float(Double(weights[offset &+ column]) * factors[first &+ column])
            }
        }
    }

    /// Replaces each column t of a slice by factor · t + share · w.
    func combine(
        _ target: UnsafeMutablePointer<Float>, times factors: UnsafePointer<Double>,
        with weights: UnsafePointer<Float>, times shares: UnsafePointer<Double>
    ) {
        forEachRow { first, columns, offset in
            for column in 0..<columns {
                target[offset &+ column] = Float(
                    Double(target[offset &+ column]) * factors[first &+ column]
                        + Double(weights[offset &+ column]) * shares[first &+ column])
            }
        }
    }

    /// Visits every row of every strip, in order.
    @inline(__always)
    private func forEachRow(_ body: (_ firstOutput: Int, _ columns: Int, _ offset: Int) -> Void) {
        for number in 0..<ColumnStrip.count(columns: outputs) {
            let strip = ColumnStrip(number, columns: outputs)
            let base = strip.first &* inputs
            for input in 0..<inputs { body(strip.first, strip.count, base &+ input &* strip.width) }
        }
    }
}
