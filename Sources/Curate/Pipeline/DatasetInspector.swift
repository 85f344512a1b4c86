/// Learns what a dataset holds: from the store when its files are as they were, by reading it otherwise.
struct DatasetInspector {
    /// What is known.
    let facts: DatasetFacts
    /// The dataset, when it had to be read.
    let dataset: Dataset?
    /// The signature of its files, when it can be relied on and is not in the store yet.
    let newSignature: String?

    /// Learns what a dataset holds.
    ///
    /// - Parameters:
    ///   - source: the dataset.
    ///   - store: where signatures are remembered; nil when there is no store yet.
    ///   - now: seconds of the system's clock.
    ///   - threadCount: how many threads read.
    init(of source: DatasetSource, store: Store?, now: Double, threadCount: Int) throws {
        // Taken before reading: files that change meanwhile have another signature next time.
        let signature = try DatasetSignature(of: source)
        if let known = try store?.datasetFacts(signature: signature.text) {
            (facts, dataset, newSignature) = (known, nil, nil)
            return
        }
        let read = try source.load(threadCount: threadCount)
        facts = DatasetFacts(of: read)
        dataset = read
        newSignature = signature.isReliable(at: now) ? signature.text : nil
    }
}
