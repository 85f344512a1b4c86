/// Weights of a batch's examples, which act on the rows of the logits' gradient between forward and backward.
///
/// They come after all losses of the batch and before any layer's gradient: a loss and its gradient know nothing of them.
struct ExampleWeights {
    private let values: UnsafePointer<Float>

    /// Rows per task.
    private static let block = 64

    /// Takes the weights of a batch, [batch].
    init(_ values: UnsafePointer<Float>) { self.values = values }

    /// Multiplies each example's loss by its weight, and its row of the gradient by weight and scale.
    ///
    /// - Parameters:
    ///   - rows: the gradient of each example's own loss.
    ///   - losses: [count].
    ///   - scale: what the reduction multiplies every row by.
    ///   - pool: the threads to use.
    func apply(to rows: GradientRows, losses: UnsafeMutablePointer<Double>, scale: Float, pool: WorkerPool) {
        pool.run((rows.count + Self.block - 1) / Self.block) { task, _ in
            for row in task * Self.block..<min(rows.count, (task + 1) * Self.block) {
                losses[row] *= Double(values[row])
                // One factor, so that a row is rounded once.
                let factor = scale * values[row]
                let gradient = rows.gradient + row * rows.classes
                for c in 0..<rows.classes { gradient[c] *= factor }
            }
        }
    }
}
