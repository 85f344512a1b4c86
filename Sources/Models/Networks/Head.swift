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

    /// The head as files name it: `linear`, or `cosine:30`.
    package var name: String {
        switch self {
        case .linear: "linear"
        case .cosine(let scale): "cosine:\(scale)"
        }
    }

    /// The head of a name; nil when it is none.
    package init?(_ name: String) {
        if name == "linear" {
            self = .linear
            return
        }
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "cosine", let scale = Float(parts[1]), scale > 0, scale.isFinite else {
            return nil
        }
        self = .cosine(scale: scale)
    }
}
