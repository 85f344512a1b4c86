/// Scales images of bytes so that the short side has a given length, and cuts out the square in the middle.
///
/// The same as torchvision's `Resize(edge)` and `CenterCrop(edge)` on a Pillow image, to the byte: the long side becomes
/// `edge * long / short` rounded down; the crop begins at half the surplus, halves rounded to even; each output pixel is
/// the mean of the input pixels under a triangle as wide as the scale (antialiased, never narrower than one pixel);
/// columns first, then rows, each rounded to a byte, with weights in fixed point of 22 bits.
package final class ImageResampler {
    /// The input pixels that make one output pixel, and what each counts.
    struct Taps: Equatable {
        /// The first input pixel.
        let start: Int
        /// Weights in units of 2^-22; their sum is 1 but for rounding.
        let weights: [Int32]
    }

    private static let precision: Int32 = 22
    private static let half = Int32(1) << (precision - 1)

    private let columns = GrowingBuffer()
    private var sums: [Int32] = []

    package init() {}

    /// The extents of an image whose short side is scaled to a length.
    static func scaled(width: Int, height: Int, edge: Int) -> (width: Int, height: Int) {
        let (short, long) = (min(width, height), max(width, height))
        let scaledLong = Int(Double(edge * long) / Double(short))
        return width <= height ? (edge, scaledLong) : (scaledLong, edge)
    }

    /// Where a crop of the middle begins.
    static func cropStart(_ extent: Int, edge: Int) -> Int {
        Int((Double(extent - edge) / 2).rounded(.toNearestOrEven))
    }

    /// The taps of the output pixels of a crop along one axis.
    ///
    /// - Parameters:
    ///   - length: pixels of the input.
    ///   - scaled: pixels of the whole output.
    ///   - range: the output pixels that are wanted.
    static func taps(length: Int, scaled: Int, range: Range<Int>) -> [Taps] {
        let scale = Double(length) / Double(scaled)
        let width = max(1, scale)
        return range.map { place in
            let centre = (Double(place) + 0.5) * scale
            let start = max(0, Int(centre - width + 0.5))
            let end = min(length, Int(centre + width + 0.5))
            let triangle = (start..<end).map { max(0, 1 - abs((Double($0) - centre + 0.5) / width)) }
            let sum = triangle.reduce(0, +)
            return Taps(
                start: start, weights: triangle.map { Int32(0.5 + $0 / sum * Double(Int32(1) << precision)) })
        }
    }

    /// Writes `edge` rows of `edge` pixels.
    package func resample(
        _ source: UnsafeRawBufferPointer, _ header: ImageHeader, channels: Int, edge: Int,
        into target: UnsafeMutableRawBufferPointer, for input: InputBytes
    ) throws {
        let scaled = Self.scaled(width: header.width, height: header.height, edge: edge)
        let left = Self.cropStart(scaled.width, edge: edge)
        let top = Self.cropStart(scaled.height, edge: edge)
        let across = Self.taps(length: header.width, scaled: scaled.width, range: left..<(left + edge))
        let down = Self.taps(length: header.height, scaled: scaled.height, range: top..<(top + edge))
        let firstRow = down[0].start
        let rowCount = down.map { $0.start + $0.weights.count }.reduce(0, max) - firstRow
        let rowSize = edge * channels
        let middle = try columns.bytes(rowCount * rowSize, for: input)
        for row in 0..<rowCount {
            let line = UnsafeRawBufferPointer(
                rebasing: source[((firstRow + row) * header.width * channels)...].prefix(header.width * channels))
            Self.scaleRow(
                line, across, channels: channels,
                into: UnsafeMutableRawBufferPointer(rebasing: middle[(row * rowSize)...].prefix(rowSize)))
        }
        for (row, taps) in down.enumerated() {
            addRows(
                UnsafeRawBufferPointer(rebasing: middle[((taps.start - firstRow) * rowSize)...]), taps.weights,
                into: UnsafeMutableRawBufferPointer(rebasing: target[(row * rowSize)...].prefix(rowSize)))
        }
    }

    private static func scaleRow(
        _ line: UnsafeRawBufferPointer, _ taps: [Taps], channels: Int, into target: UnsafeMutableRawBufferPointer
    ) {
        for (place, taps) in taps.enumerated() {
            for channel in 0..<channels {
                var sum = half
                var position = taps.start &* channels &+ channel
                for weight in taps.weights {
                    sum &+= weight &* Int32(line[position])
                    position &+= channels
                }
                target[place &* channels &+ channel] = byte(sum)
            }
        }
    }

    private func addRows(
        _ rows: UnsafeRawBufferPointer, _ weights: [Int32], into target: UnsafeMutableRawBufferPointer
    ) {
        sums.removeAll(keepingCapacity: true)
        sums.append(contentsOf: repeatElement(Self.half, count: target.count))
        sums.withUnsafeMutableBufferPointer { sums in
            for (row, weight) in weights.enumerated() {
                let line = UnsafeRawBufferPointer(rebasing: rows[(row * target.count)...].prefix(target.count))
                for place in 0..<target.count { sums[place] &+= weight &* Int32(line[place]) }
            }
            for place in 0..<target.count { target[place] = Self.byte(sums[place]) }
        }
    }

    /// Weights that were rounded up can add to a little more than 1.
    private static func byte(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(255, sum >> precision)) }
}
