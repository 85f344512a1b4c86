/// The header of a safetensors file: what the tensors are called, how they are stored and where.
package struct SafetensorsHeader {
    /// How one number is stored, by the format's name for it.
    package enum ElementType: String {
        case float64 = "F64"
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case complex64 = "C64"
        case float8e4m3 = "F8_E4M3"
        case float8e5m2 = "F8_E5M2"
        case float8e8m0 = "F8_E8M0"
        case int64 = "I64"
        case int32 = "I32"
        case int16 = "I16"
        case int8 = "I8"
        case uint64 = "U64"
        case uint32 = "U32"
        case uint16 = "U16"
        case uint8 = "U8"
        case boolean = "BOOL"

        /// The size of one number in bytes.
        package var byteCount: Int {
            switch self {
            case .boolean, .int8, .uint8, .float8e4m3, .float8e5m2, .float8e8m0: 1
            case .int16, .uint16, .float16, .bfloat16: 2
            case .int32, .uint32, .float32: 4
            case .int64, .uint64, .float64, .complex64: 8
            }
        }
    }

    /// One tensor's line of the header.
    package struct Entry {
        /// The name in the state dict.
        package let name: String
        /// How one number is stored.
        package let elementType: ElementType
        /// The extents, slowest first; empty for a single number.
        package let shape: [Int]
        /// The product of the extents.
        package let elementCount: Int
        /// The tensor's bytes, counted from the start of the file.
        package let range: Range<Int>
    }

    /// The tensors in the order of their bytes.
    package let entries: [Entry]
    /// What the writer said about the file.
    package let metadata: [String: String]

    /// The name in the header that is not a tensor's.
    package static let metadataName = "__metadata__"

    /// No header is longer, by the format's definition.
    package static let longestHeader = 100_000_000

    /// Whether a file looks like one, by its ending or by the length and the brace it starts with.
    package static func recognises(_ input: InputBytes) -> Bool {
        if input.path.lowercased().hasSuffix(".safetensors") { return true }
        guard let declared = input.littleEndian(UInt64.self, at: 0), input.count > 8 else { return false }
        return declared > 0 && declared <= UInt64(longestHeader) && input.bytes[8] == UInt8(ascii: "{")
    }

    /// Reads the header and checks that the tensors it lists fill the file exactly.
    ///
    /// - Parameters:
    ///   - input: the file.
    ///   - purpose: what it is read for.
    /// - Throws: `CurateError(.badData)` when it is damaged or of another format.
    package init(parsing input: InputBytes, for purpose: SafetensorsPurpose) throws {
        let length = try Self.length(input, purpose)
        let members = try Self.members(input, length)
        var metadata: [String: String] = [:]
        var entries: [Entry] = []
        entries.reserveCapacity(members.count)
        for (name, value) in members {
            if name == Self.metadataName {
                metadata = try Self.metadata(value, input)
            } else {
                entries.append(try Self.entry(name, value, dataOffset: 8 + length, input, purpose))
            }
        }
        // Empty tensors share their offset with the next one; the name makes the order of these one order.
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var end = 8 + length
        for entry in entries {
            guard entry.range.lowerBound == end else {
                let start = entry.range.lowerBound
                let what = start < end ? "overlaps the tensor before it" : "leaves unused bytes before it"
                throw input.badData("tensor '\(entry.name)' \(what)", byte: start, remedy: Self.damaged)
            }
            end = entry.range.upperBound
        }
        guard end == input.count else {
            throw input.badData(
                "\(input.count - end) bytes follow the last tensor", byte: end, remedy: Self.damaged)
        }
        self.entries = entries
        self.metadata = metadata
    }

    private static let damaged = "the file is damaged; fetch or write it again"

    private static func length(_ input: InputBytes, _ purpose: SafetensorsPurpose) throws -> Int {
        guard let declared = input.littleEndian(UInt64.self, at: 0) else {
            throw purpose.refusal(of: input)
                ?? input.badData("the file is too short to be a safetensors file", remedy: damaged)
        }
        guard declared <= UInt64(longestHeader) else {
            throw purpose.refusal(of: input)
                ?? input.badData(
                    "this is not a safetensors file: it declares a header of \(declared) bytes, "
                        + "the format allows \(longestHeader)",
                    byte: 0, remedy: purpose.conversion)
        }
        guard Int(declared) <= input.count - 8 else {
            throw purpose.refusal(of: input)
                ?? input.badData(
                    "the header of \(declared) bytes is longer than the file", byte: 8,
                    remedy: "the file was cut short or is not a safetensors file; fetch or write it again")
        }
        guard declared > 0, input.bytes[8] == UInt8(ascii: "{") else {
            throw purpose.refusal(of: input)
                ?? input.badData(
                    "this is not a safetensors file: the header does not start with '{'", byte: 8,
                    remedy: purpose.conversion)
        }
        return Int(declared)
    }

    private static func members(_ input: InputBytes, _ length: Int) throws -> [String: JSONValue] {
        do {
            // The parser refuses a name that occurs twice, so that no two readers see different tensors.
            let header = try JSONValue(parsing: Array(input.bytes[8..<(8 + length)]), from: "\(input.path), header")
            guard let members = header.objectValue else {
                throw input.badData("the header is not a JSON object", byte: 8, remedy: damaged)
            }
            return members
        } catch let error as CurateError where error.remedy == nil {
            throw CurateError(error.kind, error.message, at: error.location, remedy: damaged)
        }
    }

    private static func metadata(_ value: JSONValue, _ input: InputBytes) throws -> [String: String] {
        guard let members = value.objectValue else {
            throw input.badData("\(metadataName) in the header is not an object", byte: 8, remedy: damaged)
        }
        return try Dictionary(
            uniqueKeysWithValues: members.map { name, value in
                guard let text = value.stringValue else {
                    throw input.badData("'\(name)' of \(metadataName) is not a string", byte: 8, remedy: damaged)
                }
                return (name, text)
            })
    }

    private static func entry(
        _ name: String, _ value: JSONValue, dataOffset: Int, _ input: InputBytes, _ purpose: SafetensorsPurpose
    ) throws -> Entry {
        func failure(_ message: String, remedy: String = damaged) -> CurateError {
            input.badData("tensor '\(name)' \(message)", byte: 8, remedy: remedy)
        }
        guard let fields = value.objectValue else { throw failure("is not described by an object") }
        guard let typeName = fields["dtype"]?.stringValue else { throw failure("has no dtype") }
        guard let elementType = ElementType(rawValue: typeName) else {
            throw failure(
                "holds numbers of the unknown type '\(typeName)'",
                remedy: purpose.singlePrecision)
        }
        let shape = fields["shape"]?.arrayValue.flatMap(naturalNumbers)
        guard let shape else { throw failure("has no shape of whole numbers") }
        let offsets = fields["data_offsets"]?.arrayValue.flatMap(naturalNumbers)
        guard let offsets, offsets.count == 2 else { throw failure("has no data_offsets of two whole numbers") }
        let dataCount = input.count - dataOffset
        guard offsets[0] <= offsets[1], offsets[1] <= dataCount else {
            throw failure(
                "has data_offsets \(offsets), the file has \(dataCount) bytes of data",
                remedy: "the file was cut short or is damaged; fetch or write it again")
        }
        guard let elementCount = product(shape), let byteCount = product([elementCount, elementType.byteCount]) else {
            throw failure("has the impossible shape \(shape)")
        }
        guard byteCount == offsets[1] - offsets[0] else {
            throw failure(
                "of shape \(shape) and type \(typeName) needs \(byteCount) bytes and has \(offsets[1] - offsets[0])")
        }
        return Entry(
            name: name, elementType: elementType, shape: shape, elementCount: elementCount,
            range: (dataOffset + offsets[0])..<(dataOffset + offsets[1]))
    }

    private static func naturalNumbers(_ values: [JSONValue]) -> [Int]? {
        let numbers = values.compactMap { $0.intValue.flatMap { $0 >= 0 ? $0 : nil } }
        return numbers.count == values.count ? numbers : nil
    }

    /// The product, or nil when an intermediate one overflows, as the format demands.
    private static func product(_ extents: [Int]) -> Int? {
        var result = 1
        for extent in extents {
            let product = result.multipliedReportingOverflow(by: extent)
            guard !product.overflow else { return nil }
            result = product.partialValue
        }
        return result
    }
}
