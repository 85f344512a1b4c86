import Models

/// The examples a run is trained on when they are not all training examples of a dataset, and what each counts.
///
/// Only what is trained on matters here, not how it was chosen: two rules that keep the same examples with the same
/// weights lead to one run.
package struct TrainingSubset: Sendable, Equatable {
    /// The indices of the examples in their dataset, ascending.
    package let indices: [Int]
    /// What multiplies the loss of each example, with mean 1 unless somebody wanted it otherwise; nil when every example
    /// counts alike.
    package let weights: [Float]?
    /// The SHA-256 of indices and weights, in hexadecimal digits.
    package let digest: String

    /// The number of examples.
    package var count: Int { indices.count }

    /// Takes the examples of a split.
    ///
    /// - Parameters:
    ///   - indices: the indices in the dataset, each once, in any order.
    ///   - weights: the weight of each, above 0.
    ///   - isNormalized: whether weights are divided by their mean, so that the learning rate means the same for every
    ///     split.
    /// - Precondition: there is an example, and one weight per example.
    package init(indices: [Int], weights: [Float]? = nil, isNormalized: Bool = true) {
        precondition(!indices.isEmpty, "nothing to train on")
        precondition(weights == nil || weights?.count == indices.count, "one weight per example")
        let order = indices.indices.sorted { indices[$0] < indices[$1] }
        let ascending = order.map { indices[$0] }
        precondition(zip(ascending, ascending.dropFirst()).allSatisfy { $0 < $1 }, "an example twice")
        guard let weights, Set(weights).count > 1 || (!isNormalized && weights[0] != 1) else {
            self.init(ascending: ascending, normalizedWeights: nil)
            return
        }
        precondition(weights.allSatisfy { $0 > 0 && $0.isFinite }, "a weight that is not above 0")
        let mean = isNormalized ? weights.reduce(0.0) { $0 + Double($1) } / Double(weights.count) : 1
        self.init(ascending: ascending, normalizedWeights: order.map { Float(Double(weights[$0]) / mean) })
    }

    /// Takes what a store held.
    init(ascending indices: [Int], normalizedWeights weights: [Float]?) {
        self.indices = indices
        self.weights = weights
        let hash = SHA256()
        let numbers = ([indices.count] + indices).map { Int64($0).littleEndian }
        numbers.withUnsafeBytes { hash.update($0) }
        if let weights { weights.map { $0.bitPattern.littleEndian }.withUnsafeBytes { hash.update($0) } }
        digest = SHA256.hexadecimal(hash.finalize())
    }
}
