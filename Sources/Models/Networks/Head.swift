/// How a network makes logits of its features.
package enum Head: Sendable, Equatable {
    /// W x + b.
    case linear
    /// scale · cos(x, w_c) for every class: see `CosineLinear`.
    case cosine(scale: Float)

    /// What margins between cosines are worth in logits.
    package var marginScale: Double {
        switch self {
        case .linear: 1
        case .cosine(let scale): Double(scale)
        }
    }
}
