import Curate
import Foundation
import Testing

/// The resampler beside the same sums in double precision, written without regard to speed.
@Suite struct ImageResamplerTests {
    /// Pixels of a crop of the scaled image, not rounded between columns and rows.
    static func reference(_ source: [UInt8], _ width: Int, _ height: Int, _ channels: Int, edge: Int) -> [Double] {
        let short = Double(min(width, height))
        let scaledWidth = width <= height ? edge : Int(Double(edge * width) / short)
        let scaledHeight = width <= height ? Int(Double(edge * height) / short) : edge
        let left = Int((Double(scaledWidth - edge) / 2).rounded(.toNearestOrEven))
        let top = Int((Double(scaledHeight - edge) / 2).rounded(.toNearestOrEven))
        func weights(_ place: Int, _ length: Int, _ scaled: Int) -> [Double] {
            let scale = Double(length) / Double(scaled)
            let reach = max(1, scale)
            let centre = (Double(place) + 0.5) * scale
            let all = (0..<length).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / reach) }
            return all.map { $0 / all.reduce(0, +) }
        }
        var result: [Double] = []
        for row in 0..<edge {
            let down = weights(top + row, height, scaledHeight)
            for column in 0..<edge {
                let across = weights(left + column, width, scaledWidth)
                for channel in 0..<channels {
                    var sum = 0.0
                    for y in 0..<height where down[y] > 0 {
                        for x in 0..<width where across[x] > 0 {
                            sum += down[y] * across[x] * Double(source[(y * width + x) * channels + channel])
                        }
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { (place: Int) in UInt8((place * place * 7 + place * 13) % 256) }
    }

    static func resampled(
        _ source: [UInt8], _ width: Int, _ height: Int, _ channels: Int, edge: Int
    ) throws -> [UInt8] {
        let header = ImageHeader(compression: .png, width: width, height: height, isColour: channels == 3)
        var pixels = [UInt8](repeating: 99, count: edge * edge * channels)
        try source.withUnsafeBytes { source in
            try pixels.withUnsafeMutableBytes { target in
                try ImageResampler().resample(
                    source, header, channels: channels, edge: edge, into: target, for: InputBytes([], path: "image"))
            }
        }
        return pixels
    }

    @Test(arguments: [(5, 5), (31, 17), (17, 31), (64, 8), (1, 9), (12, 1), (7, 6)], [1, 4, 7, 20])
    func agreesWithDoublePrecision(size: (Int, Int), edge: Int) throws {
        let (width, height) = size
        for channels in [1, 3] {
            let source = Self.pattern(width * height * channels)
            let pixels = try Self.resampled(source, width, height, channels, edge: edge)
            let expected = Self.reference(source, width, height, channels, edge: edge)
            // Half a step of rounding after the columns, half after the rows.
            let worst = zip(pixels, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
            #expect(worst <= 1.001, "\(width) x \(height) to \(edge)")
        }
    }

    @Test func imagesOfTheRightSizeAndFlatImagesStayAsTheyAre() throws {
        let source = Self.pattern(9 * 9 * 3)
        #expect(try Self.resampled(source, 9, 9, 3, edge: 9) == source)
        for value in [0, 1, 128, 254, 255] as [UInt8] {
            let flat = [UInt8](repeating: value, count: 50 * 33)
            #expect(try Self.resampled(flat, 50, 33, 1, edge: 8) == [UInt8](repeating: value, count: 64))
        }
    }
}
