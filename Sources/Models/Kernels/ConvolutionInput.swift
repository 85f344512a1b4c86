/// What a convolution reads: values as they are stored, or batch-normalised and rectified while they are read.
///
/// A unit whose output only the next convolution reads never stores that output: the pass over the map would cost more
/// than computing it again, for it comes from memory and the arithmetic is free meanwhile.
package struct ConvolutionInput {
    /// [batch][height][width][channels].
    package let values: UnsafePointer<Float>
    /// [2][channels], scale and shift: the input is `max(0, scale · value + shift)`; nil for the values themselves.
    package let affine: UnsafePointer<Float>?

    /// Makes an input.
    package init(_ values: UnsafePointer<Float>, affine: UnsafePointer<Float>? = nil) {
        self.values = values
        self.affine = affine
    }

    /// The same input from a later element on.
    ///
    /// - Parameter offset: a multiple of the channels, in floats.
    func advanced(by offset: Int) -> ConvolutionInput { ConvolutionInput(values + offset, affine: affine) }
}

extension Float16Lanes {
    /// `max(0, scale · self + shift)`.
    @inline(__always)
    func normalizedAndRectified(_ scale: Float16Lanes, _ shift: Float16Lanes) -> Float16Lanes {
        shift.addingProduct(self, scale).larger(.zero)
    }
}
