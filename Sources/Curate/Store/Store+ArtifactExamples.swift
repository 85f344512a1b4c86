/// How a store keeps which examples something is about, when these are not all training examples of a dataset.
extension Store {
    /// The column that holds the indices of the examples, 32-bit little-endian numbers, at epoch 0.
    static let subsetIndices = "subset.indices"
    /// The column that holds the weights of the examples, at epoch 0; absent when all count alike.
    static let subsetWeights = "subset.weights"

    /// Stores the examples an artifact is about.
    ///
    /// - Parameters:
    ///   - indices: the indices of the examples in their dataset, ascending.
    ///   - weights: what each counts; nil when all count alike.
    ///   - key: the artifact.
    /// - Precondition: the artifact is running.
    package func putExamples(indices: [Int], weights: [Float]?, artifact key: ArtifactKey) throws {
        let numbers = indices.map { Int32(truncatingIfNeeded: $0).littleEndian }
        try putColumn(
            artifact: key, epoch: 0, name: Self.subsetIndices, bytes: numbers.withUnsafeBytes { Array($0) })
        if let weights { try putColumn(artifact: key, epoch: 0, name: Self.subsetWeights, floats: weights) }
    }

    /// The examples an artifact is about, or nil when it says nothing of them.
    ///
    /// - Throws: `badData` when what is stored cannot be what was written.
    package func examples(ofArtifact key: ArtifactKey) throws -> (indices: [Int], weights: [Float]?)? {
        guard let bytes = try columnBytes(artifact: key, epoch: 0, name: Self.subsetIndices) else { return nil }
        let indices = bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)))
            }
        }
        let weights = try column(artifact: key, epoch: 0, name: Self.subsetWeights)
        guard let first = indices.first, first >= 0, zip(indices, indices.dropFirst()).allSatisfy({ $0 < $1 }),
            weights == nil || weights?.count == indices.count && weights?.allSatisfy({ $0 > 0 && $0.isFinite }) == true
        else {
            throw CurateError(
                .badData, "the examples of \(key.short) cannot be read", at: path, remedy: "use another `store`")
        }
        return (indices, weights)
    }
}
