import Models

/// Turns rows of a dataset into the normalised, augmented floats a network reads.
final class BatchLoader {
    private let features: FeatureMatrix
    private let normalization: FeatureNormalization
    private let augmentation: Augmentation
    private let seed: UInt64
    private let pool: WorkerPool
    /// For bytes of pictures: the normalised float of every byte, [channels][256].
    private let byteTable: [Float]

    /// Examples that one task loads.
    private static let examplesPerTask = 32

    init(
        features: FeatureMatrix, normalization: FeatureNormalization, augmentation: Augmentation, seed: UInt64,
        pool: WorkerPool
    ) {
        self.features = features
        self.normalization = normalization
        self.augmentation = augmentation
        self.seed = seed
        self.pool = pool
        let isPicture = features.shape.isImage
        byteTable =
            features.elementType == .uint8
            ? normalization.mean.indices.flatMap { channel in
                (0..<256).map { byte in
                    let offset = normalization.offset[channel]
                    var value = isPicture ? Float(byte) / 255 : Float(byte)
                    if offset != 0 { value = Float((isPicture ? Double(byte) / 255 : Double(byte)) - offset) }
                    return (value - normalization.mean[channel]) * normalization.inverseDeviation[channel]
                }
            } : []
    }

    /// What the examples of a training batch are augmented by.
    struct Draws {
        /// The epoch, from 1.
        let epoch: Int
        /// For each example of the batch, how often it was presented in the epoch before.
        let repetitions: ArraySlice<Int>
    }

    /// Loads some examples.
    ///
    /// - Parameters:
    ///   - examples: indices into the dataset.
    ///   - draws: the augmentation to apply; nil for plain examples.
    ///   - target: [examples.count][height][width][channels].
    func load(_ examples: ArraySlice<Int>, augmentedBy draws: Draws?, into target: UnsafeMutablePointer<Float>) {
        pool.measure(.loading) { fill(examples, augmentedBy: draws, into: target) }
    }

    private func fill(_ examples: ArraySlice<Int>, augmentedBy draws: Draws?, into target: UnsafeMutablePointer<Float>)
    {
        let count = features.shape.elementCount
        let first = examples.startIndex
        pool.run((examples.count + Self.examplesPerTask - 1) / Self.examplesPerTask) { task, _ in
            for offset in task * Self.examplesPerTask..<min(examples.count, (task + 1) * Self.examplesPerTask) {
                let example = examples[first + offset]
                let draw = draws.map {
                    augmentation.draw(
                        seed: seed, epoch: $0.epoch, example: example,
                        repetition: $0.repetitions[$0.repetitions.startIndex + offset])
                }
                loadRow(example, draw: draw, into: target + offset * count)
            }
        }
    }

    private func loadRow(_ example: Int, draw: Augmentation.Draw?, into target: UnsafeMutablePointer<Float>) {
        let row = features.row(example)
        switch features.elementType {
        case .uint8:
            let bytes = row.assumingMemoryBound(to: UInt8.self)
            byteTable.withUnsafeBufferPointer { table in
                fill(target, draw: draw) { index, channel in table[channel &* 256 &+ Int(bytes[index])] }
            }
        case .float32 where normalization.hasOffsets:
            shifted(target, draw) { Double(row.loadUnaligned(fromByteOffset: 4 &* $0, as: Float.self)) }
        case .float64 where normalization.hasOffsets:
            shifted(target, draw) { row.loadUnaligned(fromByteOffset: 8 &* $0, as: Double.self) }
        case .float32:
            normalized(target, draw) { row.loadUnaligned(fromByteOffset: 4 &* $0, as: Float.self) }
        case .float64:
            normalized(target, draw) { Float(row.loadUnaligned(fromByteOffset: 8 &* $0, as: Double.self)) }
        }
    }

    @inline(__always)
    private func normalized(
        _ target: UnsafeMutablePointer<Float>, _ draw: Augmentation.Draw?, number: (Int) -> Float
    ) {
        normalization.mean.withUnsafeBufferPointer { mean in
            normalization.inverseDeviation.withUnsafeBufferPointer { inverse in
                fill(target, draw: draw) { index, channel in (number(index) - mean[channel]) * inverse[channel] }
            }
        }
    }

    /// As `normalized`, with the offsets subtracted before the numbers are rounded.
    @inline(__always)
    private func shifted(
        _ target: UnsafeMutablePointer<Float>, _ draw: Augmentation.Draw?, number: (Int) -> Double
    ) {
        let (mean, inverse, offset) = (
            normalization.mean, normalization.inverseDeviation, normalization.offset
        )
        fill(target, draw: draw) { index, channel in
            (Float(number(index) - offset[channel]) - mean[channel]) * inverse[channel]
        }
    }

    /// Writes every element of one example in [height][width][channel] order.
    ///
    /// - Parameter value: the normalised float of the element at an offset of the stored row, for a channel.
    @inline(__always)
    private func fill(
        _ target: UnsafeMutablePointer<Float>, draw: Augmentation.Draw?, value: (_ index: Int, _ channel: Int) -> Float
    ) {
        let shape = features.shape
        let (height, width, channels) = (shape.height, shape.width, shape.channels)
        let isChannelsLast = features.layout == .channelsLast
        if let draw, augmentation.isActive {
            for row in 0..<height {
                let sourceRow = augmentation.source(of: row, shift: draw.rowShift, count: height)
                for column in 0..<width {
                    let place = target + (row &* width &+ (draw.isFlipped ? width &- 1 &- column : column)) &* channels
                    guard
                        let sourceRow,
                        let sourceColumn = augmentation.source(of: column, shift: draw.columnShift, count: width)
                    else {
                        for channel in 0..<channels { place[channel] = zero(channel) }
                        continue
                    }
                    let pixel = sourceRow &* width &+ sourceColumn
                    for channel in 0..<channels {
                        let index = isChannelsLast ? pixel &* channels &+ channel : channel &* height &* width &+ pixel
                        place[channel] = value(index, channel)
                    }
                }
            }
        } else if isChannelsLast {
            var index = 0
            for _ in 0..<height &* width {
                for channel in 0..<channels {
                    target[index] = value(index, channel)
                    index &+= 1
                }
            }
        } else {
            let plane = height &* width
            for pixel in 0..<plane {
                for channel in 0..<channels {
                    target[pixel &* channels &+ channel] = value(channel &* plane &+ pixel, channel)
                }
            }
        }
    }

    /// What a padded pixel of value zero becomes.
    private func zero(_ channel: Int) -> Float {
        (Float(-normalization.offset[channel]) - normalization.mean[channel]) * normalization.inverseDeviation[channel]
    }
}
