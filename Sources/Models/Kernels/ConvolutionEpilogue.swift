/// What a convolution does to each output vector while it is still in a register.
///
/// Fusing these into the store saves one pass over the activations each; on small channel counts the passes would
/// cost as much as the arithmetic.
package struct ConvolutionEpilogue {
    /// Adds to what the output holds instead of replacing it.
    package var accumulates = false
    /// Per-block partial sums for batch norm, [blockCount][2][channels]: sums, then sums of squares.
    package var statistics: UnsafeMutablePointer<Float>?
    /// Per-channel factor and offset, [2][channels], applied before everything below; nil for none.
    package var affine: UnsafePointer<Float>?
    /// Added after the affine map, laid out like the output; nil for none.
    package var residual: UnsafePointer<Float>?
    /// Whether negative values become zero at the end.
    package var rectifies = false

    /// Stores the bare products.
    package init() {}

    /// The output vector for one product vector.
    ///
    /// - Parameters:
    ///   - value: sixteen channels of the convolution's result.
    ///   - scale: the affine factor of these channels (ignored without `affine`).
    ///   - shift: the affine offset of these channels.
    ///   - offset: where the vector will be stored, in floats from the start of the output.
    ///   - output: the output's first element.
    @inline(__always)
    func apply(
        _ value: Float16Lanes, scale: Float16Lanes, shift: Float16Lanes, offset: Int,
        output: UnsafeMutablePointer<Float>
    ) -> Float16Lanes {
        var value = value
        if affine != nil { value = shift.addingProduct(value, scale) }
        if accumulates { value += (output + offset).lanes[0] }
        if let residual { value += (residual + offset).lanes[0] }
        if rectifies { value = pointwiseMax(value, .zero) }
        return value
    }
}
