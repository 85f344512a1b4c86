/// A stage whose result is one JSON document, kept in the store in the stage's own artifact.
protocol DocumentWork: StageWork {
    /// The column that holds the document, at epoch 0.
    static var column: String { get }
}

extension DocumentWork {
    func standing(in store: Store) throws -> StageStanding {
        guard let key = try identity(in: store).key else { return .waitsForInputs }
        let isStored = try store.artifact(key)?.state == .complete
        return StageStanding(missing: isStored ? nil : "nothing of it is in the store", isBegun: false, cost: [:])
    }

    func forget(in store: Store) throws {
        if let key = try identity(in: store).key { try store.removeArtifact(key) }
    }

    /// Puts the document in the store.
    func keep(_ document: JSONValue, in context: StageContext) throws {
        let store = context.store
        let dataset = try context.dataset()
        let identity = try knownIdentity(in: store)
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
        guard let key = try identity(in: store).key,
            let bytes = try store.columnBytes(artifact: key, epoch: 0, name: Self.column)
        else {
            throw CurateError(
                .badData, "the \(Self.column) is not stored any more", at: store.path,
                remedy: "run the same command again")
        }
        return try JSONValue(parsing: bytes, from: store.path)
    }
}
