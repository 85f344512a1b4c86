/// Copies as NumPy arrays and archives.
extension DatasetCopy {
    private static let stems: [(partition: Partition, stem: String)] = [
        (.train, "train"), (.validation, "validation"), (.test, "test"),
    ]

    /// Writes X_train.npy and y_train.npy, and the same for the other partitions that have examples.
    func writeNPY(to files: OutputFileSet) throws {
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            let features = try files.file("X_\(stem).npy")
            let classes = try files.file("y_\(stem).npy")
            try features.write(NPYWriter.header(typeDescriptor: typeDescriptor, shape: arrayShape(own.count)))
            for index in own { try features.write(row(index)) }
            try classes.write(NPYWriter.header(Int64.self, shape: [own.count], count: own.count))
            try own.map { Int64(labels[$0]) }.withUnsafeBytes { try classes.write($0) }
        }
        try writeClassNames(to: files)
    }

    /// Writes one archive of the same arrays.
    func writeNPZ(_ name: String, to files: OutputFileSet) throws {
        let archive = try NPZWriter(files.file(name))
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            try archive.add(
                "X_\(stem)", typeDescriptor: typeDescriptor, shape: arrayShape(own.count),
                pieces: { sink in for index in own { try sink(row(index)) } })
            try archive.add("y_\(stem)", own.map { Int64(labels[$0]) }, shape: [own.count])
        }
        try archive.writeDirectory()
        try writeClassNames(to: files)
    }

    /// NumPy's name of the features' type.
    private var typeDescriptor: String {
        switch dataset.features.elementType {
        case .uint8: UInt8.npyDescription
        case .float32: Float.npyDescription
        case .float64: Double.npyDescription
        }
    }

    /// (N, D) for vectors; (N, H, W), (N, H, W, C) or (N, C, H, W) for images.
    private func arrayShape(_ count: Int) -> [Int] {
        let shape = dataset.features.shape
        guard shape.isImage else { return [count, shape.channels] }
        if dataset.features.layout == .channelsFirst { return [count, shape.channels, shape.height, shape.width] }
        return [count, shape.height, shape.width] + (shape.channels == 1 ? [] : [shape.channels])
    }
}
