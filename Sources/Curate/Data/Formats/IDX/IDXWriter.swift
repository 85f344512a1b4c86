/// Copies as MNIST-style IDX files.
extension DatasetCopy {
    /// Writes images and labels of every partition that has examples, and the names of the classes.
    func writeIDX(to files: OutputFileSet) throws {
        let shape = dataset.features.shape
        let extents: [Int] =
            !shape.isImage
            ? [shape.channels]
            : [shape.height, shape.width] + (shape.channels == 1 ? [] : [shape.channels])
        for (partition, stem) in [(Partition.train, "train"), (.validation, "validation"), (.test, "t10k")] {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            let images = try files.file("\(stem)-images-idx\(extents.count + 1)-ubyte")
            let classes = try files.file("\(stem)-labels-idx1-ubyte")
            try images.write(Self.idxHeader([own.count] + extents))
            for index in own { try images.write(row(index)) }
            try classes.write(Self.idxHeader([own.count]))
            // The labels came from bytes and stay within their classes.
            try classes.write(own.map { UInt8(truncatingIfNeeded: labels[$0]) })
        }
        try writeClassNames(to: files)
    }

    /// Two zero bytes, the type (8, bytes), the number of extents, and the extents, most significant byte first.
    private static func idxHeader(_ extents: [Int]) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 8, UInt8(extents.count)]
        for extent in extents {
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: extent >> shift)) }
        }
        return bytes
    }
}
