/// A named array as NumPy describes one: what an NPY or NPZ writer needs to know.
package struct NamedArray: Sendable, Equatable {
    /// The name of the array, an NPZ member without its `.npy`.
    package let name: String
    /// NumPy's type string, for instance `<f4`, `<i8`, `|u1` or `|S12`.
    package let typeDescriptor: String
    /// The extents, slowest first.
    package let shape: [Int]
    /// The elements in C order, little-endian.
    package let bytes: [UInt8]

    init(name: String, typeDescriptor: String, shape: [Int], bytes: [UInt8]) {
        self.name = name
        self.typeDescriptor = typeDescriptor
        self.shape = shape
        self.bytes = bytes
    }

    init(name: String, floats: [Float], shape: [Int]) {
        let bytes = floats.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Array($0) }
        self.init(name: name, typeDescriptor: "<f4", shape: shape, bytes: bytes)
    }

    init(name: String, integers: [Int32]) {
        let bytes = integers.map(\.littleEndian).withUnsafeBytes { Array($0) }
        self.init(name: name, typeDescriptor: "<i4", shape: [integers.count], bytes: bytes)
    }

    /// UTF-8 texts, padded with NUL to the longest: NumPy's `S` type.
    init(name: String, texts: [String]) {
        let width = max(1, texts.map(\.utf8.count).max() ?? 1)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * texts.count)
        for text in texts {
            bytes.append(contentsOf: text.utf8)
            bytes.append(contentsOf: repeatElement(0, count: width - text.utf8.count))
        }
        self.init(name: name, typeDescriptor: "|S\(width)", shape: [texts.count], bytes: bytes)
    }

    init(name: String, wide integers: [Int64]) {
        let bytes = integers.map(\.littleEndian).withUnsafeBytes { Array($0) }
        self.init(name: name, typeDescriptor: "<i8", shape: [integers.count], bytes: bytes)
    }

    /// Texts as numbers of Unicode characters, padded with zeros to the longest: NumPy's `U` type.
    init(name: String, characters texts: [String]) {
        let width = max(1, texts.map(\.unicodeScalars.count).max() ?? 1)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * 4 * texts.count)
        for text in texts {
            for scalar in text.unicodeScalars { bytes.append(littleEndian: scalar.value) }
            bytes.append(contentsOf: repeatElement(0, count: (width - text.unicodeScalars.count) * 4))
        }
        self.init(name: name, typeDescriptor: "<U\(width)", shape: [texts.count], bytes: bytes)
    }
}
