import Models
import Synchronization

/// Folders of PNG and JPEG files, sorted into directories by class or listed in `metadata.csv`.
package enum ImageFolderReader {
    /// Images that one thread takes at a time.
    private static let chunkSize = 32

    /// Decodes all images of a folder.
    ///
    /// All of them have one size, or `options.imageEdge` gives them one. A folder of grey images has one channel; when
    /// any image has colours, all have three, and grey is repeated.
    ///
    /// - Parameters:
    ///   - path: the folder.
    ///   - options: how its metadata is read, and the size of the images.
    ///   - threadCount: how many threads decode; the result does not depend on it.
    package static func load(path: String, options: DatasetOptions, threadCount: Int) throws -> Dataset {
        let index = try ImageFolderIndex(folder: path, options: options.csv)
        let pool = WorkerPool(threadCount: max(1, min(threadCount, index.entries.count / chunkSize)))
        let decoders = try (0..<pool.threadCount).map { _ in try ImageDecoder() }
        var headers = [ImageHeader?](repeating: nil, count: index.entries.count)
        try headers.withUnsafeMutableBufferPointer { headers in
            try forEachImage(of: index, pool) { number, input, worker in
                headers[number] = try decoders[worker].header(of: input)
            }
        }
        let known = headers.compactMap { $0 }
        let colourCount = known.count { $0.isColour }
        let channels = colourCount > 0 ? 3 : 1
        let shape = try Self.shape(of: known, index, options, channels: channels)
        let rowSize = shape.elementCount
        let (byteCount, overflows) = rowSize.multipliedReportingOverflow(by: known.count)
        guard !overflows && byteCount <= options.imageByteLimit, let buffer = OwnedBuffer(byteCount: byteCount) else {
            throw CurateError(
                .workFailed, "\(known.count) images of \(shape.text) do not fit in memory", at: path,
                remedy: "choose a smaller `imageSize`")
        }
        var flaws = [String?](repeating: nil, count: known.count)
        let resamplers = decoders.map { _ in ImageResampler() }
        try flaws.withUnsafeMutableBufferPointer { flaws in
            try forEachImage(of: index, pool) { number, input, worker in
                let image = try decoders[worker].image(in: input, known[number], channels: channels)
                flaws[number] = image.flaw
                let row = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[(number * rowSize)...].prefix(rowSize))
                if let edge = options.imageEdge {
                    try resamplers[worker].resample(
                        image.pixels, known[number], channels: channels, edge: edge, into: row, for: input)
                } else {
                    row.copyMemory(from: image.pixels)
                }
            }
        }
        var notes = index.notes
        if channels == 3 && colourCount < known.count {
            notes.append("\(known.count - colourCount) grey images were made red, green and blue, as the others are")
        }
        if let first = flaws.firstIndex(where: { $0 != nil }), let flaw = flaws[first] {
            let count = flaws.count { $0 != nil }
            notes.append("\(count) images have flaws and were decoded, the first \(index.entries[first].path): \(flaw)")
        }
        return try dataset(index, buffer, shape, path: path, notes: notes)
    }

    /// The one size of all images, or the size they are given.
    private static func shape(
        of headers: [ImageHeader], _ index: ImageFolderIndex, _ options: DatasetOptions, channels: Int
    ) throws -> FeatureMatrix.Shape {
        if let edge = options.imageEdge { return FeatureMatrix.Shape(height: edge, width: edge, channels: channels) }
        let first = headers[0]
        let other = headers.firstIndex { $0.width != first.width || $0.height != first.height }
        if let other {
            throw CurateError(
                .badData,
                "the image is \(headers[other].height)x\(headers[other].width), and \(index.entries[0].path) is "
                    + "\(first.height)x\(first.width)",
                at: OutputDirectory.path(index.entries[other].path, in: index.folder),
                remedy: "give all images one size with `imageSize: \(min(first.height, first.width))`")
        }
        return FeatureMatrix.Shape(height: first.height, width: first.width, channels: channels)
    }

    private static func dataset(
        _ index: ImageFolderIndex, _ buffer: OwnedBuffer, _ shape: FeatureMatrix.Shape, path: String, notes: [String]
    ) throws -> Dataset {
        guard let base = buffer.bytes.baseAddress else { preconditionFailure("images without memory") }
        var start = 0
        let parts = Partition.allCases.compactMap { partition -> DatasetParts.Part? in
            let labels = index.entries.filter { $0.partition == partition }.map(\.label)
            if labels.isEmpty { return nil }
            defer { start += labels.count }
            let segment = FeatureMatrix.Segment(
                base: UnsafeRawPointer(base) + start * shape.elementCount, rowCount: labels.count, owner: buffer)
            return DatasetParts.Part(partition: partition, segment: segment, labels: labels)
        }
        var result = DatasetParts(path: path, format: .imageFolder, shape: shape, elementType: .uint8, parts: parts)
        result.classNames = index.classNames
        result.ids = index.ids
        result.groups = index.groups
        result.labelName = index.labelName
        result.notes = notes
        return try result.assemble()
    }

    /// Maps every image and calls `body` with its number, its content and the number of the thread.
    ///
    /// - Throws: what failed for the first of the images for which anything did.
    private static func forEachImage(
        of index: ImageFolderIndex, _ pool: WorkerPool, _ body: (Int, InputBytes, Int) throws -> Void
    ) throws {
        let count = index.entries.count
        let chunkCount = (count + chunkSize - 1) / chunkSize
        var failures = [(any Error)?](repeating: nil, count: chunkCount)
        let firstFailed = Atomic<Int>(chunkCount)
        failures.withUnsafeMutableBufferPointer { failures in
            pool.run(chunkCount) { chunk, worker in
                // What comes after a failure is not needed; what comes before may fail as well, and is told instead.
                if chunk > firstFailed.load(ordering: .relaxed) { return }
                do {
                    for number in (chunk * chunkSize)..<min(count, (chunk + 1) * chunkSize) {
                        let path = OutputDirectory.path(index.entries[number].path, in: index.folder)
                        try body(number, InputBytes(contentsOf: path), worker)
                    }
                } catch {
                    failures[chunk] = error
                    firstFailed.min(chunk, ordering: .relaxed)
                }
            }
        }
        if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
    }
}
