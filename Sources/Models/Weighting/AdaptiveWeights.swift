/// Weights of a batch's examples that are a function of their losses.
///
/// Like `ExampleWeights` they come after all losses of the batch and before any layer's gradient: they are constants to
/// the gradient. What they carry from batch to batch is part of a training's state.
package protocol AdaptiveWeights: AnyObject {
    /// Weighs the examples of a batch, once for every batch and in their order.
    ///
    /// - Parameters:
    ///   - losses: [count], each example's own.
    ///   - given: [count], weights from outside; nil when all are 1.
    ///   - count: the number of examples, at least 1.
    /// - Returns: [count], what multiplies each example's loss, so that Σ wᵢ lᵢ / count is minimised; valid until the next
    ///   call.
    func weigh(_ losses: UnsafePointer<Double>, given: UnsafePointer<Float>?, count: Int) -> UnsafePointer<Float>
}
