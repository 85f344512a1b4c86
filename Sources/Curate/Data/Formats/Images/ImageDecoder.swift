import CTurboJPEG

/// Makes pixels of PNG and JPEG files, one after the other, in memory that it keeps.
///
/// Pixels are bytes, row by row, one channel for grey or three for red, green and blue. Transparency is left out,
/// palettes are looked up, and gamma, colour profiles and the orientation in EXIF are not applied, as by Pillow's
/// `convert("RGB")`, which torchvision's loader calls. Samples of 16 bits are scaled to 8.
package final class ImageDecoder {
    /// One decoded image; the pixels are valid until the next one is decoded.
    package struct Image {
        /// `height` rows of `width` pixels of one or three bytes.
        package let pixels: UnsafeRawBufferPointer
        /// What the decoder found wrong but could do without; nothing for a sound file.
        package let flaw: String?
    }

    private let png = PNGDecoder()
    private let jpeg: tjhandle
    private let buffer = GrowingBuffer()

    /// - Throws: `workFailed` when there is no memory for the decoders.
    package init() throws {
        guard let handle = tjInitDecompress() else {
            throw CurateError(.workFailed, "there is no memory for a JPEG decoder", remedy: "close other programs")
        }
        jpeg = handle
    }

    deinit { tjDestroy(jpeg) }

    /// The extents and colours of the image in a file.
    ///
    /// - Throws: `badData` when it is neither PNG nor JPEG, is damaged, or is too large.
    package func header(of input: InputBytes) throws -> ImageHeader {
        if input.hasPrefix(PNGDecoder.signature) { return try ImageHeader(png: input) }
        guard input.hasPrefix(ImageHeader.jpegStart) else {
            throw input.badData(
                "this is neither a PNG nor a JPEG file", byte: 0, remedy: "convert it to one of them, or leave it out")
        }
        var (width, height, sampling, colours) = (Int32(0), Int32(0), Int32(0), Int32(0))
        let bytes = input.bytes.bindMemory(to: UInt8.self).baseAddress
        let status = tjDecompressHeader3(jpeg, bytes, UInt(input.count), &width, &height, &sampling, &colours)
        if status != 0 { _ = try flaw(of: input) }
        guard width > 0 && height > 0 else {
            throw input.badData("the JPEG header is cut short or missing", remedy: ImageHeader.remedy)
        }
        guard colours != Int32(TJCS_CMYK.rawValue) && colours != Int32(TJCS_YCCK.rawValue) else {
            throw input.badData(
                "the image has printer's colours (CMYK), which are not read", remedy: "convert it to RGB")
        }
        let header = ImageHeader(
            compression: .jpeg, width: Int(width), height: Int(height), isColour: colours != Int32(TJCS_GRAY.rawValue))
        try header.check(input)
        // Each block of 64 pixels takes a bit at least, which refutes most sizes that a damaged header may declare.
        guard header.width * header.height / 512 <= input.count else {
            throw input.badData(
                "\(width) x \(height) pixels are declared, more than \(input.count) bytes can hold",
                remedy: ImageHeader.remedy)
        }
        return header
    }

    /// The pixels of an image.
    ///
    /// - Parameters:
    ///   - input: the file.
    ///   - header: what `header(of:)` said about it.
    ///   - channels: 1, only for images without colours, or 3.
    package func image(in input: InputBytes, _ header: ImageHeader, channels: Int) throws -> Image {
        switch header.compression {
        case .png: return try png.image(in: input, header, channels: channels, buffer: buffer)
        case .jpeg: return try jpegImage(in: input, header, channels: channels)
        }
    }

    private func jpegImage(in input: InputBytes, _ header: ImageHeader, channels: Int) throws -> Image {
        let count = header.width * header.height * channels
        let target = try buffer.bytes(count, for: input)
        let format = channels == 1 ? TJPF_GRAY : TJPF_RGB
        // Scans are limited because a small file can ask for the work of thousands.
        let status = tjDecompress2(
            jpeg, input.bytes.bindMemory(to: UInt8.self).baseAddress, UInt(input.count),
            target.bindMemory(to: UInt8.self).baseAddress, Int32(header.width), 0, Int32(header.height),
            Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
        let flaw = status == 0 ? nil : try flaw(of: input)
        return Image(pixels: UnsafeRawBufferPointer(target), flaw: flaw)
    }

    /// What the decoder complained of, when it has made all pixels.
    ///
    /// An error that follows a warning is told as a warning, so the words decide. Other warnings than this one, which
    /// Pillow takes in silence as well, mean that a part of the image is missing or wrong.
    private func flaw(of input: InputBytes) throws -> String {
        let message = String(cString: tjGetErrorStr2(jpeg))
        guard message.contains("extraneous bytes before marker") else {
            throw input.badData("the JPEG image cannot be decoded: \(message)", remedy: ImageHeader.remedy)
        }
        return message
    }
}

/// Memory that grows to what is asked for and is used again.
package final class GrowingBuffer {
    private var memory: OwnedBuffer?

    package init() {}

    /// Memory of this size; what an earlier call returned is no longer valid.
    package func bytes(_ count: Int, for input: InputBytes) throws -> UnsafeMutableRawBufferPointer {
        if memory.map({ $0.bytes.count < count }) ?? true {
            memory = nil
            memory = OwnedBuffer(byteCount: count)
        }
        guard let memory else {
            throw CurateError(
                .workFailed, "there is no memory for the \(count) bytes of the image", at: input.path,
                remedy: "leave the image out, or use fewer `threads`")
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<count])
    }
}
