/// Where the gradient with respect to a layer's output goes, and what is done to it on the way.
///
/// The layer above writes it there. Masking it by this layer's rectifier and summing it for this layer's batch norm costs
/// nothing while it is in a register, and a pass over the map each otherwise.
package struct GradientTarget {
    /// [batch][outputs]; may be the layer's own output, which is not needed any more once it is written.
    package let gradient: UnsafeMutablePointer<Float>
    /// Where it passes the layer's rectifier.
    package let mask: RectifierMask
    /// The batch norm that needs the gradient's sums over the batch, with [batch][outputs], its input, and what becomes of
    /// its parameters' gradient.
    package let norm: (norm: BatchNorm, input: UnsafePointer<Float>, sink: GradientSink)?

    /// Makes a target; without a mask and a norm the gradient is stored as it is.
    package init(
        _ gradient: UnsafeMutablePointer<Float>, mask: RectifierMask = .none,
        norm: (norm: BatchNorm, input: UnsafePointer<Float>, sink: GradientSink)? = nil
    ) {
        self.gradient = gradient
        self.mask = mask
        self.norm = norm
    }

    /// Lets a kernel write the gradient, and hands the sums it took to the batch norm.
    ///
    /// - Parameters:
    ///   - addend: [batch][outputs], added before the mask; nil for none.
    ///   - blockCount: the blocks in which the kernel sums.
    ///   - channels: channels of the gradient.
    ///   - context: has the memory for the sums.
    ///   - kernel: writes to `gradient` by the store it is given.
    package func write(
        addend: UnsafePointer<Float>? = nil, blockCount: Int, channels: Int, context: LayerContext,
        kernel: (GradientStore) -> Void
    ) {
        var store = GradientStore(addend: addend, mask: mask)
        if let norm {
            context.reservePartials(blockCount * 2 * channels)
            store.sums = GradientStore.Sums(
                input: norm.input, mean: norm.norm.mean.pointer, partials: context.partials.pointer)
        }
        kernel(store)
        if let norm { norm.norm.useGradientSums(context.partials.pointer, blockCount: blockCount, sink: norm.sink) }
    }
}
