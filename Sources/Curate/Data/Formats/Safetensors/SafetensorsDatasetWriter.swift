/// Copies as safetensors files.
extension DatasetCopy {
    /// Writes one file of X_train and y_train, and the same for the other partitions that have examples; labels go into the
    /// table instead when the data has one that says them.
    ///
    /// Ids that no table says are ids_train, ...
    func writeSafetensors(_ name: String, to files: OutputFileSet) throws {
        let arrays = try NPYSource(safetensors: source, options: options)
        let table = try writeMetadata(arrays, to: files)
        let present = Self.stems.filter { !indices(of: $0.partition).isEmpty }
        // Integers first: whatever follows eight bytes is aligned.
        var lines: [SafetensorsWriter.Line] = []
        var integers: [[Int64]] = []
        for (partition, stem) in present {
            let own = indices(of: partition)
            func add(_ name: String, _ values: [Int64]) {
                lines.append(.init(name: "\(name)_\(stem)", elementType: .int64, shape: [own.count]))
                integers.append(values)
            }
            if table == .none, arrays.idKind != nil { add("ids", own.map { Int64(dataset.ids[$0]) ?? 0 }) }
            if table != .saysLabels { add("y", own.map { Int64(labels[$0]) }) }
        }
        let elementType: SafetensorsHeader.ElementType =
            switch dataset.features.elementType {
            case .uint8: .uint8
            case .float32: .float32
            case .float64: .float64
            }
        for (partition, stem) in present {
            lines.append(
                .init(name: "X_\(stem)", elementType: elementType, shape: arrayShape(indices(of: partition).count)))
        }
        let file = try files.file(name)
        try file.write(SafetensorsWriter.header(lines, metadata: [:]))
        for values in integers { try values.withUnsafeBytes { try file.write($0) } }
        for (partition, _) in present {
            for index in indices(of: partition) { try file.write(row(index)) }
        }
        if table != .saysLabels { try writeClassNames(to: files) }
    }
}
