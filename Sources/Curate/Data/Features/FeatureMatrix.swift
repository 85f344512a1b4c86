/// The features of all examples: one row each, in one or more contiguous segments that may be mapped files.
///
/// Rows are stored as the input stored them; `elementType` and `layout` say how. Nothing is converted until a
/// batch needs it, so a file larger than memory costs only the pages in use.
package final class FeatureMatrix: @unchecked Sendable {
    // Unchecked because of the raw pointers: they are read-only from initialisation to deinitialisation.

    /// How one number of a row is stored.
    package enum ElementType: Sendable {
        /// One byte, 0...255; means value / 255 for images.
        case uint8
        /// IEEE single precision, native byte order.
        case float32
        /// IEEE double precision, native byte order.
        case float64

        /// The size of one number in bytes.
        package var byteCount: Int {
            switch self {
            case .uint8: 1
            case .float32: 4
            case .float64: 8
            }
        }
    }

    /// The order of the numbers in a row.
    package enum Layout: Sendable {
        /// Height, width, channel: the channel varies fastest. Also plain vectors.
        case channelsLast
        /// Channel, height, width: planes, as CIFAR binaries and PyTorch arrays have them.
        case channelsFirst
    }

    /// The extents of one example; a vector of D numbers is 1 x 1 x D.
    package struct Shape: Sendable, Equatable {
        /// Rows of pixels, 1 for a vector.
        package let height: Int
        /// Columns of pixels, 1 for a vector.
        package let width: Int
        /// Channels of an image, or the length of a vector.
        package let channels: Int

        /// Makes a shape from its extents.
        package init(height: Int, width: Int, channels: Int) {
            self.height = height
            self.width = width
            self.channels = channels
        }

        /// Numbers per example.
        package var elementCount: Int { height * width * channels }
        /// Whether an example is a picture rather than a vector.
        package var isImage: Bool { height > 1 || width > 1 }
    }

    /// A run of rows in memory, and whatever keeps that memory alive.
    package struct Segment {
        /// The first byte of the first row.
        package let base: UnsafeRawPointer
        /// The number of rows.
        package let rowCount: Int
        /// Keeps `base` valid: a mapped file, or an owned buffer.
        package let owner: AnyObject

        /// Makes a segment of rows whose memory `owner` keeps alive.
        package init(base: UnsafeRawPointer, rowCount: Int, owner: AnyObject) {
            self.base = base
            self.rowCount = rowCount
            self.owner = owner
        }
    }

    /// The extents of one example.
    package let shape: Shape
    /// How a number is stored.
    package let elementType: ElementType
    /// The order of numbers in a row.
    package let layout: Layout
    /// The number of rows.
    package let count: Int

    package let segments: [Segment]
    private let starts: [Int]

    /// Joins segments into one matrix, in order.
    package init(shape: Shape, elementType: ElementType, layout: Layout, segments: [Segment]) {
        self.shape = shape
        self.elementType = elementType
        self.layout = layout
        self.segments = segments
        var starts: [Int] = []
        var total = 0
        for segment in segments {
            starts.append(total)
            total += segment.rowCount
        }
        self.starts = starts
        count = total
    }

    /// Bytes per row.
    package var rowByteCount: Int { shape.elementCount * elementType.byteCount }

    /// The first byte of a row, valid while the matrix lives; not necessarily aligned for its element type.
    ///
    /// - Precondition: `index` is in 0..<count.
    package func row(_ index: Int) -> UnsafeRawPointer {
        precondition(index >= 0 && index < count, "row \(index) of \(count)")
        var segment = segments.count - 1
        while starts[segment] > index { segment -= 1 }
        return segments[segment].base + (index - starts[segment]) * rowByteCount
    }
}
