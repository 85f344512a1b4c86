import Models

extension Head {
    /// The head that a safetensors file says its weights have, as `curate train` writes it; linear when it says nothing.
    ///
    /// - Throws: `CurateError` of kind `missingInput` when the file is not there, and of kind `badData` when it is
    ///   damaged or names no head there is.
    package init(ofSafetensors path: String) throws {
        guard let name = try SafetensorsReader(path: path).metadata["head"] else {
            self = .linear
            return
        }
        guard let head = Head(name) else {
            throw CurateError(
                .badData, "the file says that its head is '\(name)'", at: path,
                remedy: "a head is 'linear' or 'cosine:' and a scale; write the weights again")
        }
        self = head
    }
}

extension Network {
    /// Takes weights and running statistics from a safetensors file with PyTorch's names and layouts.
    ///
    /// - Parameter path: the file.
    /// - Returns: what the writer said about the file.
    /// - Throws: `CurateError` of kind `missingInput` when the file is not there, and of kind `badData` when it is
    ///   damaged or its tensors do not fit; then the network is unchanged.
    @discardableResult
    package func load(fromSafetensors path: String) throws -> [String: String] {
        let file = try SafetensorsReader(path: path)
        do {
            try load(file.tensors)
        } catch {
            throw CurateError(.badData, error.message, at: path, remedy: error.remedy)
        }
        return file.metadata
    }

    /// Writes weights and running statistics as a safetensors file with PyTorch's names and layouts.
    ///
    /// - Parameters:
    ///   - path: the file to make; it appears whole or not at all.
    ///   - replacing: whether a file of that name may be replaced.
    ///   - metadata: what to say about the file, for instance the network's name.
    /// - Throws: `CurateError` of kind `cannotCreateOutput`, or `workFailed` for weights that are not finite.
    package func save(
        toSafetensors path: String, replacing: Bool = false, metadata: [String: String] = [:]
    ) throws {
        try SafetensorsWriter.write(stateDict(), to: path, replacing: replacing, metadata: metadata)
    }
}
