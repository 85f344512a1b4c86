/// A named array as NumPy describes one: what an NPY or NPZ writer needs to know.
public struct NamedArray: Sendable, Equatable {
    /// The name of the array, an NPZ member without its `.npy`.
    public let name: String
    /// NumPy's type string, for instance `<f4`, `<i8`, `|u1` or `|S12`.
    public let typeDescriptor: String
    /// The extents, slowest first.
    public let shape: [Int]
    /// The elements in C order, little-endian.
    public let bytes: [UInt8]

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
}

extension ScoreExport {
    /// The array of a plain NPY file: float32, N values for one score and N x K for several.
    ///
    /// The array cannot say what it holds: `headerJSON` belongs beside it, as FILE.npy.json.
    public var scoreMatrix: NamedArray {
        let columns = table.columns
        if columns.count == 1 {
            return NamedArray(name: columns[0].name.rawValue, floats: columns[0].values, shape: [examples.count])
        }
        var floats: [Float] = []
        floats.reserveCapacity(examples.count * columns.count)
        for position in 0..<examples.count {
            for column in columns { floats.append(column.values[position]) }
        }
        return NamedArray(name: "scores", floats: floats, shape: [examples.count, columns.count])
    }

    /// The arrays of an NPZ file.
    ///
    /// `index` (int64), `id` (UTF-8 bytes, NUL-padded), `label` (int32), `prediction` (int32, when known); per score
    /// `NAME` (float32), `NAME_sd` (float32, with several runs), `NAME_rank` (int32); and `header`, the bytes of
    /// `headerJSON`.
    public var namedArrays: [NamedArray] {
        let count = examples.count
        let indices = examples.indices.map { Int64($0).littleEndian }.withUnsafeBytes { Array($0) }
        var arrays = [
            NamedArray(name: "index", typeDescriptor: "<i8", shape: [count], bytes: indices),
            NamedArray(name: "id", texts: (0..<count).map { examples.id(at: $0) }),
            NamedArray(name: "label", integers: examples.labels),
        ]
        if let predictions = examples.predictions {
            arrays.append(NamedArray(name: "prediction", integers: predictions))
        }
        for (column, rank) in zip(table.columns, ranks) {
            let name = column.name.rawValue
            arrays.append(NamedArray(name: name, floats: column.values, shape: [count]))
            if let deviation = column.standardDeviation {
                arrays.append(NamedArray(name: "\(name)_sd", floats: deviation, shape: [count]))
            }
            arrays.append(NamedArray(name: "\(name)_rank", integers: rank))
        }
        let header = Array(headerJSON.utf8)
        arrays.append(NamedArray(name: "header", typeDescriptor: "|u1", shape: [header.count], bytes: header))
        return arrays
    }
}
