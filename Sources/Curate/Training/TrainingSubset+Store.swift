/// How the examples a run is trained on are kept.
extension Store {
    /// Stores the examples an artifact is about.
    ///
    /// - Precondition: the artifact is running.
    func putSubset(_ subset: TrainingSubset, artifact key: ArtifactKey) throws {
        try putExamples(indices: subset.indices, weights: subset.weights, artifact: key)
    }

    /// The examples an artifact is about, or nil when it says nothing of them.
    ///
    /// - Throws: `badData` when what is stored cannot be what was written.
    package func subset(of key: ArtifactKey) throws -> TrainingSubset? {
        try examples(ofArtifact: key).map { TrainingSubset(ascending: $0.indices, normalizedWeights: $0.weights) }
    }
}
