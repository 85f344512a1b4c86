import Models

/// A background of one image, drawn at random: land (green, upright stripes) or water (blue, level ones), or the same
/// stripes in grey.
///
/// Images of one kind differ in brightness, contrast, and in the width and position of the stripes; coloured ones in tint
/// as well. Everything is sums and products of doubles, so that the bytes are the same on every machine.
package struct SpuriousBackground {
    /// What tells the two kinds apart.
    package enum Style: String, Sendable, CaseIterable {
        /// The colour, which the mean of an image shows, and the direction of the stripes.
        case colour
        /// The direction of the stripes alone: both kinds have the same grey levels, one is the other lying on its side.
        case texture

        /// The names of the two kinds: that of the first class, and that of the second.
        package var names: [String] {
            switch self {
            case .colour: ["land", "water"]
            case .texture: ["upright", "level"]
            }
        }
    }

    /// Red, green and blue between the stripes, 0...1.
    private let colour: [Double]
    /// How far the stripes go above and below the colour, as a share of it.
    private let contrast: Double
    /// Stripes per pixel.
    private let frequency: Double
    /// Where the first begins, in stripes.
    private let phase: Double
    /// Whether the stripes are upright.
    private let isUpright: Bool

    /// The mean colours of land and water.
    private static let colours = [[0.275, 0.47, 0.2], [0.155, 0.355, 0.59]]
    /// The mean grey of either texture.
    private static let grey = 0.34

    /// Draws a background.
    ///
    /// - Parameters:
    ///   - kind: 0 for land or upright, 1 for water or level.
    ///   - style: what tells the two apart.
    ///   - edge: the longer side of the image in pixels.
    ///   - random: seven numbers are drawn, four for textures.
    package init(kind: Int, style: Style = .colour, edge: Int, random: inout KeyedRandom) {
        let brightness = 0.75 + 0.5 * Double(random.uniform())
        switch style {
        case .colour:
            var colour: [Double] = []
            for channel in Self.colours[kind] {
                colour.append(channel * brightness + 0.16 * (Double(random.uniform()) - 0.5))
            }
            self.colour = colour
        case .texture: colour = [Double](repeating: Self.grey * brightness, count: 3)
        }
        contrast = 0.2 + 0.3 * Double(random.uniform())
        // Between three and seven stripes, but none narrower than two pixels.
        let width = max(2, Double(edge) * (1.0 / 7 + (1.0 / 3 - 1.0 / 7) * Double(random.uniform())))
        frequency = 1 / width
        phase = Double(random.uniform())
        isUpright = kind == 0
    }

    /// One of three channels of a pixel, 0...1.
    package func value(row: Int, column: Int, channel: Int) -> Double {
        let place = Double(isUpright ? column : row) * frequency + phase
        // A triangle between -1 and 1; a sine would be the C library's.
        let wave = 4 * abs(place - place.rounded(.down) - 0.5) - 1
        return min(1, max(0, colour[channel] * (1 + contrast * wave)))
    }
}

/// Images of a source as intensities, whatever they are stored as.
struct SpuriousObjects {
    private let features: FeatureMatrix
    /// What is black, and what is white.
    private let black: Double
    private let white: Double

    /// Looks at the images of a dataset.
    ///
    /// - Throws: `CurateError(.usage)` when it has none, or none of one or three channels.
    init(of dataset: Dataset) throws {
        features = dataset.features
        guard features.shape.isImage else {
            throw CurateError(
                .usage, "the examples are no images, and a background needs some", at: dataset.name,
                remedy: "name images, or say their size with `image`")
        }
        guard [1, 3].contains(features.shape.channels) else {
            throw CurateError(
                .usage, "the images have \(features.shape.channels) channels, and one or three are needed",
                at: dataset.name, remedy: "convert them to grey, or to red, green and blue")
        }
        if features.elementType == .uint8 {
            (black, white) = (0, 255)
        } else {
            let summary = FeatureSummary(of: features)
            (black, white) = (summary.minimum, summary.maximum)
        }
        guard white > black else {
            throw CurateError(
                .badData, "every pixel of the images is the same", at: dataset.name, remedy: "check the data")
        }
    }

    /// The intensities of an image, 0...1: [height][width][3], grey three times.
    func intensities(of index: Int) -> [Double] {
        let shape = features.shape
        let row = features.row(index)
        func stored(_ element: Int) -> Double {
            switch features.elementType {
            case .uint8: Double(row.load(fromByteOffset: element, as: UInt8.self))
            case .float32: Double(row.loadUnaligned(fromByteOffset: element * 4, as: Float.self))
            case .float64: row.loadUnaligned(fromByteOffset: element * 8, as: Double.self)
            }
        }
        let pixelCount = shape.height * shape.width
        var result: [Double] = []
        result.reserveCapacity(pixelCount * 3)
        for pixel in 0..<pixelCount {
            for channel in 0..<3 {
                let own = shape.channels == 1 ? 0 : channel
                let element =
                    features.layout == .channelsLast ? pixel * shape.channels + own : own * pixelCount + pixel
                result.append((stored(element) - black) / (white - black))
            }
        }
        return result
    }

    /// How much of a background an image lets through: the mean over its pixels, 0...1.
    func openness(of index: Int) -> Double {
        let intensities = intensities(of: index)
        let covers = stride(from: 0, to: intensities.count, by: 3).map { Self.cover(intensities, $0) }
        return 1 - covers.reduce(0, +) / Double(covers.count)
    }

    /// An image in front of a background: [height][width][3] bytes.
    ///
    /// The brighter a pixel is, the less of the background shows through it.
    func image(_ index: Int, before background: SpuriousBackground) -> [UInt8] {
        let intensities = intensities(of: index)
        let width = features.shape.width
        var bytes: [UInt8] = []
        bytes.reserveCapacity(intensities.count)
        for first in stride(from: 0, to: intensities.count, by: 3) {
            let open = 1 - Self.cover(intensities, first)
            let pixel = first / 3
            for channel in 0..<3 {
                let behind = background.value(row: pixel / width, column: pixel % width, channel: channel)
                // At most 1, because no channel is brighter than what covers.
                bytes.append(UInt8((intensities[first + channel] + open * behind) * 255 + 0.5))
            }
        }
        return bytes
    }

    private static func cover(_ intensities: [Double], _ first: Int) -> Double {
        max(intensities[first], intensities[first + 1], intensities[first + 2])
    }
}
