import Models

/// The shift and scale that give the training examples mean 0 and deviation 1: per channel for pictures, per number for
/// vectors.
package struct FeatureNormalization: Sendable, Equatable {
    /// The mean of each channel (or number); bytes of pictures count as value / 255.
    package let mean: [Float]
    /// One over the deviation of each channel (or number); 1 where nothing varies.
    package let inverseDeviation: [Float]
    /// What is subtracted of each channel (or number) in Float64, before it is rounded and `mean` is subtracted.
    ///
    /// 0 but for those whose deviation is small beside their mean: there single precision would round away what varies.
    package let offset: [Double]
    /// Whether any offset is not 0.
    package let hasOffsets: Bool

    /// Where the deviation is below this share of the mean, it is measured again around the mean, and the mean is
    /// subtracted in Float64.
    ///
    /// A sum of squares loses the square of this ratio of its 16 digits, a rounding to Float32 the ratio of its 7: at a
    /// thousandth neither is seen, and the numbers of ordinary data are what they are without.
    static let closeToMean = 1e-3

    /// Rows whose sums one task takes.
    private static let rowsPerTask = 4_096

    /// Measures the training examples of a dataset.
    ///
    /// Sums are taken in Float64 over fixed blocks of rows and added in order, so the number of threads does not matter.
    ///
    /// - Parameters:
    ///   - features: the features of all examples.
    ///   - indices: the training examples.
    ///   - pool: the threads to use.
    package init(of features: FeatureMatrix, indices: [Int], pool: WorkerPool) {
        let shape = features.shape
        let channels = shape.channels
        let taskCount = (indices.count + Self.rowsPerTask - 1) / Self.rowsPerTask
        var sums = [Double](repeating: 0, count: 2 * channels)
        // A round of tasks at a time: one partial sum per task would cost memory for wide rows.
        let round = 16
        var partials = [Double](repeating: 0, count: round * 2 * channels)
        for firstTask in stride(from: 0, to: taskCount, by: round) {
            let tasks = min(round, taskCount - firstTask)
            partials.withUnsafeMutableBufferPointer { partials in
                guard let base = partials.baseAddress else { return }
                let slots = SendableSlots(base: base)
                pool.run(tasks) { task, _ in
                    let first = (firstTask + task) * Self.rowsPerTask
                    Self.sum(
                        features, rows: indices[first..<min(indices.count, first + Self.rowsPerTask)],
                        into: slots.base + task * 2 * channels)
                }
            }
            for task in 0..<tasks {
                for index in 0..<2 * channels { sums[index] += partials[task * 2 * channels + index] }
            }
        }
        let count = Double(indices.count * shape.height * shape.width)
        let scale = features.elementType == .uint8 && shape.isImage ? 1.0 / 255 : 1
        var mean: [Float] = []
        var inverse: [Float] = []
        var offset = [Double](repeating: 0, count: channels)
        for channel in 0..<channels {
            var average = sums[channel] / count
            var variance = max(0, sums[channels + channel] / count - average * average)
            var isConstant = variance == 0 && average == 0
            if !isConstant, variance.squareRoot() <= Self.closeToMean * abs(average) {
                let (sum, squares) = Self.moments(of: features, channel: channel, indices: indices, around: average)
                let correction = sum / count
                average += correction
                variance = max(0, squares / count - correction * correction)
                // What is left of equal numbers are the roundings of these sums, of which there is one a number, and
                // those of whatever made the numbers, a few units in their last place.
                let roundings = count * Double.ulpOfOne * correction * correction
                isConstant = variance <= roundings || variance.squareRoot() <= 4 * Double.ulpOfOne * abs(average)
                offset[channel] = average * scale
                mean.append(0)
            } else {
                mean.append(Float(average * scale))
            }
            inverse.append(isConstant ? 1 : Float(1 / (variance.squareRoot() * scale)))
        }
        self.mean = mean
        inverseDeviation = inverse
        self.offset = offset
        hasOffsets = offset.contains { $0 != 0 }
    }

    /// Sums of the differences to a number, and of their squares, over one channel of some rows.
    ///
    /// In the order of the rows, whatever the threads: there are few such channels.
    private static func moments(
        of features: FeatureMatrix, channel: Int, indices: [Int], around centre: Double
    ) -> (sum: Double, squares: Double) {
        let shape = features.shape
        let positions = shape.height * shape.width
        let (positionStride, channelStride) = features.layout == .channelsLast ? (shape.channels, 1) : (1, positions)
        var (sum, squares) = (0.0, 0.0)
        for row in indices {
            let base = features.row(row)
            for position in 0..<positions {
                let place = position &* positionStride &+ channel &* channelStride
                let value =
                    switch features.elementType {
                    case .uint8: Double(base.load(fromByteOffset: place, as: UInt8.self))
                    case .float32: Double(base.loadUnaligned(fromByteOffset: 4 &* place, as: Float.self))
                    case .float64: base.loadUnaligned(fromByteOffset: 8 &* place, as: Double.self)
                    }
                let difference = value - centre
                sum += difference
                squares += difference * difference
            }
        }
        return (sum, squares)
    }

    /// Memory in which every task has a place of its own.
    private struct SendableSlots: @unchecked Sendable { let base: UnsafeMutablePointer<Double> }

    /// Sums and sums of squares of each channel over some rows: [channels], then [channels].
    private static func sum(
        _ features: FeatureMatrix, rows: ArraySlice<Int>, into target: UnsafeMutablePointer<Double>
    ) {
        let shape = features.shape
        let channels = shape.channels
        target.update(repeating: 0, count: 2 * channels)
        let positions = shape.height * shape.width
        let (positionStride, channelStride) =
            features.layout == .channelsLast ? (channels, 1) : (1, positions)
        for row in rows {
            let base = features.row(row)
            switch features.elementType {
            case .uint8:
                // Whole numbers: exact in 64 bits, and quicker.
                for channel in 0..<channels {
                    var sum = 0
                    var squares = 0
                    var pixel = base.assumingMemoryBound(to: UInt8.self) + channel * channelStride
                    for _ in 0..<positions {
                        let value = Int(pixel.pointee)
                        sum &+= value
                        squares &+= value &* value
                        pixel += positionStride
                    }
                    target[channel] += Double(sum)
                    target[channels + channel] += Double(squares)
                }
            case .float32:
                accumulate(channels, positions, positionStride, channelStride, target) {
                    Double(base.loadUnaligned(fromByteOffset: 4 &* $0, as: Float.self))
                }
            case .float64:
                accumulate(channels, positions, positionStride, channelStride, target) {
                    base.loadUnaligned(fromByteOffset: 8 &* $0, as: Double.self)
                }
            }
        }
    }

    @inline(__always)
    private static func accumulate(
        _ channels: Int, _ positions: Int, _ positionStride: Int, _ channelStride: Int,
        _ target: UnsafeMutablePointer<Double>, value: (Int) -> Double
    ) {
        for position in 0..<positions {
            for channel in 0..<channels {
                let number = value(position &* positionStride &+ channel &* channelStride)
                target[channel] += number
                target[channels &+ channel] += number * number
            }
        }
    }
}
