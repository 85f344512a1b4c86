import Models

/// The tensors of a safetensors file as single-precision numbers.
///
/// Half, bfloat16 and double precision are converted. Batch norm's counters (`num_batches_tracked`) are passed over;
/// any other tensor that does not hold floats is an error, as is a weight that is not finite.
package struct SafetensorsReader: Sendable {
    /// The path it was opened by.
    package let path: String
    /// The tensors in the order of their bytes.
    package let tensors: [NamedTensor]
    /// What the writer said about the file, for instance `format`.
    package let metadata: [String: String]

    /// Reads a file.
    ///
    /// - Throws: `CurateError` of kind `missingInput` when it is not there, and of kind `badData` when it is damaged,
    ///   another format, or holds weights that cannot be used.
    package init(path: String) throws {
        try self.init(parsing: InputBytes(contentsOf: path))
    }

    /// Reads bytes in memory.
    package init(parsing input: InputBytes) throws {
        let header = try SafetensorsHeader(parsing: input, for: .weights)
        path = input.path
        metadata = header.metadata
        tensors = try header.entries.compactMap { entry in
            if entry.name.hasSuffix("num_batches_tracked") { return nil }
            return NamedTensor(name: entry.name, shape: entry.shape, values: try Self.values(of: entry, in: input))
        }
    }

    private static func values(of entry: SafetensorsHeader.Entry, in input: InputBytes) throws -> [Float] {
        let bytes = UnsafeRawBufferPointer(rebasing: input.bytes[entry.range])
        let count = entry.elementCount
        let values: [Float]
        switch entry.elementType {
        case .float32: values = converted(bytes, count, from: Float.self) { $0 }
        case .float16: values = converted(bytes, count, from: Float16.self) { Float($0) }
        case .bfloat16:
            // The upper half of a single-precision number.
            values = converted(bytes, count, from: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float64: values = converted(bytes, count, from: Double.self) { Float($0) }
        default:
            throw input.badData(
                "tensor '\(entry.name)' holds \(entry.elementType.rawValue) numbers, weights are floats",
                byte: entry.range.lowerBound,
                remedy: "leave it out of the state dict, or save it in single precision: tensor.float()")
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw notFinite(entry, index, bytes, in: input)
        }
        return values
    }

    private static func converted<Stored: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ count: Int, from type: Stored.Type, _ convert: (Stored) -> Float
    ) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { output, initialized in
            for index in 0..<count {
                // The format does not promise that tensors are aligned.
                let stored = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: type)
                output[index] = convert(stored)
            }
            initialized = count
        }
    }

    private static func notFinite(
        _ entry: SafetensorsHeader.Entry, _ index: Int, _ bytes: UnsafeRawBufferPointer, in input: InputBytes
    ) -> CurateError {
        let place = entry.range.lowerBound + index * entry.elementType.byteCount
        if entry.elementType == .float64 {
            let stored = bytes.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
            if stored.isFinite {
                return input.badData(
                    "number \(index) of tensor '\(entry.name)' is \(stored), beyond single precision", byte: place,
                    remedy: "check that training did not diverge; weights of that size give no usable logits")
            }
        }
        return input.badData(
            "number \(index) of tensor '\(entry.name)' is not finite", byte: place,
            remedy: "training diverged: take a checkpoint from before, or train again at a lower learning rate")
    }
}
