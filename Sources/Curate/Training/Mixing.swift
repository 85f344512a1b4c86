import Models

/// How the examples of a batch are mixed in pairs: inputs by a share λ, and so their labels.
///
/// One λ ~ Beta(alpha, alpha) for every batch, and a partner for every example by a permutation of the batch, both drawn
/// by seed, epoch and batch alone. The loss of an example is then λ times its own plus 1 - λ times its partner's.
package struct Mixing: Sendable, Equatable {
    /// What becomes of two examples.
    package enum Kind: Sendable, Equatable {
        /// λ x_a + (1 - λ) x_b (mixup: Beyond Empirical Risk Minimization; Zhang, Cisse, Dauphin, Lopez-Paz, 2018).
        case mixup
        /// A rectangle of x_b in x_a; λ is then what is left of the area, as the rectangle is cut at the edge (CutMix; Yun,
        /// Han, Oh, Chun, Choe, Yoo, 2019).
        case cutmix
        /// As mixup, but the label is all that of the rarer one when the other's class has at least `ratio` times its
        /// examples and the rarer one's share is above 1 - `threshold` (Remix: Rebalanced Mixup; Chou, Chang, Pan, Wei, Juan, 2020;
        /// equation 5).
        case remix(ratio: Double, threshold: Double)
    }

    /// What becomes of two examples.
    package let kind: Kind
    /// Of the distribution of λ, above 0; 1 is uniform.
    package let alpha: Double

    /// Makes a mixing.
    package init(_ kind: Kind, alpha: Double = 1) {
        precondition(alpha > 0, "an alpha above 0")
        self.kind = kind
        self.alpha = alpha
    }

    /// How far a label is that of the first of two examples.
    ///
    /// - Parameters:
    ///   - share: λ, of the inputs.
    ///   - first: what the class of the first one counts.
    ///   - second: what the class of the second one counts.
    package func labelShare(of share: Double, first: Double, second: Double) -> Double {
        guard case .remix(let ratio, let threshold) = kind else { return share }
        if first >= ratio * second, share < threshold { return 0 }
        if first * ratio <= second, 1 - share < threshold { return 1 }
        return share
    }

    /// The mixing as canonical parameters of a stage.
    var parameters: JSONValue {
        var members: [String: JSONValue] = ["alpha": .double(alpha)]
        switch kind {
        case .mixup: members["kind"] = "mixup"
        case .cutmix: members["kind"] = "cutmix"
        case .remix(let ratio, let threshold):
            members["kind"] = "remix"
            members["ratio"] = .double(ratio)
            members["threshold"] = .double(threshold)
        }
        return .object(members)
    }
}

/// One batch's draws of a mixing.
package struct MixingDraws {
    /// The partner of each row.
    package let partners: [Int]
    /// λ, as it was drawn.
    package let share: Double
    /// The rectangle that is the partner's, of pictures that are cut.
    package let box: (rows: Range<Int>, columns: Range<Int>)

    /// Draws for a batch.
    package init(_ mixing: Mixing, seed: UInt64, epoch: Int, batch: Int, count: Int, height: Int, width: Int) {
        var random = KeyedRandom(seed: seed, stream: .mixing, epoch: epoch, index: batch)
        let uniform = Double(random.next() >> 11) * 0x1p-53
        share = mixing.alpha == 1 ? uniform : BetaDistribution.quantile(uniform, a: mixing.alpha, b: mixing.alpha)
        var partners = Array(0..<count)
        for index in stride(from: count - 1, to: 0, by: -1) { partners.swapAt(index, random.below(index + 1)) }
        self.partners = partners
        let side = (1 - share).squareRoot()
        func cut(_ length: Int) -> Range<Int> {
            let (centre, half) = (random.below(length), Int(side * Double(length)) / 2)
            return max(0, centre - half)..<min(length, centre + half)
        }
        let rows = cut(height)
        box = (rows, cut(width))
    }

    /// The share of a picture that is its own after the rectangle was taken out.
    package func keptArea(height: Int, width: Int) -> Double {
        1 - Double(box.rows.count * box.columns.count) / Double(height * width)
    }
}
