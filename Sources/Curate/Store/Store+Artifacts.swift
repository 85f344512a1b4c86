/// A result in the store: what determines it, how far it has come, and what it cost.
package struct StoredArtifact: Sendable, Equatable {
    /// How far an artifact has come.
    package enum State: String, Sendable {
        /// Being made, or left unfinished by a run that was stopped.
        case running
        /// Finished; it does not change any more.
        case complete
    }

    /// Everything that determines it.
    package let identity: ArtifactIdentity
    /// Its key, the hash of `identity`.
    package let key: ArtifactKey
    /// How far it has come.
    package let state: State
    /// When it was begun, as the caller said.
    package let createdAt: String
    /// The seconds spent on it so far, over all the runs that worked on it.
    package let seconds: Double

    /// Makes a description of an artifact.
    package init(identity: ArtifactIdentity, state: State, createdAt: String, seconds: Double) {
        self.identity = identity
        key = identity.key
        self.state = state
        self.createdAt = createdAt
        self.seconds = seconds
    }
}

extension Store {
    /// The artifact with a key, or nil when there is none.
    package func artifact(_ key: ArtifactKey) throws -> StoredArtifact? {
        try reading {
            if let found = try storedArtifact(key) { return found.artifact }
            // Not found by the index: make sure that it is not a damaged page that says so.
            guard try artifacts().allSatisfy({ $0.key != key }) else {
                throw database.damaged("the index of artifacts misses \(key.short)")
            }
            return nil
        }
    }

    /// All artifacts, in the order they were begun.
    package func artifacts(kind: String? = nil) throws -> [StoredArtifact] {
        try reading {
            var digest = TableDigest()
            let all = try database.query("SELECT \(Self.artifactFields) FROM artifacts ORDER BY id") { row in
                digest.add(row.integer(10))
                return try decodeArtifact(row)
            }
            try check(digest, of: "artifacts")
            return kind == nil ? all : all.filter { $0.identity.kind == kind }
        }
    }

    /// Makes the entry of a result that is about to be computed, or returns the one that is there.
    ///
    /// A returned artifact that is `running` was left by a run that was stopped, or is being made by another process at
    /// this moment; its columns say how far it has come. A `complete` one needs no work.
    ///
    /// - Parameters:
    ///   - identity: everything that determines the result.
    ///   - createdAt: the time, as text.
    /// - Precondition: the dataset it names is registered.
    package func beginArtifact(_ identity: ArtifactIdentity, createdAt: String) throws -> StoredArtifact {
        // What is there is found without the lock that another process may be holding.
        if let existing = try artifact(identity.key) { return existing }
        return try writing {
            if let existing = try artifact(identity.key) { return existing }
            let artifact = StoredArtifact(
                identity: identity, state: .running, createdAt: createdAt, seconds: 0)
            if let hash = identity.dataset { _ = try datasetID(hash: hash) }
            try database.run(
                """
                INSERT INTO artifacts (key, kind, code_version, parameters, inputs, dataset, numeric_profile, state,
                    created_at, seconds, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                """,
                artifact.key.hexadecimal, identity.kind, identity.codeVersion, identity.parameters.canonicalText,
                identity.inputsText, identity.dataset, identity.numericProfile, artifact.state.rawValue,
                artifact.createdAt, artifact.seconds, artifact.checksum())
            return artifact
        }
    }

    /// Declares an artifact finished; its columns cannot be changed afterwards.
    package func completeArtifact(_ key: ArtifactKey) throws {
        try updateArtifact(key) { state, _ in state = .complete }
    }

    /// Makes a finished artifact unfinished again, for instance to train it for more epochs.
    package func reopenArtifact(_ key: ArtifactKey) throws {
        try updateArtifact(key) { state, _ in state = .running }
    }

    /// Adds to the time spent on an artifact.
    package func addSeconds(_ seconds: Double, to key: ArtifactKey) throws {
        precondition(seconds.isFinite && seconds >= 0, "\(seconds) seconds cannot have been spent")
        try updateArtifact(key) { _, total in total += seconds }
    }

    /// Removes an artifact with its columns; does nothing when there is none.
    package func removeArtifact(_ key: ArtifactKey) throws {
        try writing {
            guard try artifact(key) != nil else { return }
            try database.run("DELETE FROM artifacts WHERE key = ?1", key.hexadecimal)
        }
    }

    /// An artifact and its file-local row number, found by the index.
    func storedArtifact(_ key: ArtifactKey) throws -> (id: Int, artifact: StoredArtifact)? {
        try database.query("SELECT \(Self.artifactFields) FROM artifacts WHERE key = ?1", key.hexadecimal) { row in
            (id: row.integer(11), artifact: try decodeArtifact(row))
        }.first
    }

    private func updateArtifact(
        _ key: ArtifactKey, _ change: (inout StoredArtifact.State, inout Double) -> Void
    ) throws {
        try writing {
            guard let old = try artifact(key) else { throw removedArtifact(key) }
            var (state, seconds) = (old.state, old.seconds)
            change(&state, &seconds)
            let new = StoredArtifact(
                identity: old.identity, state: state, createdAt: old.createdAt, seconds: seconds)
            guard new != old else { return }
            try database.run(
                "UPDATE artifacts SET state = ?2, seconds = ?3, checksum = ?4 WHERE key = ?1",
                key.hexadecimal, new.state.rawValue, new.seconds, new.checksum())
        }
    }

    private static let artifactFields = """
        key, kind, code_version, parameters, inputs, dataset, numeric_profile, state, created_at, seconds, checksum, id
        """

    private func decodeArtifact(_ row: Statement) throws -> StoredArtifact {
        let key = row.text(0)
        let damage = database.damaged("the entry of artifact \(key.prefix(8)) does not match its checksum")
        let checksum = StoredArtifact.checksum(
            texts: [key, row.text(1), row.text(3), row.text(4), row.text(7), row.text(8)],
            codeVersion: row.integer(2), dataset: row.isNull(5) ? nil : row.text(5),
            numericProfile: row.isNull(6) ? nil : row.text(6), seconds: row.real(9))
        guard checksum == row.integer(10), let state = StoredArtifact.State(rawValue: row.text(7)) else { throw damage }
        let inputs = try JSONValue(parsing: row.text(4), from: path).arrayValue ?? []
        let identity = ArtifactIdentity(
            kind: row.text(1), codeVersion: row.integer(2), parameters: try JSONValue(parsing: row.text(3), from: path),
            inputs: inputs.compactMap { $0.stringValue.flatMap { ArtifactKey(hexadecimal: $0) } },
            dataset: row.isNull(5) ? nil : row.text(5), numericProfile: row.isNull(6) ? nil : row.text(6))
        // The key is recomputed, so a store can be believed whoever wrote it.
        let artifact = StoredArtifact(identity: identity, state: state, createdAt: row.text(8), seconds: row.real(9))
        guard artifact.key.hexadecimal == key else { throw damage }
        return artifact
    }
}

extension ArtifactIdentity {
    fileprivate var inputsText: String { JSONValue.array(inputs.map { .string($0.hexadecimal) }).canonicalText }
}

extension StoredArtifact {
    fileprivate func checksum() -> Int {
        Self.checksum(
            texts: [
                key.hexadecimal, identity.kind, identity.parameters.canonicalText, identity.inputsText, state.rawValue,
                createdAt,
            ],
            codeVersion: identity.codeVersion, dataset: identity.dataset, numericProfile: identity.numericProfile,
            seconds: seconds)
    }

    fileprivate static func checksum(
        texts: [String], codeVersion: Int, dataset: String?, numericProfile: String?, seconds: Double
    ) -> Int {
        var checksum = Checksum()
        for text in texts { checksum.add(text) }
        checksum.add(codeVersion)
        for text in [dataset, numericProfile] {
            checksum.add(text == nil ? 0 : 1)
            checksum.add(text ?? "")
        }
        checksum.add(seconds)
        return checksum.finish()
    }
}
