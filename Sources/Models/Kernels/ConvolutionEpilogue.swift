/// What a convolution does to each output vector while it is still in a register.
///
/// Fusing these into the store saves a pass over the activations each; on small channel counts the passes would cost as
/// much as the arithmetic. Each case is a loop of its own: a loop that asks at every vector what to do, or that keeps the
/// vectors in an array, does not keep them in registers.
package enum ConvolutionEpilogue {
    /// Stores the bare sums.
    case store
    /// Stores them and writes their moments for batch norm, [blockCount][4][channels], as `BlockMoments` does.
    case moments(UnsafeMutablePointer<Float>)
    /// Stores what the unit puts out when its batch norm's scale and shift are known before.
    case activation(ActivationStore)
    /// Stores a gradient on its way down, for the unit below.
    case gradient(GradientStore)
}

/// The end of a unit whose batch norm does not depend on the batch: `max(0, scale · sum + shift + residual)`.
package struct ActivationStore {
    /// [2][channels]: scale, then shift.
    package let affine: UnsafePointer<Float>
    /// Laid out like the output; nil for none.
    package let residual: UnsafePointer<Float>?
    /// Whether negative values become zero at the end.
    package let rectifies: Bool
    /// Gets the bare sums, laid out like the output; nil when nobody needs them.
    package let sums: UnsafeMutablePointer<Float>?

    /// Makes the end of a unit.
    package init(
        affine: UnsafePointer<Float>, residual: UnsafePointer<Float>? = nil, rectifies: Bool,
        sums: UnsafeMutablePointer<Float>? = nil
    ) {
        self.affine = affine
        self.residual = residual
        self.rectifies = rectifies
        self.sums = sums
    }
}

/// How a gradient is stored for the unit below: with the shortcut's added, masked by that unit's rectifier, and summed as
/// its batch norm needs.
package struct GradientStore {
    /// Added first, laid out like the gradient; nil for none.
    package var addend: UnsafePointer<Float>?
    /// Where the gradient passes the rectifier below.
    package var mask: RectifierMask
    /// What the sums for batch norm are made of; nil when they are not wanted.
    package var sums: Sums?

    /// Σ g and Σ g (z - mean) per block of outputs.
    package struct Sums {
        /// [batch][positions][channels]: z, the input of the batch norm below.
        package let input: UnsafePointer<Float>
        /// [channels].
        package let mean: UnsafePointer<Float>
        /// [blockCount][2][channels], gets the sums.
        package let partials: UnsafeMutablePointer<Float>

        /// Makes sums.
        package init(
            input: UnsafePointer<Float>, mean: UnsafePointer<Float>, partials: UnsafeMutablePointer<Float>
        ) {
            self.input = input
            self.mean = mean
            self.partials = partials
        }
    }

    /// Makes a store that changes nothing unless told to.
    package init(addend: UnsafePointer<Float>? = nil, mask: RectifierMask = .none, sums: Sums? = nil) {
        self.addend = addend
        self.mask = mask
        self.sums = sums
    }
}

/// Where a gradient passes the rectifier it meets on its way down.
package enum RectifierMask {
    /// Everywhere: there is no rectifier.
    case none
    /// Where `scale · z + shift` is positive: the rectifier's output need not be there.
    case affine(z: UnsafePointer<Float>, affine: UnsafePointer<Float>)
    /// Where the rectifier's output is positive.
    case output(UnsafePointer<Float>)
}

/// The sixteen-channel vectors of a block of outputs, always in the same order.
protocol OutputVectors {
    /// Calls `body` with each vector and its offset from the start of the output, in floats.
    func forEach(_ body: (_ value: Float16Lanes, _ offset: Int) -> Void)
}

/// Vectors that lie in memory at equal distances.
struct StoredVectors: OutputVectors {
    /// The first vector.
    let values: UnsafePointer<Float>
    /// Floats from one vector to the next; 0 for the same one again and again.
    let stride: Int
    /// Where the first one goes.
    let offset: Int
    /// Floats from one place to the next.
    let offsetStride: Int
    /// The number of vectors.
    let count: Int

    @inline(__always)
    func forEach(_ body: (_ value: Float16Lanes, _ offset: Int) -> Void) {
        var source = values
        var place = offset
        for _ in 0..<count {
            body(source.lanes[0], place)
            source += stride
            place &+= offsetStride
        }
    }
}

extension ConvolutionEpilogue {
    /// Calls `body` with each tensor that is read, or written beside the output, when a vector is stored.
    func forEachRead(_ body: (_ values: UnsafePointer<Float>) -> Void) {
        switch self {
        case .store, .moments: break
        case .activation(let store):
            if let residual = store.residual { body(residual) }
            if let sums = store.sums { body(sums) }
        case .gradient(let store):
            if let addend = store.addend { body(addend) }
            if let sums = store.sums {
                body(sums.input)
            } else if case .affine(let z, _) = store.mask {
                body(z)
            } else if case .output(let activations) = store.mask {
                body(activations)
            }
        }
    }

    /// Stores sixteen channels of a block of outputs.
    ///
    /// - Parameters:
    ///   - vectors: the block's sums.
    ///   - output: the first element of the whole output.
    ///   - channel: the first of the sixteen channels.
    ///   - channels: channels of the output.
    ///   - block: the block's number, for moments and sums.
    @inline(__always)
    func store(
        _ vectors: some OutputVectors, to output: UnsafeMutablePointer<Float>, channel: Int, channels: Int, block: Int
    ) {
        switch self {
        case .store:
            vectors.forEach { value, offset in (output + offset).lanes[0] = value }
        case .moments(let target):
            var moments = BlockMoments()
            vectors.forEach { value, offset in
                moments.add(value)
                (output + offset).lanes[0] = value
            }
            moments.store(to: target + BlockMoments.rowCount &* block &* channels + channel, stride: channels)
        case .activation(let activation):
            activation.store(vectors, to: output, channel: channel, channels: channels)
        case .gradient(let gradient):
            gradient.store(vectors, to: output, channel: channel, channels: channels, block: block)
        }
    }
}

extension ActivationStore {
    @inline(__always)
    fileprivate func store(
        _ vectors: some OutputVectors, to output: UnsafeMutablePointer<Float>, channel: Int, channels: Int
    ) {
        let scale = (affine + channel).lanes[0]
        let shift = (affine + channels + channel).lanes[0]
        let floor = Float16Lanes.all(rectifies ? 0 : -.infinity)
        switch (residual, sums) {
        case (nil, nil):
            vectors.forEach { value, offset in
                (output + offset).lanes[0] = shift.addingProduct(value, scale).larger(floor)
            }
        case (let residual?, nil):
            vectors.forEach { value, offset in
                (output + offset).lanes[0] =
                    (shift.addingProduct(value, scale) + (residual + offset).lanes[0]).larger(floor)
            }
        case (nil, let sums?):
            vectors.forEach { value, offset in
                (sums + offset).lanes[0] = value
                (output + offset).lanes[0] = shift.addingProduct(value, scale).larger(floor)
            }
        case (let residual?, let sums?):
            vectors.forEach { value, offset in
                (sums + offset).lanes[0] = value
                (output + offset).lanes[0] =
                    (shift.addingProduct(value, scale) + (residual + offset).lanes[0]).larger(floor)
            }
        }
    }
}

extension GradientStore {
    /// Stores sixteen channels of a block, as `ConvolutionEpilogue.store` does.
    @inline(__always)
    func store(
        _ vectors: some OutputVectors, to output: UnsafeMutablePointer<Float>, channel: Int, channels: Int, block: Int
    ) {
        if let addend {
            storeMasked(vectors, to: output, channel: channel, channels: channels, block: block) { value, offset in
                value + (addend + offset).lanes[0]
            }
        } else {
            storeMasked(vectors, to: output, channel: channel, channels: channels, block: block) { value, _ in value }
        }
    }

    @inline(__always)
    private func storeMasked(
        _ vectors: some OutputVectors, to output: UnsafeMutablePointer<Float>, channel: Int, channels: Int,
        block: Int, _ change: (_ value: Float16Lanes, _ offset: Int) -> Float16Lanes
    ) {
        switch mask {
        case .none:
            storeSummed(vectors, to: output, channel: channel, channels: channels, block: block, change)
        case .output(let activations):
            storeSummed(vectors, to: output, channel: channel, channels: channels, block: block) { value, offset in
                change(value, offset).masked(wherePositive: (activations + offset).lanes[0])
            }
        case .affine(let z, let affine):
            let scale = (affine + channel).lanes[0]
            let shift = (affine + channels + channel).lanes[0]
            storeSummed(vectors, to: output, channel: channel, channels: channels, block: block) { value, offset in
                change(value, offset).masked(wherePositive: shift.addingProduct((z + offset).lanes[0], scale))
            }
        }
    }

    @inline(__always)
    private func storeSummed(
        _ vectors: some OutputVectors, to output: UnsafeMutablePointer<Float>, channel: Int, channels: Int,
        block: Int, _ change: (_ value: Float16Lanes, _ offset: Int) -> Float16Lanes
    ) {
        guard let sums else {
            vectors.forEach { value, offset in (output + offset).lanes[0] = change(value, offset) }
            return
        }
        let centre = (sums.mean + channel).lanes[0]
        let input = sums.input
        var sum = Float16Lanes.zero
        var product = Float16Lanes.zero
        vectors.forEach { value, offset in
            let gradient = change(value, offset)
            sum += gradient
            product.addProduct(gradient, (input + offset).lanes[0] - centre)
            (output + offset).lanes[0] = gradient
        }
        let target = sums.partials + 2 &* block &* channels + channel
        target.lanes[0] = sum
        (target + channels).lanes[0] = product
    }
}
