/// How the columns of a log are kept in a store.
extension RunCache {
    /// What stands for an example that was not presented in a column of bytes.
    private static let unpresented: UInt8 = 255

    /// Stores one column of a log.
    ///
    /// Whether an example was right is one bit of news; a byte is enough for it.
    func putColumn(_ metric: DynamicsLog.Metric, of key: ArtifactKey, epoch: Int, _ values: [Float]) throws {
        if metric == .batchCorrect {
            let bytes = values.map { $0.isNaN ? Self.unpresented : UInt8($0) }
            try store.putColumn(artifact: key, epoch: epoch, name: metric.name, bytes: bytes)
        } else {
            try store.putColumn(artifact: key, epoch: epoch, name: metric.name, floats: values)
        }
    }

    /// One column of a log as it was logged; nil when it is not stored.
    static func column(
        _ metric: DynamicsLog.Metric, of key: ArtifactKey, epoch: Int, store: Store
    ) throws -> [Float]? {
        guard metric == .batchCorrect else {
            return try store.column(artifact: key, epoch: epoch, name: metric.name)
        }
        return try store.columnBytes(artifact: key, epoch: epoch, name: metric.name)?
            .map { $0 == unpresented ? .nan : Float($0) }
    }
}
