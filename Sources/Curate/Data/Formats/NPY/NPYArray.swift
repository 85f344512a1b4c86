/// One NumPy array: mapped, not read, with typed access to its elements.
///
/// Elements are numbered in C order, the last index varying fastest.
package struct NPYArray: @unchecked Sendable {
    // Unchecked because of the raw pointer: the memory is never written.

    /// How one number is stored; the raw value is NumPy's code without the byte order.
    package enum ElementType: String, Sendable, CaseIterable {
        /// One byte, zero for false.
        case boolean = "b1"
        /// A signed byte.
        case int8 = "i1"
        /// A signed 16-bit integer.
        case int16 = "i2"
        /// A signed 32-bit integer.
        case int32 = "i4"
        /// A signed 64-bit integer.
        case int64 = "i8"
        /// A byte.
        case uint8 = "u1"
        /// An unsigned 16-bit integer.
        case uint16 = "u2"
        /// An unsigned 32-bit integer.
        case uint32 = "u4"
        /// An unsigned 64-bit integer.
        case uint64 = "u8"
        /// IEEE half precision.
        case float16 = "f2"
        /// IEEE single precision.
        case float32 = "f4"
        /// IEEE double precision.
        case float64 = "f8"

        /// The size of one number in bytes.
        package var byteCount: Int {
            switch self {
            case .boolean, .int8, .uint8: 1
            case .int16, .uint16, .float16: 2
            case .int32, .uint32, .float32: 4
            case .int64, .uint64, .float64: 8
            }
        }

        /// The name NumPy gives it, for messages.
        package var name: String {
            switch self {
            case .boolean: "bool"
            case .int8: "int8"
            case .int16: "int16"
            case .int32: "int32"
            case .int64: "int64"
            case .uint8: "uint8"
            case .uint16: "uint16"
            case .uint32: "uint32"
            case .uint64: "uint64"
            case .float16: "float16"
            case .float32: "float32"
            case .float64: "float64"
            }
        }
    }

    /// The path it was opened by.
    package let path: String
    /// How one number is stored.
    package let elementType: ElementType
    /// The extents, slowest first; empty for a single number.
    package let shape: [Int]
    /// The number of elements.
    package let count: Int

    /// The elements' bytes, little-endian and not necessarily aligned.
    package let content: InputBytes

    /// Maps an `.npy` file.
    ///
    /// - Throws: `CurateError` when the file is missing, damaged, big-endian, column by column, or not numbers.
    package init(path: String) throws {
        try self.init(parsing: InputBytes(contentsOf: path))
    }

    /// Reads an array from bytes in memory.
    package init(parsing input: InputBytes) throws {
        let header = try NPYHeader(parsing: input)
        guard case .number(let elementType) = header.element else { throw header.refusal(in: input) }
        self.init(
            elementType: elementType, shape: header.shape, count: header.elementCount,
            content: input.slice(header.dataOffset..<input.count))
    }

    /// Describes numbers in memory.
    ///
    /// - Parameters:
    ///   - elementType: how one number is stored.
    ///   - shape: the extents, slowest first.
    ///   - count: their product.
    ///   - content: the numbers in C order, little-endian; its path is what errors name.
    /// - Precondition: the content has the size of so many numbers.
    package init(elementType: ElementType, shape: [Int], count: Int, content: InputBytes) {
        precondition(content.count == count * elementType.byteCount, "\(content.count) bytes for \(count) numbers")
        (self.elementType, self.shape, self.count, self.content) = (elementType, shape, count, content)
        path = content.path
    }

    /// One element as a double-precision number; 64-bit integers beyond 2⁵³ are rounded.
    ///
    /// - Precondition: `index` is in 0..<count.
    package func double(at index: Int) -> Double {
        switch elementType {
        case .boolean: load(UInt8.self, index) == 0 ? 0 : 1
        case .int8: Double(load(Int8.self, index))
        case .int16: Double(load(Int16.self, index))
        case .int32: Double(load(Int32.self, index))
        case .int64: Double(load(Int64.self, index))
        case .uint8: Double(load(UInt8.self, index))
        case .uint16: Double(load(UInt16.self, index))
        case .uint32: Double(load(UInt32.self, index))
        case .uint64: Double(load(UInt64.self, index))
        case .float16: Double(load(Float16.self, index))
        case .float32: Double(load(Float.self, index))
        case .float64: load(Double.self, index)
        }
    }

    /// One element as a single-precision number.
    ///
    /// - Precondition: `index` is in 0..<count.
    package func float(at index: Int) -> Float {
        elementType == .float32 ? load(Float.self, index) : Float(double(at: index))
    }

    /// One element as an integer, or nothing when it is not a whole number that fits one.
    ///
    /// - Precondition: `index` is in 0..<count.
    package func integer(at index: Int) -> Int? {
        switch elementType {
        case .int64: Int(load(Int64.self, index))
        case .uint64: Int(exactly: load(UInt64.self, index))
        default: Int(exactly: double(at: index))
        }
    }

    /// Some elements as single-precision numbers, for instance one row of a matrix.
    ///
    /// - Precondition: the range lies in 0..<count.
    package func floats(_ range: Range<Int>) -> [Float] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "elements \(range) of \(count)")
        guard elementType == .float32 else { return range.map { float(at: $0) } }
        return [Float](unsafeUninitializedCapacity: range.count) { output, initialized in
            let bytes = UnsafeRawBufferPointer(rebasing: content.bytes[(range.lowerBound * 4)..<(range.upperBound * 4)])
            UnsafeMutableRawBufferPointer(output).copyMemory(from: bytes)
            initialized = range.count
        }
    }

    private func load<Number: BitwiseCopyable>(_ type: Number.Type, _ index: Int) -> Number {
        precondition(index >= 0 && index < count, "element \(index) of \(count)")
        return content.bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: type)
    }
}
