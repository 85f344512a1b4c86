extension DynamicsLog {
    /// The class that most runs predict on the clean pass of an epoch, the lowest among equals.
    ///
    /// Nil when no run recorded its predictions at that epoch; runs that did not are left out.
    package static func majorityPredictions(of logs: [DynamicsLog], epoch: Int) -> [Int32]? {
        let columns = logs.compactMap { $0[.cleanPrediction, epoch: epoch] }
        guard let first = columns.first, columns.allSatisfy({ $0.count == first.count }) else { return nil }
        return first.indices.map { i in
            var best = first[i]
            var bestVotes = 0
            for column in columns {
                let votes = columns.reduce(0) { $0 + ($1[i] == column[i] ? 1 : 0) }
                if votes > bestVotes || (votes == bestVotes && column[i] < best) {
                    (best, bestVotes) = (column[i], votes)
                }
            }
            return Int32(best)
        }
    }
}
