extension TrainingSubset {
    /// The examples of a split; nil when they are all that the dataset trains on, each counting alike.
    ///
    /// - Throws: `badData` when the split was made for another dataset, or keeps an example that is not trained on.
    package init?(_ split: Split, of dataset: Dataset) throws {
        try split.check(against: dataset)
        let subset = TrainingSubset(indices: split.indices.map { Int($0) }, weights: split.weights)
        if let stray = subset.indices.first(where: { dataset.partitions[$0] != .train }) {
            throw CurateError(
                .badData, "the split keeps '\(dataset.ids[stray])', which is no training example of \(dataset.name)",
                at: dataset.name, remedy: "write the split again with curate prune")
        }
        if subset.weights == nil, subset.count == dataset.partitions.count(where: { $0 == .train }) { return nil }
        self = subset
    }
}
