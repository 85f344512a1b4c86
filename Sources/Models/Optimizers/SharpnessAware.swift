/// Sharpness-aware minimisation: the gradient is taken where the loss nearby is largest, not where the weights are.
///
/// SAM (Sharpness-Aware Minimization for Efficiently Improving Generalization; Foret, Kleiner, Mobahi, Neyshabur, 2021):
/// with the gradient g at the weights w and a radius rho, eps = rho g / ||g||, and the optimiser gets the gradient at
/// w + eps. ASAM (ASAM: Adaptive Sharpness-Aware Minimization for Scale-Invariant Learning of Deep Neural Networks; Kwon,
/// Kim, Park, Choi, 2021), element by element: eps = rho w^2 g / || |w| g ||, in which rescaled weights have the same
/// neighbourhood.
///
/// As the common PyTorch implementation has it: the norm is over all parameters together, batch-norm scales, shifts and
/// biases included, with 1e-12 added; the weight decay is no part of g, and is taken at w; ASAM has no offset in |w|. A
/// gradient of zeros leaves eps zero.
package struct SharpnessAware: Sendable, Equatable {
    /// Which neighbourhood is looked at.
    package enum Kind: String, Sendable, CaseIterable {
        /// A ball.
        case sam
        /// An ellipsoid whose axes are the sizes of the weights.
        case asam
    }

    /// Which neighbourhood is looked at.
    package let kind: Kind

    /// Makes the method.
    package init(_ kind: Kind) { self.kind = kind }

    /// Vectors of sixteen weights that one task reads and writes.
    private static let block = 1_024

    /// Runs something with the weights at w + eps, by the arena's gradients; afterwards they are w again, to the bit.
    ///
    /// - Parameters:
    ///   - arena: the weights w and their gradients, which `body` may overwrite.
    ///   - radius: rho, at least 0.
    ///   - pool: the threads to use, none of which changes a bit; its profile gets the climb as `optimiser`.
    ///   - body: what to run at w + eps.
    package func climb<Result>(
        _ arena: ParameterArena, radius: Double, pool: WorkerPool, _ body: () -> Result
    ) -> Result {
        arena.withWeights(
            writtenBy: { others in
                pool.measure(.optimizer) { write(to: others, from: arena, radius: radius, pool: pool) }
            }, body)
    }

    /// Writes w + eps.
    private func write(to others: FloatBuffer, from arena: ParameterArena, radius: Double, pool: WorkerPool) {
        let norm = norm(arena, pool: pool)
        let scale = Float16Lanes.all(norm == 0 ? 0 : Float(radius / (norm + 1e-12)))
        let weights = arena.values.vectors
        let gradients = arena.gradients.vectors
        let target = others.vectors
        forEachBlock(arena, pool) { _, vectors in
            switch kind {
            case .sam:
                for index in vectors { target[index] = weights[index].addingProduct(scale, gradients[index]) }
            case .asam:
                for index in vectors {
                    let weight = weights[index]
                    target[index] = weight.addingProduct(scale, weight * weight * gradients[index])
                }
            }
        }
    }

    /// The norm of the gradient, or for ASAM that of the gradient times the weights, over all parameters.
    ///
    /// In double precision, block by block in their order: the same for any number of threads, and with millions of
    /// parameters no worse than with few.
    private func norm(_ arena: ParameterArena, pool: WorkerPool) -> Double {
        let weights = arena.values.vectors
        let gradients = arena.gradients.vectors
        var partials = [Double](repeating: 0, count: Self.blockCount(arena))
        partials.withUnsafeMutableBufferPointer { partials in
            guard let partials = partials.baseAddress else { return }
            forEachBlock(arena, pool) { block, vectors in
                var low = SIMD8<Double>.zero
                var high = low
                for index in vectors {
                    let value = kind == .sam ? gradients[index] : weights[index] * gradients[index]
                    let (first, last) = (SIMD8<Double>(value.lowHalf), SIMD8<Double>(value.highHalf))
                    low += first * first
                    high += last * last
                }
                partials[block] = (low + high).sum()
            }
        }
        return partials.reduce(0, +).squareRoot()
    }

    private static func blockCount(_ arena: ParameterArena) -> Int {
        (arena.values.count / Float16Lanes.scalarCount + block - 1) / block
    }

    private func forEachBlock(
        _ arena: ParameterArena, _ pool: WorkerPool, _ body: (_ block: Int, _ vectors: Range<Int>) -> Void
    ) {
        let count = arena.values.count / Float16Lanes.scalarCount
        pool.run(Self.blockCount(arena)) { block, _ in
            body(block, block * Self.block..<min(count, (block + 1) * Self.block))
        }
    }
}
