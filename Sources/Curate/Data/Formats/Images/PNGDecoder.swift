import CPNG

/// Makes pixels of PNG files by libpng's simplified interface, which reports errors without jumps.
final class PNGDecoder {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    // On the heap, because libpng keeps a pointer back to it.
    private let control: UnsafeMutablePointer<png_image>
    private let essence = GrowingBuffer()

    init() { control = .allocate(capacity: 1) }

    deinit { control.deallocate() }

    /// The pixels of an image, in memory of `buffer`'s.
    func image(
        in input: InputBytes, _ header: ImageHeader, channels: Int, buffer: GrowingBuffer
    ) throws -> ImageDecoder.Image {
        let file = try essentials(of: input)
        control.initialize(to: png_image())
        control.pointee.version = png_uint_32(PNG_IMAGE_VERSION)
        guard png_image_begin_read_from_memory(control, file.baseAddress, file.count) != 0 else { throw failure(input) }
        defer { png_image_free(control) }
        // Otherwise 16-bit samples would be taken for linear light.
        control.pointee.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
        // Asked for without its alpha channel, an image would be blended with a background.
        let hasAlpha = control.pointee.format & PNG_FORMAT_FLAG_ALPHA != 0
        let colour = channels == 1 ? 0 : PNG_FORMAT_FLAG_COLOR
        control.pointee.format = png_uint_32(colour | (hasAlpha ? PNG_FORMAT_FLAG_ALPHA : 0))
        let samples = channels + (hasAlpha ? 1 : 0)
        let pixelCount = header.width * header.height
        let pixels = try buffer.bytes(pixelCount * samples, for: input)
        guard png_image_finish_read(control, nil, pixels.baseAddress, 0, nil) != 0 else { throw failure(input) }
        if hasAlpha {
            for pixel in 0..<pixelCount {
                for channel in 0..<channels { pixels[pixel * channels + channel] = pixels[pixel * samples + channel] }
            }
        }
        let flaw = control.pointee.warning_or_error == PNG_IMAGE_WARNING ? message : nil
        return ImageDecoder.Image(
            pixels: UnsafeRawBufferPointer(rebasing: pixels[..<(pixelCount * channels)]), flaw: flaw)
    }

    /// The file without the chunks that do not hold pixels: text may inflate to anything, and gamma or a colour profile
    /// would change the samples.
    private func essentials(of input: InputBytes) throws -> UnsafeRawBufferPointer {
        let target = try essence.bytes(input.count, for: input)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: input.bytes[..<Self.signature.count]))
        var (position, length) = (Self.signature.count, Self.signature.count)
        while true {
            // Length, type, content, checksum.
            guard let size = input.bigEndian32(at: position), position + 12 + Int(size) <= input.count else {
                throw input.badData("the PNG image ends early", byte: position, remedy: ImageHeader.remedy)
            }
            let end = position + 12 + Int(size)
            let type = String(decoding: input.bytes[(position + 4)..<(position + 8)], as: UTF8.self)
            // A small first letter marks what a decoder may pass over.
            let isEssential = input.bytes[position + 4] & 0x20 == 0 || type == "tRNS"
            if isEssential {
                UnsafeMutableRawBufferPointer(rebasing: target[length..<(length + end - position)]).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: input.bytes[position..<end]))
                length += end - position
            }
            position = end
            if type == "IEND" { return UnsafeRawBufferPointer(rebasing: target[..<length]) }
        }
    }

    private var message: String {
        withUnsafeBytes(of: control.pointee.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private func failure(_ input: InputBytes) -> CurateError {
        input.badData("the PNG image cannot be decoded: \(message)", remedy: ImageHeader.remedy)
    }
}
