import Models

/// A batch of activations in Float64, in NHWC order, as the reference kernels pass it around.
///
/// Vectors (features, logits) have height and width 1.
package struct ReferenceTensor: Sendable, Equatable {
    /// The four extents of a batch.
    package struct Shape: Sendable, Equatable {
        package var count: Int
        package var height: Int
        package var width: Int
        package var channels: Int

        package init(count: Int, height: Int, width: Int, channels: Int) {
            self.count = count
            self.height = height
            self.width = width
            self.channels = channels
        }

        /// The number of values in one example.
        package var exampleSize: Int { height * width * channels }

        /// The number of (example, row, column) positions: what batch norm averages over.
        package var positions: Int { count * height * width }

        /// The number of values.
        package var size: Int { positions * channels }

        /// The position of the first channel at one pixel.
        package func offset(_ example: Int, _ row: Int, _ column: Int) -> Int {
            ((example * height + row) * width + column) * channels
        }
    }

    package let shape: Shape
    package var values: [Double]

    package init(_ shape: Shape, _ values: [Double]) {
        precondition(values.count == shape.size, "\(values.count) values do not fill \(shape)")
        self.shape = shape
        self.values = values
    }

    /// A tensor of zeros.
    package init(zeros shape: Shape) {
        self.init(shape, [Double](repeating: 0, count: shape.size))
    }

    /// A batch of images or, with height and width left at 1, of vectors.
    package init(count: Int, height: Int = 1, width: Int = 1, channels: Int, values: [Double]) {
        self.init(Shape(count: count, height: height, width: width, channels: channels), values)
    }

    /// Uniform draws in -1..<1, each exact in Float, so that a Float engine can be given the same numbers.
    package static func random(
        count: Int, height: Int = 1, width: Int = 1, channels: Int, seed: UInt64
    ) -> ReferenceTensor {
        let shape = Shape(count: count, height: height, width: width, channels: channels)
        return ReferenceTensor(shape, referenceDraws(shape.size, in: -1..<1, seed: seed))
    }

    /// One example as a batch of one.
    package func example(_ index: Int) -> ReferenceTensor {
        var one = shape
        one.count = 1
        return ReferenceTensor(one, Array(values[index * shape.exampleSize..<(index + 1) * shape.exampleSize]))
    }

    /// Every example as a vector, its values in NHWC order.
    package func flattened() -> ReferenceTensor {
        ReferenceTensor(count: shape.count, channels: shape.exampleSize, values: values)
    }
}

/// Reproducible uniform draws in a range, each exact in Float.
package func referenceDraws(
    _ count: Int, in range: Range<Double>, seed: UInt64, index: Int = 0
) -> [Double] {
    var random = KeyedRandom(seed: seed, stream: .test, index: index)
    let span = range.upperBound - range.lowerBound
    return (0..<count).map { _ in Double(Float(range.lowerBound + span * Double(random.uniform()))) }
}

/// The derivative of `function` along one coordinate of `point`, by central difference.
package func referenceDerivative(
    at point: [Double], coordinate: Int, step: Double = 1e-6, of function: ([Double]) -> Double
) -> Double {
    var moved = point
    moved[coordinate] = point[coordinate] + step
    let above = moved[coordinate]
    let valueAbove = function(moved)
    moved[coordinate] = point[coordinate] - step
    let below = moved[coordinate]
    // The step really taken, which rounding makes differ from the one asked for.
    return (valueAbove - function(moved)) / (above - below)
}
