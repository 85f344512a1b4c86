/// What a matrix of features holds as it lies in the file, and what is converted first.
extension NPYArray {
    /// The array as features: bytes, single and double precision as they are, mapped where they were; half precision,
    /// truth values and integers of up to 16 bits as single precision, wider integers as double precision, in memory.
    ///
    /// No number changes its value.
    ///
    /// - Throws: `CurateError`: `badData` for an integer beyond 2^53, which double precision does not hold, and
    ///   `workFailed` when there is no memory.
    func asFeatures() throws -> NPYArray {
        switch elementType {
        case .uint8, .float32, .float64: return self
        case .float16: return try converted(from: Float16.self, to: .float32) { Float($0) }
        case .boolean: return try converted(from: UInt8.self, to: .float32) { $0 == 0 ? Float(0) : 1 }
        case .int8: return try converted(from: Int8.self, to: .float32) { Float($0) }
        case .int16: return try converted(from: Int16.self, to: .float32) { Float($0) }
        case .uint16: return try converted(from: UInt16.self, to: .float32) { Float($0) }
        case .int32: return try converted(from: Int32.self, to: .float64) { Double($0) }
        case .uint32: return try converted(from: UInt32.self, to: .float64) { Double($0) }
        case .int64: return try converted(from: Int64.self, to: .float64) { Double(exactly: $0) }
        case .uint64: return try converted(from: UInt64.self, to: .float64) { Double(exactly: $0) }
        }
    }

    /// The upper halves of single-precision numbers (bfloat16), made whole in memory.
    ///
    /// - Parameters:
    ///   - shape: the extents, slowest first.
    ///   - count: their product.
    ///   - content: two bytes for each number.
    static func wholes(ofUpperHalves content: InputBytes, shape: [Int], count: Int) throws -> NPYArray {
        // They are as wide as what they are taken for here.
        try NPYArray(elementType: .uint16, shape: shape, count: count, content: content)
            .converted(from: UInt16.self, to: .float32) { Float(bitPattern: UInt32($0) << 16) }
    }

    /// The array with every number converted; nil of `convert` is a number that cannot be.
    private func converted<Stored: BitwiseCopyable, Wanted: BitwiseCopyable>(
        from stored: Stored.Type, to wanted: ElementType, _ convert: (Stored) -> Wanted?
    ) throws -> NPYArray {
        let size = count.multipliedReportingOverflow(by: MemoryLayout<Wanted>.size)
        guard !size.overflow, let buffer = OwnedBuffer(byteCount: size.partialValue) else {
            throw CurateError(
                .workFailed,
                "there is no memory to convert \(count) numbers from \(elementType.name) to \(wanted.name)",
                at: path, remedy: "save array.astype(\"\(wanted.name)\"), which is mapped")
        }
        for index in 0..<count {
            let number = content.bytes.loadUnaligned(
                fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
            guard let result = convert(number) else {
                throw content.badData(
                    "the feature \(number) is beyond what double precision holds exactly",
                    remedy: "save array.astype(\"float64\") to round it")
            }
            buffer.bytes.storeBytes(of: result, toByteOffset: index * MemoryLayout<Wanted>.size, as: Wanted.self)
        }
        return NPYArray(
            elementType: wanted, shape: shape, count: count,
            content: InputBytes(bytes: UnsafeRawBufferPointer(buffer.bytes), owner: buffer, path: path))
    }
}
