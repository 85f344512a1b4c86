extension ScoreExport {
    /// The array of a plain NPY file: float32, N values for one score and N x K for several.
    ///
    /// The array cannot say what it holds: `headerJSON` belongs beside it, as FILE.npy.json.
    package var scoreMatrix: NamedArray {
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
    package var namedArrays: [NamedArray] {
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
