import Models

/// Writes tensors as a safetensors file that PyTorch loads with `safetensors.torch.load_file`.
package enum SafetensorsWriter {
    /// Writes tensors to a file, which appears whole or not at all.
    ///
    /// - Parameters:
    ///   - tensors: what to write, in this order.
    ///   - path: the file to make.
    ///   - replacing: whether a file of that name may be replaced.
    ///   - metadata: what to say about the file beside `format`, which is `pt`.
    /// - Throws: `CurateError` of kind `workFailed` for a number that is not finite, which no reader here would take
    ///   back, and of kind `cannotCreateOutput`.
    /// - Precondition: names differ, and each tensor has as many numbers as its shape says.
    package static func write(
        _ tensors: [NamedTensor], to path: String, replacing: Bool = false, metadata: [String: String] = [:]
    ) throws {
        for tensor in tensors {
            if let index = tensor.values.firstIndex(where: { !$0.isFinite }) {
                throw CurateError(
                    .workFailed, "number \(index) of tensor '\(tensor.name)' is not finite", at: path,
                    remedy: "training diverged: train again at a lower learning rate")
            }
        }
        let file = try AtomicFile(path: path, replacing: replacing)
        try file.write(header(tensors, metadata: metadata))
        for tensor in tensors { try tensor.values.withUnsafeBytes { try file.write($0) } }
        try file.commit()
    }

    /// The bytes before the first number, a multiple of eight.
    package static func header(_ tensors: [NamedTensor], metadata: [String: String]) -> [UInt8] {
        for tensor in tensors {
            precondition(
                tensor.shape.reduce(1, *) == tensor.values.count,
                "\(tensor.values.count) numbers do not have the shape \(tensor.shape)")
        }
        return header(tensors.map { Line(name: $0.name, elementType: .float32, shape: $0.shape) }, metadata: metadata)
    }

    /// What the header says about one tensor.
    struct Line {
        let name: String
        let elementType: SafetensorsHeader.ElementType
        let shape: [Int]
    }

    /// The bytes before the first number, a multiple of eight, for tensors of any types.
    static func header(_ lines: [Line], metadata: [String: String]) -> [UInt8] {
        let told = metadata.merging(["format": "pt"]) { _, own in own }.mapValues { JSONValue.string($0) }
        // By hand, because the order of tensors is part of the file and JSON values are written sorted by name.
        var text = "{\"\(SafetensorsHeader.metadataName)\":\(JSONValue.object(told).compactText)"
        var names: Set<String> = [SafetensorsHeader.metadataName]
        var offset = 0
        for line in lines {
            precondition(names.insert(line.name).inserted, "a second tensor '\(line.name)'")
            let end = offset + line.shape.reduce(line.elementType.byteCount, *)
            let shape = line.shape.map(String.init).joined(separator: ",")
            text += ",\(JSONValue.string(line.name).compactText):"
            text += "{\"dtype\":\"\(line.elementType.rawValue)\",\"shape\":[\(shape)],"
            text += "\"data_offsets\":[\(offset),\(end)]}"
            offset = end
        }
        text += "}"
        // Spaces keep the numbers aligned, so that readers can map them.
        text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        let length = UInt64(text.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + Array(text.utf8)
    }
}
