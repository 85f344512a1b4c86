/// The logits of a batch, and where the gradient with respect to them goes.
package struct GradientRows {
    /// [count][classes].
    let logits: UnsafePointer<Float>
    /// [count][classes].
    let gradient: UnsafeMutablePointer<Float>
    /// The number of examples.
    let count: Int
    /// The number of classes.
    let classes: Int
    /// The norm of the head's weights for each class, [classes]; nil when no loss reads them.
    let weightNorms: UnsafePointer<Double>?

    /// Describes the rows of a batch.
    package init(
        logits: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, count: Int, classes: Int,
        weightNorms: UnsafePointer<Double>? = nil
    ) {
        self.logits = logits
        self.gradient = gradient
        self.count = count
        self.classes = classes
        self.weightNorms = weightNorms
    }
}
