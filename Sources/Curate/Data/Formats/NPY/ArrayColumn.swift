/// One value for each example, labels or ids: numbers, or texts (NumPy's types `U` and `S`).
package enum ArrayColumn {
    /// Numbers, of which labels and ids are whole ones.
    case numbers(NPYArray)
    /// Texts.
    case texts(NPYTexts)

    /// What the values of a column are.
    enum Kind { case number, text }

    /// Maps an `.npy` file.
    package init(path: String) throws { try self.init(parsing: InputBytes(contentsOf: path)) }

    /// Reads an array from bytes in memory.
    ///
    /// - Throws: `CurateError(.badData)` when it is damaged, or holds neither numbers nor texts.
    package init(parsing input: InputBytes) throws {
        if case .number = try NPYHeader(parsing: input).element {
            self = .numbers(try NPYArray(parsing: input))
        } else {
            self = .texts(try NPYTexts(parsing: input))
        }
    }

    /// Whether the values are texts.
    package var isText: Bool {
        if case .texts = self { true } else { false }
    }

    /// The extents, slowest first.
    package var shape: [Int] {
        switch self {
        case .numbers(let array): array.shape
        case .texts(let texts): texts.shape
        }
    }

    /// The number of values.
    package var count: Int {
        switch self {
        case .numbers(let array): array.count
        case .texts(let texts): texts.count
        }
    }

    /// The values' bytes, whose path errors name.
    package var content: InputBytes {
        switch self {
        case .numbers(let array): array.content
        case .texts(let texts): texts.content
        }
    }

    /// The values as texts, whole numbers in decimals.
    ///
    /// - Parameter what: what a value is, for messages: `label` or `id`.
    /// - Throws: `CurateError(.badData)` for a number that is not whole and for a text that is empty or not Unicode.
    func names(of what: String) throws -> [String] {
        try (0..<count).map { index in
            switch self {
            case .numbers(let array):
                guard let number = array.integer(at: index) else {
                    throw content.badData(
                        "\(what) \(array.double(at: index)) at row \(index) is not a whole number",
                        remedy: "save whole numbers, or texts")
                }
                return "\(number)"
            case .texts(let texts):
                let text = try texts.text(at: index)
                guard !text.isEmpty else {
                    throw content.badData(
                        "the \(what) at row \(index) is empty", remedy: "give every example its \(what)")
                }
                return text
            }
        }
    }
}

/// One NumPy array of texts: mapped, not read.
package struct NPYTexts {
    /// The extents, slowest first.
    package let shape: [Int]
    /// The number of texts.
    package let count: Int
    /// The texts' bytes, each padded with zeros to the longest.
    package let content: InputBytes
    /// How a text is stored.
    private let element: NPYHeader.Element

    /// Reads an array from bytes in memory.
    ///
    /// - Throws: `CurateError(.badData)` when it is damaged, or does not hold texts.
    package init(parsing input: InputBytes) throws {
        let header = try NPYHeader(parsing: input)
        if case .number = header.element {
            throw input.badData(
                "elements of type '\(header.typeDescriptor)' are no texts", remedy: "convert with array.astype(\"U\")")
        }
        (element, shape, count) = (header.element, header.shape, header.elementCount)
        content = input.slice(header.dataOffset..<input.count)
    }

    /// One text, without the zeros at its end, which NumPy does not tell from padding either.
    ///
    /// - Throws: `CurateError(.badData)` when it is not Unicode: bytes are read as UTF-8.
    /// - Precondition: `index` is in 0..<count.
    package func text(at index: Int) throws -> String {
        precondition(index >= 0 && index < count, "text \(index) of \(count)")
        let size = element.byteCount
        let bytes = UnsafeRawBufferPointer(rebasing: content.bytes[(index * size)..<((index + 1) * size)])
        let text: String? =
            if case .characters = element {
                Self.decoded(characters: bytes)
            } else {
                String(validating: bytes[..<Self.end(of: bytes)], as: UTF8.self)
            }
        guard let text else {
            throw content.badData("the text at row \(index) is not Unicode", remedy: "save array.astype(\"U\")")
        }
        return text
    }

    private static func end(of bytes: UnsafeRawBufferPointer) -> Int {
        (bytes.lastIndex { $0 != 0 } ?? -1) + 1
    }

    /// Numbers of Unicode characters, four bytes each; nil when one is none.
    private static func decoded(characters bytes: UnsafeRawBufferPointer) -> String? {
        var text = String.UnicodeScalarView()
        for place in stride(from: 0, to: (end(of: bytes) + 3) / 4 * 4, by: 4) {
            let number = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
            guard let scalar = Unicode.Scalar(number) else { return nil }
            text.append(scalar)
        }
        return String(text)
    }
}
