/// Copies as NumPy arrays and archives.
extension DatasetCopy {
    private static let stems: [(partition: Partition, stem: String)] = [
        (.train, "train"), (.validation, "validation"), (.test, "test"),
    ]

    /// Writes X_train.npy and y_train.npy, and the same for the other partitions that have examples.
    func writeNPY(to path: (String) -> String, replacing: Bool) throws {
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            let features = try AtomicFile(path: path("X_\(stem).npy"), replacing: replacing)
            let classes = try AtomicFile(path: path("y_\(stem).npy"), replacing: replacing)
            try features.write(NPYWriter.header(typeDescriptor: typeDescriptor, shape: arrayShape(own.count)))
            for index in own { try features.write(row(index)) }
            try classes.write(NPYWriter.header(Int64.self, shape: [own.count], count: own.count))
            try own.map { Int64(labels[$0]) }.withUnsafeBytes { try classes.write($0) }
            try features.commit()
            try classes.commit()
        }
        try writeClassNames(to: path("class_names.txt"), replacing: replacing)
    }

    /// Writes one archive of the same arrays.
    func writeNPZ(to path: String, names: String, replacing: Bool) throws {
        let archive = try NPZWriter(path: path, replacing: replacing)
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            try archive.add(
                "X_\(stem)", typeDescriptor: typeDescriptor, shape: arrayShape(own.count),
                pieces: { sink in for index in own { try sink(row(index)) } })
            try archive.add("y_\(stem)", own.map { Int64(labels[$0]) }, shape: [own.count])
        }
        try archive.finish()
        try writeClassNames(to: names, replacing: replacing)
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
