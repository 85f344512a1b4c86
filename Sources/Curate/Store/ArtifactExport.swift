extension Store {
    /// Writes the columns of an artifact as a NumPy archive, which appears whole or not at all.
    ///
    /// Per name of a column an array `NAME` of shape (epochs, examples) and `NAME_epochs`, the epochs of its rows; in
    /// front of them, when the columns are about training examples of a stored dataset, `index`, `id` and `label`; at the
    /// end `header`, the bytes of a JSON object with the artifact's key and identity. Columns that are no results, for
    /// instance training states, are left out.
    ///
    /// - Parameters:
    ///   - artifact: an artifact of this store.
    ///   - path: the file.
    ///   - replacing: whether a file of that name may be replaced.
    package func exportColumns(of artifact: StoredArtifact, to path: String, replacing: Bool) throws {
        try reading {
            let columns = try columns(of: artifact.key)
                .filter { $0.role == .result && $0.name != Self.subsetIndices }
            guard !columns.isEmpty || artifact.state != .complete else {
                throw CurateError(
                    .usage,
                    "\(artifact.identity.kind) \(artifact.key.short) is a stage, which has no columns of its own",
                    at: self.path,
                    remedy: "export what it is made of: "
                        + artifact.identity.inputs.map(\.short).joined(separator: ", "))
            }
            guard !columns.isEmpty else {
                throw CurateError(
                    .workFailed, "\(artifact.identity.kind) \(artifact.key.short) has no columns yet", at: self.path,
                    remedy: "run the command that makes it to its end first")
            }
            let file = try NPZWriter(path: path, replacing: replacing)
            try writeExamples(of: artifact, columns, to: file)
            for (name, group) in Dictionary(grouping: columns, by: \.name).sorted(by: { $0.key < $1.key }) {
                // Rows of one length and type make a matrix; there are no others but by a change of the code.
                guard let first = group.first,
                    group.allSatisfy({ $0.count == first.count && $0.elementType == first.elementType })
                else {
                    throw CurateError(
                        .workFailed, "column '\(name)' has another length in another epoch", at: self.path,
                        remedy: "read it with the sqlite3 shell, table 'columns'")
                }
                let ordered = group.sorted { $0.epoch < $1.epoch }
                let shape = [ordered.count, first.count]
                switch first.elementType {
                case .float32:
                    let rows = try ordered.flatMap {
                        try column(artifact: artifact.key, epoch: $0.epoch, name: name) ?? []
                    }
                    try file.add(name, rows, shape: shape)
                case .uint8:
                    let rows = try ordered.flatMap {
                        try columnBytes(artifact: artifact.key, epoch: $0.epoch, name: name) ?? []
                    }
                    try file.add(name, rows, shape: shape)
                }
                try file.add(name + "_epochs", ordered.map { Int32($0.epoch) }, shape: [ordered.count])
            }
            let header: JSONValue = ["key": .string(artifact.key.hexadecimal), "identity": artifact.identity.json]
            let bytes = Array(header.canonicalText.utf8)
            try file.add("header", bytes, shape: [bytes.count])
            try file.finish()
        }
    }

    private func writeExamples(of artifact: StoredArtifact, _ columns: [StoredColumn], to file: NPZWriter) throws {
        guard let hash = artifact.identity.dataset, let examples = try examples(ofDataset: hash) else { return }
        let indices = try self.examples(ofArtifact: artifact.key)?.indices ?? examples.indices(of: .train)
        guard columns.contains(where: { $0.count == indices.count }) else { return }
        try file.add("index", indices.map { Int64($0) }, shape: [indices.count])
        let ids = NamedArray(name: "id", texts: indices.map { examples.ids[$0] })
        try file.add(ids.name, bytes: ids.bytes, typeDescriptor: ids.typeDescriptor, shape: ids.shape)
        try file.add("label", indices.map { Int32(examples.labels[$0]) }, shape: [indices.count])
    }
}
