/// What may be removed from a store to make room.
package struct CleanupPolicy: Sendable {
    /// Unfinished artifacts that were begun before this time, as text that sorts like the stored one; nil for none.
    package var unfinishedBefore: String?
    /// Training states: a finished run has its columns without them; more epochs then begin from the start.
    package var includesStates = false
    /// Artifacts that this binary on this machine would not use, because code version or numeric profile differ.
    package var includesForeign = false
    /// The numeric profile of this binary on this machine.
    package var numericProfile: String
    /// The code version of each kind of stage this binary knows.
    package var codeVersions: [String: Int]

    /// A policy that removes nothing but datasets to which nothing belongs.
    ///
    /// - Parameters:
    ///   - numericProfile: that of this binary on this machine.
    ///   - codeVersions: by kind of artifact; kinds that are missing are never foreign for their version.
    package init(numericProfile: String, codeVersions: [String: Int]) {
        self.numericProfile = numericProfile
        self.codeVersions = codeVersions
    }
}

/// What a policy would remove.
package struct CleanupPlan: Sendable {
    /// Why something may go.
    package enum Reason: String, Sendable {
        /// It was begun long ago and never finished.
        case unfinished
        /// It is the state of a finished run.
        case state
        /// It was made by other code, or for another kind of machine.
        case foreign
        /// It is a dataset to which nothing belongs.
        case unused
    }

    /// One thing that may go.
    package struct Candidate: Sendable {
        /// The thing, or the run whose states it is about.
        package let item: StoredItem
        /// Why it may go.
        package let reason: Reason
        /// The bytes of its columns.
        package let byteCount: Int
    }

    /// What may go, in the order it was stored.
    package let candidates: [Candidate]
    /// What the policy would remove but for something that was made from it and stays.
    package let kept: [StoredItem]

    /// The bytes of the columns that go.
    package var byteCount: Int { candidates.reduce(0) { $0 + $1.byteCount } }
}

extension Store {
    /// What a policy would remove; nothing is changed.
    ///
    /// Nothing is removed from which something was made that stays.
    package func cleanupPlan(_ policy: CleanupPolicy) throws -> CleanupPlan {
        let entries = try inventory().entries
        var reasons: [String: CleanupPlan.Reason] = [:]
        for entry in entries {
            guard case .artifact(let artifact) = entry.item else { continue }
            reasons[entry.item.key] = policy.reason(for: artifact)
        }
        // What stays holds what it was made from, and that in turn what it was made from.
        var kept: [StoredItem] = []
        var needed = entries.filter { reasons[$0.item.key] == nil }.map(\.item).filter { $0.kind != "dataset" }
        while let item = needed.popLast() {
            for input in item.inputs where reasons.removeValue(forKey: input) != nil {
                let found = entries.filter { $0.item.key == input }.map(\.item)
                kept += found
                needed += found
            }
        }
        let staying = entries.filter { reasons[$0.item.key] == nil && $0.item.kind != "dataset" }
        let used = Set(staying.flatMap(\.item.inputs))
        let candidates = entries.compactMap { entry -> CleanupPlan.Candidate? in
            if let reason = reasons[entry.item.key] {
                return CleanupPlan.Candidate(item: entry.item, reason: reason, byteCount: entry.byteCount)
            }
            if case .dataset = entry.item {
                return used.contains(entry.item.key)
                    ? nil : CleanupPlan.Candidate(item: entry.item, reason: .unused, byteCount: 0)
            }
            let states = policy.removableStates(of: entry)
            if states.isEmpty { return nil }
            return CleanupPlan.Candidate(
                item: entry.item, reason: .state, byteCount: states.reduce(0) { $0 + $1.byteCount })
        }
        return CleanupPlan(candidates: candidates, kept: kept)
    }

    /// Removes what a policy says, in one transaction, and gives the freed room back to the file system.
    ///
    /// The plan is made anew, so that what another process has begun to use meanwhile stays.
    ///
    /// - Returns: what was removed, and by how many bytes the file shrank.
    package func cleanUp(_ policy: CleanupPolicy) throws -> (plan: CleanupPlan, freedByteCount: Int) {
        let before = try inventory().fileByteCount
        let plan = try transaction {
            let plan = try cleanupPlan(policy)
            for candidate in plan.candidates {
                switch (candidate.item, candidate.reason) {
                case (.artifact(let artifact), .state): try removeStates(of: artifact.key, policy)
                case (.artifact(let artifact), _): try removeArtifact(artifact.key)
                // Datasets go last: artifacts refer to them.
                case (.dataset, _), (.scores, _): continue
                }
            }
            for case .dataset(let dataset) in plan.candidates.map(\.item) { try removeDataset(hash: dataset.hash) }
            return plan
        }
        try database.execute("VACUUM")
        return (plan, before - (try inventory().fileByteCount))
    }

    private func removeStates(of key: ArtifactKey, _ policy: CleanupPolicy) throws {
        try reopenArtifact(key)
        for column in try columns(of: key) where column.role != .result {
            try removeColumns(artifact: key, epochs: column.epoch..<column.epoch + 1, names: [column.name])
        }
        try completeArtifact(key)
    }
}

extension CleanupPolicy {
    fileprivate func reason(for artifact: StoredArtifact) -> CleanupPlan.Reason? {
        if artifact.state == .running, let unfinishedBefore, artifact.createdAt < unfinishedBefore {
            return .unfinished
        }
        let identity = artifact.identity
        let isOtherCode = codeVersions[identity.kind].map { $0 != identity.codeVersion } ?? false
        let isOtherMachine = identity.numericProfile.map { $0 != numericProfile } ?? false
        return includesForeign && (isOtherCode || isOtherMachine) ? .foreign : nil
    }

    fileprivate func removableStates(of entry: StoreInventory.Entry) -> [StoredColumn] {
        guard includesStates, case .artifact(let artifact) = entry.item, artifact.state == .complete else { return [] }
        return entry.columns.filter { $0.role != .result }
    }
}
