/// A stage whose result is one JSON document, kept in the store under the key of an artifact of its own.
protocol DocumentWork: StageWork {
    /// The column that holds the document, at epoch 0.
    static var column: String { get }
    /// The identity of the artifact; nil while it is not known what the runs before it are trained on.
    func documentIdentity(in store: Store) throws -> ArtifactIdentity?
}

extension DocumentWork {
    func standing(in store: Store) throws -> StageStanding {
        guard let identity = try documentIdentity(in: store) else { return .waitsForSplit }
        let isStored = try store.artifact(identity.key)?.state == .complete
        return StageStanding(missing: isStored ? nil : "nothing of it is in the store", isBegun: false, cost: [:])
    }

    func forget(in store: Store) throws {
        if let identity = try documentIdentity(in: store) { try store.removeArtifact(identity.key) }
    }

    /// Puts the document in the store.
    func keep(_ document: JSONValue, in context: StageContext) throws {
        let store = context.store
        let dataset = try context.dataset()
        guard let identity = try documentIdentity(in: store) else {
            throw CurateError(
                .workFailed, "what the \(Self.column) comes from was removed by another process", at: store.path,
                remedy: "run the same command again")
        }
        let text = document.canonicalText
        try store.transaction {
            try store.registerDataset(dataset, createdAt: context.monitor.timestamp())
            let artifact = try store.beginArtifact(identity, createdAt: context.monitor.timestamp())
            // Another process may have made the same meanwhile.
            if artifact.state == .complete { return }
            try store.putColumn(artifact: identity.key, epoch: 0, name: Self.column, bytes: Array(text.utf8))
            try store.completeArtifact(identity.key)
        }
    }

    /// The document in a store.
    ///
    /// - Precondition: it is complete.
    func document(from store: Store) throws -> JSONValue {
        guard let identity = try documentIdentity(in: store),
            let bytes = try store.columnBytes(artifact: identity.key, epoch: 0, name: Self.column)
        else {
            throw CurateError(
                .badData, "the \(Self.column) is not stored any more", at: store.path,
                remedy: "run the same command again")
        }
        return try JSONValue(parsing: bytes, from: store.path)
    }
}
