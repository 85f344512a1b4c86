import CTurboJPEG
import CZlib
import Foundation

extension Build {
    /// A PNG file made by hand: unfiltered rows of samples.
    ///
    /// - Parameters:
    ///   - colourType: 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha.
    ///   - samples: bytes as they are stored, row by row.
    ///   - chunks: what stands before the pixels.
    static func png(
        _ width: Int, _ height: Int, colourType: UInt8 = 0, depth: UInt8 = 8, _ samples: [UInt8],
        chunks: [(type: String, content: [UInt8])] = []
    ) -> [UInt8] {
        let rowSize = samples.count / max(1, height)
        var rows: [UInt8] = []
        for row in 0..<height { rows += [0] + samples[(row * rowSize)..<((row + 1) * rowSize)] }
        let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [depth, colourType, 0, 0, 0]
        let all = [("IHDR", header)] + chunks + [("IDAT", deflate(rows, windowBits: 15)), ("IEND", [])]
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + all.flatMap { chunk($0.0, $0.1) }
    }

    /// One chunk of a PNG file, with its checksum.
    static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + content
        return bigEndian(UInt32(content.count)) + body + bigEndian(checksum(body))
    }

    /// The file with the checksums of its chunks made right, as far as there are whole chunks.
    static func correctingChecksums(_ png: [UInt8]) -> [UInt8] {
        var png = png
        var position = 8
        while position + 12 <= png.count {
            let size = png[position..<(position + 4)].reduce(0) { $0 << 8 | Int($1) }
            guard position + 12 + size <= png.count else { break }
            let end = position + 8 + size
            png.replaceSubrange(end..<(end + 4), with: bigEndian(checksum(Array(png[(position + 4)..<end]))))
            position = end + 4
        }
        return png
    }

    /// A JPEG file.
    static func jpeg(_ width: Int, _ height: Int, channels: Int, _ samples: [UInt8], flags: Int32 = 0) -> [UInt8] {
        guard let encoder = tjInitCompress() else { preconditionFailure("no encoder") }
        defer { tjDestroy(encoder) }
        var (target, size) = (UnsafeMutablePointer<UInt8>?.none, UInt(0))
        let format = Int32((channels == 1 ? TJPF_GRAY : TJPF_RGB).rawValue)
        let sampling = Int32((channels == 1 ? TJSAMP_GRAY : TJSAMP_420).rawValue)
        let status = tjCompress2(
            encoder, samples, Int32(width), 0, Int32(height), format, &target, &size, sampling, 90, flags)
        guard status == 0, let target else { preconditionFailure("the image cannot be compressed") }
        defer { tjFree(target) }
        return Array(UnsafeBufferPointer(start: target, count: Int(size)))
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
    }
}

extension TemporaryDirectory {
    /// Writes a file into directories that are made for it.
    @discardableResult
    func writeDeep(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = URL(fileURLWithPath: path(of: name)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return try write(name, bytes)
    }

    /// Writes grey images of 2 x 2, told apart by their first pixel.
    func writeImages(_ images: [String: UInt8]) throws {
        for (name, pixel) in images { try writeDeep(name, Build.png(2, 2, [pixel, 1, 2, 3])) }
    }
}
