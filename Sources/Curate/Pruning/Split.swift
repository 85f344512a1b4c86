/// Which examples of a dataset to train on, with what weights: an ordered list over one dataset, and where it comes from.
///
/// The one split type: pruning makes them, and trainers take them. A trainer must call `check(against:)` first.
package struct Split: Sendable, Equatable {
    /// The content hash of the dataset.
    package let datasetHash: String
    /// What the user calls the dataset.
    package let datasetName: String
    /// The indices of the examples in the dataset, each once.
    package let indices: [Int32]
    /// The weight of each example, 0 or more.
    package let weights: [Float]
    /// The manifest of the split: rule, scores, seed, counts before and after.
    package let manifest: SplitManifest

    /// The number of examples.
    package var count: Int { indices.count }

    /// Makes a split.
    ///
    /// - Precondition: there is one weight per index.
    package init(indices: [Int32], weights: [Float], manifest: SplitManifest) {
        precondition(indices.count == weights.count, "one weight per example")
        datasetHash = manifest.datasetHash
        datasetName = manifest.datasetName
        self.indices = indices
        self.weights = weights
        self.manifest = manifest
    }

    /// Refuses a dataset that the split was not made for.
    ///
    /// - Throws: `badData` naming both datasets.
    package func check(against dataset: Dataset) throws {
        guard dataset.contentHash == datasetHash else {
            throw manifest.mismatch(name: dataset.name, contentHash: dataset.contentHash)
        }
        precondition(indices.allSatisfy { $0 >= 0 && Int($0) < dataset.count }, "the content hash covers the count")
    }
}
