/// The header of a NumPy array file: element type, shape, and where the numbers start.
package struct NPYHeader {
    /// What one element is.
    package enum Element: Equatable {
        /// A number, by how it is stored.
        case number(NPYArray.ElementType)
        /// A text of at most so many characters, each of four bytes (NumPy's `U`).
        case characters(Int)
        /// A text of at most so many bytes (NumPy's `S`).
        case textBytes(Int)

        /// The size of one element in bytes.
        var byteCount: Int {
            switch self {
            case .number(let type): type.byteCount
            case .characters(let width): width * 4
            case .textBytes(let width): width
            }
        }
    }

    /// What one element is.
    package let element: Element
    /// NumPy's name of the element's type, byte order first.
    let typeDescriptor: String
    /// The extents, slowest first; empty for a single number.
    package let shape: [Int]
    /// The offset of the first number in the file.
    package let dataOffset: Int
    /// The product of the extents.
    package let elementCount: Int

    package static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

    /// Reads the header and checks that the file holds exactly the numbers it declares.
    package init(parsing input: InputBytes) throws {
        guard input.hasPrefix(Self.magic) else {
            throw input.badData(
                "this is not a NumPy array: it does not start with \\x93NUMPY", byte: 0,
                remedy: "write it with numpy.save")
        }
        let (start, length) = try Self.dictionaryExtent(input)
        guard length <= 1 << 20, start + length <= input.count else {
            throw input.badData("the header is cut short", byte: start, remedy: Self.damaged)
        }
        var parser = PythonLiteralParser(input: input.slice(start..<(start + length)), offset: start)
        let fields = try parser.headerFields()
        typeDescriptor = fields.description
        element = try Self.element(fields.description, input)
        if fields.isFortranOrder && fields.shape.count > 1 {
            throw input.badData(
                "the array is stored column by column (fortran_order)",
                remedy: "save numpy.ascontiguousarray(array) instead")
        }
        shape = fields.shape
        dataOffset = start + length
        var elementCount = 1
        var overflows = false
        for extent in shape {
            let product = elementCount.multipliedReportingOverflow(by: extent)
            elementCount = product.partialValue
            overflows = overflows || product.overflow
        }
        self.elementCount = elementCount
        let byteCount = elementCount.multipliedReportingOverflow(by: element.byteCount)
        let held = input.count - dataOffset
        guard !overflows && !byteCount.overflow && byteCount.partialValue <= held else {
            throw input.badData(
                "the header declares shape \(Self.text(shape)), the \(held) bytes that follow are too few for it",
                byte: dataOffset, remedy: Self.damaged)
        }
        guard byteCount.partialValue == held else {
            throw input.badData(
                "\(held - byteCount.partialValue) bytes follow the declared shape \(Self.text(shape))",
                byte: dataOffset + byteCount.partialValue, remedy: Self.damaged)
        }
    }

    /// A shape as NumPy prints it: `(60000, 28, 28)`.
    package static func text(_ shape: [Int]) -> String {
        let extents = shape.map(String.init).joined(separator: ", ")
        return shape.count == 1 ? "(\(extents),)" : "(\(extents))"
    }

    private static let damaged = "the file is damaged or was cut short; write it again with numpy.save"

    private static func dictionaryExtent(_ input: InputBytes) throws -> (start: Int, length: Int) {
        guard input.count >= 8 else { throw input.badData("the header is cut short", byte: 6, remedy: damaged) }
        switch input.bytes[6] {
        case 1:
            guard let length = input.littleEndian(UInt16.self, at: 8) else { break }
            return (10, Int(length))
        case 2, 3:
            guard let length = input.littleEndian(UInt32.self, at: 8) else { break }
            return (12, Int(length))
        default:
            throw input.badData(
                "version \(input.bytes[6]).\(input.bytes[7]) of the NumPy format is not known (1, 2 and 3 are)",
                byte: 6,
                remedy: damaged)
        }
        throw input.badData("the header is cut short", byte: 8, remedy: damaged)
    }

    /// No text of an array is longer.
    ///
    /// None has no room at all either, so that the size of a file bounds the number of its texts.
    private static let widestText = 1 << 24

    private static func element(_ description: String, _ input: InputBytes) throws -> Element {
        let code = description.drop { "<>|=".contains($0) }
        if code.hasPrefix("O") {
            throw input.badData(
                "the array holds Python objects (a pickle), which are not read",
                remedy: "save an array of numbers: array.astype(\"float32\")")
        }
        if code.hasPrefix("U") || code.hasPrefix("S"), let width = Int(code.dropFirst()),
            (1...widestText).contains(width)
        {
            if code.hasPrefix("S") { return .textBytes(width) }
            guard !description.hasPrefix(">") else {
                throw input.badData(
                    "the texts are big-endian ('\(description)')", remedy: "convert with array.astype(\"<\(code)\")")
            }
            return .characters(width)
        }
        guard let type = NPYArray.ElementType(rawValue: String(code)) else { throw refusal(description, input) }
        if description.hasPrefix(">") && type.byteCount > 1 {
            throw input.badData(
                "the numbers are big-endian ('\(description)')", remedy: "convert with array.astype(\"<\(code)\")")
        }
        return .number(type)
    }

    /// The error for elements that are not numbers where numbers are read.
    func refusal(in input: InputBytes) -> CurateError { Self.refusal(typeDescriptor, input) }

    private static func refusal(_ description: String, _ input: InputBytes) -> CurateError {
        input.badData(
            "elements of type '\(description)' are not read", remedy: "convert with array.astype(\"float32\")")
    }
}

/// Reads the one Python dictionary that a header may be; anything else of Python is refused.
private struct PythonLiteralParser {
    struct Fields {
        var description: String
        var isFortranOrder: Bool
        var shape: [Int]
    }

    let input: InputBytes
    /// Where `input` starts in its file, for error messages.
    let offset: Int
    private var position = 0

    init(input: InputBytes, offset: Int) {
        self.input = input
        self.offset = offset
    }

    mutating func headerFields() throws -> Fields {
        var description: String?
        var isFortranOrder: Bool?
        var shape: [Int]?
        try expect("{")
        while !take("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr":
                guard !peek("[") && !peek("(") else {
                    throw failure("the array has named fields, which are not read", remedy: "save one field at a time")
                }
                description = try string()
            case "fortran_order": isFortranOrder = try boolean()
            case "shape": shape = try tuple()
            default: throw failure("the header has an unknown key '\(key)'")
            }
            if !take(",") {
                try expect("}")
                break
            }
        }
        skipSpaces()
        guard position == input.count else { throw failure("something follows the header's dictionary") }
        guard let description, let isFortranOrder, let shape else {
            throw failure("the header lacks one of descr, fortran_order and shape")
        }
        return Fields(description: description, isFortranOrder: isFortranOrder, shape: shape)
    }

    private mutating func string() throws -> String {
        skipSpaces()
        guard let quote = current, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw failure("a quoted string is expected")
        }
        position += 1
        var text: [UInt8] = []
        while let byte = current, byte != quote {
            guard byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\\") && text.count < 64 else { break }
            text.append(byte)
            position += 1
        }
        guard current == quote else { throw failure("a quoted string does not end") }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func boolean() throws -> Bool {
        if takeWord("True") { return true }
        if takeWord("False") { return false }
        throw failure("True or False is expected")
    }

    private mutating func tuple() throws -> [Int] {
        var extents: [Int] = []
        try expect("(")
        while !take(")") {
            extents.append(try integer())
            guard extents.count <= 32 else { throw failure("the shape has more than 32 dimensions") }
            if !take(",") {
                try expect(")")
                break
            }
        }
        return extents
    }

    private mutating func integer() throws -> Int {
        skipSpaces()
        var value = 0
        var digitCount = 0
        while let byte = current, byte >= 0x30 && byte <= 0x39 {
            // 18 digits cannot overflow an Int, and no array has more elements.
            guard digitCount < 18 else { throw failure("an extent is too large") }
            value = value * 10 + Int(byte - 0x30)
            digitCount += 1
            position += 1
        }
        guard digitCount > 0 else { throw failure("a whole number is expected") }
        return value
    }

    private var current: UInt8? { position < input.count ? input.bytes[position] : nil }

    private mutating func skipSpaces() {
        while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d { position += 1 }
    }

    private mutating func peek(_ character: Unicode.Scalar) -> Bool {
        skipSpaces()
        return current == UInt8(ascii: character)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek(character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard take(character) else { throw failure("'\(character)' is expected") }
    }

    private mutating func takeWord(_ word: String) -> Bool {
        skipSpaces()
        let bytes = Array(word.utf8)
        guard position + bytes.count <= input.count else { return false }
        for index in bytes.indices where input.bytes[position + index] != bytes[index] { return false }
        position += bytes.count
        return true
    }

    private func failure(_ message: String, remedy: String? = nil) -> CurateError {
        input.badData(
            "in the NumPy header: \(message)", byte: offset + position,
            remedy: remedy ?? "the file is damaged; write it again with numpy.save")
    }
}
