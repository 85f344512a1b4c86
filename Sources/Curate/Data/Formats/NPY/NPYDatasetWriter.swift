/// Copies as NumPy arrays and archives.
extension DatasetCopy {
    static let stems: [(partition: Partition, stem: String)] = [
        (.train, "train"), (.validation, "validation"), (.test, "test"),
    ]

    /// Writes X_train.npy and y_train.npy, and the same for the other partitions that have examples; labels go into the
    /// table instead when the data has one that says them.
    ///
    /// Ids that no table says go into ids_train.npy, ...
    func writeNPY(to files: OutputFileSet) throws {
        let arrays = try NPYSource(path: source, options: options)
        let table = try writeMetadata(arrays, to: files)
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            let features = try files.file("X_\(stem).npy")
            try features.write(NPYWriter.header(typeDescriptor: typeDescriptor, shape: arrayShape(own.count)))
            for index in own { try features.write(row(index)) }
            if table == .none, let ids = ids(of: own, as: arrays.idKind, named: "ids_\(stem)") {
                let file = try files.file(ids.name + ".npy")
                try file.write(NPYWriter.header(typeDescriptor: ids.typeDescriptor, shape: ids.shape))
                try file.write(ids.bytes)
            }
            if table == .saysLabels { continue }
            let classes = try files.file("y_\(stem).npy")
            try classes.write(NPYWriter.header(Int64.self, shape: [own.count], count: own.count))
            try own.map { Int64(labels[$0]) }.withUnsafeBytes { try classes.write($0) }
        }
        if table != .saysLabels { try writeClassNames(to: files) }
    }

    /// Writes one archive of the same arrays.
    func writeNPZ(_ name: String, to files: OutputFileSet) throws {
        let arrays = try NPYSource(archive: source, options: options)
        let table = try writeMetadata(arrays, to: files)
        let archive = try NPZWriter(files.file(name))
        for (partition, stem) in Self.stems {
            let own = indices(of: partition)
            if own.isEmpty { continue }
            try archive.add(
                "X_\(stem)", typeDescriptor: typeDescriptor, shape: arrayShape(own.count),
                pieces: { sink in for index in own { try sink(row(index)) } })
            if table == .none, let ids = ids(of: own, as: arrays.idKind, named: "ids_\(stem)") {
                try archive.add(
                    ids.name, bytes: ids.bytes, typeDescriptor: ids.typeDescriptor, shape: ids.shape)
            }
            if table == .saysLabels { continue }
            try archive.add("y_\(stem)", own.map { Int64(labels[$0]) }, shape: [own.count])
        }
        try archive.writeDirectory()
        if table != .saysLabels { try writeClassNames(to: files) }
    }

    /// The ids of some examples as an array of the kind they were read from; nil when there are none.
    private func ids(of own: [Int], as kind: ArrayColumn.Kind?, named name: String) -> NamedArray? {
        let texts = own.map { dataset.ids[$0] }
        switch kind {
        case nil: return nil
        case .text: return NamedArray(name: name, characters: texts)
        case .number: return NamedArray(name: name, wide: texts.map { Int64($0) ?? 0 })
        }
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
    func arrayShape(_ count: Int) -> [Int] {
        let shape = dataset.features.shape
        guard shape.isImage else { return [count, shape.channels] }
        if dataset.features.layout == .channelsFirst { return [count, shape.channels, shape.height, shape.width] }
        return [count, shape.height, shape.width] + (shape.channels == 1 ? [] : [shape.channels])
    }
}
