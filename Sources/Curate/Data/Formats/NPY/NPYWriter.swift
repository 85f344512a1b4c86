/// A number NumPy knows, for writing arrays.
package protocol NPYElement: BitwiseCopyable, Sendable {
    /// NumPy's code for it, byte order first.
    static var npyDescription: String { get }
}

extension Float: NPYElement {
    /// Little-endian single precision.
    package static var npyDescription: String { "<f4" }
}

extension Double: NPYElement {
    /// Little-endian double precision.
    package static var npyDescription: String { "<f8" }
}

extension Int32: NPYElement {
    /// Little-endian signed 32-bit integer.
    package static var npyDescription: String { "<i4" }
}

extension Int64: NPYElement {
    /// Little-endian signed 64-bit integer.
    package static var npyDescription: String { "<i8" }
}

extension UInt8: NPYElement {
    /// An unsigned byte.
    package static var npyDescription: String { "|u1" }
}

/// Writes NumPy array files, version 1.0, with the numbers aligned to 64 bytes so that they can be mapped.
package enum NPYWriter {
    /// Writes one array to a file, which appears whole or not at all.
    ///
    /// - Parameters:
    ///   - values: the elements in C order.
    ///   - shape: the extents, slowest first.
    ///   - path: the file to make.
    ///   - replacing: whether a file of that name may be replaced.
    /// - Precondition: the product of the extents is the number of values.
    package static func write<Element: NPYElement>(
        _ values: [Element], shape: [Int], to path: String, replacing: Bool = false
    ) throws {
        let file = try AtomicFile(path: path, replacing: replacing)
        try file.write(header(Element.self, shape: shape, count: values.count))
        try values.withUnsafeBytes { try file.write($0) }
        try file.commit()
    }

    /// The bytes before the first number, a multiple of 64.
    package static func header<Element: NPYElement>(_ type: Element.Type, shape: [Int], count: Int) -> [UInt8] {
        precondition(shape.reduce(1, *) == count, "\(count) values do not have the shape \(NPYHeader.text(shape))")
        return header(typeDescriptor: Element.npyDescription, shape: shape)
    }

    /// The bytes before the first element of a type that NumPy calls `typeDescriptor`.
    package static func header(typeDescriptor: String, shape: [Int]) -> [UInt8] {
        let shapeText = NPYHeader.text(shape)
        var text = "{'descr': '\(typeDescriptor)', 'fortran_order': False, 'shape': \(shapeText), }"
        let prefixCount = 10
        // NumPy pads with spaces and ends the header with a line feed.
        let unpadded = prefixCount + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return NPYHeader.magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
    }
}
