extension DatasetFormat {
    /// One safetensors file of features, perhaps with labels and ids.
    package static let safetensors = DatasetFormat(
        "safetensors", takesMetadata: true,
        isStart: { SafetensorsHeader.recognises($0.file) },
        directoryAdvice: { $0.adviceToName(endings: [".safetensors"]) },
        load: { path, options, _ in try NPYReader.load(safetensors: path, options: options) },
        write: { copy, files in
            let name = DatasetParts.name(of: copy.source) + ".safetensors"
            try copy.writeSafetensors(name, to: files)
            return OutputDirectory.path(name, in: files.directory)
        })
}

extension NPYReader {
    /// Reads a safetensors file with what lies beside it.
    ///
    /// - Throws: `CurateError` of kind `missingInput` when it is not there, and of kind `badData` when it is damaged or its
    ///   tensors are no examples.
    package static func load(safetensors path: String, options: DatasetOptions) throws -> Dataset {
        try dataset(from: NPYSource(safetensors: path, options: options), options: options)
    }

    /// Reads a safetensors file in memory.
    package static func dataset(
        fromSafetensors input: InputBytes, classNames: [String]?, options: DatasetOptions
    ) throws -> Dataset {
        try dataset(from: NPYSource(safetensors: input, classNames: classNames, metadata: nil), options: options)
    }
}
