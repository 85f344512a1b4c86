/// What the first bytes of a PNG or JPEG file say about its image, before any memory is given to it.
package struct ImageHeader: Equatable {
    /// The compression of a file, told by its first bytes, whatever its name says.
    package enum Compression {
        case png
        case jpeg
    }

    package let compression: Compression
    /// Columns of pixels.
    package let width: Int
    /// Rows of pixels.
    package let height: Int
    /// Whether there are colours rather than shades of grey.
    package let isColour: Bool

    /// The most pixels one image may have: 400 MB in colour, above any photograph.
    static let pixelLimit = 1 << 27

    static let jpegStart: [UInt8] = [0xff, 0xd8, 0xff]

    /// Describes an image.
    package init(compression: Compression, width: Int, height: Int, isColour: Bool) {
        self.compression = compression
        self.width = width
        self.height = height
        self.isColour = isColour
    }

    /// The header of a PNG file.
    init(png input: InputBytes) throws {
        guard let width = input.bigEndian32(at: 16), let height = input.bigEndian32(at: 20), input.count >= 33,
            input.slice(12..<16).hasPrefix(Array("IHDR".utf8))
        else { throw input.badData("the PNG header is cut short or missing", byte: 8, remedy: Self.remedy) }
        let (depth, colourType) = (Int(input.bytes[24]), input.bytes[25])
        self.init(
            compression: .png, width: Int(width), height: Int(height), isColour: colourType & 2 != 0)
        try check(input)
        let samples = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colourType] ?? 4
        // A row has one byte before its pixels. Deflate cannot have made so much of so little.
        let inflated = (self.width * samples * depth / 8 + 1) * self.height
        guard inflated / Gzip.largestExpansion <= input.count else {
            throw input.badData(
                "\(self.width) x \(self.height) pixels are declared, more than \(input.count) bytes can hold", byte: 16,
                remedy: Self.remedy)
        }
    }

    /// Refuses extents that no image has.
    func check(_ input: InputBytes) throws {
        guard width > 0 && height > 0 else { throw input.badData("the image has no pixels", remedy: Self.remedy) }
        guard width <= Self.pixelLimit / height else {
            throw input.badData(
                "the image is \(width) x \(height), more than \(Self.pixelLimit) pixels",
                remedy: "scale it down, or leave it out")
        }
    }

    static let remedy = "the file is damaged or was cut short; fetch it again or leave it out"
}
