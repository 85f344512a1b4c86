/// The layers of a network from its inputs to the features that a head reads.
///
/// Features are what the last layer before the head gives: the pooled maps of a residual network, the last hidden layer of
/// a perceptron, the inputs themselves where there is no layer in between.
package final class Trunk {
    /// Floats of one example's features.
    package let featureCount: Int
    /// Floats of the largest activation of one example, the inputs included.
    let largestActivation: Int

    private let layers: [any Layer]

    /// Adds the tensors of a network's trunk to the context's arena.
    package init(_ specification: NetworkSpecification, input: InputShape, context: LayerContext) {
        let built = TrunkLayers(specification, input: input, context: context)
        layers = built.layers
        largestActivation = built.largestActivation
        featureCount = built.shape.count
    }

    /// Makes room for batches of up to `batch` examples in `forward` and `backward`.
    func reserve(batch: Int) {
        for layer in layers { layer.reserve(batch: batch) }
    }

    /// Computes the features, and keeps what `backward` needs.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels], valid until `backward`.
    ///   - batch: the number of examples, at most the reserved one.
    ///   - mode: which batch-norm statistics are used.
    /// - Returns: [batch][featureCount].
    func forward(_ inputs: UnsafePointer<Float>, batch: Int, mode: ForwardMode) -> UnsafePointer<Float> {
        var activation = inputs
        for layer in layers { activation = layer.forward(activation, batch: batch, mode: mode) }
        return activation
    }

    /// Computes the features in evaluation mode.
    ///
    /// - Parameters:
    ///   - inputs: [batch][height][width][channels].
    ///   - batch: the number of examples.
    /// - Returns: [batch][featureCount], in one of the context's spare buffers or the inputs.
    func evaluate(_ inputs: UnsafePointer<Float>, batch: Int) -> UnsafePointer<Float> {
        var activation = inputs
        for layer in layers { activation = layer.evaluate(activation, batch: batch) }
        return activation
    }

    /// Where a head writes the gradient with respect to the features before `backward`; nil when they are the inputs.
    func gradientTarget(batch: Int, sink: GradientSink) -> GradientTarget? {
        layers.last?.gradientTarget(batch: batch, sink: sink)
    }

    /// Carries the gradient at the target back through all layers.
    func backward(batch: Int, sink: GradientSink) {
        for index in layers.indices.reversed() {
            let below = index > 0 ? layers[index - 1].gradientTarget(batch: batch, sink: sink) : nil
            layers[index].backward(batch: batch, sink: sink, below: below)
        }
    }
}
