import Curate
import Foundation
import Testing

/// Single images: the pixels of Pillow, and clear errors.
@Suite struct ImageDecoderTests {
    /// What `make.py` wrote of an image.
    struct Expected: Decodable {
        struct Resized: Decodable {
            let edge: Int
            let pixels: [UInt8]
        }

        let width: Int
        let height: Int
        let channels: Int
        let pixels: [UInt8]
        let resized: [Resized]
    }

    static let directory = "\(Fixture.root)/Tests/Fixtures/images"

    static func expected() throws -> [String: Expected] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/expected.json"))
        return try JSONDecoder().decode([String: Expected].self, from: data)
    }

    /// What the decoder makes of a file.
    typealias Decoded = (header: ImageHeader, pixels: [UInt8], flaw: String?)

    static func decode(_ input: InputBytes, channels: Int? = nil) throws -> Decoded {
        let decoder = try ImageDecoder()
        return try withExtendedLifetime(decoder) {
            let header = try decoder.header(of: input)
            let image = try decoder.image(in: input, header, channels: channels ?? (header.isColour ? 3 : 1))
            return (header, Array(image.pixels), image.flaw)
        }
    }

    static func decode(_ bytes: [UInt8], channels: Int? = nil) throws -> [UInt8] {
        try decode(InputBytes(bytes, path: "image"), channels: channels).pixels
    }

    @Test func pixelsAreThoseOfPillow() throws {
        let expected = try Self.expected()
        #expect(expected.count == 10)
        for (name, image) in expected {
            let input = try InputBytes(contentsOf: "\(Self.directory)/\(name)")
            let (header, pixels, flaw) = try Self.decode(input)
            #expect(header.width == image.width && header.height == image.height, "\(name)")
            #expect((header.isColour ? 3 : 1) == image.channels, "\(name)")
            #expect(pixels == image.pixels, "\(name)")
            #expect(flaw == nil, "\(name)")
            // Grey in a folder with colours.
            if image.channels == 1 {
                let repeated = image.pixels.flatMap { [$0, $0, $0] }
                #expect(try Self.decode(input, channels: 3).pixels == repeated, "\(name)")
            }
        }
    }

    @Test func scaledAndCroppedAsByTorchvision() throws {
        for (name, image) in try Self.expected() {
            let input = try InputBytes(contentsOf: "\(Self.directory)/\(name)")
            for wanted in image.resized {
                let header = ImageHeader(
                    compression: .png, width: image.width, height: image.height, isColour: image.channels == 3)
                var pixels = [UInt8](repeating: 0, count: wanted.pixels.count)
                try image.pixels.withUnsafeBytes { source in
                    try pixels.withUnsafeMutableBytes { target in
                        try ImageResampler().resample(
                            source, header, channels: image.channels, edge: wanted.edge, into: target, for: input)
                    }
                }
                #expect(pixels == wanted.pixels, "\(name) to \(wanted.edge)")
            }
        }
    }

    @Test func samplesOfSixteenBitsAreScaledAndGammaIsNotApplied() throws {
        let wide: [UInt16] = [0, 128, 129, 256, 1000, 32768, 65278, 65535]
        let samples = wide.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let scaled = wide.map { UInt8((Double($0) / 257).rounded()) }
        #expect(try Self.decode(Build.png(4, 2, depth: 16, samples)) == scaled)

        let pixels: [UInt8] = [0, 3, 50, 77, 128, 200, 254, 255]
        let profile: [UInt8] = Array("p".utf8) + [0, 0] + Build.deflate([1, 2, 3], windowBits: 15)
        for chunk in [("gAMA", Build.bigEndian(100_000)), ("iCCP", profile), ("sRGB", [0]), ("tEXt", Array("a".utf8))] {
            #expect(try Self.decode(Build.png(4, 2, pixels, chunks: [chunk])) == pixels, "\(chunk.0)")
        }
    }

    @Test func transparencyIsLeftOut() throws {
        let samples: [UInt8] = [10, 20, 30, 0, 40, 50, 60, 128]
        #expect(try Self.decode(Build.png(2, 1, colourType: 6, samples)) == [10, 20, 30, 40, 50, 60])
        #expect(try Self.decode(Build.png(2, 1, colourType: 4, [10, 0, 20, 255])) == [10, 20])
        let key = [("tRNS", [0, 10] as [UInt8])]
        #expect(try Self.decode(Build.png(2, 1, [10, 20], chunks: key)) == [10, 20])
        #expect(try Self.decode(Build.png(2, 1, [10, 20], chunks: key), channels: 3) == [10, 10, 10, 20, 20, 20])
    }

    /// Files that are no images, with what is said about them.
    static let broken: [(String, [UInt8])] = {
        let png = Build.png(4, 4, (0..<16).map { UInt8($0 * 9) })
        let jpeg = Build.jpeg(40, 40, channels: 3, (0..<4800).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 77) })
        func header(_ width: UInt32, _ height: UInt32) -> [UInt8] {
            png.prefix(8) + Build.chunk("IHDR", Build.bigEndian(width) + Build.bigEndian(height) + [8, 2, 0, 0, 0])
        }
        var flipped = png
        flipped[45] ^= 0x10
        return [
            ("neither a PNG nor a JPEG", Array("GIF89a".utf8)), ("neither a PNG nor a JPEG", [0xff]),
            ("cut short or missing", Array(png.prefix(20))), ("ends early", Array(png.prefix(png.count - 13))),
            ("ends early", Array(png.prefix(50))), ("cannot be decoded", flipped),
            ("has no pixels", header(0, 4)), ("more than 134217728 pixels", header(1 << 31, 1 << 31)),
            ("more than 33 bytes can hold", header(4000, 4000)),
            ("cut short or missing", Array(jpeg.prefix(100))), ("cut short or missing", [0xff, 0xd8, 0xff, 0xd9]),
            ("cannot be decoded", Array(jpeg.prefix(jpeg.count / 2))),
        ]
    }()

    @Test(arguments: broken.indices) func damageIsToldWithoutReservingMemory(index: Int) {
        let (message, bytes) = Self.broken[index]
        expectFailure(.badData, message) { try Self.decode(bytes) }
    }

    @Test func printersColoursAreRefused() throws {
        expectFailure(.badData, "CMYK") { try Self.decode(InputBytes(contentsOf: "\(Self.directory)/printer.jpg")) }
    }

    @Test func aSmallFileCannotDeclareALargeJPEG() throws {
        var jpeg = Build.jpeg(8, 8, channels: 1, [UInt8](repeating: 7, count: 64))
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
        jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0x20, 0, 0x20, 0])
        expectFailure(.badData, "8192 x 8192 pixels are declared") { try Self.decode(jpeg) }
    }

    @Test func flawsThatLeaveAnImageAreTold() throws {
        let jpeg = Build.jpeg(8, 8, channels: 1, [UInt8](repeating: 7, count: 64))
        // Bytes between two segments of the header that belong to nothing.
        let flawed = Array(jpeg.prefix(20)) + [1, 2, 3] + Array(jpeg.dropFirst(20))
        let (_, pixels, flaw) = try Self.decode(InputBytes(flawed, path: "image"))
        #expect(try pixels == Self.decode(jpeg))
        #expect(flaw?.contains("extraneous") == true)
    }

    @Test func oneDecoderTakesImagesOfAllSizes() throws {
        let decoder = try ImageDecoder()
        for (width, height) in [(3, 3), (40, 20), (1, 1), (2, 60)] {
            let samples = (0..<(width * height)).map { UInt8($0 % 251) }
            let input = InputBytes(Build.png(width, height, samples), path: "image")
            let header = try decoder.header(of: input)
            let pixels = try withExtendedLifetime(decoder) {
                Array(try decoder.image(in: input, header, channels: 1).pixels)
            }
            #expect(pixels == samples)
        }
    }
}
