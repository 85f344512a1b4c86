/// Arrays that are the tensors of a safetensors file.
///
/// Tensors have the names that the keys of an NPZ archive have; others are passed over. The numbers stay in the mapped
/// file, but for bfloat16, which no array has.
extension NPYSource {
    /// Opens a file with what lies beside it.
    init(safetensors path: String, options: DatasetOptions) throws {
        let listing = try DirectoryListing(path: DirectoryListing.split(path).directory)
        try self.init(
            safetensors: InputBytes(contentsOf: path), classNames: ClassNames.beside(listing),
            metadata: ArrayMetadata.beside(listing, options: options))
    }

    /// Opens a file in memory.
    ///
    /// - Throws: `CurateError(.badData)` when it is damaged, or none of its tensors are features.
    init(safetensors input: InputBytes, classNames: [String]?, metadata: ArrayMetadata?) throws {
        let header = try SafetensorsHeader(parsing: input, for: .examples)
        let entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
        let names = try ArrayNames.pairs(among: entries.keys.sorted(), at: input.path)
        guard !names.isEmpty else {
            let found = entries.keys.sorted().prefix(12).joined(separator: ", ")
            throw input.badData(
                "no features are among the file's tensors (\(found.isEmpty ? "none" : found))",
                remedy: ArrayNames.expectation)
        }
        func array(_ name: String) throws -> NPYArray {
            guard let entry = entries[name] else { preconditionFailure("a tensor that was just listed") }
            return try Self.array(entry, in: input)
        }
        let pairs = try names.map { names in
            NPYReader.Pair(
                partition: names.partition, features: try array(names.features),
                labels: metadata?.label == nil ? try names.labels.map { .numbers(try array($0)) } : nil,
                ids: try names.ids.map { .numbers(try array($0)) })
        }
        self.init(pairs: pairs, path: input.path, format: .safetensors, classNames: classNames, metadata: metadata)
    }

    /// One tensor as an array, which messages call by the name of the file and its own.
    private static func array(_ entry: SafetensorsHeader.Entry, in input: InputBytes) throws -> NPYArray {
        let content = input.slice(entry.range, path: "\(input.path)[\(entry.name)]")
        let type: NPYArray.ElementType
        switch entry.elementType {
        case .boolean: type = .boolean
        case .int8: type = .int8
        case .int16: type = .int16
        case .int32: type = .int32
        case .int64: type = .int64
        case .uint8: type = .uint8
        case .uint16: type = .uint16
        case .uint32: type = .uint32
        case .uint64: type = .uint64
        case .float16: type = .float16
        case .float32: type = .float32
        case .float64: type = .float64
        case .bfloat16:
            return try NPYArray.wholes(ofUpperHalves: content, shape: entry.shape, count: entry.elementCount)
        case .complex64, .float8e4m3, .float8e5m2, .float8e8m0:
            throw content.badData(
                "tensors of type \(entry.elementType.rawValue) are not read",
                remedy: SafetensorsPurpose.examples.singlePrecision)
        }
        return NPYArray(elementType: type, shape: entry.shape, count: entry.elementCount, content: content)
    }
}
