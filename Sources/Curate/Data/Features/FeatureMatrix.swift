/// The features of all examples: one row each, in one or more contiguous segments that may be mapped files.
///
/// Rows are stored as the input stored them; `elementType` and `layout` say how. Nothing is converted until a
/// batch needs it, so a file larger than memory costs only the pages in use.
public final class FeatureMatrix: @unchecked Sendable {
    // Unchecked because of the raw pointers: they are read-only from initialisation to deinitialisation.

    /// How one number of a row is stored.
    public enum ElementType: Sendable {
        /// One byte, 0...255; means value / 255 for images.
        case uint8
        /// IEEE single precision, native byte order.
        case float32
        /// IEEE double precision, native byte order.
        case float64

        /// The size of one number in bytes.
        public var byteCount: Int {
            switch self {
            case .uint8: 1
            case .float32: 4
            case .float64: 8
            }
        }
    }

    /// The order of the numbers in a row.
    public enum Layout: Sendable {
        /// Height, width, channel: the channel varies fastest. Also plain vectors.
        case channelsLast
        /// Channel, height, width: planes, as CIFAR binaries and PyTorch arrays have them.
        case channelsFirst
    }

    /// The extents of one example; a vector of D numbers is 1 x 1 x D.
    public struct Shape: Sendable, Equatable {
        /// Rows of pixels, 1 for a vector.
        public let height: Int
        /// Columns of pixels, 1 for a vector.
        public let width: Int
        /// Channels of an image, or the length of a vector.
        public let channels: Int

        /// Makes a shape from its extents.
        public init(height: Int, width: Int, channels: Int) {
            self.height = height
            self.width = width
            self.channels = channels
        }

        /// Numbers per example.
        public var elementCount: Int { height * width * channels }
        /// Whether an example is a picture rather than a vector.
        public var isImage: Bool { height > 1 || width > 1 }
    }

    /// A run of rows in memory, and whatever keeps that memory alive.
    public struct Segment {
        /// The first byte of the first row.
        public let base: UnsafeRawPointer
        /// The number of rows.
        public let rowCount: Int
        /// Keeps `base` valid: a mapped file, or an owned buffer.
        public let owner: AnyObject

        /// Makes a segment of rows whose memory `owner` keeps alive.
        public init(base: UnsafeRawPointer, rowCount: Int, owner: AnyObject) {
            self.base = base
            self.rowCount = rowCount
            self.owner = owner
        }
    }

    /// The extents of one example.
    public let shape: Shape
    /// How a number is stored.
    public let elementType: ElementType
    /// The order of numbers in a row.
    public let layout: Layout
    /// The number of rows.
    public let count: Int

    package let segments: [Segment]
    private let starts: [Int]

    /// Joins segments into one matrix, in order.
    public init(shape: Shape, elementType: ElementType, layout: Layout, segments: [Segment]) {
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
    public var rowByteCount: Int { shape.elementCount * elementType.byteCount }

    /// The first byte of a row, valid while the matrix lives; not necessarily aligned for its element type.
    ///
    /// - Precondition: `index` is in 0..<count.
    public func row(_ index: Int) -> UnsafeRawPointer {
        precondition(index >= 0 && index < count, "row \(index) of \(count)")
        var segment = segments.count - 1
        while starts[segment] > index { segment -= 1 }
        return segments[segment].base + (index - starts[segment]) * rowByteCount
    }
}
